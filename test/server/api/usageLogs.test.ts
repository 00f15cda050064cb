import { expect } from 'chai'

import type { Address, Hex } from '../../../src/core/hex.ts'
import { syntheticId } from '../../../bench/lineage/rows.ts'
import { COLUMNS } from '../../../packages/server/src/indexer/rows.ts'
import type { TableName } from '../../../packages/server/src/indexer/schema.ts'
import type { Rows, Value } from '../../../packages/server/src/indexer/store.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { apiOver, append, ask, checkpointOf, idOf, IDENTITY } from './world.ts'

const LEDGER = { models: 3, edges: [], blocks: 3 }
const account = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}` as Address
const tierOf = (n: number): Hex => syntheticId('tier', n)
const logOf = (n: number): Hex => syntheticId('log', n)
const credentialOf = (n: number): Hex => syntheticId('credential', n)
/** Credentials by model and tier, and logs by credential and operator: each by its number from 1. */
const CREDENTIALS = [
  { model: 1, tier: 1 },
  { model: 1, tier: 2 },
  { model: 2, tier: 3 },
]
const LOGS = [
  { credential: 1, operator: 1 },
  { credential: 1, operator: 2 },
  { credential: 2, operator: 1 },
  { credential: 3, operator: 2 },
]
const QUERY = `query($filter:UsageFilter$first:Int$after:String){ledger{usageLogs(filter:$filter first:$first after:$after){
  nodes{id operator credential{id}}totalCount pageInfo{hasNextPage endCursor}
}}}`

type Listed = { nodes: { id: Hex }[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

function rowsOf(): Rows {
  const rows: Rows = {}
  const add = (table: TableName, row: Readonly<Record<string, Value>>): void => {
    ;(rows[table] ??= []).push(COLUMNS[table].map((column) => row[column] ?? null))
  }
  const block = 4
  add('blocks', { number: block, hash: tierOf(99), parent_hash: tierOf(98), time: 1_700_000_040 })
  add('heads', { number: block, hash: tierOf(99) })
  add('accounts', { n: 2, address: account(2), block })
  add('terms', {
    n: 1,
    id: syntheticId('terms', 1),
    name: 'Terms',
    uri: '',
    text: null,
    rights: 0,
    unstated: 0,
    flags: 0,
    family: 0,
    outbound: '0',
    duties: '0',
    account: 1,
    block,
    log: 1,
  })
  for (const [index, { model, tier }] of CREDENTIALS.entries()) {
    const n = index + 1
    const limits = { max_duration: 0, call_quota: '0', token_quota: '0', pass_through: 0, open: 0, sub_credentials: 0 }
    add('tiers', {
      n: tier,
      id: tierOf(tier),
      model,
      publisher: 1,
      terms: 1,
      name: `tier-${tier}`,
      uri: '',
      ...limits,
      block,
      log: 10 + n,
    })
    const whose = { model, tier, holder: 1, publisher: 1, parent: null, payment: null, agreement: null, lifts: 0 }
    add('credentials', {
      n,
      id: credentialOf(n),
      ...whose,
      valid_from: 0,
      valid_until: 2 ** 40 - 1,
      block,
      log: 20 + n,
    })
  }
  for (const [index, { credential, operator }] of LOGS.entries()) {
    const n = index + 1
    add('usage_logs', { n, id: logOf(n), operator, credential, epoch: 0, block, log: 30 + n })
  }
  return rows
}

describe('query API: usage logs', function () {
  this.timeout(120_000)
  for (const kind of KINDS_IN_DEPTH) {
    it(`lists them by credential, model, tier and operator with ${kind.name}, each once over all pages`, async function () {
      const { store, read } = await open(kind)
      await store.start(IDENTITY)
      await append(store, LEDGER)
      await store.append({ rows: rowsOf(), checkpoint: checkpointOf(LEDGER, 4) })
      await store.close()
      const database = read()
      const api = apiOver(database)
      try {
        const list = async (filter: object, first = 20, after?: string | null): Promise<Listed> => {
          const { data, errors } = await ask(api, QUERY, { filter, first, after })
          expect(errors).to.equal(undefined)
          return (data!.ledger as { usageLogs: Listed }).usageLogs
        }
        const cases: [object, number[]][] = [
          [{}, [1, 2, 3, 4]],
          [{ credential: credentialOf(1) }, [1, 2]],
          [{ model: idOf(1) }, [1, 2, 3]],
          [{ model: idOf(2) }, [4]],
          [{ model: idOf(3) }, []],
          [{ tier: tierOf(1) }, [1, 2]],
          [{ tier: tierOf(2) }, [3]],
          [{ tier: tierOf(9) }, []],
          [{ model: idOf(1), tier: tierOf(3) }, []],
          [{ operator: account(2) }, [2, 4]],
          [{ model: idOf(1), operator: account(2) }, [2]],
          [{ tier: tierOf(1), operators: [account(1)] }, [1]],
        ]
        for (const [filter, expected] of cases) {
          const { nodes, totalCount } = await list(filter)
          expect(
            nodes.map(({ id }) => id),
            JSON.stringify(filter),
          ).to.deep.equal(expected.map(logOf))
          expect(totalCount, JSON.stringify(filter)).to.equal(expected.length)
        }
        const found: Hex[] = []
        for (let after: string | null = null; ;) {
          const { nodes, pageInfo }: Listed = await list({ model: idOf(1) }, 1, after)
          found.push(...nodes.map(({ id }) => id))
          if (!pageInfo.hasNextPage) break
          after = pageInfo.endCursor
        }
        expect(found).to.deep.equal([1, 2, 3].map(logOf))
      } finally {
        await database.close()
      }
    })
  }
})
