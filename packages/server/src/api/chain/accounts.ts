import type DataLoader from 'dataloader'

import type { Address } from 'stemma/core'
import type { RowOf } from '../../indexer/rows.ts'
import type { LedgerView } from '../ledgerView.ts'
import { NO_KEY } from '../sql.ts'
import { loaderById, loaderByKey } from '../tableLoaders.ts'

/** Reads accounts, for which all other tables have keys. */
export class AccountReader {
  readonly byKey: DataLoader<number, RowOf<'accounts'>>
  readonly byAddress: DataLoader<Address, RowOf<'accounts'> | undefined>

  constructor(view: LedgerView) {
    this.byKey = loaderByKey(view, 'accounts')
    this.byAddress = loaderById(view, 'accounts')
  }

  /** The address of an account. */
  async addressOf(key: number): Promise<Address> {
    return (await this.byKey.load(key)).address
  }

  /** The key of an account; {@link NO_KEY} when the ledger has never named it. */
  async keyOf(address: Address): Promise<number> {
    return (await this.byAddress.load(address))?.n ?? NO_KEY
  }
}
