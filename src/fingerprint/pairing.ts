import { whiteningOf } from './inverseRoot.ts'
import { bestPath, inBand, type LayerMatch } from './layerPath.ts'
import { MIN_SHARED_ANCHORS, PAIRING_DRAWS } from './lines.ts'
import type { Probe } from './probe.ts'
import { countTo, type Random } from './random.ts'
import type { Signatures, Sketch } from './sketch.ts'
import { dot, normalizeRows, timesRows } from './vectors.ts'

/** What the pairing test found. */
export type PairingResult = {
  /** How many standard deviations the units' best matches of gate and up together lie above those with the ups assigned at random. */
  z: number
  path: readonly LayerMatch[]
  /** Anchors that the suspect has too. */
  anchors: number
  /** Units of the path whose best match is at the stored place. */
  placeHits: number
  /** Units of the path. */
  units: number
}

/** Anchors that both have: their place in the sketch, and the row of the probe's tables. */
type Shared = { anchors: Uint32Array; rows: Uint32Array }
/** Unit signatures, whitened, of length 1: a row for each unit. */
type Units = { gate: Float64Array; up: Float64Array; count: number }
/** Candidates, whitened, of length 1: a column for each row of the pool. */
type Candidates = { gate: Float64Array; up: Float64Array; count: number }
/** Cosines of a layer's units with a layer's candidates. */
type Cosines = { gate: Float64Array; up: Float64Array; units: number; candidates: number }

/**
 * Looks for units of the sketch among those of the suspect by what they do to anchors: the same unit of the suspect has to match the
 * gate and the up of one unit. Survives permuted units, rotated and scaled residual streams, pruning and added units.
 *
 * @returns null when the two have fewer than 24 anchors in common, or nothing to compare
 */
export function testPairing(
  sketch: Sketch,
  probe: Probe,
  random: Random,
  { band }: { band: number },
): PairingResult | null {
  const shared = sharedAnchors(sketch, probe)
  const size = shared.anchors.length
  if (size < MIN_SHARED_ANCHORS || sketch.layers.length === 0 || probe.layers.length === 0) return null
  const ofSketch = whiteningOf(gramOfSketch(sketch.gram, shared.anchors), size)
  const ofSuspect = suspectCandidates(probe, shared)
  if (ofSketch === null || ofSuspect === null) return null
  const units = sketch.layers.map(({ gate, up }) => ({
    gate: whitenedUnits(gate, sketch.anchors.length, shared.anchors, ofSketch),
    up: whitenedUnits(up, sketch.anchors.length, shared.anchors, ofSketch),
    count: gate.scales.length,
  }))

  const [rows, columns] = [units.length, ofSuspect.length]
  const values = new Float64Array(rows * columns).fill(NaN)
  const gates = new Map<number, Float64Array>()
  for (const [row, unit] of units.entries()) {
    for (const [column, candidates] of ofSuspect.entries()) {
      if (!inBand(row, rows, column, columns, band)) continue
      const cosines = cosinesWith(unit.gate, unit.count, candidates.gate, candidates.count, size)
      gates.set(row * columns + column, cosines)
      values[row * columns + column] = meanOfBest(cosines, unit.count, candidates.count)
    }
  }
  const path = bestPath({ rows, columns, values })
  const matched = path.map(([row, column]) =>
    cosinesOfMatch(units[row]!, ofSuspect[column]!, gates.get(row * columns + column)!, size),
  )
  return { ...scoreOf(matched, random), path, anchors: size, ...hitsOf(path, matched, sketch, probe) }
}

function sharedAnchors(sketch: Sketch, { anchors, secretAnchors, tokens }: Probe): Shared {
  const found = sketch.isSecret ? (secretAnchors.get(sketch) ?? new Map<number, number>()) : anchors
  const places: number[] = []
  const rows: number[] = []
  for (const [place, hash] of sketch.anchors.entries()) {
    const token = found.get(hash)
    if (token === undefined) continue
    places.push(place)
    rows.push(tokens.get(token)!)
  }
  return { anchors: Uint32Array.from(places), rows: Uint32Array.from(rows) }
}

