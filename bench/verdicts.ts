/**
 * Puts license questions to the evaluator whose answers others have published (compatibility tables, license texts), and grades what it
 * answers. With --chain the lens on a ledger is asked too, and must answer the same. docs/verdicts.md gives the reason for each that differs.
 *
 *   exact    same verdict and duties
 *   duties   same verdict, other duties
 *   noise    permitted for conditional, or the reverse
 *   flagged  allowed where it should not be, with a finding that names the conflict
 *   silent   unknown where the table knows
 *   wrong    the others
 *
 * Usage: npm run bench:verdicts [-- --cases FILE --chain --json | --update]
 *   --cases    a file of cases; bench/verdicts/cases.json by default
 *   --json     { rows: [{ case, expected, got, grade, owed, missing, extra, why }], tally: { <grade>: n } }
 *   --update   writes bench/snapshots/verdicts.json; for another file of cases, verdicts-<its name>.json
 *
 * Exits with 1 when a forbidden use is allowed, or when the lens answers differently.
 */
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { StemmaError } from '../src/core/errors.ts'
import { gradeOf, putToEvaluator, putToLens, type Row } from './verdicts/grade.ts'
import { readCases, type Case } from './verdicts/cases.ts'

const { values: options } = readOptions({
  cases: { type: 'string', default: join(import.meta.dirname, 'verdicts/cases.json') },
  chain: { type: 'boolean' },
  json: { type: 'boolean' },
  update: { type: 'boolean' },
})

const library = await loadLicenses()
const rows: Row[] = []
for (const one of casesOf(options.cases)) {
  const answer = putToEvaluator(one, library)
  rows.push(gradeOf(one, answer))
}
if (options.chain) await compareWithLens(casesOf(options.cases))

const tally: Record<string, number> = { exact: 0, duties: 0, noise: 0, flagged: 0, silent: 0, wrong: 0 }
for (const { grade } of rows) tally[grade]! += 1
const json = JSON.stringify({ rows, tally }, null, 2)
if (options.update) writeFileSync(snapshotOf(options.cases), `${json}\n`)
if (options.json) console.log(json)
else print()
const allowed = rows.filter(
  ({ expected, got }) => expected === 'not-permitted' && ['permitted', 'conditional'].includes(got),
)
if (allowed.length > 0) {
  console.error(`Forbidden, and allowed here: ${allowed.map((row) => row.case).join(', ')}.`)
  process.exitCode = 1
}

function casesOf(file: string): Case[] {
  try {
    return readCases(file)
  } catch (error) {
    if (error instanceof StemmaError || error instanceof Error) return exitForUsage(error.message)
    throw error
  }
}

function snapshotOf(file: string): string {
  const name = basename(file, '.json')
  return join(import.meta.dirname, 'snapshots', name === 'cases' ? 'verdicts.json' : `verdicts-${name}.json`)
}

/** Puts the cases to the lens, one ledger for all. */
async function compareWithLens(cases: readonly Case[]): Promise<void> {
  const different = await putToLens(cases, library)
  console.error(`${cases.length} cases put to the lens; ${different.length} answered differently.`)
  if (different.length === 0) return
  console.error(different.join(', '))
  process.exitCode = 1
}

function print(): void {
  console.log(
    `${'case'.padEnd(14)}${'expected'.padEnd(15)}${'got'.padEnd(15)}${'grade'.padEnd(9)}missing / extra / why`,
  )
  for (const { case: name, expected, got, grade, missing, extra, why } of rows) {
    if (grade === 'exact') continue
    const what = [missing.map((word) => `-${word}`), extra.map((word) => `+${word}`), why].flat().join(' ')
    console.log(`${name.padEnd(14)}${expected.padEnd(15)}${got.padEnd(15)}${grade.padEnd(9)}${what}`)
  }
  console.log(
    `\n${rows.length} cases: ${Object.entries(tally)
      .map(([grade, count]) => `${grade} ${count}`)
      .join(', ')}`,
  )
}
