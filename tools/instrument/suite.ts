/** The mocha tests of the contracts, loaded once and run many times, over one mutant after another. */
import { globSync } from 'node:fs'
import { join } from 'node:path'

import Mocha from 'mocha'

import { root } from './files.ts'
import { collected, liveMutant } from './live.ts'

/** A test over the original contracts: the points that it reached, and its time with its hooks in milliseconds. */
export type ReachedPoints = { readonly title: string; readonly points: readonly number[]; readonly duration: number }

/** The result of a run: the title of the first failed test, if any. */
export type Outcome = { readonly failed: string | undefined }

/** Tests of gas only. They take minutes over instrumented contracts, whose gas means nothing. */
const GAS_ALONE = /^ComplianceLens cost |grows linearly to 1,000 models/

/** Chooses tests by their full titles, where mocha expects an expression. */
class Titles extends RegExp {
  readonly #titles: ReadonlySet<string>

  constructor(titles: Iterable<string>) {
    super('')
    this.#titles = new Set(titles)
  }

  override test(title: string): boolean {
    return this.#titles.has(title)
  }
}

/** The tests. A process can have only one instance, because test files are modules, which load once. */
export class Suite {
  readonly #mocha: Mocha
  /** The chains that test files made when loaded, each with a snapshot of its first state. */
  readonly #lasting = new Map<(typeof collected.lasting)[number], unknown>()

  #beforeEach: () => Promise<void> = () => Promise.resolve()

  private constructor(mocha: Mocha) {
    this.#mocha = mocha
    const beforeEach = () => this.#beforeEach()
    mocha.suite.beforeEach(beforeEach)
  }

  /** Loads the tests of a folder. */
  static async load(pattern: string, timeout: number): Promise<Suite> {
    const mocha = new Mocha({ timeout, bail: true, reporter: class {} as unknown as string })
    mocha.cleanReferencesAfterRun(false)
    for (const path of globSync(pattern, { cwd: root }).toSorted()) mocha.addFile(join(root, path))
    // Hardhat's plugins wait until a test file asks for the network. The order of files does not matter to them.
    await mocha.loadFilesAsync()
    liveMutant.loaded = true
    const suite = new Suite(mocha)
    for (const chain of collected.lasting) suite.#lasting.set(chain, await chain.request('evm_snapshot', []))
    return suite
  }

  /** The titles of all tests except those of gas only. */
  titles(): string[] {
    const titles: string[] = []
    this.#mocha.suite.eachTest((test: Mocha.Test) => titles.push(test.fullTitle()))
    return titles.filter((title) => !GAS_ALONE.test(title))
  }

  /** Runs some tests over a mutant, up to the first failure. */
  async run(titles: Iterable<string>, mutant: number): Promise<Outcome> {
    await this.#start(BigInt(mutant))
    return this.#run(titles, () => {})
  }

  /**
   * Runs all tests over the original contracts and returns the points that each reaches. Tests that fail there, such as
   * those with a limit for the gas of optimized contracts, are excluded and named.
   */
  async reach(coinbase: bigint): Promise<ReachedPoints[]> {
    await this.#start(coinbase)
    const reached: ReachedPoints[] = []
    const shared = new Map<Mocha.Suite | undefined, { points: number[]; duration: number }>()
    // A fixture that was already loaded would only be restored, and would reach nothing.
    this.#beforeEach = () => this.#restore(coinbase)
    const take = () => {
      const points = [...collected.hits]
      collected.hits.clear()
      return points
    }
    const failed = new Set<string>()
    this.#bail(this.#mocha.suite, false)
    await this.#run(this.titles(), (runner) => {
      runner.on('test', take)
      runner.on('fail', (test, error) => {
        console.log(`Left out, as it fails over instrumented contracts: "${test.fullTitle()}": ${String(error)}`)
        failed.add(test.fullTitle())
      })
      runner.on('hook end', (hook) => {
        if (!hook.title.startsWith('"before all"')) return
        const before = shared.get(hook.parent) ?? { points: [], duration: 0 }
        const duration = before.duration + (hook.duration ?? 0)
        shared.set(hook.parent, { points: [...before.points, ...take()], duration })
      })
      runner.on('test end', (test) => {
        const points = new Set(take())
        let duration = test.duration ?? 0
        for (let suite = test.parent; suite; suite = suite.parent) {
          const before = shared.get(suite)
          for (const id of before?.points ?? []) points.add(id)
          duration += before?.duration ?? 0
        }
        reached.push({ title: test.fullTitle(), points: [...points], duration })
      })
    })
    this.#bail(this.#mocha.suite, true)
    this.#beforeEach = () => Promise.resolve()
    return reached.filter(({ title }) => !failed.has(title))
  }

  #bail(suite: Mocha.Suite, bail: boolean): void {
    suite.bail(bail)
    for (const inner of suite.suites) this.#bail(inner, bail)
  }

  /** Resets every chain and activates a mutant. */
  async #start(coinbase: bigint): Promise<void> {
    liveMutant.coinbase = coinbase
    for (const chain of [...collected.chains].filter((it) => !this.#lasting.has(it))) await chain.close()
    await this.#restore(coinbase)
    collected.hits.clear()
  }

  async #restore(coinbase: bigint): Promise<void> {
    for (const [chain, snapshot] of this.#lasting) {
      await chain.request('evm_revert', [snapshot])
      this.#lasting.set(chain, await chain.request('evm_snapshot', []))
      chain.forgetFixtures()
      await chain.setCoinbase(coinbase)
    }
  }

  #run(titles: Iterable<string>, listen: (runner: Mocha.Runner) => void): Promise<Outcome> {
    this.#mocha.grep(new Titles(titles))
    return new Promise((resolve) => {
      let failed: string | undefined
      const runner = this.#mocha.run(() => resolve({ failed }))
      runner.on('fail', (test) => {
        failed ??= test.fullTitle()
      })
      listen(runner)
    })
  }
}
