import type DataLoader from 'dataloader'

import type { Hex } from 'stemma/core'
import type { TierFilter } from 'stemma/query'
import type { RowOf } from '../../indexer/rows.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByKey, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import type { Conditions } from '../sql.ts'
import { loaderById, loaderByKey, loaderOfLists } from '../tableLoaders.ts'
import type { TermsReader } from './terms.ts'

/** A tier. */
export type TierRow = RowOf<'tiers'>

/** Reads tiers. */
export class TierReader {
  readonly byKey: DataLoader<number, TierRow>
  readonly byId: DataLoader<Hex, TierRow | undefined>
  /** The tiers of a model, oldest first. */
  readonly ofModel: DataLoader<number, TierRow[]>
  readonly #withdrawals: DataLoader<number, RowOf<'tier_withdrawals'>[]>
  readonly #releases: DataLoader<number, RowOf<'tier_releases'>[]>
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #models: ModelReader
  readonly #terms: TermsReader

  constructor(view: LedgerView, accounts: AccountReader, models: ModelReader, terms: TermsReader) {
    this.#view = view
    this.#accounts = accounts
    this.#models = models
    this.#terms = terms
    this.byKey = loaderByKey(view, 'tiers')
    this.byId = loaderById(view, 'tiers')
    this.ofModel = loaderOfLists(view, 'tiers', 'model', 'n')
    this.#withdrawals = loaderOfLists(view, 'tier_withdrawals', 'tier', 'tier')
    this.#releases = loaderOfLists(view, 'tier_releases', 'tier', 'tier')
  }

  /** The number of the block that withdrew a tier; undefined while it is offered. */
  async withdrawnIn(key: number): Promise<number | undefined> {
    return (await this.#withdrawals.load(key))[0]?.block
  }

  /** The number of the block that released a tier; undefined while it has its place. */
  async releasedIn(key: number): Promise<number | undefined> {
    return (await this.#releases.load(key))[0]?.block
  }

  /** Tiers, oldest first. */
  async list(filter: TierFilter, page: PageArguments): Promise<Listing<TierRow>> {
    const { conditions, block } = asOf(this.#view)
    const equal = (column: string, value: number): Conditions => conditions.add(`${column} = ${conditions.bind(value)}`)
    if (filter.model != null) equal('model', await this.#models.keyOf(filter.model))
    if (filter.publisher != null) equal('publisher', await this.#accounts.keyOf(filter.publisher))
    if (filter.terms != null) equal('terms', await this.#terms.keyOf(filter.terms))
    if (filter.offered != null) {
      const withdrawn = `EXISTS (SELECT 1 FROM tier_withdrawals w WHERE w.tier = tiers.n AND w.block <= ${block})`
      conditions.add(filter.offered ? `NOT ${withdrawn}` : withdrawn)
    }
    return listByKey(this.#view, 'tiers', conditions, 'ASC', page)
  }
}
