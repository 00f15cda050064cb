import { rowDigests } from './exact.ts'
import { LINES, PLACE_DRAWS } from './lines.ts'
import { testPairing, type PairingResult } from './pairing.ts'
import { testPlaces, type PlacesResult } from './places.ts'
import type { LineageVerdict, SketchSource } from './ports.ts'
import { makeProbe, type Probe } from './probe.ts'
import { Random } from './random.ts'
import type { Sketch } from './sketch.ts'
import { sketchBytes } from './sketchBytes.ts'

/** What is equal to the bit. */
export type ExactHits = {
  /** Rows of the sketch that the suspect has, and how many the sketch lists. */
  rows: number
  listedRows: number
  /** Tensors of the sketch that the suspect has, and how many the sketch lists. */
  tensors: number
  listedTensors: number
  /** Whether both have the same tokenizer, which is never evidence: many independent models share one. Null where one is not known. */
  sameTokenizer: boolean | null
}

/** A test that says that two models are not independent. */
export type LineageTest = 'exact' | 'places' | 'pairing'

/** What a suspect and a sketch have in common. */
export type Comparison = {
  verdict: LineageVerdict
  /** The tests above their line. */
  found: readonly LineageTest[]
  /** Null where the test cannot be applied. */
  places: PlacesResult | null
  /** Null where the test cannot be applied. */
  pairing: PairingResult | null
  exact: ExactHits
}

/**
 * Compares a model with the sketch of another. "Not independent" is symmetric: parents, children and siblings score alike.
 *
 * @param suspect a model, or the {@link makeProbe} of it, which must have been made for this sketch
 */
export function compareWithSketch(
  suspect: SketchSource | Probe,
  sketch: Sketch,
  options: compareWithSketch.Options = {},
): Comparison {
  const probe = isProbe(suspect) ? suspect : probeFor(suspect, sketch, options)
  const { draws = PLACE_DRAWS, band = 1 } = options
  // The seed is what both sides see, so that anybody gets the same draws.
  const random = new Random(sketchBytes(sketch))
  const places = testPlaces(sketch, probe, random, { draws, band })
  const pairing = testPairing(sketch, probe, random, { band })
  const exact = exactHits(probe, sketch)
  const found = testsAbove({ places, pairing, exact })
  return { verdict: verdictOf({ places, pairing, exact, found }, probe, sketch), found, places, pairing, exact }
}

export declare namespace compareWithSketch {
  type Options = {
    /** Random choices of places. 999 by default. */
    draws?: number | undefined
    /** How far apart in depth two layers may be, as a part of the whole, to be compared. 1, which is all, by default. */
    band?: number | undefined
    /** The secret of a sketch that has one. Without it, its pairing test cannot be applied. */
    secret?: Uint8Array | undefined
    /** Most rows of a layer among which units are looked for. 1,024 by default. */
    pool?: number | undefined
  }
}

function isProbe(suspect: SketchSource | Probe): suspect is Probe {
  return 'source' in suspect
}

function probeFor(source: SketchSource, sketch: Sketch, { secret, pool }: compareWithSketch.Options): Probe {
  return makeProbe(source, [sketch], { pool, secrets: secret && new Map([[sketch, secret]]) })
}

/** What of a sketch's digests the suspect has. Reads nothing of the suspect but for a secret sketch, whose rows are none that a probe knows. */
export function exactHits(probe: Probe, sketch: Sketch): ExactHits {
  const { exact } = sketch
  const rows = sketch.isSecret ? rowsAtPlaces(probe, sketch) : probe.rows
  const { tensors } = probe
  const { vocabulary = null, merges = null } = probe.exact
  return {
    rows: exact.rows.filter((digest) => rows.has(digest)).length,
    listedRows: exact.rows.length,
    tensors: exact.tensors.filter((digest) => tensors.has(digest)).length,
    listedTensors: exact.tensors.length,
    sameTokenizer:
      vocabulary === null || exact.vocabulary === null
        ? null
        : vocabulary === exact.vocabulary && merges === exact.merges,
  }
}

function rowsAtPlaces({ rows, source }: Probe, { layers }: Sketch): ReadonlySet<string> {
  const all = new Set(rows)
  for (const [index, { gate, up }] of source.layers.entries()) {
    const units = layers[index]?.places.filter((place) => place < gate.rows) ?? []
    for (const part of [gate, up]) for (const digest of rowDigests(part, units)) all.add(digest)
  }
  return all
}

function testsAbove({ places, pairing, exact }: Pick<Comparison, 'places' | 'pairing' | 'exact'>): LineageTest[] {
  const found: LineageTest[] = []
  if (exact.rows >= LINES.equalRows || exact.tensors >= LINES.equalTensors) found.push('exact')
  if (places !== null && (places.z > LINES.placesZ || places.p < LINES.placesP)) found.push('places')
  if (pairing !== null && pairing.z > LINES.pairingZ) found.push('pairing')
  return found
}

function verdictOf(
  { places, pairing, exact, found }: Omit<Comparison, 'verdict'>,
  probe: Probe,
  sketch: Sketch,
): LineageVerdict {
  const hasSameTensors =
    exact.listedTensors > 0 && exact.tensors === exact.listedTensors && sketch.exact.tensorCount === probe.tensors.size
  if (hasSameTensors) return 'same-weights'
  if (found.length > 0) return 'not-independent'
  if (places !== null || pairing !== null) return 'no-evidence'
  // Equal tensors are all that there is to compare where neither model has layers that a sketch reads.
  const isJudged = sketch.layers.length === 0 && exact.listedTensors > 0 && probe.tensors.size > 0
  return isJudged ? 'no-evidence' : 'cannot-tell'
}
