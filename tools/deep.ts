/**
 * Runs what takes hours and is not part of `npm test`: fuzz tests and invariants at depth, proofs, coverage, a second client,
 * planted faults of the checks, and mutants. Chooses a fresh seed, prints it, and exits with 1 when a run fails; the others run on.
 * A fresh seed that makes a run fail is added to tools/deep-seeds.json: commit it with the repair. Its run is repeated before a
 * fresh seed is tried, from then on.
 *
 * Usage: npm run deep [-- --seed N] [--only NAME]
 *   --seed N      repeats the runs of a seed (a whole number below 2^31)
 *   --only NAME   one run: fuzz, solidity, faults, pgbouncer, viem, anvil, prove, coverage, check-faults or mutate
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { hasPgbouncer } from '../test/fixtures/pgbouncer.ts'

const root = join(import.meta.dirname, '..')

/** Tests that draw cases from a seed, and how many to draw. */
const FUZZED = [
  'test/core/merkleProof.test.ts',
  'test/audit/journal.test.ts',
  'test/audit/replayLog.test.ts',
  'test/audit/openUsageStore.test.ts',
  'test/audit/sealer.test.ts',
  'test/contracts/types/MerkleLog.test.ts',
  'test/contracts/compliance/differential.test.ts',
  'test/contracts/licensing/model.test.ts',
  'test/fingerprint/sketchBytes.test.ts',
  'test/fingerprint/readers/hostile.test.ts',
  'test/bundle/nodeVerdicts.test.ts',
  'test/bundle/mutations.test.ts',
  'test/server/api/hostile.test.ts',
  'test/server/indexer/simulation.test.ts',
  'test/server/api/soak.test.ts',
  'test/server/gateway/meter/meterOf.test.ts',
  'test/server/gateway/aborts.test.ts',
  'test/scan/serialisation/pickle/differential.test.ts',
  'test/scan/serialisation/containers/fuzz.test.ts',
  'test/scan/serialisation/formats/fuzz.test.ts',
  'test/guard/holdModel.test.ts',
  'test/guard/holdJournal.test.ts',
]
const CASES = '1000'
/** Tests whose counts are larger where STEMMA_DEEP is set. */
const DEEPER = globSync('test/**/*.test.ts', { cwd: root }).filter((path) =>
  /\/inDepth\.ts|KINDS_IN_DEPTH/.test(readFileSync(join(root, path), 'utf8')),
)

/** Seeds that made a run fail, which {@link keep} adds, and the runs that draw from a seed. */
const SEEDS = 'tools/deep-seeds.json'
const SEEDED: readonly string[] = ['fuzz', 'solidity']
type KeptSeed = { seed: number; run: string; found: string }

const RUNS: Readonly<Record<string, readonly string[]>> = {
  fuzz: ['hardhat', 'test', 'mocha', '--no-compile', ...new Set([...FUZZED, ...DEEPER])],
  solidity: ['hardhat', 'test', 'solidity', '--test-profile', 'deep'],
  faults: [
    'hardhat',
    'test',
    'mocha',
    '--no-compile',
    ...globSync('test/server/indexer/faults.test.ts', { cwd: root }),
  ],
  pgbouncer: ['mocha', 'test/server/indexer/postgresStore.test.ts'],
  viem: ['hardhat', 'test', 'mocha', '--no-compile', 'test/viem/sameTests.test.ts'],
  anvil: ['npm', 'run', 'test:anvil'],
  prove: ['npm', 'run', 'prove'],
  coverage: ['npm', 'run', 'coverage'],
  'check-faults': ['npm', 'run', 'check:faults'],
  mutate: ['npm', 'run', 'mutate'],
}

const { values } = readOptions({ seed: { type: 'string' }, only: { type: 'string' } })
const seed = seedOf(values.seed)
const names = values.only === undefined ? Object.keys(RUNS) : [values.only]
for (const name of names) {
  if (!Object.hasOwn(RUNS, name)) exitForUsage(`Invalid run "${name}": use ${Object.keys(RUNS).join(', ')}.`)
}

console.log(`Seed ${seed}: repeat by npm run deep -- --seed ${seed}`)
const kept = JSON.parse(readFileSync(join(root, SEEDS), 'utf8')) as KeptSeed[]
const failed: string[] = []
for (const name of names) {
  if (values.seed === undefined) kept.filter(({ run }) => run === name).forEach((each) => runWith(name, each.seed))
  const passed = runWith(name, seed)
  if (!passed && values.seed === undefined && SEEDED.includes(name)) keep(name)
}
if (failed.length > 0) {
  console.log(`Failed: ${failed.join(', ')}. Repeat one by npm run deep -- ${failed[0]}`)
  process.exitCode = 1
}

/** Runs one of the runs with a seed, and returns whether it passed. */
function runWith(name: string, chosen: number): boolean {
  if (name === 'pgbouncer' && !hasPgbouncer()) {
    console.log('LEFT OUT pgbouncer: PATH does not have it. The tests ran with a pooler of our own only.')
    return true
  }
  const [program, ...args] = RUNS[name]!
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    NODE_OPTIONS: '--conditions=source',
    STEMMA_DEEP: '1',
    STEMMA_FUZZ_SEED: String(chosen),
    STEMMA_FUZZ_CASES: CASES,
    STEMMA_PICKLE_CASES: '1000000',
    ...(name === 'pgbouncer' && { STEMMA_PGBOUNCER: '1' }),
  }
  const from = Date.now()
  const { status } = spawnSync(program!, args, { cwd: root, env, stdio: 'inherit' })
  const minutes = ((Date.now() - from) / 60_000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${minutes} min, seed ${chosen})`)
  if (status !== 0) failed.push(`--seed ${chosen} --only ${name}`)
  return status === 0
}

/** Adds the seed of this call to the kept ones. */
function keep(run: string): void {
  kept.push({ seed, run, found: new Date().toISOString().slice(0, 10) })
  writeFileSync(join(root, SEEDS), `${JSON.stringify(kept, null, 2)}\n`)
  console.log(`Kept seed ${seed} for ${run} in ${SEEDS}: commit it with the repair.`)
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(1, 2 ** 31)
  if (!/^\d{1,10}$/.test(text) || Number(text) >= 2 ** 31) {
    exitForUsage(`Invalid seed "${text}": use a whole number below 2147483648.`)
  }
  return Number(text)
}
