import type { Address, Hex } from 'stemma/core'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes, number } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByPlace, type Listing } from '../paging.ts'

/** A batch of registrations, named by the root of their Merkle tree. */
export type BatchRow = RowOf<'batches'>

/** Reads batches of registrations. */
export class BatchReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader

  constructor(view: LedgerView, accounts: AccountReader) {
    this.#view = view
    this.#accounts = accounts
  }

  /** A publisher's batch; undefined when there is none as of the view. */
  async find(publisher: Address, root: Hex): Promise<BatchRow | undefined> {
    const [row] = await this.#view.queries.all(
      'SELECT * FROM batches WHERE publisher = $1 AND root = $2 AND block <= $3',
      [await this.#accounts.keyOf(publisher), bytes(root), this.#view.block.number],
    )
    return row && readRow('batches', row)
  }

  /** Batches, newest first. */
  async list(publisher: Address | null | undefined, page: PageArguments): Promise<Listing<BatchRow>> {
    const { conditions } = asOf(this.#view)
    if (publisher != null) conditions.add(`publisher = ${conditions.bind(await this.#accounts.keyOf(publisher))}`)
    return listByPlace(this.#view, 'batches', conditions, page)
  }

  /** The number of the block that revoked a batch; undefined while it is good. */
  async revokedIn({ publisher, root }: BatchRow): Promise<number | undefined> {
    const [row] = await this.#view.queries.all(
      'SELECT block FROM batch_revocations WHERE publisher = $1 AND root = $2 AND block <= $3',
      [publisher, bytes(root), this.#view.block.number],
    )
    return row && number(row.block)
  }

  /** How many models of a batch are also registered on their own. */
  async countMaterialized({ publisher, root }: BatchRow): Promise<number> {
    const [row] = await this.#view.queries.all(
      `SELECT count(*) AS count FROM materializations t JOIN models m ON m.n = t.model
       WHERE t.root = $1 AND m.publisher = $2 AND t.block <= $3`,
      [bytes(root), publisher, this.#view.block.number],
    )
    return number(row?.count)
  }
}
