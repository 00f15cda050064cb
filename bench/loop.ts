/**
 * How long the event loop of the query API stands still, and what /health takes, while ten of the dearest legal requests run at once, on a
 * synthetic ledger (bench/lineage/generate.ts) in SQLite. What is made is removed after it.
 *
 *     node bench/loop.ts [--models 100000] [--json]
 *
 * Ends with 1 when the loop stands still for over 100 ms or a request fails, with 2 when it is used wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { serveApi } from '../packages/server/src/api/serve.ts'
import { createStore } from '../packages/server/src/indexer/openDatabase.ts'
import { generateLineage, type SyntheticLineage } from './lineage/generate.ts'
import { syntheticId, writeLineage } from './lineage/rows.ts'

/** The most milliseconds for which the loop may stand still. */
const MOST = 100
/** How many requests run at once. */
const AT_ONCE = 10
/** How many lineages one request has evaluated. */
const EVALUATED = 8

type Row = { request: string; seconds: number; delay: number; health: number; failed: number }

const { values } = readOptions({
  models: { type: 'string', default: '100000' },
  json: { type: 'boolean', default: false },
})
const models = Number(values.models)
if (!Number.isInteger(models) || models < 10_000) exitForUsage('--models is a whole number from 10,000 on.')

const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
try {
  const database = join(folder, 'index.sqlite')
  const lineage = generateLineage(models)
  const store = createStore(database)
  await writeLineage(store, lineage)
  await store.close()
  const server = await serveApi({ database, port: 0, host: '127.0.0.1' })
  try {
    const rows: Row[] = []
    for (const [request, bodyOf] of Object.entries(requestsOn(lineage)))
      rows.push(await measure(server.url, request, bodyOf))
    const isMet = rows.every(({ delay, failed }) => delay <= MOST && failed === 0)
    if (values.json) {
      const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, models, most: MOST }
      console.log(JSON.stringify({ ...about, ok: isMet, rows }))
    } else print(rows)
    process.exitCode = isMet ? 0 : 1
  } finally {
    await server.close(0)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The dearest requests of each kind: GraphQL queries by their number. */
function requestsOn(lineage: SyntheticLineage): Record<string, (at: number) => string> {
  const deepest = [...lineage.depth.keys()].toSorted((a, b) => lineage.depth[b]! - lineage.depth[a]!)
  const id = (at: number): string => syntheticId('model', deepest[at % deepest.length]!)
  const root = syntheticId('model', 2)
  return {
    findings: (at) =>
      Array.from(
        { length: EVALUATED },
        (_, place) =>
          `f${place}: findings(model: "${id(at * EVALUATED + place)}", use: "commercial") { verdict findings { code path } }`,
      ).join(' '),
    lineage: (at) =>
      `lineage(model: "${id(at)}") { models { registration { id uri parents { model } } status parents { model } } terms { id } }`,
    'blast radius of a hub': () =>
      `blastRadius(cause: { model: "${root}" }) { models(first: 100) { totalCount nodes { depth } }
        publishers(first: 100) { totalCount } credentials(first: 100) { totalCount } }`,
    'family, 100': (at) =>
      `model(id: "${id(at)}") { family(first: 100) { totalCount nodes { depth model { name } } } }`,
    statistics: () => 'statistics { edges events publishers relations { edges } licenses { models } }',
  }
}

/** Sends requests of a kind at once, and asks for the server's health all the while. */
async function measure(url: string, request: string, bodyOf: (at: number) => string): Promise<Row> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const start = performance.now()
  let health = 0
  let isDone = false
  delay.enable()
  const asked = Promise.all(
    Array.from({ length: AT_ONCE }, async (_, at) => {
      const body = JSON.stringify({ query: `{ ledger { ${bodyOf(at)} } }` })
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const text = await response.text()
      return response.status === 200 && !text.startsWith('{"errors"')
    }),
  ).finally(() => (isDone = true))
  while (!isDone) {
    const since = performance.now()
    await (await fetch(`${url}/health`)).text()
    health = Math.max(health, performance.now() - since)
  }
  const failed = (await asked).filter((isRight) => !isRight).length
  delay.disable()
  return { request, seconds: (performance.now() - start) / 1000, delay: delay.max / 1e6, health, failed }
}

function print(rows: readonly Row[]): void {
  console.log(`${models} models in SQLite, ${AT_ONCE} requests at once; the most milliseconds`)
  for (const { request, seconds, delay, health, failed } of rows) {
    const met = delay <= MOST && failed === 0 ? 'met' : 'MISSED'
    const figures = `loop ${delay.toFixed(0).padStart(5)}  /health ${health.toFixed(0).padStart(5)}  all in ${seconds.toFixed(1)} s`
    console.log(`${request.padEnd(24)}${figures}  ${met}${failed > 0 ? `, ${failed} FAILED` : ''}`)
  }
}
