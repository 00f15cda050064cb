import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from '../core/errors.ts'
import { anchorsOf, type Anchor } from './anchors.ts'
import { rowDigests, sketchDigests, type ExactTensors } from './exact.ts'
import { checkSource, gateLengths, readFoldedRows, readRow } from './foldedRows.ts'
import type { GatedLayer, SketchSource } from './ports.ts'
import { countTo, Random } from './random.ts'
import { MAX_SKETCH_BYTES, type Signatures, type Sketch, type SketchLayer } from './sketch.ts'
import { layerBytes, startBytes } from './sketchSize.ts'
import { dot, largest, quantize, timesRows } from './vectors.ts'

/** Anchors and units of a sketch, from the most to the fewest. Every layer stays, so units give way first. */
const SIZES = [
  { anchors: 128, units: 8 },
  { anchors: 128, units: 4 },
  { anchors: 64, units: 4 },
  { anchors: 64, units: 2 },
  { anchors: 32, units: 2 },
  { anchors: 32, units: 1 },
] as const

/** Room that exact digests have at least, in bytes. */
const EXACT_BYTES = 1_300
/** A secret chooses its units among so many of the longest rows, so that a suspect's pool has them too. */
const SECRET_CHOICE = 512
/** Fewest bytes of a secret. */
const MIN_SECRET_BYTES = 16

/**
 * Makes the sketch of a model: products of some tokens' embeddings with each other and with some rows of each layer. Equal to the
 * byte on every machine, and at most {@link MAX_SKETCH_BYTES} long.
 *
 * @throws `SketchSourceError` when the parts of the source do not fit together
 * @throws {@link SketchSizeError} {@link SketchSecretError} for options that no sketch can have
 */
export function makeSketch(source: SketchSource, options: makeSketch.Options = {}): Sketch {
  checkSource(source)
  const { secret } = options
  if (secret !== undefined && secret.length < MIN_SECRET_BYTES) throw new SketchSecretError(secret.length)
  const size = sizeFor(source.layers.length, options)
  const anchors = anchorsOf(source.tokens.slice(0, source.embedding.rows), size.anchors, secret)
  const embeddings = readEmbeddings(source, anchors)
  const rows = new Set<string>()
  for (const { token } of anchors) addAll(rows, rowDigests(source.embedding, [token]))
  const layers = source.layers.map((layer, index) => {
    const squares = options.lengths?.(index) ?? gateLengths(layer)
    const places = placesOf(squares, 2 * size.units, index, secret)
    const units = places.subarray(0, size.units)
    addAll(rows, rowDigests(layer.gate, units))
    addAll(rows, rowDigests(layer.up, units))
    return sketchLayer(layer, places, size.units, embeddings, anchors.length)
  })
  const sketch = {
    isSecret: secret !== undefined,
    units: size.units,
    columns: source.embedding.columns,
    anchors: Uint32Array.from(anchors, ({ hash }) => hash),
    gram: gramOf(embeddings, anchors.length),
    layers,
  }
  return { ...sketch, exact: sketchDigests(sketch, rows, options.exact) }
}

export declare namespace makeSketch {
  type Options = {
    /** Most anchors: 128, 64 or 32. 128 by default; fewer where all layers would not fit. */
    anchors?: number | undefined
    /** Most units a layer: 8, 4, 2 or 1. 8 by default; fewer where all layers would not fit. */
    units?: number | undefined
    /** At least 16 random bytes that choose anchors and units which nobody knows before they are revealed. */
    secret?: Uint8Array | undefined
    /** Squared lengths of a layer's gate rows, where they were computed while the file was hashed. */
    lengths?: ((layer: number) => Float64Array | undefined) | undefined
    /** What else of the model can be equal to the bit: its tensors and its tokenizer. */
    exact?: ExactTensors | undefined
  }
}

/** The most anchors and units with which so many layers fit. @throws {@link SketchSizeError} */
export function sizeFor(
  layers: number,
  { anchors = 128, units = 8 }: { anchors?: number | undefined; units?: number | undefined } = {},
): { anchors: number; units: number } {
  const allowed = SIZES.filter((size) => size.anchors <= anchors && size.units <= units)
  const fits = (size: { anchors: number; units: number }) =>
    startBytes(size.anchors) + layers * layerBytes(size.anchors, size.units, 2 * size.units) + EXACT_BYTES <=
    MAX_SKETCH_BYTES
  const size = allowed.find(fits)
  if (size === undefined) throw new SketchSizeError(anchors, units)
  return size
}

