/** Runs the tests over mutants and keeps the results. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { folderOf, listOf, root } from './files.ts'
import type { Mutant } from './mutant.ts'
import { REACH_COINBASE } from './probe.ts'
import { Suite, type ReachedPoints } from './suite.ts'

const TESTS = 'test/contracts/**/*.test.ts'
const TIMEOUT = 300_000
/** How many of the quickest tests run before all others. */
const QUICK = 12

/** The killed mutants: for each, by the hash of its key, which test killed it. */
export type Kills = { tests: string[]; killedBy: Record<string, number> }

/** The result for one mutant: the test that killed it, or undefined when all tests passed. */
export type Result = { mutant: Mutant; killer: string | undefined; milliseconds: number }

/** The mutants of the last build. */
export function readMutants(): Mutant[] {
  return JSON.parse(readFileSync(listOf('mutation'), 'utf8')) as Mutant[]
}

/** The name of a mutant in {@link Kills}. */
export function hashOfKey({ key }: Pick<Mutant, 'key'>): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12)
}

/** A sample of the mutants, spread evenly: the same for the same seed. */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: string): Mutant[] {
  const rank = ({ key }: Mutant) => createHash('sha256').update(`${seed} ${key}`).digest('hex')
  const ranked = mutants
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
  return ranked.slice(0, count).map(({ mutant }) => mutant)
}

/** Tries mutants, each first with the test that killed it before. */
export class MutationRun {
  readonly #kills: Kills
  readonly #suite: Suite
  readonly #titles: ReadonlySet<string>
  readonly #reached: readonly ReachedPoints[]

  private constructor(suite: Suite, kills: Kills, reached: readonly ReachedPoints[]) {
    this.#suite = suite
    this.#reached = reached
    this.#kills = kills
    this.#titles = new Set(suite.titles())
  }

  /** Loads the tests and finds out which mutants each reaches, unless an earlier run knows. */
  static async start(kills: Kills): Promise<MutationRun> {
    // The digest is of the tests as loaded, because files may change meanwhile.
    const digest = digestOfTests()
    const suite = await Suite.load(TESTS, TIMEOUT)
    return new MutationRun(suite, kills, await readReached(suite, digest))
  }

  /** Tries one mutant. */
  async try(mutant: Mutant): Promise<Result> {
    const begun = Date.now()
    const known = this.#kills.tests[this.#kills.killedBy[hashOfKey(mutant)] ?? -1]
    const killer = (await this.#fails(mutant, known === undefined ? [] : [known])) ?? (await this.#search(mutant))
    return { mutant, killer, milliseconds: Date.now() - begun }
  }

  /** Runs the tests that reach a mutant, quick ones first. */
  async #search(mutant: Mutant): Promise<string | undefined> {
    const able = this.#reached
      .filter(({ points }) => points.includes(mutant.reach))
      .toSorted((a, b) => a.duration - b.duration)
      .map(({ title }) => title)
    const [quick, slow] = [able.slice(0, QUICK), able.slice(QUICK)]
    return (await this.#fails(mutant, quick)) ?? (await this.#fails(mutant, slow))
  }

  async #fails(mutant: Mutant, titles: readonly string[]): Promise<string | undefined> {
    const here = titles.filter((title) => this.#titles.has(title))
    return here.length === 0 ? undefined : (await this.#suite.run(here, mutant.id)).failed
  }
}

/** The mutants that each test reaches, kept until contracts or tests change. */
async function readReached(suite: Suite, digest: string): Promise<readonly ReachedPoints[]> {
  const path = join(folderOf('mutation'), 'reach.json')
  const kept = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { digest: string; reached: ReachedPoints[] })
    : undefined
  if (kept?.digest === digest) return kept.reached
  const reached = await suite.reach(REACH_COINBASE)
  writeFileSync(path, JSON.stringify({ digest, reached }))
  return reached
}

/** A digest of the mutants and of everything that the tests depend on. */
export function digestOfTests(): string {
  const hash = createHash('sha256').update(readFileSync(listOf('mutation')))
  for (const path of globSync('test/{contracts,fixtures}/**/*.{ts,sol}', { cwd: root }).toSorted()) {
    hash.update(path).update(readFileSync(join(root, path)))
  }
  return hash.digest('hex')
}
