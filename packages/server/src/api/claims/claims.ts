import type DataLoader from 'dataloader'

import { CLAIM_STATES, type Hex } from 'stemma/core'
import type { ClaimFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByKey, listByPlace, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import { bytesList, isAmongBytes } from '../sql.ts'
import { loaderByKey } from '../tableLoaders.ts'

/** A claim as it was filed. */
export type ClaimRow = RowOf<'claims'>

/** An upheld claim and a model that inherits it, or would. */
export type InheritanceRow = RowOf<'inheritances'>

/** Reads claims and what became of them. */
export class ClaimReader {
  readonly byKey: DataLoader<number, ClaimRow>
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #models: ModelReader

  constructor(view: LedgerView, accounts: AccountReader, models: ModelReader) {
    this.byKey = loaderByKey(view, 'claims')
    this.#view = view
    this.#accounts = accounts
    this.#models = models
  }

  /** A claim; undefined when there is none as of the view. */
  async find(id: Hex): Promise<ClaimRow | undefined> {
    const [row] = await this.#view.queries.all('SELECT * FROM claims WHERE id = $1 AND block <= $2', [
      bytes(id),
      this.#view.block.number,
    ])
    return row && readRow('claims', row)
  }

  /** Claims, newest first. */
  async list(filter: ClaimFilter, page: PageArguments): Promise<Listing<ClaimRow>> {
    const { conditions, block } = asOf(this.#view)
    if (filter.subject != null) conditions.add(`subject = ${conditions.bind(bytes(filter.subject))}`)
    if (filter.parent != null) conditions.add(`parent = ${conditions.bind(await this.#models.keyOf(filter.parent))}`)
    if (filter.claimant != null) {
      conditions.add(`claimant = ${conditions.bind(await this.#accounts.keyOf(filter.claimant))}`)
    }
    if (filter.state != null) {
      conditions.add(`${lastState(block)} = ${conditions.bind(CLAIM_STATES.indexOf(filter.state))}`)
    }
    return listByKey(this.#view, 'claims', conditions, 'DESC', page)
  }

  /** The claims about some models that are not decided, newest first. */
  async openAbout(subjects: readonly Hex[], most: number): Promise<ClaimRow[]> {
    const { queries, block } = this.#view
    const open = ['filed', 'contested'].map((state) => CLAIM_STATES.indexOf(state as 'filed'))
    const rows = await queries.all(
      `SELECT * FROM claims WHERE ${isAmongBytes(queries.dialect, 'subject', '$1')} AND block <= $2 AND ${lastState('$2')} IN (${open.join(', ')})
       ORDER BY n DESC LIMIT ${most}`,
      [bytesList(queries.dialect, subjects), block.number],
    )
    return rows.map((row) => readRow('claims', row))
  }

  /** What became of a claim after it was filed, oldest first. */
  async historyOf(claim: number): Promise<RowOf<'claim_states'>[]> {
    const rows = await this.#view.queries.all(
      'SELECT * FROM claim_states WHERE claim = $1 AND block <= $2 ORDER BY block, log',
      [claim, this.#view.block.number],
    )
    return rows.map((row) => readRow('claim_states', row))
  }

  /** The tensors to which a claim was extended, oldest first. */
  async extensionsOf(claim: number): Promise<RowOf<'claim_extensions'>[]> {
    const rows = await this.#view.queries.all(
      'SELECT * FROM claim_extensions WHERE claim = $1 AND block <= $2 ORDER BY block, log',
      [claim, this.#view.block.number],
    )
    return rows.map((row) => readRow('claim_extensions', row))
  }

  /** The inheritances of a claim, or those by a model, newest first. */
  inheritances(of: { claim: number } | { model: number }, page: PageArguments): Listing<InheritanceRow> {
    const { conditions } = asOf(this.#view)
    conditions.add('claim' in of ? `claim = ${conditions.bind(of.claim)}` : `model = ${conditions.bind(of.model)}`)
    return listByPlace(this.#view, 'inheritances', conditions, page)
  }

  /** What became of an inheritance after it was asked for, oldest first. */
  async inheritanceHistory({ claim, model }: InheritanceRow): Promise<RowOf<'inheritance_states'>[]> {
    const rows = await this.#view.queries.all(
      'SELECT * FROM inheritance_states WHERE claim = $1 AND model = $2 AND block <= $3 ORDER BY block, log',
      [claim, model, this.#view.block.number],
    )
    return rows.map((row) => readRow('inheritance_states', row))
  }
}

/** The state of a claim, a row of `claims`, at a block, a parameter. */
function lastState(block: string): string {
  const last = `(SELECT s.state FROM claim_states s WHERE s.claim = claims.n AND s.block <= ${block}
    ORDER BY s.block DESC, s.log DESC LIMIT 1)`
  return `coalesce(${last}, ${CLAIM_STATES.indexOf('filed')})`
}
