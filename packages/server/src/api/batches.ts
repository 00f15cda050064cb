import type { Address, Hex } from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import type { PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import { accountKey } from './lists.ts'
import { asOf, byPlace, type Listing } from './paging.ts'
import type { Origin } from './records.ts'
import { bytes, hex, number, text } from './sql.ts'

/** A batch of registrations, by the root of their Merkle tree. */
export type BatchRecord = Origin & { publisher: number; root: Hex; count: number; uri: string }

/** A publisher's batch; undefined when there is none as of the view. */
export async function findBatch(view: LedgerView, publisher: Address, root: Hex): Promise<BatchRecord | undefined> {
  const [row] = await view.queries.all('SELECT * FROM batches WHERE publisher = $1 AND root = $2 AND block <= $3', [
    await accountKey(view, publisher),
    bytes(root),
    view.block.number,
  ])
  return row && batchRecord(row)
}

/** Batches, newest first. */
export async function listBatches(
  view: LedgerView,
  publisher: Address | null | undefined,
  page: PageArguments,
): Promise<Listing<BatchRecord>> {
  const { conditions } = asOf(view)
  if (publisher != null) conditions.add(`publisher = ${conditions.bind(await accountKey(view, publisher))}`)
  return byPlace(view, 'batches', conditions, page, batchRecord)
}

/** How many models of a batch are on the ledger by themselves. */
export async function countMaterialized(view: LedgerView, { publisher, root }: BatchRecord): Promise<number> {
  const [row] = await view.queries.all(
    `SELECT count(*) AS count FROM materializations t JOIN models m ON m.n = t.model
     WHERE t.root = $1 AND m.publisher = $2 AND t.block <= $3`,
    [bytes(root), publisher, view.block.number],
  )
  return number(row?.count)
}

function batchRecord(row: Row): BatchRecord {
  return {
    publisher: number(row.publisher),
    root: hex(row.root),
    count: number(row.count),
    uri: text(row.uri),
    block: number(row.block),
    log: number(row.log),
  }
}
