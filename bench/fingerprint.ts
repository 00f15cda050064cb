/**
 * Measures how much undeclared lineage the tests of `src/fingerprint` find: trains small decoders, makes others of them in some fifty ways, and
 * compares all with the sketches of all bases. Other tests of lineage are measured on the same pairs. docs/testing.md has the figures.
 *
 * Usage: npm run bench:fingerprint [-- --resume --json --pairs 7 --steps 300 --seed N]
 *   --resume   goes on with the run that the folder has; what was made and compared stays
 *   --pairs    pairs of bases to train: 6 or more for a full run
 *   --steps    steps of training of each base
 *   --seed     drawn when it is left out
 *   --json     prints the summary as one object
 *   --update   writes bench/snapshots/fingerprint.json
 *
 * Needs Debian's Python with torch, and some 40 minutes on two cores. The models go to STEMMA_FINGERPRINT_DIR, or to
 * node_modules/.cache/stemma-fingerprint/reported: 1 MB each. Exits with 1 when a goal is missed, and with 2 for wrong usage.
 */
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { format } from 'prettier'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { LINES } from '../src/fingerprint/lines.ts'
import { differenceOf } from './fingerprint/models.ts'
import {
  areModelsMade,
  baseNames,
  makeModels,
  missingForRecipe,
  orderOf,
  scoreModels,
  seedOf,
  suspectsOf,
  type Recipe,
} from './fingerprint/recipe.ts'
import { longestSketch, openBases, readScores } from './fingerprint/scores.ts'
import { describe, missedGoals, summarize } from './fingerprint/summary.ts'
import { attackAnchors, makeFalseClaims } from './fingerprint/traps.ts'

const { values } = readOptions({
  resume: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  update: { type: 'boolean', default: false },
  pairs: { type: 'string', default: '7' },
  steps: { type: 'string', default: '300' },
  seed: { type: 'string' },
})
if (![values.pairs, values.steps, values.seed ?? '1'].every((number) => /^[1-9]\d{0,9}$/.test(number)))
  exitForUsage('--pairs, --steps and --seed are whole numbers from 1 on.')
if (Number(values.pairs) > 7) exitForUsage('There are texts and shapes for at most 7 pairs.')
const recipe = recipeOf()
if (!areModelsMade(recipe)) {
  const missing = missingForRecipe()
  if (missing !== null) {
    console.error(missing)
    process.exit(2)
  }
  await makeModels(recipe)
}
await scoreModels(recipe)
const { work, pairs } = recipe
const suspects = suspectsOf(work, pairs)
const summary = summarize(readScores(work))
const ofKind = (kind: string, count: number) => suspects.filter((suspect) => suspect.kind === kind).slice(0, count)
const attacks = await attackAnchors(work, [
  ...ofKind('disguised', 4),
  ...ofKind('fine-tune, disguised', 2),
  ...ofKind('continued pretraining, disguised', 2),
])
const innocents = baseNames(pairs).bases.slice(1, 3)
const claims = await makeFalseClaims(work, [
  ...innocents.map((claimant) => [claimant, 'b0a'] as const),
  ['b0a', 'fine-tune-0'],
])
const differences = suspects.flatMap(({ name }) => differenceOf(work, name) ?? [])
const result = {
  run: { ...recipe, work: undefined, ...orderOf(recipe), defined: LINES, models: suspects.length },
  sketchBytes: longestSketch(await openBases(work, baseNames(pairs).bases)),
  disguises: { count: differences.length, largestDifference: Math.max(...differences) },
  ...summary,
  attacks,
  claims,
}
const missed = missedGoals(summary)
if (values.update)
  writeFileSync(
    join(import.meta.dirname, 'snapshots/fingerprint.json'),
    await format(JSON.stringify({ ...result, missed }, rounded), { parser: 'json', printWidth: 120 }),
  )
if (values.json) console.log(JSON.stringify({ ...result, missed }, rounded))
else print()
process.exitCode = missed.length > 0 ? 1 : 0

function recipeOf(): Recipe {
  const folder = resolve(
    process.env.STEMMA_FINGERPRINT_DIR ??
      join(import.meta.dirname, '../node_modules/.cache/stemma-fingerprint/reported'),
  )
  const kept = seedOf(folder)
  if (kept !== null && !values.resume)
    exitForUsage(`${folder} has the run of seed ${kept}: go on with --resume, or name another STEMMA_FINGERPRINT_DIR.`)
  if (kept !== null && values.seed !== undefined && Number(values.seed) !== kept)
    exitForUsage(`${folder} has the run of seed ${kept}, not ${values.seed}.`)
  mkdirSync(folder, { recursive: true })
  const seed = kept ?? (values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed))
  return { work: folder, seed, steps: Number(values.steps), pairs: Number(values.pairs) }
}

/** Six digits are more than the figures are good for. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}

function print(): void {
  console.log(
    `seed ${recipe.seed}, tests of ${result.run.tests}, first base of ${result.run.firstBase}; sketches of at most ${result.sketchBytes} bytes`,
  )
  console.log(
    `${result.disguises.count} disguised models; outputs differ by at most ${result.disguises.largestDifference.toPrecision(2)} deviations`,
  )
  console.log(describe(summary))
  for (const { suspect, base, before, after, bySecret, pairing, secretPairing } of attacks)
    console.log(
      `anchors scrambled, ${suspect} with ${base}: ${before.join('+') || 'not found'} before, ${after.join('+') || 'not found'} after (pairing ${pairing?.toFixed(1)}); secret sketch ${bySecret.join('+') || 'not found'} (pairing ${secretPairing?.toFixed(1)})`,
    )
  for (const { claimant, victim, verdict, isReproduced } of claims)
    console.log(
      `false claim of ${claimant} on ${victim}: compares as ${verdict}, ${isReproduced ? 'and can be made again' : 'but cannot be made again'} from the claimant's weights`,
    )
  console.log(missed.length === 0 ? 'goals: all met' : `goals missed: ${missed.join('; ')}`)
}
