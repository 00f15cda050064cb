import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { compareWithSketch, type LineageTest } from '../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../src/fingerprint/makeSketch.ts'
import type { LineageVerdict } from '../../src/fingerprint/ports.ts'
import { makeProbe } from '../../src/fingerprint/probe.ts'
import type { Sketch } from '../../src/fingerprint/sketch.ts'
import { sketchBytes } from '../../src/fingerprint/sketchBytes.ts'
import { baselinesOf, featuresOf, type Baselines, type Features } from './baselines.ts'
import { openModel, type Suspect } from './models.ts'

/** How a suspect and a base are related: `apart` is neither to be found nor independent in every sense. */
export type Relation = 'derived' | 'independent' | 'apart'

/** What the tests said of a suspect and the sketch of a base. */
export type PairScore = {
  suspect: string
  kind: string
  base: string
  relation: Relation
  verdict: LineageVerdict
  found: readonly LineageTest[]
  /** The z of the places test; null where it cannot be applied. */
  places: number | null
  /** The z of the pairing test; null where it cannot be applied. */
  pairing: number | null
  rows: number
  tensors: number
  /** Seconds of the processor for the comparison, without what is read of the suspect once. */
  seconds: number
  /** Seconds of the processor for reading the suspect for all sketches. */
  probeSeconds: number
  baselines: Baselines
}

/** A base with its sketch, and what the baselines read of it. */
export type Base = { name: string; sketch: Sketch; features: Features }

/** Reads bases and makes their sketches. */
export async function openBases(work: string, names: readonly string[]): Promise<Base[]> {
  return Promise.all(
    names.map(async (name) => {
      const model = await openModel(work, name)
      return { name, sketch: makeSketch(model.source, { exact: model.exact }), features: featuresOf(model) }
    }),
  )
}

/** The length of the longest sketch, in bytes. */
export function longestSketch(bases: readonly Base[]): number {
  return Math.max(...bases.map(({ sketch }) => sketchBytes(sketch).length))
}

/**
 * Compares suspects with all bases but themselves. A suspect's scores are written to a file of the work folder once they are whole. A run
 * that goes on leaves out those that are there, and so reports what the first one measured.
 */
export async function scoreSuspects(
  { work, part }: { work: string; part: string },
  suspects: readonly Suspect[],
  bases: readonly Base[],
): Promise<void> {
  for (const suspect of suspects) {
    const scores = await scoresOf(work, suspect, bases)
    appendFileSync(join(work, `scores-${part}.jsonl`), `${JSON.stringify(scores)}\n`)
  }
}

/** All scores of a work folder, those of one suspect once. */
export function readScores(work: string): PairScore[] {
  const bySuspect = new Map<string, PairScore[]>()
  for (const file of readdirSync(work).filter((name) => /^scores-\d+\.jsonl$/.test(name))) {
    for (const line of readFileSync(join(work, file), 'utf8').split('\n').filter(Boolean)) {
      const scores = JSON.parse(line) as PairScore[]
      bySuspect.set(scores[0]!.suspect, scores)
    }
  }
  return [...bySuspect.values()].flat()
}

async function scoresOf(work: string, suspect: Suspect, bases: readonly Base[]): Promise<PairScore[]> {
  const model = await openModel(work, suspect.name)
  const others = bases.filter(({ name }) => name !== suspect.name)
  const features = featuresOf(model)
  const [probe, probeSeconds] = timed(() =>
    makeProbe(
      model.source,
      others.map(({ sketch }) => sketch),
      { exact: model.exact },
    ),
  )
  return others.map((base) => {
    const [comparison, seconds] = timed(() => compareWithSketch(probe, base.sketch))
    return {
      suspect: suspect.name,
      kind: suspect.kind,
      base: base.name,
      relation: relationOf(suspect, base.name),
      verdict: comparison.verdict,
      found: comparison.found,
      places: comparison.places?.z ?? null,
      pairing: comparison.pairing?.z ?? null,
      rows: comparison.exact.rows,
      tensors: comparison.exact.tensors,
      seconds,
      probeSeconds,
      baselines: baselinesOf(features, base.features),
    }
  })
}

function relationOf({ parents, apart }: Suspect, base: string): Relation {
  if (parents.includes(base)) return 'derived'
  return apart.includes(base) ? 'apart' : 'independent'
}

/** Seconds of the processor, because the machine may do other things too. */
function timed<T>(work: () => T): [value: T, seconds: number] {
  const from = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(from)
  return [value, (user + system) / 1e6]
}
