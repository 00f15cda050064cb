/**
 * Requests a second and latencies of the query API over HTTP, on a synthetic ledger (bench/lineage/generate.ts) in SQLite. The API runs in a
 * process of its own, as `stemma-server api` does; autocannon asks it. What is made for the run is removed after it.
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
import { createStore } from '../packages/server/src/indexer/openDatabase.ts'
import { operationIds } from '../src/query/operations.ts'
import { generateLineage } from './lineage/generate.ts'
import { syntheticId, writeLineage } from './lineage/rows.ts'

type Row = { request: string; perSecond: number; median: number; p99: number; failed: number }

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

const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
try {
  const database = join(folder, 'index.sqlite')
  const store = createStore(database)
  await writeLineage(store, generateLineage(models))
  await store.close()
  const { url, stop } = await startApi(database)
  try {
    const rows: Row[] = []
    for (const [request, { path, body }] of Object.entries(REQUESTS))
      rows.push(await measure(request, url + path, body))
    const failed = rows.reduce((sum, row) => sum + row.failed, 0)
    if (values.json) {
      const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, models, seconds, connections }
      console.log(JSON.stringify({ ...about, ok: failed === 0, rows }))
    } else print(rows)
    process.exitCode = failed === 0 ? 0 : 1
  } finally {
    await stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
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
  return { request, perSecond: requests.average, median: latency.p50, p99: latency.p99, failed: errors + non2xx }
}

/** `stemma-server api` on a free port, and how to end it. */
function startApi(database: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const program = join(import.meta.dirname, '../packages/server/src/cli/main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=source', program, 'api', '--database', database, '--port', '0', '--json'],
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

function print(rows: readonly Row[]): void {
  console.log(`${models} models in SQLite, ${connections} connections, ${seconds} s each, one process`)
  for (const { request, perSecond, median, p99, failed } of rows) {
    const figures = `${perSecond.toFixed(0).padStart(6)} a second  median ${median} ms  p99 ${p99} ms`
    console.log(`${request.padEnd(20)} ${figures}${failed > 0 ? `  ${failed} FAILED` : ''}`)
  }
}
