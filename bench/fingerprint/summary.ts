import { LINES } from '../../src/fingerprint/lines.ts'
import type { Baselines } from './baselines.ts'
import type { PairScore } from './scores.ts'
import { normalityOf, ruleOfThree, spreadOf, type Normality, type Spread } from './statistics.ts'

/** Shares of true pairs that were found. */
export type Found = {
  pairs: number
  places: number
  pairing: number
  /** By places or pairing. */
  either: number
  /** By equal rows or tensors. */
  exact: number
  /** By any of the three tests: the verdict. */
  any: number
  /** Each above its own line, the largest number of an independent pair. */
  baselines: Baselines
}

/** What a run found. */
export type Summary = {
  kinds: ({ kind: string } & Found)[]
  all: Found
  misses: PairScore[]
  independent: {
    pairs: number
    falsePositives: PairScore[]
    /** The largest rate of false positives that the pairs allow, were they independent of each other. */
    bound: number
    /** Pairs of independent bases, each once, and the bound by them. */
    basePairs: number
    baseBound: number
    places: Normality
    /** Of pairs of bases alone, both ways: models that are made of one base have much the same z, so that all pairs are not independent draws. */
    placesOfBases: Normality
    /** Pairs to which the places test cannot be applied. */
    withoutPlaces: number
    pairing: Spread
    /** Of bases with the same text and shape. */
    siblings: Spread
    /** The lines of the baselines. */
    baselines: Baselines
  }
  norms: {
    /** Independent pairs whose norms have a cosine above 0.99. */
    alike: number
    median: number
    /** How many of those are above a line. */
    flagged: number
    /** Innocent models that have the norms of another. */
    copied: PairScore[]
  }
  sameSeed: { twins: PairScore[]; descendants: { pairs: number; found: number; places: Spread; pairing: Spread } }
  distilled: PairScore[]
  /** Seconds of the processor: a comparison, and reading a suspect and comparing it with one base. */
  seconds: { compare: Spread; read: Spread }
}

const BASELINES = ['awm', 'cisco', 'cosine', 'norms'] as const
/** Kinds that must all be found. */
export const CERTAIN = /^(?:copy|fp16|bf16|int[348]|fine-tune|fine-tune twice|LoRA merged)$/

/** Sums up the scores of a run. */
export function summarize(scores: readonly PairScore[]): Summary {
  const derived = scores.filter(({ relation }) => relation === 'derived')
  const independent = scores.filter(({ relation }) => relation === 'independent')
  const apart = scores.filter(({ relation }) => relation === 'apart')
  const lines = linesOf(independent)
  const kinds = [...new Set(derived.map(({ kind }) => kind))]
  const placed = placesOf(independent)
  const basePairs = independent.filter(({ kind, suspect, base }) => kind === 'base' && isBase(base) && suspect < base)
  const alike = independent.filter(({ baselines }) => baselines.norms > 0.99)
  const norms = independent.map(({ baselines }) => baselines.norms).toSorted((a, b) => a - b)
  const descendants = apart.filter(({ kind, base }) => kind !== 'base' && kind !== 'distilled' && !isBase(base))
  return {
    kinds: kinds.map((kind) => ({
      kind,
      ...foundOf(
        derived.filter((score) => score.kind === kind),
        lines,
      ),
    })),
    all: foundOf(derived, lines),
    misses: derived.filter(({ found }) => found.length === 0),
    independent: {
      pairs: independent.length,
      falsePositives: independent.filter(({ found }) => found.length > 0),
      bound: ruleOfThree(independent.length),
      basePairs: basePairs.length,
      baseBound: ruleOfThree(basePairs.length),
      places: normalityOf(placed),
      placesOfBases: normalityOf(placesOf(independent.filter(({ kind, base }) => kind === 'base' && isBase(base)))),
      withoutPlaces: independent.length - placed.length,
      pairing: pairingSpread(independent),
      siblings: pairingSpread(basePairs.filter(({ suspect, base }) => suspect.slice(0, -1) === base.slice(0, -1))),
      baselines: lines,
    },
    norms: {
      alike: alike.length,
      median: norms[Math.floor(norms.length / 2)] ?? NaN,
      flagged: alike.filter(({ found }) => found.length > 0).length,
      copied: apart.filter(({ kind, base }) => kind === 'norms copied' && isBase(base)),
    },
    sameSeed: {
      twins: apart.filter(({ kind }) => kind === 'same initial weights'),
      descendants: {
        pairs: descendants.length,
        found: descendants.filter(({ found }) => found.length > 0).length,
        places: spreadOf(placesOf(descendants)),
        pairing: pairingSpread(descendants),
      },
    },
    distilled: apart.filter(({ kind, base }) => kind === 'distilled' && isBase(base)),
    seconds: {
      compare: spreadOf(scores.map(({ seconds }) => seconds)),
      read: spreadOf(scores.map(({ seconds, probeSeconds }) => seconds + probeSeconds)),
    },
  }
}

/** Twins are named by a `t`. */
function isBase(name: string): boolean {
  return name.startsWith('b')
}

function placesOf(scores: readonly PairScore[]): number[] {
  return scores.flatMap(({ places }) => (places === null ? [] : [places]))
}

function pairingSpread(scores: readonly PairScore[]): Spread {
  return spreadOf(scores.flatMap(({ pairing }) => (pairing === null ? [] : [pairing])))
}

