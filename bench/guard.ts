/**
 * Measures how long `stemma guard run --check` takes as a process, from its start to its exit code, on a model of some megabytes
 * whose digests are cached:
 *
 * - `quarantined`: a refusal from a cached verdict, without a node;
 * - `unregistered`: a refusal by the gate, over HTTP from a node on this machine;
 * - `start`: the floor, `stemma --version` of the same program.
 *
 *     node -C source bench/guard.ts [--runs 9] [--json]     (after `npm run build`)
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { hashModel } from '../src/artifacts/modelDigest.ts'
import { writeDeployment } from '../src/deployments/deploymentFiles.ts'
import { trustDeployment } from '../src/deployments/trust.ts'
import { Clearances } from '../src/guard/clearances.ts'
import { defaultStateFolder, StateFolder } from '../src/guard/stateFolder.ts'
import { startHttpNode } from '../test/fixtures/httpNode.ts'

type Row = { what: string; ms: number; goal: number | null }

const { values } = parseArgs({ options: { runs: { type: 'string', default: '9' }, json: { type: 'boolean' } } })
const runs = Math.max(1, Number(values.runs))
const main = join(import.meta.dirname, '../dist/src/cli/main.js')
const home = await mkdtemp(join(tmpdir(), 'stemma-bench-guard-'))
const node = await startHttpNode()
const env = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home }
try {
  const deployment = await writeDeployment(node.deployment, home)
  await trustDeployment(deployment, { env: { HOME: home } })
  for (const name of ['quarantined', 'unregistered']) await makeModel(name)
  const { digest, tensors } = await hashModel(join(home, 'quarantined'), { cache: false })
  keepQuarantine(digest, tensors && 'digest' in tensors ? tensors.digest : null)
  const check = (name: string): string[] => [
    'guard',
    'run',
    '--check',
    '--deployment',
    deployment,
    '--model',
    `./${name}`,
  ]
  const rows: Row[] = [
    { what: 'start', ms: await median(['--version'], 0), goal: null },
    { what: 'quarantined', ms: await median([...check('quarantined'), '--rpc', 'http://127.0.0.1:1'], 77), goal: 300 },
    { what: 'unregistered', ms: await median([...check('unregistered'), '--rpc', node.url], 75), goal: null },
  ]
  if (values.json) console.log(JSON.stringify({ runs, rows }, null, 2))
  else
    for (const { what, ms, goal } of rows)
      console.log(`${what.padEnd(14)} ${ms.toFixed(0).padStart(6)} ms${goal === null ? '' : `   goal ${goal} ms`}`)
} finally {
  await node.close()
  await rm(home, { recursive: true, force: true })
}

/** A model old enough for its digests to be kept. */
async function makeModel(name: string): Promise<void> {
  const path = join(home, name)
  await mkdir(path)
  await writeFile(join(path, 'weights.bin'), Buffer.alloc(8 << 20, name))
  await utimes(join(path, 'weights.bin'), 1_700_000_000, 1_700_000_000)
}

function keepQuarantine(weights: Parameters<Clearances['keep']>[0]['weights'], tensors: typeof weights | null): void {
  const missing = [{ rule: 'quarantined' as const, what: 'Scanners failed it.', remedy: 'Use another version.' }]
  const clearances = new Clearances(new StateFolder(defaultStateFolder({ HOME: home })))
  const key = { deployment: node.deployment, weights, tensors, question: null }
  const now = Math.floor(Date.now() / 1000)
  clearances.keep(key, { outcome: 'refused', because: null, missing, notes: [] }, { block: 1, time: now }, now)
}

/** The median of the runs in milliseconds, after one that warms the caches. */
async function median(args: readonly string[], code: number): Promise<number> {
  const times: number[] = []
  for (let run = 0; run <= runs; run++) {
    const begin = performance.now()
    const child = spawn(process.execPath, [main, ...args], { cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const [exit] = (await once(child, 'close')) as [number | null]
    if (exit !== code) throw new Error(`stemma ${args.join(' ')} exited with ${exit}, not ${code}: ${said}`)
    if (run > 0) times.push(performance.now() - begin)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
}
