import type { Address, Hex } from '../../../src/core/hex.ts'
import { COLUMNS } from '../../../packages/server/src/indexer/rows.ts'
import type { TableName } from '../../../packages/server/src/indexer/schema.ts'
import type { IndexCheckpoint, Rows, Store, Value } from '../../../packages/server/src/indexer/store.ts'
import { createApi, type Api, type ApiSettings } from '../../../packages/server/src/api/api.ts'
import { syntheticId } from '../../../bench/lineage/rows.ts'

/** The ledger that the databases of these tests are of. */
export const IDENTITY = { chainId: 31337, ledger: `0x${'51'.repeat(20)}` as Address }

/** An edge by the numbers of its models; an attested one may lead from an older model to a younger one. */
export type TestEdge = { child: number; parent: number; block: number; attested: boolean }

/** A credential for the model that its block registers, valid from then on. */
export type TestCredential = { block: number; validUntil: number }

/** An id as an external parent: of nothing that is registered by its number, or of a model that may be registered later. */
export type TestExternal = { external: number } | { model: number }

/** What binds an external parent, or with `bound` false does so no more. */
export type TestBinding = { block: number; of: TestExternal; to: TestExternal; bound: boolean }

/** A small ledger: model `n` is registered in block `n`, and every block has an event. `fork` makes other hashes and names. */
export type TestLedger = {
  models: number
  edges: readonly TestEdge[]
  credentials?: readonly TestCredential[]
  /** Parents that were named as external, in the block of the child. */
  externals?: readonly { child: number; parent: TestExternal }[]
  bindings?: readonly TestBinding[]
  /** Models that state the root {@link DATASETS}. */
  datasets?: readonly number[]
  blocks: number
  fork?: string
}

/** The root of the datasets that some models state. */
export const DATASETS = syntheticId('datasets', 1)

/** Appends the blocks after one of a ledger to a store. */
export async function append(store: Pick<Store, 'append'>, ledger: TestLedger, after = 0): Promise<void> {
  const rows: Rows = {}
  const add = (table: TableName, row: Readonly<Record<string, Value>>): void => {
    ;(rows[table] ??= []).push(COLUMNS[table].map((column) => row[column] ?? null))
  }
  for (let block = after + 1; block <= ledger.blocks; block++) {
    const hash = hashOf(ledger, block)
    add('blocks', { number: block, hash, parent_hash: hashOf(ledger, block - 1), time: timeOf(block) })
    add('heads', { number: block, hash })
    if (block === 1) add('accounts', { n: 1, address: addressOf(1), block })
    if (block <= ledger.models) addModel(add, block, ledger)
    for (const [index, credential] of (ledger.credentials ?? []).entries()) {
      if (credential.block === block) addCredential(add, index + 1, credential)
    }
    const edges = ledger.edges.filter((edge) => edge.block === block)
    for (const [index, edge] of edges.entries()) {
      const at = { block, log: edge.attested ? 10 + index : 1 }
      const { child, parent, attested } = edge
      const position = attested ? -1 : index
      add('edges', {
        child,
        parent,
        relation: 1,
        part: attested ? null : 0,
        grade: attested ? 3 : 0,
        undisclosed: Number(attested),
        position,
        ...at,
      })
    }
  }
  const upTo = (block: number): boolean => block > after && block <= ledger.blocks
  for (const [position, { child, parent }] of (ledger.externals ?? []).entries()) {
    const row = { child, external: externalIdOf(parent), relation: 3, part: 0, position: 100 + position }
    if (upTo(child)) add('external_parents', { ...row, block: child, log: 1 })
  }
  for (const [log, { block, of, to, bound }] of (ledger.bindings ?? []).entries()) {
    const row = {
      external: externalIdOf(of),
      model: externalIdOf(to),
      bound: Number(bound),
      account: 1,
      evidence: null,
    }
    if (upTo(block)) add('external_bindings', { ...row, block, log: 100 + log })
  }
  await store.append({ rows, checkpoint: checkpointOf(ledger, ledger.blocks) })
}

function addModel(
  add: (table: TableName, row: Readonly<Record<string, Value>>) => void,
  n: number,
  { fork = '', datasets = [] }: TestLedger,
): void {
  const at = { block: n, log: 1 }
  const uri = `https://huggingface.co/test/model-${n}`
  add('models', {
    n,
    id: idOf(n),
    publisher: 1,
    weights: syntheticId('weights', n),
    tensors: null,
    annex: null,
    datasets: datasets.includes(n) ? DATASETS : null,
    uri,
    name: `model-${n}${fork}`,
    ...at,
  })
  const transaction_hash = syntheticId('transaction', n)
  add('events', { ...at, kind: 100, transaction_hash, subject: n, model: n, account: 1 })
}

function addCredential(
  add: (table: TableName, row: Readonly<Record<string, Value>>) => void,
  n: number,
  { block, validUntil }: TestCredential,
): void {
  const whose = { model: block, tier: 1, holder: 1, publisher: 1 }
  const times = { valid_from: timeOf(block), valid_until: validUntil }
  const stated = { parent: null, payment: null, agreement: null, lifts: 0 }
  add('credentials', { n, id: syntheticId('credential', n), ...whose, ...times, ...stated, block, log: 2 })
}

/** How far a store with a ledger is, after a block; the last five blocks may be undone. */
export function checkpointOf(ledger: TestLedger, block: number): IndexCheckpoint {
  const finalized = Math.max(0, block - 5)
  return { block, hash: hashOf(ledger, block), time: timeOf(block), finalized, head: block }
}

/** The id of what is named as an external parent. */
export function externalIdOf(named: TestExternal): Hex {
  return 'model' in named ? idOf(named.model) : syntheticId('external', named.external)
}

/** The id of a model by its number. */
export function idOf(model: number): Hex {
  return syntheticId('model', model)
}

function hashOf({ fork = '' }: TestLedger, block: number): Hex {
  return syntheticId(`block${fork}`, block)
}

function addressOf(account: number): Address {
  return `0x${account.toString(16).padStart(40, '0')}` as Address
}

/** The time of a block of these ledgers. */
export function timeOf(block: number): number {
  return 1_700_000_000 + block * 10
}

/** What an API answers to a GraphQL query. */
export type GraphqlAnswer = {
  data?: { ledger: never } | null
  errors?: { message: string; path?: unknown[]; extensions?: { code?: string } }[]
}

/** Asks an API by GraphQL. */
export async function ask(api: Pick<Api, 'fetch'>, query: string, variables: object = {}): Promise<GraphqlAnswer> {
  const response = await post(api, { query, variables })
  return (await response.json()) as GraphqlAnswer
}

/** Posts a body to the GraphQL endpoint. */
export function post(api: Pick<Api, 'fetch'>, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return api.fetch(new Request('http://api.test/graphql', { method: 'POST', headers, body: text }))
}

/** An API over a database, which ends with it. */
export function apiOver(database: ApiSettings['database'], settings: Partial<ApiSettings> = {}): Api {
  const api = createApi({ database, interval: 10, ...settings })
  const close = database.close.bind(database)
  database.close = async () => {
    await api.close()
    await close()
  }
  return api
}
