/** Fewest numbers of a tensor that can be evidence: less is a bias or a constant that many models have. */
const MIN_ELEMENTS = 64
/** Fewest different values. Masks and tables of ones have fewer. */
const MIN_VALUES = 16
/** Lines that are looked at: the first, the last and some between. */
const LINES = 24
/** How far a computed number may be from its formula, as a part of the largest. */
const TOLERANCE = 2e-3

/**
 * Whether a tensor is one that anybody computes, and so never evidence: few numbers or few values (ones, zeros, masks), arithmetic and
 * geometric series (positions, inverse frequencies), sinusoids along its rows or its columns, with a window or without (position
 * encodings, Fourier bases). The sinusoids of a short-time Fourier transform are equal in models that were trained independently.
 *
 * @param columns length of a row
 */
export function isComputed(values: Float32Array, columns: number): boolean {
  if (values.length < MIN_ELEMENTS || hasFewValues(values)) return true
  const rows = Math.floor(values.length / Math.max(1, columns))
  if (isSeries(values)) return true
  if (columns < 8 && rows < 8) return false
  const lines = linesOf(values, columns, rows)
  return (
    lines.some((some) => some.length > 0 && some.every((line) => isSeries(line) || isSinusoid(line))) ||
    isWindowedBasis(values, columns, rows)
  )
}

function hasFewValues(values: Float32Array): boolean {
  const different = new Set<number>()
  for (const value of values) {
    different.add(value)
    if (different.size === MIN_VALUES) return false
  }
  return true
}

/** Some rows and some columns, where they are long enough to judge. */
function linesOf(values: Float32Array, columns: number, rows: number): [rows: Float32Array[], columns: Float32Array[]] {
  const chosen = (count: number) =>
    Array.from({ length: Math.min(LINES, count) }, (_, index) =>
      Math.floor((index * (count - 1)) / Math.max(1, Math.min(LINES, count) - 1)),
    )
  return [
    columns < 8 ? [] : chosen(rows).map((row) => values.subarray(row * columns, (row + 1) * columns)),
    rows < 8
      ? []
      : chosen(columns).map((column) =>
          Float32Array.from({ length: rows }, (_, row) => values[row * columns + column]!),
        ),
  ]
}

/** Whether differences, or ratios, of neighbors are all equal. */
function isSeries(values: Float32Array): boolean {
  if (values.length < 3) return true
  const largest = largestOf(values)
  if (largest === 0) return true
  const step = values[1]! - values[0]!
  const ratio = values[1]! / values[0]!
  let [isArithmetic, isGeometric] = [true, true]
  for (let index = 1; index < values.length; index++) {
    if (Math.abs(values[index]! - values[index - 1]! - step) > TOLERANCE * largest) isArithmetic = false
    if (!(Math.abs(values[index]! - values[index - 1]! * ratio) <= TOLERANCE * Math.abs(values[index]!)))
      isGeometric = false
    if (!isArithmetic && !isGeometric) return false
  }
  return true
}

/** Whether x(t + 1) + x(t - 1) = 2 cos(w) x(t) for one w, which every sinusoid obeys. */
function isSinusoid(values: Float32Array): boolean {
  let [product, squares] = [0, 0]
  for (let index = 1; index + 1 < values.length; index++) {
    product += (values[index + 1]! + values[index - 1]!) * values[index]!
    squares += values[index]! * values[index]!
  }
  if (squares === 0) return true
  const factor = product / squares
  if (Math.abs(factor) > 2 + TOLERANCE) return false
  const largest = largestOf(values)
  for (let index = 1; index + 1 < values.length; index++) {
    if (Math.abs(values[index + 1]! + values[index - 1]! - factor * values[index]!) > 4 * TOLERANCE * largest)
      return false
  }
  return true
}

/**
 * Whether rows are sinusoids times one window: the squares of row k and row k + half (cosine and sine of a frequency) add up to the
 * square of the first row, the window itself.
 */
function isWindowedBasis(values: Float32Array, columns: number, rows: number): boolean {
  if (rows < 8 || rows % 2 !== 0 || columns < 8) return false
  const half = rows / 2
  const largest = largestOf(values)
  for (let row = 1; row < half; row++) {
    for (let column = 0; column < columns; column++) {
      const [cosine, sine] = [values[row * columns + column]!, values[(row + half) * columns + column]!]
      const window = values[column]!
      if (Math.abs(cosine * cosine + sine * sine - window * window) > TOLERANCE * largest * largest) return false
    }
  }
  return true
}

function largestOf(values: Float32Array): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return largest
}