function gramOfSketch({ codes, scales }: Signatures, anchors: Uint32Array): Float64Array {
  const size = anchors.length
  const gram = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let other = 0; other <= row; other++) {
      // Shared anchors keep the sketch's order, so `row` is always the later one.
      const later = anchors[row]!
      const value = codes[(later * (later + 1)) / 2 + anchors[other]!]! * scales[later]!
      gram[row * size + other] = value
      gram[other * size + row] = value
    }
  }
  return gram
}

function whitenedUnits(
  { codes, scales }: Signatures,
  stride: number,
  anchors: Uint32Array,
  whitening: Float64Array,
): Float64Array {
  const size = anchors.length
  const units = new Float64Array(scales.length * size)
  for (let unit = 0; unit < scales.length; unit++) {
    const signature = Float64Array.from(anchors, (anchor) => codes[unit * stride + anchor]!)
    timesRows(whitening, size, signature, units, unit * size)
  }
  normalizeRows(units, size)
  return units
}

/** Candidates by the anchors that a sketch shares, because most sketches of one tokenizer share the same. */
const CANDIDATES = new WeakMap<Probe, Map<string, readonly Candidates[] | null>>()
/** Sets of anchors whose candidates are kept. */
const KEPT = 2

function suspectCandidates(probe: Probe, { rows }: Shared): readonly Candidates[] | null {
  const kept = CANDIDATES.get(probe) ?? new Map<string, readonly Candidates[] | null>()
  CANDIDATES.set(probe, kept)
  const key = rows.join()
  const known = kept.get(key)
  if (known !== undefined) return known
  const made = makeCandidates(probe, rows)
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value!)
  kept.set(key, made)
  return made
}

function makeCandidates({ embeddings, layers, source }: Probe, rows: Uint32Array): readonly Candidates[] | null {
  const size = rows.length
  const { columns } = source.embedding
  const gram = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let other = 0; other <= row; other++) {
      const value = dot(embeddings, rows[row]! * columns, embeddings, rows[other]! * columns, columns)
      gram[row * size + other] = value
      gram[other * size + row] = value
    }
  }
  const whitening = whiteningOf(gram, size)
  if (whitening === null) return null
  return layers.map(({ gate, up, pool }) => ({
    gate: whitenedCandidates(gate, pool.length, rows, whitening),
    up: whitenedCandidates(up, pool.length, rows, whitening),
    count: pool.length,
  }))
}

function whitenedCandidates(
  table: Float32Array,
  count: number,
  rows: Uint32Array,
  whitening: Float64Array,
): Float64Array {
  const size = rows.length
  const out = new Float64Array(size * count)
  const signatures = new Float64Array(size * count)
  for (const [each, row] of rows.entries()) {
    signatures.set(table.subarray(row * count, (row + 1) * count), each * count)
  }
  for (let row = 0; row < size; row++) {
    addCombination(out, row * count, signatures, whitening.subarray(row * size, (row + 1) * size), count)
  }
  const squares = new Float64Array(count)
  for (let row = 0; row < size; row++)
    for (let index = 0; index < count; index++) squares[index]! += out[row * count + index]! * out[row * count + index]!
  for (let row = 0; row < size; row++) {
    for (let index = 0; index < count; index++) {
      if (squares[index]! > 0) out[row * count + index]! /= Math.sqrt(squares[index]!)
    }
  }
  return out
}

