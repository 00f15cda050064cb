import { type Hex, MODEL_STATUSES } from 'stemma/core'
import { readRow } from '../../indexer/rows.ts'
import { nullable, number } from '../../indexer/values.ts'
import type { LedgerView } from '../ledgerView.ts'
import { claimScan, lastKey } from '../paging.ts'
import type { Readers } from '../readers.ts'
import { bytesList, isAmongBytes } from '../sql.ts'

/** Most models of an overview. */
const MAX_MODELS = 200_000
/** Most licenses and publishers that are distinguished. */
const MAX_LISTED = 20
/** The place of a license or a publisher that is not among those. */
const OTHER = 255
const RECALLED = MODEL_STATUSES.indexOf('recalled')

/** All models in few bytes each. Keys of terms and of accounts come with their counts. */
export type Overview = {
  models: number
  truncated: boolean
  parents: string
  states: string
  licenses: string
  publishers: string
  licenseCounts: [terms: number | null, models: number][]
  publisherCounts: [publisher: number, models: number][]
}

/** The overview of a view, which is made once for all requests until the ledger changes. */
export async function overviewOf({ view }: Readers): Promise<Overview> {
  await claimScan(view)
  return view.memo.once(view.block.hash, 'overview', () => makeOverview(view))
}

async function makeOverview(view: LedgerView): Promise<Overview> {
  const all = await lastKey(view, 'models')
  const models = Math.min(all, MAX_MODELS)
  const { queries, block, graph } = view
  const [terms, states] = await Promise.all([
    queries.all('SELECT n, terms FROM models WHERE n <= $1 ORDER BY n', [models]),
    statesOf(view, models),
  ])
  const licenses = placesOf(terms.map((row) => nullable(row.terms, number)))
  const publishers = placesOf(
    Array.from({ length: models }, (_, place) => graph.asOf(block.number).publisherOf(place + 1)),
  )
  // Places count from 0, and keys from 1, so that a root is -1.
  const parents = graph
    .asOf(block.number)
    .firstParents(models)
    .subarray(1)
    .map((key) => key - 1)
  return {
    models,
    truncated: all > models,
    parents: base64(parents),
    states: base64(states),
    licenses: base64(licenses.places),
    publishers: base64(publishers.places),
    licenseCounts: licenses.counts,
    publisherCounts: publishers.counts,
  }
}

/** The state of each model as of the view: what its publisher said of it, or that the authority has recalled it. */
async function statesOf(view: LedgerView, models: number): Promise<Uint8Array> {
  const { queries, block } = view
  const states = new Uint8Array(models)
  const changes = await queries.all('SELECT * FROM model_statuses WHERE block <= $1 ORDER BY model, block, log', [
    block.number,
  ])
  for (const row of changes) {
    const { model, status } = readRow('model_statuses', row)
    if (model <= models) states[model - 1] = MODEL_STATUSES.indexOf(status)
  }
  const recalled = new Map<string, { kind: string; digest: Hex; undone: boolean }>()
  for (const row of await queries.all('SELECT * FROM recalls WHERE block <= $1 ORDER BY block, log', [block.number])) {
    const recall = readRow('recalls', row)
    recalled.set(`${recall.kind} ${recall.digest}`, recall)
  }
  for (const [kind, column] of [
    ['model', 'id'],
    ['weights', 'weights'],
    ['tensors', 'tensors'],
  ] as const) {
    const digests = [...recalled.values()]
      .filter((each) => each.kind === kind && !each.undone)
      .map(({ digest }) => digest)
    if (digests.length === 0) continue
    const among = isAmongBytes(queries.dialect, column, '$1')
    const rows = await queries.all(`SELECT n FROM models WHERE ${among} AND n <= $2`, [
      bytesList(queries.dialect, digests),
      models,
    ])
    for (const { n } of rows) states[number(n) - 1] = RECALLED
  }
  return states
}

/** The keys that occur most with their counts, and for each value its place among them. */
function placesOf<K>(values: readonly K[]): { places: Uint8Array; counts: [K, number][] } {
  const counted = new Map<K, number>()
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1)
  const counts = [...counted].toSorted(([, one], [, other]) => other - one).slice(0, MAX_LISTED)
  const placeOf = new Map(counts.map(([key], place) => [key, place]))
  return { places: Uint8Array.from(values, (value) => placeOf.get(value) ?? OTHER), counts }
}

function base64({ buffer, byteOffset, byteLength }: Int32Array | Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
