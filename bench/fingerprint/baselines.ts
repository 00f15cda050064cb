/*
 * Other tests of lineage, written from their papers and documentation. All of them read the weights of both models. Each gives one number
 * a pair, larger for models that are more alike.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import type { Tensor } from '../../src/fingerprint/readers/content.ts'
import { cheapestAssignment } from './assignment.ts'
import type { BenchModel } from './models.ts'

/** The numbers of the baselines for a pair. */
export type Baselines = {
  /** AWM (arXiv 2510.06738): dimensions assigned by the embeddings, then the unbiased CKA of query and key weights. */
  awm: number
  /** The five signals of Cisco's Model Provenance Kit with its weights: embedding geometry, norms, layer energies, lengths of embeddings, weights. */
  cisco: number
  /** The cosine of the weights at the same places. */
  cosine: number
  /** The cosine of the norms, which once accused an innocent model. */
  norms: number
}

/** A matrix by rows. */
type Matrix = { rows: number; columns: number; values: Float32Array }

/** What the baselines read of a model, computed once. */
export type Features = {
  embedding: Matrix
  /** The number of each token by the digest of its bytes. */
  tokens: ReadonlyMap<string, number>
  layers: readonly LayerFeatures[]
  /** The gains of all norms, one after the other. */
  norms: Float32Array
  /** Cisco: how many embeddings have which length. */
  lengths: Float32Array
}
type LayerFeatures = {
  /** AWM: what the query and the key weights make of two dimensions: a square of the model's width. */
  query: Float64Array
  key: Float64Array
  matrices: ReadonlyMap<string, Matrix>
  /** Cisco: the square root of the sum of all squares. */
  energy: number
}

const LAYER = /^model\.layers\.(\d+)\.(.+)\.weight$/
const ANCHORS = 128
const BINS = 32
/** Points at which curves of layers are compared. */
const POINTS = 16
/** Weights of Cisco's signals in its score. */
const CISCO = { geometry: 0.36, norms: 0.08, energy: 0.16, lengths: 0.19, weights: 0.21 }

/** Reads what the baselines need of a model. */
export function featuresOf({ source, tensors }: BenchModel): Features {
  const matrices = new Map<number, Map<string, Matrix>>()
  const norms: number[] = []
  for (const [name, tensor] of tensors) {
    if (name.endsWith('norm.weight')) norms.push(...valuesOf(tensor))
    const match = LAYER.exec(name)
    if (match === null || tensor.shape.length !== 2) continue
    const layer = matrices.get(Number(match[1])) ?? new Map<string, Matrix>()
    matrices.set(Number(match[1]), layer)
    const [rows, columns] = tensor.shape
    layer.set(match[2]!, { rows: rows!, columns: columns!, values: valuesOf(tensor) })
  }
  const embedding = {
    rows: source.embedding.rows,
    columns: source.embedding.columns,
    values: source.embedding.read(0, source.embedding.rows),
  }
  const ordered = [...matrices].toSorted(([a], [b]) => a - b).map(([, layer]) => layer)
  return {
    embedding,
    tokens: new Map(
      source.tokens.flatMap((bytes, token) => (bytes === null ? [] : [[bytesToHex(sha256(bytes)), token] as const])),
    ),
    layers: ordered.map(layerFeatures),
    norms: Float32Array.from(norms),
    lengths: histogramOfLengths(embedding),
  }
}

function valuesOf(tensor: Tensor): Float32Array {
  return tensor.read!(
    0,
    tensor.shape.reduce((product, count) => product * count, 1),
  )
}

function layerFeatures(matrices: ReadonlyMap<string, Matrix>): LayerFeatures {
  let squares = 0
  for (const { values } of matrices.values()) for (const value of values) squares += value * value
  return {
    query: gramOf(matrices.get('self_attn.q_proj')!),
    key: gramOf(matrices.get('self_attn.k_proj')!),
    matrices,
    energy: Math.sqrt(squares),
  }
}

/** The products of a matrix' columns with each other. */
function gramOf({ rows, columns, values }: Matrix): Float64Array {
  const gram = new Float64Array(columns * columns)
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < columns; first++) {
      const value = values[row * columns + first]!
      for (let second = 0; second < columns; second++)
        gram[first * columns + second]! += value * values[row * columns + second]!
    }
  }
  return gram
}

