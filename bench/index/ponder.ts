import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ledgerAbi } from '../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import type { BenchChain } from './chain.ts'

/**
 * The newest release that can be installed: 0.17.7, the tag `latest`, depends on a version of @ponder/utils that was not
 * published, and what is numbered 1.0.0 has the configuration of 0.8 and a build that does not read the documented one.
 */
export const PONDER = '0.16.10'

/** What a contender needed. */
export type Figures = { events: number; seconds: number; rate: number; peakMiB: number }

const EVENTS = ['ModelRegistered', 'CredentialIssued']

/** A project as Ponder's guide has it: the same two events, into three tables like ours. */
export function makeProject(
  folder: string,
  chain: Pick<BenchChain, 'url' | 'deployment'>,
  report: (line: string) => void,
): void {
  mkdirSync(join(folder, 'src/api'), { recursive: true })
  const abi = (entries: readonly { type: string; name?: string }[]): string =>
    JSON.stringify(entries.filter(({ type, name }) => type === 'event' && EVENTS.includes(name!)))
  const { ledger, licenseCredential } = chain.deployment.contracts
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'ponder-bench', private: true, type: 'module' }),
    'abis.ts': `export const ledgerAbi = ${abi(ledgerAbi)} as const\nexport const credentialAbi = ${abi(licenseCredentialAbi)} as const\n`,
    'ponder.config.ts': `import { createConfig } from 'ponder'
import { credentialAbi, ledgerAbi } from './abis'
export default createConfig({
  chains: { local: { id: 31337, rpc: '${chain.url}' } },
  contracts: {
    Ledger: { chain: 'local', abi: ledgerAbi, address: '${ledger}', startBlock: 0 },
    Credential: { chain: 'local', abi: credentialAbi, address: '${licenseCredential}', startBlock: 0 },
  },
})
`,
    'ponder.schema.ts': `import { index, onchainTable, primaryKey } from 'ponder'
export const model = onchainTable('model', (t) => ({
  id: t.hex().primaryKey(), publisher: t.hex().notNull(), weights: t.hex().notNull(), datasets: t.hex().notNull(),
  method: t.hex().notNull(), terms: t.hex().notNull(), uri: t.text().notNull(), block: t.bigint().notNull(),
}), (table) => ({ weights: index().on(table.weights), publisher: index().on(table.publisher) }))
export const edge = onchainTable('edge', (t) => ({
  child: t.hex().notNull(), parent: t.hex().notNull(), relation: t.integer().notNull(),
}), (table) => ({ pk: primaryKey({ columns: [table.child, table.parent] }), parent: index().on(table.parent) }))
export const credential = onchainTable('credential', (t) => ({
  id: t.bigint().primaryKey(), model: t.hex().notNull(), holder: t.hex().notNull(), tier: t.hex().notNull(),
  publisher: t.hex().notNull(), validFrom: t.integer().notNull(), validUntil: t.bigint().notNull(), block: t.bigint().notNull(),
}), (table) => ({ model: index().on(table.model), holder: index().on(table.holder) }))
`,
    'src/index.ts': `import { ponder } from 'ponder:registry'
import { credential, edge, model } from 'ponder:schema'
ponder.on('Ledger:ModelRegistered', async ({ event, context }) => {
  const { model: id, publisher, weights, datasets, method, terms, parents, uri } = event.args
  await context.db.insert(model).values({ id, publisher, weights, datasets, method, terms, uri, block: event.block.number })
  for (const { model: parent, relation } of parents) await context.db.insert(edge).values({ child: id, parent, relation })
})
ponder.on('Credential:CredentialIssued', async ({ event, context }) => {
  const { credential: id, model: of, holder, tier, publisher, validFrom, validUntil } = event.args
  await context.db.insert(credential).values({
    id, model: of, holder, tier, publisher, validFrom: Number(validFrom), validUntil: BigInt(validUntil), block: event.block.number,
  })
})
`,
    'src/api/index.ts': `import { Hono } from 'hono'
export default new Hono()
`,
    'ponder-env.d.ts': '/// <reference types="ponder/virtual" />\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  report(`Installing ponder@${PONDER} …`)
  const packages = [`ponder@${PONDER}`, 'viem@2', 'hono@4']
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-save', ...packages], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Ponder cannot be installed: ${stderr.slice(-2000)}`)
}

/** Runs `ponder start` until it says that all is in, and ends it. Without a database it uses its own default, PGlite. */
export async function runPonder(
  folder: string,
  port: number,
  name: string,
  events: number,
  database?: string,
): Promise<Figures> {
  const began = performance.now()
  const program = join(folder, 'node_modules/ponder/dist/esm/bin/ponder.js')
  const env: NodeJS.ProcessEnv = { ...process.env, PONDER_TELEMETRY_DISABLED: 'true', CI: 'true' }
  delete env.DATABASE_URL
  if (database) env.DATABASE_URL = database
  const child = spawn(process.execPath, [program, 'start', '--schema', name, '--port', String(port)], {
    cwd: folder,
    env,
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log = (log + chunk).slice(-20_000)))
  process.once('exit', () => child.kill('SIGKILL'))
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`Ponder ended with ${child.exitCode}: ${log}`)
      if (performance.now() - began > 1_200_000) throw new Error(`Ponder was not ready after 20 minutes: ${log}`)
      await new Promise((next) => setTimeout(next, 50))
    }
    const seconds = (performance.now() - began) / 1000
    return { events, seconds, rate: Math.round(events / seconds), peakMiB: peakOf(child) }
  } finally {
    child.kill('SIGKILL')
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200
  } catch {
    return false
  }
}

/** The most memory that a process has had, in MiB: Linux says so in /proc. */
export function peakOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024)
}
