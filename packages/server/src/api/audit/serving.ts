import type { ServingFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByPlace, type Listing } from '../paging.ts'

/** A publisher's statement which model answers at an endpoint. */
export type ServingRow = RowOf<'serving_statements'>

/** Reads statements about endpoints. */
export class ServingReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader

  constructor(view: LedgerView, accounts: AccountReader) {
    this.#view = view
    this.#accounts = accounts
  }

  /** Statements, newest first: of one publisher about one endpoint the first counts, unless it was revoked. */
  async list({ publisher, model, endpoint }: ServingFilter, page: PageArguments): Promise<Listing<ServingRow>> {
    const { conditions } = asOf(this.#view)
    if (publisher != null) conditions.add(`publisher = ${conditions.bind(await this.#accounts.keyOf(publisher))}`)
    if (model != null) conditions.add(`model = ${conditions.bind(bytes(model))}`)
    if (endpoint != null) conditions.add(`endpoint = ${conditions.bind(bytes(endpoint))}`)
    return listByPlace(this.#view, 'serving_statements', conditions, page)
  }
  /** The block in which the publisher took back what it had stated; null while it has not. */
  async revokedIn({ publisher, endpoint, revision }: ServingRow): Promise<number | null> {
    const [row] = await this.#view.queries.all(
      `SELECT * FROM serving_revocations WHERE publisher = $1 AND endpoint = $2 AND revision > $3 AND block <= $4
        ORDER BY revision LIMIT 1`,
      [publisher, bytes(endpoint), revision, this.#view.block.number],
    )
    return row ? readRow('serving_revocations', row).block : null
  }
}
