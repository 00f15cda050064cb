import { StemmaError } from '../core/errors.ts'
import type { GatedLayer, Rows, SketchSource } from './ports.ts'

/** How many numbers are read at once: 4 MB of 32-bit floats. */
const CHUNK = 1024 * 1024

/** Largest sizes that a sketch can state. */
export const MAX_LAYERS = 512
const MAX_ROWS = 2 ** 24
const MAX_COLUMNS = 2 ** 20

/** Checks that the parts of a source fit together. @throws {@link SketchSourceError} */
export function checkSource({ embedding, tokens, layers }: SketchSource): void {
  if (layers.length > MAX_LAYERS) throw new SketchSourceError(`${layers.length} layers`, `at most ${MAX_LAYERS}`)
  if (embedding.columns > MAX_COLUMNS)
    throw new SketchSourceError(`rows of ${embedding.columns}`, `at most ${MAX_COLUMNS}`)
  if (tokens.length > MAX_ROWS) throw new SketchSourceError(`${tokens.length} tokens`, `at most ${MAX_ROWS}`)
  for (const [index, { gate, up, gain }] of layers.entries()) {
    const columns = embedding.rows === 0 ? gate.columns : embedding.columns
    if (gate.columns !== columns || up.columns !== columns || gain.length !== columns) {
      const actual = `layer ${index} with rows of ${gate.columns}, ${up.columns} and ${gain.length}`
      throw new SketchSourceError(actual, `rows of ${columns}, as the embeddings have`)
    }
    if (gate.rows !== up.rows || gate.rows < 1 || gate.rows > MAX_ROWS) {
      const actual = `layer ${index} with ${gate.rows} rows of gate and ${up.rows} of up`
      throw new SketchSourceError(actual, `as many of both, up to ${MAX_ROWS}`)
    }
  }
}

/** Reads one row as 64-bit floats. What is not a finite number counts as zero. */
export function readRow(rows: Rows, index: number): Float64Array {
  return finite(Float64Array.from(rows.read(index, 1)))
}

/** Reads rows in a given order, with the gain of the norm before them folded in, into one matrix. What is not a finite number counts as zero. */
export function readFoldedRows(rows: Rows, gain: Float32Array, indexes: ArrayLike<number>): Float64Array {
  const { columns } = rows
  const matrix = new Float64Array(indexes.length * columns)
  for (let each = 0; each < indexes.length; each++) {
    const row = rows.read(indexes[each]!, 1)
    for (let column = 0; column < columns; column++) {
      const value = row[column]! * gain[column]!
      // Only what is not finite is not zero when it is taken from itself.
      matrix[each * columns + column] = value - value === 0 ? value : 0
    }
  }
  return matrix
}

/**
 * The squared length of every row of a layer's gate, with the gain folded in. SiLU leaves a gate's scale where it is, so lengths may
 * choose units; they are never evidence.
 */
export function gateLengths({ gate, gain }: GatedLayer): Float64Array {
  const lengths = new GateLengths(gate.rows, gain)
  const most = Math.max(1, Math.floor(CHUNK / gate.columns))
  for (let first = 0; first < gate.rows; first += most) {
    lengths.add(gate.read(first, Math.min(most, gate.rows - first)))
  }
  return lengths.squares
}

/** Takes a gate's rows while they pass by, and keeps the squared length of each. */
export class GateLengths {
  /** One for each row; those to come are zero. */
  readonly squares: Float64Array
  readonly #gain: Float32Array
  #row = 0

  constructor(rows: number, gain: Float32Array) {
    this.squares = new Float64Array(rows)
    this.#gain = gain
  }

  /** Takes the next rows of the matrix. @param values whole rows */
  add(values: Float32Array): void {
    const gain = this.#gain
    const columns = gain.length
    for (let start = 0; start + columns <= values.length; start += columns) {
      let sum = 0
      for (let column = 0; column < columns; column++) {
        const value = values[start + column]! * gain[column]!
        sum += value * value
      }
      this.squares[this.#row++] = Number.isFinite(sum) ? sum : 0
    }
  }
}

function finite(row: Float64Array): Float64Array {
  for (let column = 0; column < row.length; column++) if (!Number.isFinite(row[column])) row[column] = 0
  return row
}

/** Thrown when what was read of a model cannot be that of a decoder with gated layers. */
export class SketchSourceError extends StemmaError {
  override name = 'SketchSourceError'
  constructor(actual: string, expected: string) {
    super(
      'SKETCH_SOURCE',
      `The model has ${actual}. Expected ${expected}; check that all files are of one model, and that its layout is listed in docs/fingerprint.md.`,
    )
  }
}