/** Adds to a row of `out` the rows of a matrix, each times its factor; four at a time, so that `out` is read and written less often. */
function addCombination(
  out: Float64Array,
  at: number,
  matrix: Float64Array,
  factors: Float64Array,
  columns: number,
): void {
  let row = 0
  for (; row + 4 <= factors.length; row += 4) {
    const first = row * columns
    const [second, third, fourth] = [first + columns, first + 2 * columns, first + 3 * columns]
    const [a, b, c, d] = [factors[row]!, factors[row + 1]!, factors[row + 2]!, factors[row + 3]!]
    for (let column = 0; column < columns; column++) {
      out[at + column]! +=
        a * matrix[first + column]! +
        b * matrix[second + column]! +
        c * matrix[third + column]! +
        d * matrix[fourth + column]!
    }
  }
  for (; row < factors.length; row++) {
    for (let column = 0; column < columns; column++)
      out[at + column]! += factors[row]! * matrix[row * columns + column]!
  }
}

/** Cosines of units, which are rows, with candidates, which are columns. */
function cosinesWith(
  units: Float64Array,
  unitCount: number,
  candidates: Float64Array,
  count: number,
  size: number,
): Float64Array {
  const out = new Float64Array(unitCount * count)
  for (let unit = 0; unit < unitCount; unit++) {
    addCombination(out, unit * count, candidates, units.subarray(unit * size, (unit + 1) * size), count)
  }
  return out
}

function meanOfBest(cosines: Float64Array, units: number, candidates: number): number {
  let sum = 0
  for (let unit = 0; unit < units; unit++) {
    let best = -1
    for (let index = unit * candidates; index < (unit + 1) * candidates; index++) {
      if (cosines[index]! > best) best = cosines[index]!
    }
    sum += best
  }
  return units === 0 ? 0 : sum / units
}

/** Ups may be scaled, even by a negative number, so the magnitude counts. */
function cosinesOfMatch(unit: Units, candidates: Candidates, gate: Float64Array, size: number): Cosines {
  const up = cosinesWith(unit.up, unit.count, candidates.up, candidates.count, size)
  for (let index = 0; index < up.length; index++) up[index] = Math.abs(up[index]!)
  return { gate, up, units: unit.count, candidates: candidates.count }
}

/** The sum over units of the best candidate's cosines of gate and up, where candidate j has the up of `assigned[j]`. */
function pairedSum({ gate, up, units, candidates }: Cosines, assigned: Uint32Array): number {
  let sum = 0
  for (let unit = 0; unit < units; unit++) {
    const start = unit * candidates
    let best = -1
    for (let index = 0; index < candidates; index++) {
      const value = gate[start + index]! + up[start + assigned[index]!]!
      if (value > best) best = value
    }
    sum += best
  }
  return sum
}

function scoreOf(matched: readonly Cosines[], random: Random): { z: number } {
  let [excess, variances] = [0, 0]
  for (const cosines of matched) {
    const order = countTo(cosines.candidates)
    const actual = pairedSum(cosines, order)
    const sums = Float64Array.from({ length: PAIRING_DRAWS }, () => {
      random.choose(order, order.length)
      return pairedSum(cosines, order)
    })
    const mean = sums.reduce((sum, value) => sum + value, 0) / PAIRING_DRAWS
    excess += actual - mean
    variances += sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (PAIRING_DRAWS - 1)
  }
  return { z: variances > 0 ? excess / Math.sqrt(variances) : 0 }
}

function hitsOf(
  path: readonly LayerMatch[],
  matched: readonly Cosines[],
  sketch: Sketch,
  probe: Probe,
): { placeHits: number; units: number } {
  let [placeHits, units] = [0, 0]
  for (const [index, [row, column]] of path.entries()) {
    const { gate, up, candidates, units: count } = matched[index]!
    for (let unit = 0; unit < count; unit++) {
      let [best, at] = [-1, 0]
      for (let each = 0; each < candidates; each++) {
        const value = gate[unit * candidates + each]! + up[unit * candidates + each]!
        if (value > best) [best, at] = [value, each]
      }
      units++
      if (probe.layers[column]!.pool[at] === sketch.layers[row]!.places[unit]) placeHits++
    }
  }
  return { placeHits, units }
}