/** Computes all baselines for a pair. */
export function baselinesOf(suspect: Features, base: Features): Baselines {
  const shared = sharedTokens(suspect, base)
  return {
    awm: awm(suspect, base, shared),
    cisco: cisco(suspect, base, shared),
    cosine: cosineOfLayers(suspect, base),
    norms: cosineOf(suspect.norms, base.norms),
  }
}

/** Tokens that both have, in the order of their digests. */
function sharedTokens(suspect: Features, base: Features): [suspect: number, base: number][] {
  const digests = [...suspect.tokens.keys()].filter((digest) => base.tokens.has(digest)).toSorted()
  return digests.map((digest) => [suspect.tokens.get(digest)!, base.tokens.get(digest)!])
}

function awm(suspect: Features, base: Features, shared: readonly [number, number][]): number {
  if (suspect.embedding.columns > base.embedding.columns)
    return awm(
      base,
      suspect,
      shared.map(([first, second]) => [second, first]),
    )
  const { order, signs } = assignDimensions(suspect.embedding, base.embedding, shared)
  const width = suspect.embedding.columns
  const best = suspect.layers.map((layer) => {
    const scores = base.layers.map((other) => {
      const parts = (['query', 'key'] as const).map((part) =>
        unbiasedCka(layer[part], assigned(other[part], base.embedding.columns, order, signs), width),
      )
      return (parts[0]! + parts[1]!) / 2
    })
    return Math.max(...scores)
  })
  return mean(best)
}

/** The dimension of the base, and its sign, for each dimension of the suspect, by the correlation of their embeddings. */
function assignDimensions(
  suspect: Matrix,
  base: Matrix,
  shared: readonly [number, number][],
): { order: Int32Array; signs: Float64Array } {
  const [rows, columns] = [suspect.columns, base.columns]
  const products = new Float64Array(rows * columns)
  for (const [first, second] of shared) {
    for (let row = 0; row < rows; row++) {
      const value = suspect.values[first * rows + row]!
      for (let column = 0; column < columns; column++)
        products[row * columns + column]! += value * base.values[second * columns + column]!
    }
  }
  const [own, other] = [
    columnLengths(
      suspect,
      shared.map(([token]) => token),
    ),
    columnLengths(
      base,
      shared.map(([, token]) => token),
    ),
  ]
  const costs = products.map(
    (value, index) => -Math.abs(value / (own[Math.floor(index / columns)]! * other[index % columns]! || 1)),
  )
  const order = cheapestAssignment(costs, rows, columns)
  return { order, signs: Float64Array.from(order, (column, row) => Math.sign(products[row * columns + column]!)) }
}

function columnLengths({ columns, values }: Matrix, tokens: readonly number[]): Float64Array {
  const squares = new Float64Array(columns)
  for (const token of tokens)
    for (let column = 0; column < columns; column++) squares[column]! += values[token * columns + column]! ** 2
  return squares.map(Math.sqrt)
}

