/**
 * Requests a second and latencies of the query API over HTTP, on a synthetic ledger (bench/lineage/generate.ts) in SQLite. The API runs in a
 * process of its own, as `stemma-server api` does; autocannon asks it. Answers as of a final block are measured twice: computed for
 * each request, and kept in memory. What is made for the run is removed after it.
 *
 *     node bench/api.ts [--models 100000] [--seconds 5] [--connections 10] [--json]
 *
 * Ends with 1 when a request fails, with 2 when it is used wrongly.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import autocannon from 'autocannon'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { readProgress } from '../packages/server/src/api/ledgerView.ts'
import { createStore, openDatabase } from '../packages/server/src/indexer/openDatabase.ts'
import { operationIds } from '../src/query/operations.ts'
import { generateLineage } from './lineage/generate.ts'
import { syntheticId, writeLineage } from './lineage/rows.ts'

type Row = { request: string; perSecond: number; median: number; p99: number; failed: number }
/** A final answer, computed each time and kept in memory, and how many times as many requests a second the latter is. */
type Kept = { request: string; computed: Row; kept: Row; times: number }

const { values } = readOptions({
  models: { type: 'string', default: '100000' },
  seconds: { type: 'string', default: '5' },
  connections: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
})
const [models, seconds, connections] = [Number(values.models), Number(values.seconds), Number(values.connections)]
if (![models, seconds, connections].every((number) => Number.isInteger(number) && number > 0) || models < 1000) {
  exitForUsage('--models is a whole number from 1,000 on, --seconds and --connections from 1 on.')
}

const id = syntheticId('model', models - 3)
const query = (name: keyof typeof operationIds, variables: object): string =>
  JSON.stringify({ variables, extensions: { persistedQuery: { version: 1, sha256Hash: operationIds[name] } } })
const REQUESTS: Readonly<Record<string, { path: string; body?: string }>> = {
  'GET a model': { path: `/v1/models/${id}` },
  'GET ancestors, 20': { path: `/v1/models/${id}/ancestors` },
  'GET findings': { path: `/v1/models/${id}/findings?use=commercial` },
  'GET search by name': { path: '/v1/search?text=model-77' },
  'GraphQL a model': { path: '/graphql', body: query('Model', { id }) },
  'GraphQL 20 models': { path: '/graphql', body: query('Models', { first: 20 }) },
}

/** The same as of a block, which is final. */
function asOf(block: number): Readonly<Record<string, { path: string; body?: string }>> {
  const at = { block }
  return {
    'GET a model': { path: `/v1/models/${id}?block=${block}` },
    'GET ancestors, 20': { path: `/v1/models/${id}/ancestors?block=${block}` },
    'GET findings': { path: `/v1/models/${id}/findings?use=commercial&block=${block}` },
    'GET search by name': { path: `/v1/search?text=model-77&block=${block}` },
    'GraphQL a model': { path: '/graphql', body: query('Model', { id, at }) },
    'GraphQL 20 models': { path: '/graphql', body: query('Models', { first: 20, at }) },
  }
}

const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
try {
  const database = join(folder, 'index.sqlite')
  const store = createStore(database)
  await writeLineage(store, generateLineage(models))
  await store.close()
  const rows = await withApi(database, [], (url) => measureAll(url, REQUESTS))
  const finals = asOf(await newestBlock(database))
  const computed = await withApi(database, ['--cache', '0'], (url) => measureAll(url, finals))
  const kept = await withApi(database, [], (url) => measureAll(url, finals))
  const final: Kept[] = computed.map((row, index) => {
    const other = kept[index]!
    return { request: row.request, computed: row, kept: other, times: other.perSecond / row.perSecond }
  })
  const failed = [...rows, ...computed, ...kept].reduce((sum, row) => sum + row.failed, 0)
  if (values.json) {
    const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, models, seconds, connections }
    console.log(JSON.stringify({ ...about, ok: failed === 0, rows, final }))
  } else print(rows, final)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function withApi(
  database: string,
  options: readonly string[],
  run: (url: string) => Promise<Row[]>,
): Promise<Row[]> {
  const { url, stop } = await startApi(database, options)
  try {
    return await run(url)
  } finally {
    await stop()
  }
}

async function newestBlock(database: string): Promise<number> {
  const opened = openDatabase(database)
  const { block } = await readProgress(opened)
  await opened.close()
  return block
}

async function measureAll(url: string, requests: typeof REQUESTS): Promise<Row[]> {
  const rows: Row[] = []
  for (const [request, { path, body }] of Object.entries(requests)) rows.push(await measure(request, url + path, body))
  return rows
}

async function measure(request: string, url: string, body: string | undefined): Promise<Row> {
  const settings = {
    url,
    connections,
    ...(body !== undefined && { method: 'POST' as const, body, headers: { 'content-type': 'application/json' } }),
  }
  // Once unmeasured: code is compiled, and pages of the database are read.
  await autocannon({ ...settings, duration: 1 })
  const { requests, latency, errors, non2xx } = await autocannon({ ...settings, duration: seconds })
  // No answer at all is a failure too.
  const failed = errors + non2xx + (requests.total === 0 ? 1 : 0)
  return { request, perSecond: requests.average, median: latency.p50, p99: latency.p99, failed }
}

/** `stemma-server api` on a free port, and how to end it. */
function startApi(database: string, options: readonly string[]): Promise<{ url: string; stop: () => Promise<void> }> {
  const program = join(import.meta.dirname, '../packages/server/src/cli/main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=source', program, 'api', '--database', database, '--port', '0', '--json', ...options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      // After the first line only what requests left is said, which nobody needs.
      if (text.includes('\n')) return
      text += chunk.toString()
      const [line] = text.split('\n')
      if (text.includes('\n')) resolve({ url: (JSON.parse(line!) as { url: string }).url, stop })
    })
    child.once('exit', (code) => reject(new Error(`stemma-server api ended with ${code}.`)))
  })
}

function print(rows: readonly Row[], final: readonly Kept[]): void {
  console.log(`${models} models in SQLite, ${connections} connections, ${seconds} s each, one process`)
  for (const row of rows) console.log(`${row.request.padEnd(20)} ${figuresOf(row)}`)
  console.log('As of a final block: computed for each request, then kept in memory')
  for (const { request, computed, kept, times } of final) {
    console.log(`${request.padEnd(20)} ${figuresOf(computed)}`)
    console.log(`${''.padEnd(20)} ${figuresOf(kept)}  ${times.toFixed(1)} times`)
  }
}

function figuresOf({ perSecond, median, p99, failed }: Row): string {
  const figures = `${perSecond.toFixed(0).padStart(6)} a second  median ${median} ms  p99 ${p99} ms`
  return failed > 0 ? `${figures}  ${failed} FAILED` : figures
}
