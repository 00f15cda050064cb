import { dot } from './vectors.ts'

/** Part of the mean eigenvalue that is added to all, so that directions with little in them are not blown up. */
const RIDGE = 0.1
const MAX_STEPS = 60

/**
 * The whitening of anchors: (C G C + ridge)^(-1/2) C, where G has the products of their embeddings with each other and C takes the mean away.
 * Null when G is zero or has a value that is not finite.
 */
export function whiteningOf(gram: Float64Array, count: number): Float64Array | null {
  const centered = centerBoth(gram, count)
  let trace = 0
  for (let index = 0; index < count; index++) trace += centered[index * count + index]!
  if (!(trace > 0) || !Number.isFinite(trace) || !centered.every(Number.isFinite)) return null
  const { values, vectors } = eigenOf(centered, count)
  const ridge = (RIDGE * trace) / count
  // A matrix that was rounded to 8 bits may have small negative eigenvalues.
  const roots = values.map((value) => 1 / Math.sqrt(Math.max(value, 0) + ridge))
  const root = new Float64Array(count * count)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0
      for (let each = 0; each < count; each++) {
        sum += vectors[each * count + row]! * roots[each]! * vectors[each * count + column]!
      }
      root[row * count + column] = sum
      root[column * count + row] = sum
    }
  }
  return centerRows(root, count)
}

function centerBoth(matrix: Float64Array, count: number): Float64Array {
  return centerRows(transposed(centerRows(matrix, count), count), count)
}

function centerRows(matrix: Float64Array, count: number): Float64Array {
  const centered = matrix.slice()
  for (let start = 0; start < matrix.length; start += count) {
    let sum = 0
    for (let index = start; index < start + count; index++) sum += matrix[index]!
    for (let index = start; index < start + count; index++) centered[index]! -= sum / count
  }
  return centered
}

function transposed(matrix: Float64Array, count: number): Float64Array {
  const out = new Float64Array(matrix.length)
  for (let row = 0; row < count; row++)
    for (let column = 0; column < count; column++) out[column * count + row] = matrix[row * count + column]!
  return out
}

/** Eigenvalues of a symmetric matrix, and its eigenvectors as rows: Householder's reduction to three diagonals, then QL with shifts. */
export function eigenOf(matrix: Float64Array, count: number): { values: Float64Array; vectors: Float64Array } {
  const { diagonal, beside, vectors } = tridiagonal(matrix.slice(), count)
  for (let first = 0; first < count; first++) {
    for (let step = 0; step < MAX_STEPS; step++) {
      let last = first
      while (last < count - 1) {
        const scale = Math.abs(diagonal[last]!) + Math.abs(diagonal[last + 1]!)
        if (Math.abs(beside[last]!) <= 2 ** -52 * scale) break
        last++
      }
      if (last === first) break
      sweep(diagonal, beside, vectors, first, last, count)
    }
  }
  return { values: diagonal, vectors }
}

/** One QL sweep from `last` up to `first`, with Wilkinson's shift. */
function sweep(
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
  first: number,
  last: number,
  count: number,
): void {
  let g = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!)
  const r = Math.sqrt(g * g + 1)
  g = diagonal[last]! - diagonal[first]! + beside[first]! / (g + (g >= 0 ? r : -r))
  let [sine, cosine, shift] = [1, 1, 0]
  for (let index = last - 1; index >= first; index--) {
    const f = sine * beside[index]!
    const b = cosine * beside[index]!
    const length = Math.sqrt(f * f + g * g)
    beside[index + 1] = length
    if (length === 0) {
      diagonal[index + 1]! -= shift
      beside[last] = 0
      return
    }
    sine = f / length
    cosine = g / length
    g = diagonal[index + 1]! - shift
    const t = (diagonal[index]! - g) * sine + 2 * cosine * b
    shift = sine * t
    diagonal[index + 1] = g + shift
    g = cosine * t - b
    rotate(vectors, index * count, (index + 1) * count, count, sine, cosine)
  }
  diagonal[first]! -= shift
  beside[first] = g
  beside[last] = 0
}

function rotate(v: Float64Array, lower: number, upper: number, count: number, sine: number, cosine: number): void {
  for (let index = 0; index < count; index++) {
    const [a, b] = [v[lower + index]!, v[upper + index]!]
    v[upper + index] = sine * a + cosine * b
    v[lower + index] = cosine * a - sine * b
  }
}

/** Reduces a symmetric matrix by reflections; `vectors` has the rows of their product. */
function tridiagonal(
  a: Float64Array,
  count: number,
): { diagonal: Float64Array; beside: Float64Array; vectors: Float64Array } {
  const vectors = new Float64Array(count * count)
  for (let index = 0; index < count; index++) vectors[index * count + index] = 1
  const reflection = new Float64Array(count)
  const product = new Float64Array(count)
  const beside = new Float64Array(count)
  for (let column = 0; column < count - 1; column++) {
    const first = column + 1
    beside[column] = a[first * count + column]!
    const reflected = reflectionOf(a, column, count, reflection)
    if (reflected === null) continue
    beside[column] = reflected
    // a - v w' - w v', with w = a v - v (v' a v) / 2 and v scaled so that the reflection is 1 - v v'.
    for (let row = first; row < count; row++)
      product[row] = dot(a, row * count + first, reflection, first, count - first)
    const half = dot(product, first, reflection, first, count - first) / 2
    for (let row = first; row < count; row++) product[row]! -= half * reflection[row]!
    for (let row = first; row < count; row++) {
      const [v, w, start] = [reflection[row]!, product[row]!, row * count]
      for (let other = first; other < count; other++) {
        a[start + other]! -= v * product[other]! + w * reflection[other]!
      }
    }
    reflectRows(vectors, reflection, first, count)
  }
  const diagonal = Float64Array.from({ length: count }, (_, row) => a[row * count + row]!)
  return { diagonal, beside, vectors }
}

/** Writes the reflection that clears a column below the second diagonal, and returns what stands there then; null when it is clear. */
function reflectionOf(a: Float64Array, column: number, count: number, reflection: Float64Array): number | null {
  reflection.fill(0)
  let tail = 0
  for (let row = column + 2; row < count; row++) tail += a[row * count + column]! * a[row * count + column]!
  if (tail === 0) return null
  const head = a[(column + 1) * count + column]!
  const length = Math.sqrt(head * head + tail)
  const first = head + (head >= 0 ? length : -length)
  const scale = Math.sqrt(2 / (first * first + tail))
  reflection[column + 1] = first * scale
  for (let row = column + 2; row < count; row++) reflection[row] = a[row * count + column]! * scale
  return head >= 0 ? -length : length
}

/** Applies a reflection to the rows of a matrix from `first` on. */
function reflectRows(matrix: Float64Array, reflection: Float64Array, first: number, count: number): void {
  const sums = new Float64Array(count)
  for (let row = first; row < count; row++) {
    const factor = reflection[row]!
    for (let column = 0; column < count; column++) sums[column]! += factor * matrix[row * count + column]!
  }
  for (let row = first; row < count; row++) {
    const factor = reflection[row]!
    for (let column = 0; column < count; column++) matrix[row * count + column]! -= factor * sums[column]!
  }
}
