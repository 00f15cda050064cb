/**
 * How fast questions about lineages are on a synthetic ledger with the shape of Hugging Face's (bench/lineage/generate.ts), out of SQLite and
 * out of PostgreSQL, and how that grows with the ledger. Beside each figure is a plain recursive query on the same database.
 * PostgreSQL is the server that `DATABASE_URL` names, or one of its own for the run. What is made for the run is removed after it.
 *
 *     node bench/query.ts [--models 10000,100000,1000000] [--databases sqlite,postgres] [--runs 300] [--json]
 *
 * Figures are at the database and the graph in memory, without HTTP: milliseconds, median and 99th percentile. Ends with 1 when a
 * target of the largest ledger is missed (`--targets off` only prints), with 2 when it is used wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { verify } from '../src/verify/verify.ts'
import type { ModelId } from '../src/core/hex.ts'
import type { Database } from '../packages/server/src/indexer/database.ts'
import { createStore, openDatabase } from '../packages/server/src/indexer/openDatabase.ts'
import { number } from '../packages/server/src/indexer/values.ts'
import { blastRadius } from '../packages/server/src/api/compliance/blastRadius.ts'
import { indexReader } from '../packages/server/src/api/compliance/indexReader.ts'
import { withSnapshot } from '../packages/server/src/api/ledgerView.ts'
import { createReaders, type Readers } from '../packages/server/src/api/readers.ts'
import { GraphCache } from '../packages/server/src/api/registry/graphCache.ts'
import { loadAll } from '../packages/server/src/api/tableLoaders.ts'
import { startPostgres } from '../test/server/indexer/postgres.ts'
import { generateLineage, generator, type SyntheticLineage } from './lineage/generate.ts'
import { syntheticId, writeLineage } from './lineage/rows.ts'

type Figure = { median: number; p99: number }
type Row = {
  database: string
  models: number
  question: string
  ours: Figure
  plain: Figure | null
  target: Figure | null
}
type Memory = { database: string; models: number; load: number; graphBytes: number }

/** What must hold for the largest ledger. */
const TARGETS: Readonly<Record<string, Figure>> = {
  ancestors: { median: 2, p99: 10 },
  path: { median: 2, p99: 10 },
  'first page of a hub': { median: 20, p99: Infinity },
  'count of a hub': { median: 200, p99: Infinity },
  findings: { median: 10, p99: Infinity },
}
const UP = `WITH RECURSIVE up(n) AS (SELECT parent FROM edges WHERE child = $1
  UNION SELECT e.parent FROM edges e JOIN up ON e.child = up.n)`
const DOWN = `WITH RECURSIVE down(n) AS (SELECT child FROM edges WHERE parent = $1
  UNION SELECT e.child FROM edges e JOIN down ON e.parent = down.n)`