function assigned(gram: Float64Array, width: number, order: Int32Array, signs: Float64Array): Float64Array {
  const size = order.length
  const out = new Float64Array(size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      out[row * size + column] = gram[order[row]! * width + order[column]!]! * signs[row]! * signs[column]!
  return out
}

function unbiasedCka(first: Float64Array, second: Float64Array, size: number): number {
  const own = unbiasedHsic(first, first, size) * unbiasedHsic(second, second, size)
  return own > 0 ? unbiasedHsic(first, second, size) / Math.sqrt(own) : 0
}

/** The unbiased estimate of Hilbert and Schmidt's independence criterion (Song et al., 2012): diagonals do not count. */
function unbiasedHsic(first: Float64Array, second: Float64Array, size: number): number {
  let [trace, all, other, product] = [0, 0, 0, 0]
  for (let row = 0; row < size; row++) {
    let [sum, otherSum] = [0, 0]
    for (let column = 0; column < size; column++) {
      if (row === column) continue
      const [a, b] = [first[row * size + column]!, second[row * size + column]!]
      trace += a * b
      sum += a
      otherSum += b
    }
    all += sum
    other += otherSum
    product += sum * otherSum
  }
  return (trace + (all * other) / ((size - 1) * (size - 2)) - (2 / (size - 2)) * product) / (size * (size - 3))
}

function cisco(suspect: Features, base: Features, shared: readonly [number, number][]): number {
  const signals = {
    geometry: shared.length < 8 ? 0.5 : positive(geometry(suspect, base, shared.slice(0, ANCHORS))),
    norms: positive(cosineOf(suspect.norms, base.norms)),
    energy: positive(correlationOf(energies(suspect), energies(base))),
    lengths: positive(cosineOf(suspect.lengths, base.lengths)),
    weights: suspect.layers.length === base.layers.length ? positive(sameLayers(suspect, base)) : null,
  }
  let [sum, weight] = [0, 0]
  for (const name of Object.keys(CISCO) as (keyof typeof CISCO)[]) {
    const value = signals[name]
    if (value === null) continue
    sum += CISCO[name] * value
    weight += CISCO[name]
  }
  return sum / weight
}

/** The correlation of two models' cosines of embeddings. */
function geometry(suspect: Features, base: Features, anchors: readonly [number, number][]): number {
  const cosines = ({ columns, values }: Matrix, tokens: readonly number[]) => {
    const rows = tokens.map((token) => values.subarray(token * columns, (token + 1) * columns))
    return rows.flatMap((row, index) => rows.slice(0, index).map((other) => cosineOf(row, other)))
  }
  return correlationOf(
    cosines(
      suspect.embedding,
      anchors.map(([token]) => token),
    ),
    cosines(
      base.embedding,
      anchors.map(([, token]) => token),
    ),
  )
}

function energies({ layers }: Features): number[] {
  return Array.from({ length: POINTS }, (_, point) => {
    const at = (point / (POINTS - 1)) * (layers.length - 1)
    const [low, high] = [Math.floor(at), Math.ceil(at)]
    return layers[low]!.energy * (1 - at + low) + layers[high]!.energy * (at - low)
  })
}

function histogramOfLengths({ rows, columns, values }: Matrix): Float32Array {
  const lengths = Array.from({ length: rows }, (_, row) =>
    Math.hypot(...values.subarray(row * columns, (row + 1) * columns)),
  )
  const average = mean(lengths) || 1
  const bins = new Float32Array(BINS)
  for (const length of lengths) bins[Math.min(BINS - 1, Math.floor((length / average / 3) * BINS))]!++
  return bins
}

function sameLayers(suspect: Features, base: Features): number {
  return mean(suspect.layers.map((layer, index) => cosineOfMatrices(layer, base.layers[index]!)))
}

/** The mean, over the suspect's layers, of the best cosine with a layer of the base. */
function cosineOfLayers(suspect: Features, base: Features): number {
  return mean(suspect.layers.map((layer) => Math.max(...base.layers.map((other) => cosineOfMatrices(layer, other)))))
}

/** The mean cosine of the matrices that have one name, as far as both go. */
function cosineOfMatrices(layer: LayerFeatures, other: LayerFeatures): number {
  const cosines: number[] = []
  for (const [name, matrix] of layer.matrices) {
    // Of experts, which the other has not, the first counts.
    const same = other.matrices.get(name.replace(/experts\.0\./, ''))
    if (same !== undefined) cosines.push(cosineOf(cornerOf(matrix, same), cornerOf(same, matrix)))
  }
  return cosines.length === 0 ? 0 : mean(cosines)
}

function cornerOf(matrix: Matrix, other: Matrix): Float32Array {
  const [rows, columns] = [Math.min(matrix.rows, other.rows), Math.min(matrix.columns, other.columns)]
  if (columns === matrix.columns) return matrix.values.subarray(0, rows * columns)
  const corner = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    corner.set(matrix.values.subarray(row * matrix.columns, row * matrix.columns + columns), row * columns)
  return corner
}

function cosineOf(first: Float32Array, second: Float32Array): number {
  let [product, own, other] = [0, 0, 0]
  for (let index = 0; index < Math.min(first.length, second.length); index++) {
    product += first[index]! * second[index]!
    own += first[index]! * first[index]!
    other += second[index]! * second[index]!
  }
  return own > 0 && other > 0 ? product / Math.sqrt(own * other) : 0
}

function correlationOf(first: readonly number[], second: readonly number[]): number {
  const centered = (values: readonly number[]) => {
    const average = mean(values)
    return Float32Array.from(values, (value) => value - average)
  }
  return cosineOf(centered(first), centered(second))
}

function positive(value: number): number {
  return Math.max(0, value)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
