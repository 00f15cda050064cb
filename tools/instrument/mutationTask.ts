/** `hardhat mutate`: the part of tools/mutate.ts that runs inside Hardhat, where the tests find their network. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { NewTaskActionFunction } from 'hardhat/types/tasks'

import { folderOf, root } from './files.ts'
import { digestOfTests, hashOfKey, MutationRun, readMutants, sampleOf, type Kills, type Result } from './mutationRun.ts'
import type { Mutant } from './mutant.ts'

type Arguments = { only: string; sample: number; seed: string; part: string; update: boolean }

/** Mutants that no test kills, by key, with the reason. */
type Survivors = Record<string, string>

const KILLS = join(root, 'test/mutation/kills.json')
const SURVIVORS = join(root, 'test/mutation/survivors.json')
/** The "killer" of a mutant with which the tests exceed their memory. */
const NO_MEMORY = 'the end of the memory'
/** The least percentage of mutants that must be killed. */
const LEAST_KILLED = 95

const action: NewTaskActionFunction<Arguments> = async ({ only, sample, seed, part, update }) => {
  const survivors = read<Survivors>(SURVIVORS, {})
  const kills = read<Kills>(KILLS, { tests: [], killedBy: {} })
  const [index, parts] = part.split('/').map(Number) as [number, number]
  const all = readMutants().filter(({ key }) => key.includes(only))
  const chosen = (sample > 0 ? sampleOf(all, sample, seed) : all).filter((_, i) => i % parts === index)
  // Saved after each mutant, so that an interrupted run keeps its results.
  const results = await tryAll(chosen, kills, part, (some) => {
    if (update) keep(some, kills)
  })
  process.exitCode = report(results, survivors, sample > 0 || only !== '')
}

/** Tries the mutants that were not yet tried with the same contracts and tests. */
async function tryAll(
  mutants: readonly Mutant[],
  kills: Kills,
  part: string,
  keepSome: (results: readonly Result[]) => void,
): Promise<Result[]> {
  const path = join(folderOf('mutation'), `progress-${digestOfTests().slice(0, 16)}-${part.replace('/', '-')}.jsonl`)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  const done = new Map(lines.map((line) => JSON.parse(line) as [string, string | null]))
  const record = (key: string, killer: string | null): void => {
    done.set(key, killer)
    appendFileSync(path, `${JSON.stringify([key, killer])}\n`)
  }
  // tools/mutate.ts killed the last process because of this mutant.
  const { STEMMA_EXHAUSTING: exhausting = '', STEMMA_TRYING: trying } = process.env
  if (exhausting !== '') record(exhausting, NO_MEMORY)
  let run: MutationRun | undefined
  const results: Result[] = []
  for (const mutant of mutants) {
    const known = done.get(mutant.key)
    if (known !== undefined) {
      results.push({ mutant, killer: known ?? undefined, milliseconds: 0 })
      continue
    }
    run ??= await MutationRun.start(kills)
    if (trying !== undefined) writeFileSync(trying, mutant.key)
    const result = await run.try(mutant)
    results.push(result)
    record(mutant.key, result.killer ?? null)
    if (results.length % 50 !== 0) continue
    console.log(`${results.length} of ${mutants.length}`)
    keepSome(results)
  }
  keepSome(results)
  return results
}

/** Prints the results and returns the exit code. */
function report(results: readonly Result[], survivors: Survivors, partial: boolean): number {
  const alive = results.filter(({ killer }) => killer === undefined).map(({ mutant }) => mutant)
  const killed = results.length - alive.length
  const share = (100 * killed) / results.length
  const times = results.map(({ milliseconds }) => milliseconds).filter((time) => time > 0)
  const mean = times.length === 0 ? 0 : times.reduce((sum, time) => sum + time, 0) / times.length
  for (const line of byContract(results)) console.log(line)
  console.log(`${killed} of ${results.length} mutants killed (${share.toFixed(1)} %), ${Math.round(mean)} ms each.`)
  const unexplained = alive.filter(({ key }) => !survivors[key])
  for (const { key, line } of unexplained) console.log(`survived: ${key} [line ${line}]`)
  if (unexplained.length > 0)
    console.log('Write a test that fails over each, or record in test/mutation/survivors.json why none can.')
  const dead = partial ? [] : Object.keys(survivors).filter((key) => !alive.some((mutant) => mutant.key === key))
  for (const key of dead) console.log(`does not survive any more: ${key}`)
  return unexplained.length > 0 || dead.length > 0 || share < LEAST_KILLED ? 1 : 0
}

/** How many mutants of each contract were killed. */
function byContract(results: readonly Result[]): string[] {
  const counts = new Map<string, { all: number; killed: number }>()
  for (const { mutant, killer } of results) {
    const before = counts.get(mutant.path) ?? { all: 0, killed: 0 }
    counts.set(mutant.path, { all: before.all + 1, killed: before.killed + (killer === undefined ? 0 : 1) })
  }
  return [...counts].map(([path, { all, killed }]) => {
    return `${path.padEnd(46)} ${`${killed}/${all}`.padStart(9)} ${((100 * killed) / all).toFixed(1).padStart(5)} %`
  })
}

/** Keeps which test killed which mutant. */
function keep(results: readonly Result[], { tests, killedBy }: Kills): void {
  for (const { mutant, killer } of results) {
    const hash = hashOfKey(mutant)
    if (killer === undefined) {
      delete killedBy[hash]
      continue
    }
    if (!tests.includes(killer)) tests.push(killer)
    killedBy[hash] = tests.indexOf(killer)
  }
  const present = new Set(readMutants().map(hashOfKey))
  const entries = Object.entries(killedBy).filter(([hash]) => present.has(hash))
  const used = tests.filter((_, index) => entries.some(([, test]) => test === index)).toSorted()
  const sorted = entries
    .map(([hash, test]): [string, number] => [hash, used.indexOf(tests[test]!)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(KILLS, `${JSON.stringify({ tests: used, killedBy: Object.fromEntries(sorted) }, null, 1)}\n`)
}

function read<T>(path: string, otherwise: T): T {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : otherwise
}

export default action
