import { readFoldedRows } from './foldedRows.ts'
import { bestPath, bestSum, inBand, type LayerMatch, type LayerScores } from './layerPath.ts'
import { cosinesOf } from './makeSketch.ts'
import { normalTail } from './normalTail.ts'
import type { Probe } from './probe.ts'
import { countTo, type Random } from './random.ts'
import type { Sketch, SketchLayer } from './sketch.ts'

/** Fewest places of a layer that the suspect has too. */
const MIN_PLACES = 4

/** What the places test found. */
export type PlacesResult = {
  /** How many standard deviations the actual places lie above random ones. */
  z: number
  /** The share of draws at least as good as the actual places, both counted with the actual one; from the normal tail where none is. */
  p: number
  /** Whether `p` is below 1 / (draws + 1), and so from the normal tail. */
  fromTail: boolean
  draws: number
  path: readonly LayerMatch[]
}

/** What of a sketch's layer the suspect can have: its places, and the stored cosines of their pairs, with mean 0 and length 1. */
type UsableLayer = { places: Uint32Array; stored: Float64Array }
/** A layer of the sketch and one of the suspect that are compared. */
type LayerPair = { row: number; column: number }

/**
 * Compares the cosines of the stored rows with those of the suspect's rows at the same places, against random places in the same suspect.
 * Units of a model that was initialised independently are exchangeable, so its own places fare no better than others.
 *
 * @returns null when no layer has enough of the places
 */
export function testPlaces(
  sketch: Sketch,
  probe: Probe,
  random: Random,
  { draws, band }: { draws: number; band: number },
): PlacesResult | null {
  if (probe.layers.length === 0) return null
  const rows = Math.min(...probe.layers.map((layer) => layer.rows))
  const layers = sketch.layers.map((layer) => usableOf(layer, rows))
  const pairs = pairsInBand(layers, probe, band)
  if (pairs.length === 0) return null
  const score = (correlation: (pair: LayerPair) => number): LayerScores => {
    const values = new Float64Array(layers.length * probe.layers.length).fill(NaN)
    for (const pair of pairs) values[pair.row * probe.layers.length + pair.column] = correlation(pair)
    return { rows: layers.length, columns: probe.layers.length, values }
  }
  const actual = score(({ row, column }) => correlationAtPlaces(layers[row]!, probe, column))
  const sums = new Float64Array(draws)
  const drawnRows = countTo(Math.min(...probe.layers.map(({ drawn }) => drawn.length)))
  for (let draw = 0; draw < draws; draw++) {
    const chosen = layers.map((layer) => drawPlaces(layer, drawnRows, random))
    sums[draw] = bestSum(score(({ row, column }) => correlationAtDrawn(layers[row]!, chosen[row]!, probe, column)))
  }
  return { ...significance(bestSum(actual), sums), draws, path: bestPath(actual) }
}

function usableOf({ places, cosines }: SketchLayer, rows: number): UsableLayer {
  const kept = [...places.keys()].filter((index) => places[index]! < rows)
  const values: number[] = []
  for (const [order, index] of kept.entries()) {
    for (const other of kept.slice(0, order)) values.push(cosines[(index * (index - 1)) / 2 + other]!)
  }
  return { places: Uint32Array.from(kept, (index) => places[index]!), stored: standardized(values) }
}

/** Values with mean 0 and length 1; all zero when they are equal. */
function standardized(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const centered = Float64Array.from(values, (value) => value - mean)
  const length = Math.sqrt(centered.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? centered.map((value) => value / length) : centered.fill(0)
}

function pairsInBand(layers: readonly UsableLayer[], probe: Probe, band: number): LayerPair[] {
  const count = probe.layers.length
  return layers.flatMap(({ places }, row) =>
    places.length < MIN_PLACES
      ? []
      : [...probe.layers.keys()]
          .filter((column) => inBand(row, layers.length, column, count, band))
          .map((column) => ({ row, column })),
  )
}

function correlationAtPlaces({ places, stored }: UsableLayer, { source }: Probe, column: number): number {
  const { gate, gain } = source.layers[column]!
  const cosines = cosinesOf(readFoldedRows(gate, gain, places), gate.columns)
  return correlation(stored, (index) => cosines[index]!)
}

/** As many of the drawn rows as a layer has places, in random order. */
function drawPlaces({ places }: UsableLayer, drawnRows: Uint32Array, random: Random): Uint32Array {
  const count = Math.min(places.length, drawnRows.length)
  random.choose(drawnRows, count)
  return drawnRows.slice(0, count)
}

function correlationAtDrawn({ stored }: UsableLayer, chosen: Uint32Array, probe: Probe, column: number): number {
  const { drawn, drawnCosines } = probe.layers[column]!
  let [sum, squares, product, at] = [0, 0, 0, 0]
  for (let row = 1; row < chosen.length; row++) {
    const start = chosen[row]! * drawn.length
    for (let other = 0; other < row; other++) {
      const value = drawnCosines[start + chosen[other]!]!
      sum += value
      squares += value * value
      product += value * stored[at++]!
    }
  }
  return fromSums(sum, squares, product, at)
}

function correlation(stored: Float64Array, valueAt: (index: number) => number): number {
  let [sum, squares, product] = [0, 0, 0]
  for (let index = 0; index < stored.length; index++) {
    const value = valueAt(index)
    sum += value
    squares += value * value
    product += value * stored[index]!
  }
  return fromSums(sum, squares, product, stored.length)
}

function fromSums(sum: number, squares: number, product: number, count: number): number {
  const spread = squares - (sum * sum) / count
  return spread > 0 ? product / Math.sqrt(spread) : 0
}

function significance(actual: number, sums: Float64Array): Pick<PlacesResult, 'z' | 'p' | 'fromTail'> {
  const draws = sums.length
  const mean = sums.reduce((sum, value) => sum + value, 0) / draws
  const variance = sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1)
  const z = variance > 0 ? (actual - mean) / Math.sqrt(variance) : 0
  const atLeast = sums.reduce((count, value) => count + Number(value >= actual), 0)
  if (atLeast > 0 || z <= 0) return { z, p: (atLeast + 1) / (draws + 1), fromTail: false }
  const tail = normalTail(z)
  return tail < 1 / (draws + 1) ? { z, p: tail, fromTail: true } : { z, p: 1 / (draws + 1), fromTail: false }
}
