/**
 * How long the event loop of the query API stands still, and what /health takes, while ten of the dearest legal requests run at once, on a
 * synthetic ledger (bench/lineage/generate.ts) in SQLite. The server runs in a process of its own, so what its client does is not measured.
 * On a busy machine the loop waits for a processor too: `busy` is what it computes between two turns. What is made is removed after it.
 *
 *     node bench/loop.ts [--models 100000] [--json]
 *
 * Ends with 1 when the loop stands still for over 100 ms or a request fails, with 2 when it is used wrongly.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { createStore } from '../packages/server/src/indexer/openDatabase.ts'
import { generateLineage, type SyntheticLineage } from './lineage/generate.ts'
import { syntheticId, writeLineage } from './lineage/rows.ts'
import type { LoopFigures } from './loop/server.ts'

/** The most milliseconds for which the loop may stand still. */
const MOST = 100
/** How many requests run at once. */
const AT_ONCE = 10
/** How many lineages one request has evaluated. */
const EVALUATED = 8

type Row = LoopFigures & { request: string; seconds: number; health: number; failed: number }

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
  const server = fork(join(import.meta.dirname, 'loop/server.ts'), [database], { execArgv: process.execArgv })
  try {
    const { url } = await answerOf<{ url: string }>(server)
    const rows: Row[] = []
    for (const [request, bodyOf] of Object.entries(requestsOn(lineage)))
      rows.push(await measure(server, url, request, bodyOf))
    const isMet = rows.every(({ delay, failed }) => delay <= MOST && failed === 0)
    if (values.json) {
      const about = {
        cpu: cpus()[0]?.model.trim() ?? '',
        node: process.version,
        load: loadavg()[0]!,
        models,
        most: MOST,
      }
      console.log(JSON.stringify({ ...about, ok: isMet, rows }))
    } else print(rows)
    process.exitCode = isMet ? 0 : 1
  } finally {
    server.send('close')
    await once(server, 'exit')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The next message of the server. It fails when the server ends. */
function answerOf<T>(server: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null): void => reject(new Error(`The server ended with ${code}.`))
    server.once('exit', fail)
    server.once('message', (answer) => (server.off('exit', fail), resolve(answer as T)))
  })
}

/** Sends an order to the server, and returns its answer. */
function ask<T>(server: ChildProcess, order: 'start' | 'stop'): Promise<T> {
  const answer = answerOf<T>(server)
  server.send(order)
  return answer
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
async function measure(
  server: ChildProcess,
  url: string,
  request: string,
  bodyOf: (at: number) => string,
): Promise<Row> {
  await ask(server, 'start')
  const start = performance.now()
  let health = 0
  let isDone = false
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
  const seconds = (performance.now() - start) / 1000
  return { request, seconds, ...(await ask<LoopFigures>(server, 'stop')), health, failed }
}

function print(rows: readonly Row[]): void {
  const load = loadavg()[0]!.toFixed(1)
  console.log(`${models} models in SQLite, ${AT_ONCE} requests at once, load ${load}; the most milliseconds`)
  for (const { request, seconds, delay, busy, health, failed } of rows) {
    const met = delay <= MOST && failed === 0 ? 'met' : 'MISSED'
    const figures = `loop ${delay.toFixed(0).padStart(5)}  busy ${busy.toFixed(0).padStart(5)}  /health ${health.toFixed(0).padStart(5)}  all in ${seconds.toFixed(1)} s`
    console.log(`${request.padEnd(24)}${figures}  ${met}${failed > 0 ? `, ${failed} FAILED` : ''}`)
  }
}
