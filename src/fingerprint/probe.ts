import { findAnchors } from './anchors.ts'
import { rowDigests, type ExactTensors } from './exact.ts'
import { checkSource, gateLengths, readFoldedRows, readRow } from './foldedRows.ts'
import { cosinesOf } from './makeSketch.ts'
import type { SketchSource } from './ports.ts'
import { countTo, Random } from './random.ts'
import type { Sketch } from './sketch.ts'
import { largest, timesRows } from './vectors.ts'

/** Most rows of a layer, those of largest length, among which units are looked for. */
export const POOL_ROWS = 1_024
/** Rows of a layer, chosen at random, from which the places test draws. */
const DRAWN_ROWS = 256
/** Rows that are held in memory at once. */
const ROWS_AT_ONCE = 64
/** Rows whose digests are kept, of each layer. */
const EXACT_ROWS = 32

/** One layer of a suspect. */
export type ProbeLayer = {
  /** Rows of the layer's gate. */
  rows: number
  /** The rows of largest length. */
  pool: Uint32Array
  /** The products of the pool's gate rows with the embeddings of `tokens`: a row for each token. */
  gate: Float32Array
  /** The same of the pool's up rows. */
  up: Float32Array
  /** Rows that were chosen at random. */
  drawn: Uint32Array
  /** The cosines of each pair of those: the full table. */
  drawnCosines: Float32Array
}

/** What of a sketch decides which tokens of a suspect are read. */
export type Anchored = Pick<Sketch, 'isSecret' | 'anchors'>

/** What is read of a suspect once, to compare it with any number of sketches. */
export type Probe = {
  source: SketchSource
  /** Tokens of the suspect that are anchors of one of the sketches, with their place in the tables. */
  tokens: ReadonlyMap<number, number>
  /** Their embeddings, a row for each. */
  embeddings: Float64Array
  /** Tokens by hash: the anchors of public sketches. */
  anchors: ReadonlyMap<number, number>
  /** Tokens by hash: the anchors of each sketch whose secret is known. */
  secretAnchors: ReadonlyMap<Anchored, ReadonlyMap<number, number>>
  layers: readonly ProbeLayer[]
  /** Digests of rows that a sketch may list. */
  rows: ReadonlySet<string>
  /** Digests of the suspect's tensors. */
  tensors: ReadonlySet<string>
  exact: ExactTensors
}

/**
 * Reads what comparing a suspect with sketches needs: the longest rows of each layer, projected on the anchors of all sketches.
 * Holds one layer's rows at a time.
 *
 * @throws `SketchSourceError` when the parts of the source do not fit together
 */
export function makeProbe(source: SketchSource, sketches: readonly Anchored[], options: makeProbe.Options = {}): Probe {
  checkSource(source)
  const anchors = publicAnchors(source, sketches)
  const secretAnchors = anchorsOfSecrets(source, sketches, options.secrets)
  const tokens = new Map<number, number>()
  for (const found of [anchors, ...secretAnchors.values()]) {
    for (const token of found.values()) if (!tokens.has(token)) tokens.set(token, tokens.size)
  }
  const { columns } = source.embedding
  const embeddings = new Float64Array(tokens.size * columns)
  for (const [token, index] of tokens) embeddings.set(readRow(source.embedding, token), index * columns)
  const rows = new Set(rowDigests(source.embedding, tokens.keys()))
  const layers = source.layers.map((layer, index) => {
    const pool = largest(options.lengths?.(index) ?? gateLengths(layer), options.pool ?? POOL_ROWS)
    for (const part of [layer.gate, layer.up]) {
      for (const digest of rowDigests(part, pool.subarray(0, EXACT_ROWS))) rows.add(digest)
    }
    return { ...projected(layer, pool, embeddings, tokens.size), ...drawnOf(layer), rows: layer.gate.rows, pool }
  })
  const exact = options.exact ?? { tensors: [] }
  return { source, tokens, embeddings, anchors, secretAnchors, layers, rows, tensors: new Set(exact.tensors), exact }
}

export declare namespace makeProbe {
  type Options = {
    /** Most rows of a layer among which units are looked for. 1,024 by default. */
    pool?: number | undefined
    /** The secrets of the sketches that have one. */
    secrets?: ReadonlyMap<Anchored, Uint8Array> | undefined
    /** Squared lengths of a layer's gate rows, where they were computed while the file was hashed. */
    lengths?: ((layer: number) => Float64Array | undefined) | undefined
    /** What else of the suspect can be equal to the bit. */
    exact?: ExactTensors | undefined
  }
}

/** The tokens of a model, by hash, that are anchors of some public sketches. */
export function publicAnchors(
  { tokens, embedding }: Pick<SketchSource, 'tokens' | 'embedding'>,
  sketches: readonly Anchored[],
): Map<number, number> {
  const hashes = new Set<number>()
  for (const { isSecret, anchors } of sketches) if (!isSecret) for (const hash of anchors) hashes.add(hash)
  return findAnchors(tokens.slice(0, embedding.rows), hashes)
}

function anchorsOfSecrets(
  { tokens, embedding }: SketchSource,
  sketches: readonly Anchored[],
  secrets: ReadonlyMap<Anchored, Uint8Array> = new Map(),
): Map<Anchored, ReadonlyMap<number, number>> {
  const known = tokens.slice(0, embedding.rows)
  const found = new Map<Anchored, ReadonlyMap<number, number>>()
  for (const sketch of sketches) {
    const secret = sketch.isSecret ? secrets.get(sketch) : undefined
    if (secret !== undefined) found.set(sketch, findAnchors(known, new Set(sketch.anchors), secret))
  }
  return found
}

function projected(
  { gate, up, gain }: SketchSource['layers'][number],
  pool: Uint32Array,
  embeddings: Float64Array,
  tokens: number,
): Pick<ProbeLayer, 'gate' | 'up'> {
  const tables = [gate, up].map((rows) => {
    const table = new Float32Array(tokens * pool.length)
    const products = new Float64Array(tokens)
    for (let first = 0; first < pool.length; first += ROWS_AT_ONCE) {
      const places = pool.subarray(first, first + ROWS_AT_ONCE)
      const matrix = readFoldedRows(rows, gain, places)
      for (let index = 0; index < places.length; index++) {
        timesRows(embeddings, tokens, matrix.subarray(index * rows.columns, (index + 1) * rows.columns), products)
        for (let token = 0; token < tokens; token++) table[token * pool.length + first + index] = products[token]!
      }
    }
    return table
  })
  return { gate: tables[0]!, up: tables[1]! }
}

/** The generator's seed is fixed: which rows are drawn depends on how many there are, and on nothing that a publisher chooses. */
function drawnOf({ gate, gain }: SketchSource['layers'][number]): Pick<ProbeLayer, 'drawn' | 'drawnCosines'> {
  const order = countTo(gate.rows)
  const count = Math.min(DRAWN_ROWS, gate.rows)
  new Random(new TextEncoder().encode(`stemma drawn rows ${gate.rows}`)).choose(order, count)
  const drawn = order.slice(0, count)
  const cosines = cosinesOf(readFoldedRows(gate, gain, drawn), gate.columns)
  const drawnCosines = new Float32Array(count * count)
  let at = 0
  for (let row = 1; row < count; row++) {
    for (let other = 0; other < row; other++) {
      const value = cosines[at++]!
      drawnCosines[row * count + other] = value
      drawnCosines[other * count + row] = value
    }
  }
  return { drawn, drawnCosines }
}
