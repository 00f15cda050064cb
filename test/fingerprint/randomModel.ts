import type { Rows, SketchSource } from '../../src/fingerprint/ports.ts'

/** A small decoder in memory, whose weights tests change. */
export type RandomModel = {
  columns: number
  embedding: Float32Array
  tokens: (Uint8Array | null)[]
  layers: { gate: Float32Array; up: Float32Array; gain: Float32Array }[]
}

/** Numbers from -1 to 1, equal on every machine: a linear congruential generator of 32 bits. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2147483648 - 1
  }
}

/** The sum of several uniform numbers: nearly normal, with a deviation of 1, and exact on every machine. */
export function normalFrom(seed: number): () => number {
  const next = numbersFrom(seed)
  return () => next() + next() + next()
}

/**
 * A model with what trained ones have: directions that all embeddings share, gates and ups of a unit that are correlated, rows of
 * different lengths, gains that are not 1.
 */
export function randomModel(
  seed: number,
  { columns = 96, rows = 256, layers = 4, vocabulary = 768 } = {},
): RandomModel {
  const normal = normalFrom(seed)
  const list = (length: number) => Float32Array.from({ length }, normal)
  const common = list(columns)
  const embedding = list(vocabulary * columns).map((value, index) => value + common[index % columns]! * 1.5)
  return {
    columns,
    embedding,
    tokens: Array.from({ length: vocabulary }, (_, index) => new TextEncoder().encode(wordOf(index))),
    layers: Array.from({ length: layers }, () => {
      const gate = list(rows * columns)
      for (let row = 0; row < rows; row++) {
        const scale = 0.5 + Math.abs(normal())
        for (let column = 0; column < columns; column++) gate[row * columns + column]! *= scale
      }
      const up = list(rows * columns).map((value, index) => value + 0.3 * gate[index]!)
      return { gate, up, gain: list(columns).map((value) => 1 + 0.1 * value) }
    }),
  }
}

/** A word of a vocabulary: a space and letters, so that no two are equal. */
export function wordOf(index: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  return ` t${letters[index % 26]!}${letters[Math.floor(index / 26) % 26]!}${letters[Math.floor(index / 676) % 26]!}`
}

/** The model as the core reads it. */
export function sourceOf({ columns, embedding, tokens, layers }: RandomModel): SketchSource {
  return {
    embedding: rowsOf(embedding, columns),
    tokens,
    layers: layers.map(({ gate, up, gain }) => ({ gate: rowsOf(gate, columns), up: rowsOf(up, columns), gain })),
  }
}

/** A matrix in memory as rows. */
export function rowsOf(values: Float32Array, columns: number): Rows {
  return {
    rows: values.length / columns,
    columns,
    read: (first, count) => values.slice(first * columns, (first + count) * columns),
  }
}

/** A copy with every weight changed; gains stay. */
export function mapWeights(model: RandomModel, change: (value: number) => number): RandomModel {
  return {
    ...model,
    embedding: model.embedding.map(change),
    layers: model.layers.map(({ gate, up, gain }) => ({ gate: gate.map(change), up: up.map(change), gain })),
  }
}

/** As after training on: noise of a given share of the weights' deviation. */
export function continued(model: RandomModel, share: number, seed: number): RandomModel {
  const normal = normalFrom(seed)
  return mapWeights(model, (value) => value + share * normal())
}

/** Puts the units of each layer in another order. */
export function permuted(model: RandomModel, seed: number): RandomModel {
  const next = numbersFrom(seed)
  return {
    ...model,
    layers: model.layers.map(({ gate, up, gain }) => {
      const order = shuffled(gate.length / model.columns, next)
      return { gate: picked(gate, model.columns, order), up: picked(up, model.columns, order), gain }
    }),
  }
}

/** Puts a vocabulary in another order and keeps a part of it. */
export function withShuffledVocabulary(model: RandomModel, share: number, seed: number): RandomModel {
  const order = shuffled(model.tokens.length, numbersFrom(seed)).slice(0, Math.round(model.tokens.length * share))
  return {
    ...model,
    tokens: order.map((index) => model.tokens[index]!),
    embedding: picked(model.embedding, model.columns, order),
  }
}

/** Folds the gains into the weights and rotates the residual stream by reflections. */
export function rotated(model: RandomModel, seed: number): RandomModel {
  const { columns } = model
  const normal = normalFrom(seed)
  const axes = Array.from({ length: columns }, () => {
    const axis = Float64Array.from({ length: columns }, normal)
    const length = Math.sqrt(axis.reduce((sum, value) => sum + value * value, 0))
    return axis.map((value) => value / length)
  })
  const turn = (matrix: Float32Array, gain?: Float32Array) => {
    const out = Float64Array.from(matrix, (value, index) => value * (gain?.[index % columns] ?? 1))
    for (const axis of axes) {
      for (let start = 0; start < out.length; start += columns) {
        let along = 0
        for (let column = 0; column < columns; column++) along += out[start + column]! * axis[column]!
        for (let column = 0; column < columns; column++) out[start + column]! -= 2 * along * axis[column]!
      }
    }
    return Float32Array.from(out)
  }
  return {
    ...model,
    embedding: turn(model.embedding),
    layers: model.layers.map(({ gate, up, gain }) => ({
      gate: turn(gate, gain),
      up: turn(up, gain),
      gain: new Float32Array(columns).fill(1),
    })),
  }
}

/** Scales what may be scaled: each up row by its own factor, and the embeddings by one. */
export function scaled(model: RandomModel, seed: number): RandomModel {
  const next = numbersFrom(seed)
  return {
    ...model,
    embedding: model.embedding.map((value) => value * 3),
    layers: model.layers.map(({ gate, up, gain }) => {
      const factors = Array.from({ length: up.length / model.columns }, () => 2 + next())
      return { gate, gain, up: up.map((value, index) => value * factors[Math.floor(index / model.columns)]!) }
    }),
  }
}

/** Sets the smaller half of each matrix to zero. */
export function pruned(model: RandomModel): RandomModel {
  const cut = (values: Float32Array) => {
    const middle = values.map(Math.abs).toSorted()[Math.floor(values.length / 2)]!
    return values.map((value) => (Math.abs(value) < middle ? 0 : value))
  }
  return { ...model, layers: model.layers.map(({ gate, up, gain }) => ({ gate: cut(gate), up: cut(up), gain })) }
}

/** Rounds to 16 bits with the exponent of 32: the lower half of each float is cut. */
export function bf16(model: RandomModel): RandomModel {
  const view = new DataView(new ArrayBuffer(4))
  return mapWeights(model, (value) => {
    view.setFloat32(0, value)
    view.setUint16(2, 0)
    return view.getFloat32(0)
  })
}

/** Rounds to 8 bits with one scale for all. */
export function int8(model: RandomModel): RandomModel {
  return mapWeights(model, (value) => Math.round(value * 12) / 12)
}

function shuffled(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(((next() + 1) / 2) * (index + 1))
    ;[order[index], order[other]] = [order[other]!, order[index]!]
  }
  return order
}

function picked(matrix: Float32Array, columns: number, order: readonly number[]): Float32Array {
  const out = new Float32Array(order.length * columns)
  for (const [index, row] of order.entries()) {
    out.set(matrix.subarray(row * columns, (row + 1) * columns), index * columns)
  }
  return out
}