const { sizes, databases, runs, json, isStrict } = readArguments()
const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
const rows: Row[] = []
const memory: Memory[] = []
try {
  const server = databases.includes('postgres') ? await startPostgres({ isDurable: true }) : undefined
  try {
    for (const models of sizes) {
      const lineage = generateLineage(models)
      for (const database of databases) {
        const where = database === 'postgres' ? await server!.createDatabase() : join(folder, `${models}.sqlite`)
        note(`${database}, ${models} models: writing`)
        const store = createStore(where)
        await writeLineage(store, lineage)
        await store.close()
        const opened = openDatabase(where)
        await measureAll(database, models, lineage, opened)
        await opened.close()
      }
    }
  } finally {
    await server?.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const largest = Math.max(...sizes)
const missed = rows.filter(
  ({ models, ours, target }) => models === largest && target && (ours.median > target.median || ours.p99 > target.p99),
)
if (json) {
  const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, runs }
  console.log(JSON.stringify({ ...about, ok: missed.length === 0, rows, memory }))
} else print()
process.exitCode = missed.length > 0 && isStrict ? 1 : 0

async function measureAll(
  database: string,
  models: number,
  lineage: SyntheticLineage,
  opened: Database,
): Promise<void> {
  const cache = new GraphCache()
  const start = performance.now()
  await withSnapshot(opened, cache, () => Promise.resolve())
  memory.push({ database, models, load: performance.now() - start, graphBytes: cache.size.bytes })
  const random = generator(99)
  const anyModel = (): number => 1 + Math.floor(random() * models)
  const deep = [...lineage.depth.keys()].filter((model) => lineage.depth[model]! >= 20)
  const anyDeep = (): number => deep[Math.floor(random() * deep.length)] ?? anyModel()
  const hub = await hubOf(opened, cache, lineage)
  note(`${database}, ${models} models: the hub is model ${hub.model} with ${hub.descendants} descendants`)

  const ours =
    <T>(run: (readers: Readers, model: number) => Promise<T>) =>
    (model: number) =>
      withSnapshot(opened, cache, async (snapshot) => void (await run(createReaders(await snapshot.view()), model)))
  const plain = (sql: string) => async (model: number) => void (await opened.all(sql, [model]))
  const add = async (
    question: string,
    pick: () => number,
    times: number,
    run: (model: number) => Promise<void>,
    baseline?: (model: number) => Promise<void>,
  ): Promise<void> => {
    const target = TARGETS[question] ?? null
    const figures = {
      ours: await figureOf(run, pick, times),
      plain: baseline ? await figureOf(baseline, pick, times) : null,
    }
    rows.push({ database, models, question, ...figures, target })
  }

  const few = Math.max(10, Math.floor(runs / 15))
  // Half of them have deep lineages, of which a draw of any models has few.
  const anyHalf = (): number => (random() < 0.5 ? anyDeep() : anyModel())
  await add(
    'ancestors',
    anyHalf,
    runs,
    ours(loadReached),
    plain(`${UP} SELECT m.* FROM up JOIN models m ON m.n = up.n`),
  )
  await add(
    'path',
    anyDeep,
    runs,
    ours(async ({ family, view }, model) => {
      const { models: reached } = view.graph.walk(model, { direction: 'up' })
      return family.path(model, reached.at(-1) ?? model, null)
    }),
    plain(`${UP} SELECT count(*) AS n FROM up`),
  )
  await add('findings', anyHalf, runs, ours(findings))
  await add(
    'first page of a hub',
    () => hub.model,
    few,
    ours((readers, model) => firstPage(readers, model)),
    plain(`${DOWN} SELECT m.* FROM down JOIN models m ON m.n = down.n LIMIT 20`),
  )
  await add(
    'page 1,000 of a hub',
    () => hub.model,
    few,
    ours((readers, model) => firstPage(readers, model, 20_000)),
    plain(`${DOWN} SELECT m.* FROM down JOIN models m ON m.n = down.n LIMIT 20 OFFSET 20000`),
  )
  await add(
    'count of a hub',
    () => hub.model,
    few,
    ours(async ({ family }, model) => family.relatives(model, 'down', { first: 0 }).count()),
    plain(`${DOWN} SELECT count(*) AS n FROM down`),
  )
  await add(
    'blast radius of a hub',
    () => hub.model,
    few,
    ours(async (readers, model) => {
      const radius = await blastRadius(readers.view, () => readers, { model: syntheticId('model', model) })
      await radius.models({ first: 20 }).page()
      await radius.publishers({ first: 20 }).page()
      await radius.credentials({ first: 20 }).page()
    }),
  )
}

/** The models that a model was made of, with their rows: all of them, as an answer needs them. */
async function loadReached({ models, view }: Readers, model: number): Promise<unknown> {
  return loadAll(models.byKey, view.graph.walk(model, { direction: 'up' }).models)
}

async function firstPage({ models: reader, view }: Readers, model: number, skip = 0): Promise<unknown> {
  const { models } = view.graph.walk(model, { direction: 'down', limit: skip + 21 })
  return loadAll(reader.byKey, models.subarray(skip, skip + 20))
}

async function findings(readers: Readers, model: number): Promise<unknown> {
  // Synthetic ids are not hashes, so the registrations are read and not checked.
  return verify(indexReader(readers.view, readers), {
    model: syntheticId('model', model) as ModelId,
    use: 'commercial',
  })
}

/** The model whose descendants are nearest to a tenth of the ledger, of those with many children. */
async function hubOf(
  opened: Database,
  cache: GraphCache,
  lineage: SyntheticLineage,
): Promise<{ model: number; descendants: number }> {
  const wanted = lineage.models / 10
  const parents = await opened.all('SELECT parent, count(*) AS n FROM edges GROUP BY parent ORDER BY n DESC LIMIT 300')
  return withSnapshot(opened, cache, async (snapshot) => {
    const { graph } = await snapshot.view()
    const counted = parents.map((row) => {
      const model = number(row.parent)
      return { model, descendants: graph.count(model, { direction: 'down' }) }
    })
    const enough = counted.filter(({ descendants }) => descendants >= wanted)
    return enough.reduce((best, each) => (each.descendants < best.descendants ? each : best))
  })
}

async function figureOf(run: (model: number) => Promise<void>, pick: () => number, times: number): Promise<Figure> {
  for (let i = 0; i < Math.min(20, times); i++) await run(pick())
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const model = pick()
    const start = performance.now()
    await run(model)
    taken.push(performance.now() - start)
  }
  const sorted = taken.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { median: at(0.5), p99: at(0.99) }
}

function print(): void {
  console.log('Milliseconds at the database, median / 99th percentile; in brackets a plain recursive query.')
  const format = (figure: Figure): string => `${figure.median.toFixed(2)} / ${figure.p99.toFixed(2)}`
  for (const database of databases) {
    console.log(`\n${database}`)
    for (const question of new Set(rows.map((row) => row.question))) {
      console.log(`  ${question}`)
      for (const row of rows.filter((each) => each.database === database && each.question === question)) {
        const plain = row.plain ? `  (${format(row.plain)})` : ''
        const verdict =
          row.models === largest && row.target ? (missed.includes(row) ? '  MISSED' : '  within the target') : ''
        console.log(`    ${row.models.toLocaleString('en').padStart(9)} models  ${format(row.ours)}${plain}${verdict}`)
      }
    }
    for (const { models, load, graphBytes } of memory.filter((each) => each.database === database)) {
      console.log(
        `  edges in memory at ${models.toLocaleString('en')} models: ${(graphBytes / 2 ** 20).toFixed(0)} MiB, read in ${(load / 1000).toFixed(1)} s`,
      )
    }
  }
}

function note(text: string): void {
  if (!json) console.error(text)
}

function readArguments() {
  const { values } = readOptions({
    models: { type: 'string', default: '10000,100000,1000000' },
    databases: { type: 'string', default: 'sqlite,postgres' },
    runs: { type: 'string', default: '300' },
    targets: { type: 'string', default: 'on' },
    json: { type: 'boolean', default: false },
  })
  const sizes = values.models.split(',').map(Number)
  const databases = values.databases.split(',')
  const runs = Number(values.runs)
  const isRight =
    sizes.every((size) => Number.isInteger(size) && size >= 1000) &&
    databases.every((name) => ['sqlite', 'postgres'].includes(name)) &&
    Number.isInteger(runs) &&
    runs > 0
  if (!isRight) {
    exitForUsage(
      '--models are whole numbers from 1,000 on, --databases are of sqlite and postgres, --runs is from 1 on.',
    )
  }
  return { sizes, databases, runs, json: values.json, isStrict: values.targets !== 'off' }
}
