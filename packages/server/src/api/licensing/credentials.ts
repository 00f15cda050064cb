import type DataLoader from 'dataloader'

import { type Credential, type Digest, type Hex, isCredentialValidAt, limitedTo } from 'stemma/core'
import type { CredentialFilter, RequestFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { number } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByKey, listByPlace, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import { columnsOf, type Conditions, isAmongKeys, isAmongPairs, keyList, NO_KEY, pairList } from '../sql.ts'
import { loaderById, loaderByKey, loaderOfLists } from '../tableLoaders.ts'
import type { TierReader } from './tiers.ts'

/** A credential as it was issued. */
export type CredentialRow = RowOf<'credentials'>

/** What an account asked a publisher for. */
export type CredentialRequestRow = RowOf<'credential_requests'>

/** A credential as of a view, without its publisher, and with what was stated when it was issued last. */
export type CredentialNow = Omit<Credential, 'publisher'> & {
  /** Key of the credential under which it was issued. */
  parent: number | null
  payment: Digest | null
  agreement: Digest | null
}

/** Reads credentials and what became of them. */
export class CredentialReader {
  readonly byKey: DataLoader<number, CredentialRow>
  readonly byId: DataLoader<Hex, CredentialRow | undefined>
  /** What became of a credential, oldest first. */
  readonly states: DataLoader<number, RowOf<'credential_states'>[]>
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #models: ModelReader
  readonly #tiers: TierReader

  constructor(view: LedgerView, accounts: AccountReader, models: ModelReader, tiers: TierReader) {
    this.#view = view
    this.#accounts = accounts
    this.#models = models
    this.#tiers = tiers
    this.byKey = loaderByKey(view, 'credentials')
    this.byId = loaderById(view, 'credentials')
    this.states = loaderOfLists(view, 'credential_states', 'credential', 'credential, block, log')
  }

  /** The key of a credential; {@link NO_KEY} when there is none with the id. */
  async keyOf(id: Hex): Promise<number> {
    return (await this.byId.load(id))?.n ?? NO_KEY
  }

  /** A credential as of the view: its last state, or as it was issued; of a sub-credential, what its parent leaves. */
  async now(row: CredentialRow): Promise<CredentialNow> {
    const last = (await this.states.load(row.n)).at(-1)
    const own: CredentialNow = last ?? { ...row, state: 'active', gapFrom: 0, gapUntil: 0 }
    return own.parent === null ? own : limitedTo(own, await this.now(await this.byKey.load(own.parent)))
  }

  /** Whether a credential is valid at the view's now. */
  async isValid(credential: CredentialRow): Promise<boolean> {
    return isCredentialValidAt(await this.now(credential), this.#view.now)
  }

  /** Credentials, newest first. */
  async list(filter: CredentialFilter, page: PageArguments): Promise<Listing<CredentialRow>> {
    const { conditions, block } = asOf(this.#view)
    const equal = (column: string, value: number): Conditions => conditions.add(`${column} = ${conditions.bind(value)}`)
    if (filter.model != null) equal('model', await this.#models.keyOf(filter.model))
    if (filter.tier != null) equal('tier', (await this.#tiers.byId.load(filter.tier))?.n ?? NO_KEY)
    if (filter.holder != null) equal('holder', await this.#accounts.keyOf(filter.holder))
    if (filter.publisher != null) equal('publisher', await this.#accounts.keyOf(filter.publisher))
    if (filter.valid != null) {
      const isValid = isValidSql(block, conditions.bind(this.#view.now))
      conditions.add(`${filter.valid ? '' : 'NOT '}(${isValid})`)
    }
    return listByKey(this.#view, 'credentials', conditions, 'DESC', page)
  }

  /** Requests for credentials, newest first. */
  async requests({ model, tier, holder }: RequestFilter, page: PageArguments): Promise<Listing<CredentialRequestRow>> {
    const { conditions } = asOf(this.#view)
    if (model != null) conditions.add(`model = ${conditions.bind(await this.#models.keyOf(model))}`)
    if (tier != null) conditions.add(`tier = ${conditions.bind((await this.#tiers.byId.load(tier))?.n ?? NO_KEY)}`)
    if (holder != null) conditions.add(`holder = ${conditions.bind(await this.#accounts.keyOf(holder))}`)
    return listByPlace(this.#view, 'credential_requests', conditions, page)
  }

  /** The accounts that hold a credential, or one that was issued under it. */
  async holdersUnder({ n, holder }: CredentialRow): Promise<number[]> {
    const rows = await this.#view.queries.all(
      `SELECT c.holder FROM credentials c WHERE c.parent = $1 AND c.block <= $2
       UNION SELECT c.holder FROM credential_states s JOIN credentials c ON c.n = s.credential
       WHERE s.parent = $1 AND s.block <= $2`,
      [n, this.#view.block.number],
    )
    return [...new Set([holder, ...rows.map((row) => number(row.holder))])]
  }

  /** Credentials that an evaluation reads, by pairs of a model and a holder, oldest first: those of tiers that are not released. */
  async ofHolders(pairs: readonly (readonly [model: number, holder: number])[]): Promise<CredentialRow[]> {
    const { dialect } = this.#view.queries
    const rows = await this.#view.queries.all(
      `SELECT ${columnsOf(dialect, 'credentials')} FROM credentials
       WHERE ${isAmongPairs(dialect, 'model', 'holder', '$1')} AND block <= $2
       AND NOT EXISTS (SELECT 1 FROM tier_releases r WHERE r.tier = credentials.tier AND r.block <= $2) ORDER BY n`,
      [pairList(pairs), this.#view.block.number],
    )
    return rows.map((row) => readRow('credentials', row))
  }

  /** Those of some credentials, by their keys, that are valid at the view's now, oldest first. */
  async validAmong(keys: readonly number[]): Promise<number[]> {
    const { queries, now } = this.#view
    const { conditions, block } = asOf(this.#view)
    conditions.add(`(${isValidSql(block, conditions.bind(now))})`)
    conditions.add(isAmongKeys(queries.dialect, 'n', conditions.bind(keyList(queries.dialect, keys))))
    const rows = await queries.all(
      `SELECT n FROM credentials WHERE ${conditions.where} ORDER BY n`,
      conditions.parameters,
    )
    return rows.map((row) => number(row.n))
  }
}

/** A condition for credentials that are valid at a time, with their parents, as of a block; both arguments are names of parameters. */
function isValidSql(block: string, now: string): string {
  const lastOf = (of: string): string => `FROM credential_states s WHERE s.credential = ${of}.n AND s.block <= ${block}`
  const latest = 'ORDER BY s.block DESC, s.log DESC LIMIT 1'
  const isWithin = (of: string): string => `${of}.valid_from <= ${now} AND ${now} < ${of}.valid_until`
  const isValid = (of: string): string => `CASE WHEN EXISTS (SELECT 1 ${lastOf(of)})
    THEN (SELECT CASE WHEN ${isWithin('s')} AND NOT (s.gap_from <= ${now} AND ${now} < s.gap_until) THEN 1 ELSE 0 END
      ${lastOf(of)} ${latest}) = 1
    ELSE ${isWithin(of)} END`
  const parent = `CASE WHEN EXISTS (SELECT 1 ${lastOf('credentials')})
    THEN (SELECT s.parent ${lastOf('credentials')} ${latest}) ELSE credentials.parent END`
  return `(${isValid('credentials')}) AND NOT EXISTS (SELECT 1 FROM credentials p WHERE p.n = ${parent} AND NOT (${isValid('p')}))`
}