function linesOf(independent: readonly PairScore[]): Baselines {
  const largest = (name: keyof Baselines) =>
    independent.reduce((most, { baselines }) => Math.max(most, baselines[name]), -Infinity)
  return { awm: largest('awm'), cisco: largest('cisco'), cosine: largest('cosine'), norms: largest('norms') }
}

function foundOf(pairs: readonly PairScore[], lines: Baselines): Found {
  const share = (test: (score: PairScore) => boolean) => pairs.filter(test).length / pairs.length
  const has = (name: PairScore['found'][number]) => (score: PairScore) => score.found.includes(name)
  const baseline = (name: keyof Baselines) => share(({ baselines }) => baselines[name] > lines[name])
  return {
    pairs: pairs.length,
    places: share(has('places')),
    pairing: share(has('pairing')),
    either: share((score) => has('places')(score) || has('pairing')(score)),
    exact: share(has('exact')),
    any: share(({ found }) => found.length > 0),
    baselines: Object.fromEntries(BASELINES.map((name) => [name, baseline(name)])) as Baselines,
  }
}

/** What goals were missed, in words; empty when all were met. */
export function missedGoals({ kinds, all, independent, norms, distilled, sameSeed, seconds }: Summary): string[] {
  const missed: string[] = []
  if (independent.falsePositives.length > 0) missed.push(`${independent.falsePositives.length} false positives`)
  if (all.any < 0.97) missed.push(`${(100 * all.any).toFixed(1)} % of true pairs found, below 97 %`)
  for (const { kind, any } of kinds)
    if (CERTAIN.test(kind) && any < 1) missed.push(`${kind}: ${(100 * any).toFixed(0)} % found, below 100 %`)
  if ([...norms.copied, ...distilled, ...sameSeed.twins].some(({ found }) => found.length > 0))
    missed.push('a trap was flagged')
  if (seconds.compare.mean > 0.1) missed.push(`${seconds.compare.mean.toFixed(3)} s a pair, above 0.1 s`)
  return missed
}

/** The report as text. */
export function describe(summary: Summary): string {
  const { kinds, all, independent, norms, sameSeed, distilled, seconds, misses } = summary
  const row = (name: string, found: Found) =>
    [
      name.padEnd(62),
      String(found.pairs).padStart(4),
      ...[found.places, found.pairing, found.either, found.exact, found.any].map(percent),
      ...BASELINES.map((baseline) => percent(found.baselines[baseline])),
    ].join(' ')
  const { places, pairing, siblings } = independent
  return [
    `${'% of true pairs found'.padEnd(62)}    n places pairing either exact   any   AWM Cisco cosine norms`,
    ...kinds.map((found) => row(found.kind, found)),
    row('all', all),
    '',
    `independent pairs: ${independent.pairs}, false positives ${independent.falsePositives.length} (at most ${percentOf(independent.bound)} were they independent of each other); independent pairs of bases: ${independent.basePairs} (at most ${percentOf(independent.baseBound)})`,
    `places z (not applicable: ${independent.withoutPlaces} pairs; line ${LINES.placesZ}), all: ${normality(places)}`,
    `places z, pairs of bases alone: ${normality(independent.placesOfBases)}`,
    `pairing z: ${spread(pairing)}; same text and shape: ${spread(siblings)}; line ${LINES.pairingZ}`,
    `lines of the baselines: ${BASELINES.map((name) => `${name} ${independent.baselines[name].toFixed(3)}`).join(', ')}`,
    `norms: cosine above 0.99 in ${norms.alike} independent pairs, ${norms.flagged} flagged; copied norms: ${norms.copied.map(short).join('; ')}`,
    `same initial weights: ${sameSeed.twins.map(short).join('; ')}; descendants: ${sameSeed.descendants.found} of ${sameSeed.descendants.pairs} flagged, places ${spread(sameSeed.descendants.places)}, pairing ${spread(sameSeed.descendants.pairing)}`,
    `distilled: ${distilled.map(short).join('; ')}`,
    `seconds of the processor: a comparison ${seconds.compare.mean.toFixed(3)} (largest ${seconds.compare.largest.toFixed(3)}), with reading the suspect ${seconds.read.mean.toFixed(3)}`,
    `missed: ${misses.length === 0 ? 'none' : misses.map((score) => `${score.kind}, ${short(score)}`).join('; ')}`,
  ].join('\n')
}

function short({ suspect, base, places, pairing, found }: PairScore): string {
  return `${suspect} with ${base}: places ${places?.toFixed(1) ?? '-'}, pairing ${pairing?.toFixed(1) ?? '-'}, ${found.join('+') || 'not flagged'}`
}

function spread({ mean, deviation, largest }: Spread): string {
  return `mean ${mean.toFixed(2)}, deviation ${deviation.toFixed(2)}, largest ${largest.toFixed(1)}`
}

function normality(normal: Normality): string {
  const { count, above1645, above309, distance, p } = normal
  return `${count} pairs, ${spread(normal)}; above 1.645: ${percentOf(above1645)}, above 3.09: ${percentOf(above309)}; Kolmogorov-Smirnov distance ${distance.toFixed(3)}, p ${p.toPrecision(2)}`
}

function percent(share: number): string {
  return (100 * share).toFixed(0).padStart(6)
}

function percentOf(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
