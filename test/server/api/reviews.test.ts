import { expect } from 'chai'

import { COLUMNS } from '../../../packages/server/src/indexer/rows.ts'
import type { TableName } from '../../../packages/server/src/indexer/schema.ts'
import type { Rows, Value } from '../../../packages/server/src/indexer/store.ts'
import { syntheticId } from '../../../bench/lineage/rows.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { apiOver, append, ask, checkpointOf, IDENTITY, timeOf } from './world.ts'

const WEIGHTS = syntheticId('weights', 1)
const TENSORS = syntheticId('tensors', 1)
const QUERY = `query($subject:Bytes32!){ledger{review(subject:$subject){
  state request{requester uri} scans{tensors scope verdict} history{state account}
}}}`

const REQUESTER = 1
const PUBLISHER = 2

/** The rows of a review in block 2, of its scans, and of what was said later of where the weights are. */
function rowsOf(uris: readonly { by: number; byPublisher: boolean; uri: string }[]): Rows {
  const rows: Rows = {}
  const add = (table: TableName, row: Readonly<Record<string, Value>>): void => addRow(rows, table, row)
  const at = (log: number) => ({ block: 2, log })
  add('blocks', { number: 2, hash: WEIGHTS, parent_hash: WEIGHTS, time: timeOf(2) })
  add('heads', { number: 2, hash: WEIGHTS })
  add('accounts', { n: 2, address: `0x${'2'.padStart(40, '0')}`, block: 2 })
  const request = { ready_at: 1, ready_block: 1, quorum: 1, uri: 'ipfs://wrong' }
  add('reviews', { subject: WEIGHTS, weights: WEIGHTS, model: null, requester: REQUESTER, ...request, ...at(1) })
  add('review_states', { subject: WEIGHTS, state: 1, account: REQUESTER, ...at(1) })
  for (const [index, { by, byPublisher, uri }] of uris.entries()) {
    add('review_uris', { subject: WEIGHTS, account: by, by_publisher: Number(byPublisher), uri, ...at(2 + index) })
  }
  const report = { report: WEIGHTS, ruleset: WEIGHTS, scanned_at: 1, uri: '' }
  for (const [log, tensors, scope] of [
    [20, TENSORS, 2],
    [21, null, 1],
  ] as const) {
    add('scans', { weights: WEIGHTS, scanner: PUBLISHER, tensors, scope, verdict: 2, ...report, ...at(log) })
  }
  return rows
}

function addRow(rows: Rows, table: TableName, row: Readonly<Record<string, Value>>): void {
  ;(rows[table] ??= []).push(COLUMNS[table].map((column) => row[column] ?? null))
}

describe('query API: reviews', function () {
  this.timeout(120_000)
  for (const kind of KINDS_IN_DEPTH) {
    for (const [what, uris, expected] of [
      ['as the request states it', [], 'ipfs://wrong'],
      ['as the requester corrected it', [{ by: REQUESTER, byPublisher: false, uri: 'ipfs://right' }], 'ipfs://right'],
      [
        'as the publisher states it, whatever the requester says later',
        [
          { by: PUBLISHER, byPublisher: true, uri: 'ipfs://first' },
          { by: PUBLISHER, byPublisher: true, uri: 'ipfs://ours' },
          { by: REQUESTER, byPublisher: false, uri: 'ipfs://theirs' },
        ],
        'ipfs://ours',
      ],
    ] as const) {
      it(`say where the weights are ${what}, and how far scans reach (${kind.name})`, async function () {
        const { store, read } = await open(kind)
        const ledger = { models: 1, edges: [], blocks: 2 }
        await store.start(IDENTITY)
        await append(store, { ...ledger, blocks: 1 })
        await store.append({ rows: rowsOf(uris), checkpoint: checkpointOf(ledger, 2) })
        await store.close()
        const database = read()
        const { data } = await ask(apiOver(database), QUERY, { subject: WEIGHTS })
        await database.close()
        const address = (digit: string) => `0x${digit.padStart(40, '0')}`
        expect((data!.ledger as { review: unknown }).review).to.deep.equal({
          state: 'frozen',
          request: { requester: address('1'), uri: expected },
          scans: [
            { tensors: TENSORS, scope: 'tensors', verdict: 'failed' },
            { tensors: null, scope: 'files', verdict: 'failed' },
          ],
          history: [{ state: 'frozen', account: address('1') }],
        })
      })
    }

    it(`come by deadline, each once over all pages, of a requester and in a state (${kind.name})`, async function () {
      const { store, read } = await open(kind)
      const ledger = { models: 1, edges: [], blocks: 2 }
      await store.start(IDENTITY)
      await append(store, { ...ledger, blocks: 1 })
      const rows = rowsOf([])
      const deadlines = [40, 10, 30, 10, 20]
      for (const [index, readyAt] of deadlines.entries()) {
        const subject = syntheticId('subject', index)
        const review = {
          weights: subject,
          requester: 1 + (index % 2),
          ready_at: readyAt,
          ready_block: 1,
          quorum: 1,
          uri: '',
        }
        addRow(rows, 'reviews', { subject, model: null, ...review, block: 2, log: 30 + index })
        addRow(rows, 'review_states', { subject, state: index === 4 ? 2 : 1, account: 1, block: 2, log: 30 + index })
      }
      await store.append({ rows, checkpoint: checkpointOf(ledger, 2) })
      await store.close()
      const database = read()
      const api = apiOver(database)
      type Reviews = { nodes: { request: { readyAt: number } }[]; pageInfo: { endCursor: string }; totalCount: number }
      const list = async (filter: object, after: string | null = null): Promise<Reviews> => {
        const query = `query($filter:ReviewFilter,$after:String){ledger{reviews(filter:$filter,order:"deadline",first:2,after:$after){
          nodes{request{readyAt}} totalCount pageInfo{endCursor}}}}`
        return ((await ask(api, query, { filter, after })).data!.ledger as { reviews: Reviews }).reviews
      }
      const found: number[] = []
      for (let page = await list({}); page.nodes.length > 0; page = await list({}, page.pageInfo.endCursor)) {
        found.push(...page.nodes.map(({ request }) => request.readyAt))
        expect(page.totalCount).to.equal(6)
      }
      expect(found).to.deep.equal([1, 10, 10, 20, 30, 40])
      const cleared = await list({ state: 'cleared' })
      expect(cleared.nodes.map(({ request }) => request.readyAt)).to.deep.equal([20])
      expect((await list({ requester: `0x${'2'.padStart(40, '0')}` })).totalCount).to.equal(2)
      await database.close()
    })
  }
})
