/*
 * Sums are taken in 64-bit floats, in the order of the elements, so that every machine stores the same bytes. Only additions,
 * multiplications, divisions and square roots are used, which IEEE 754 rounds in one way.
 */

/** The scalar product of a row of `a` and a row of `b`, which begin at given places. */
export function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0
  for (let index = 0; index < length; index++) sum += a[atA + index]! * b[atB + index]!
  return sum
}

/** The products of a vector with rows of a matrix, written to `out`. Four sums run side by side, each in the order of the elements. */
export function timesRows(matrix: Float64Array, rows: number, vector: Float64Array, out: Float64Array, at = 0): void {
  const length = vector.length
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const first = row * length
    const [second, third, fourth] = [first + length, first + 2 * length, first + 3 * length]
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let index = 0; index < length; index++) {
      const value = vector[index]!
      a += matrix[first + index]! * value
      b += matrix[second + index]! * value
      c += matrix[third + index]! * value
      d += matrix[fourth + index]! * value
    }
    out[at + row] = a
    out[at + row + 1] = b
    out[at + row + 2] = c
    out[at + row + 3] = d
  }
  for (; row < rows; row++) out[at + row] = dot(matrix, row * length, vector, 0, length)
}

/** Scales each row of a matrix to length 1; a row of zeros stays. */
export function normalizeRows(matrix: Float64Array, columns: number): void {
  for (let start = 0; start < matrix.length; start += columns) {
    const length = Math.sqrt(dot(matrix, start, matrix, start, columns))
    if (length > 0) for (let index = start; index < start + columns; index++) matrix[index]! /= length
  }
}

/** Values in 8 bits with a common scale: value = code * scale. */
export type Quantized = { codes: Int8Array; scale: number }

/** Rounds values to 8 bits. The scale is the largest magnitude over 127, as a 32-bit float. */
export function quantize(values: Float64Array): Quantized {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  const scale = Math.fround(largest / 127)
  const codes = new Int8Array(values.length)
  if (scale > 0 && Number.isFinite(scale)) {
    for (let index = 0; index < values.length; index++) {
      codes[index] = Math.max(-127, Math.min(127, Math.round(values[index]! / scale)))
    }
    return { codes, scale }
  }
  return { codes, scale: 0 }
}

/** Indexes of the largest values, the largest first; of equal ones the first in the list first. */
export function largest(values: Float64Array, count: number): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, index) => index)
  order.sort((a, b) => values[b]! - values[a]! || a - b)
  return order.slice(0, count)
}