function readEmbeddings({ embedding }: SketchSource, anchors: readonly Anchor[]): Float64Array {
  const matrix = new Float64Array(anchors.length * embedding.columns)
  for (const [index, { token }] of anchors.entries()) matrix.set(readRow(embedding, token), index * embedding.columns)
  return matrix
}

/** The longest rows; with a secret, some of the longest, in an order that it gives. */
function placesOf(squares: Float64Array, count: number, layer: number, secret: Uint8Array | undefined): Uint32Array {
  if (secret === undefined) return largest(squares, count)
  const choice = largest(squares, SECRET_CHOICE)
  const random = new Random(concatBytes(secret, utf8ToBytes(`\nunits of layer ${layer}`)))
  const order = countTo(choice.length)
  const chosen = Math.min(count, choice.length)
  random.choose(order, chosen)
  return order.slice(0, chosen).map((index) => choice[index]!)
}

function sketchLayer(
  { gate, up, gain }: GatedLayer,
  places: Uint32Array,
  units: number,
  embeddings: Float64Array,
  anchors: number,
): SketchLayer {
  const gates = readFoldedRows(gate, gain, places)
  const ups = readFoldedRows(up, gain, places.subarray(0, units))
  return {
    rows: gate.rows,
    places,
    cosines: quantize(cosinesOf(gates, gate.columns)).codes,
    gate: signaturesOf(gates.subarray(0, ups.length), gate.columns, embeddings, anchors),
    up: signaturesOf(ups, up.columns, embeddings, anchors),
  }
}

/** Cosines of each pair of rows: 1 with 0, 2 with 0, 2 with 1, … A row of zeros has 0 with all. */
export function cosinesOf(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns
  const lengths = Array.from({ length: rows }, (_, row) =>
    Math.sqrt(dot(matrix, row * columns, matrix, row * columns, columns)),
  )
  const cosines = new Float64Array((rows * (rows - 1)) / 2)
  let at = 0
  for (let row = 1; row < rows; row++) {
    timesRows(matrix, row, matrix.subarray(row * columns, (row + 1) * columns), cosines, at)
    for (let other = 0; other < row; other++, at++) {
      const scale = lengths[row]! * lengths[other]!
      cosines[at] = scale > 0 ? cosines[at]! / scale : 0
    }
  }
  return cosines
}

function signaturesOf(rows: Float64Array, columns: number, embeddings: Float64Array, anchors: number): Signatures {
  const count = rows.length / columns
  const codes = new Int8Array(count * anchors)
  const scales = new Float32Array(count)
  const products = new Float64Array(anchors)
  for (let row = 0; row < count; row++) {
    timesRows(embeddings, anchors, rows.subarray(row * columns, (row + 1) * columns), products)
    const quantized = quantize(products)
    codes.set(quantized.codes, row * anchors)
    scales[row] = quantized.scale
  }
  return { codes, scales }
}

function gramOf(embeddings: Float64Array, anchors: number): Signatures {
  const columns = anchors === 0 ? 0 : embeddings.length / anchors
  const codes = new Int8Array((anchors * (anchors + 1)) / 2)
  const scales = new Float32Array(anchors)
  let at = 0
  for (let row = 0; row < anchors; row++) {
    const products = new Float64Array(row + 1)
    timesRows(embeddings, row + 1, embeddings.subarray(row * columns, (row + 1) * columns), products)
    const quantized = quantize(products)
    codes.set(quantized.codes, at)
    scales[row] = quantized.scale
    at += row + 1
  }
  return { codes, scales }
}

function addAll(set: Set<string>, values: Iterable<string>): void {
  for (const value of values) set.add(value)
}

/** Thrown when no sketch has so few anchors or units, or the layers do not fit. */
export class SketchSizeError extends StemmaError {
  override name = 'SketchSizeError'
  constructor(anchors: number, units: number) {
    super(
      'SKETCH_SIZE',
      `No sketch of at most ${anchors} anchors and ${units} units holds all layers. Use at least 32 anchors and 1 unit; the defaults, 128 and 8, shrink by themselves.`,
    )
  }
}

/** Thrown when a secret is too short to keep anybody from trying them all. */
export class SketchSecretError extends StemmaError {
  override name = 'SketchSecretError'
  constructor(length: number) {
    super(
      'SKETCH_SECRET',
      `The secret has ${length} bytes. Use a file with at least ${MIN_SECRET_BYTES} random bytes, such as from "openssl rand 32", and keep it.`,
    )
  }
}
