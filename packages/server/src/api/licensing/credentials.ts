import type DataLoader from 'dataloader'

import { type Credential, type Hex, isCredentialValidAt } from 'stemma/core'
import type { CredentialFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { number } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByKey, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import { columnsOf, type Conditions, isAmongKeys, isAmongPairs, keyList, NO_KEY, pairList } from '../sql.ts'
import { loaderById, loaderByKey, loaderOfLists } from '../tableLoaders.ts'
import type { TierReader } from './tiers.ts'

/** A credential as it was issued. */
export type CredentialRow = RowOf<'credentials'>

/** A credential as of a view, without its publisher. */
export type CredentialNow = Omit<Credential, 'publisher'>

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

  /** A credential as of the view: its last state, or as it was issued. */
  async now({ n, validFrom, validUntil }: CredentialRow): Promise<CredentialNow> {
    const last = (await this.states.load(n)).at(-1)
    return last ?? { state: 'active', validFrom, validUntil, gapFrom: 0, gapUntil: 0 }
  }

  /** Whether a credential is valid at the view's now. */
  async isValid(credential: CredentialRow): Promise<boolean> {
    const { validFrom, validUntil, gapFrom, gapUntil } = await this.now(credential)
    // Validity does not depend on the publisher.
    return isCredentialValidAt({ validFrom, validUntil, gapFrom, gapUntil } as Credential, this.#view.now)
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

  /** Keys of the credentials for some models that are valid at the view's now, oldest first. */
  async validKeys(models: ReadonlySet<number>): Promise<number[]> {
    const { queries, now } = this.#view
    const { conditions, block } = asOf(this.#view)
    conditions.add(`(${isValidSql(block, conditions.bind(now))})`)
    // Beyond this size, filtering all credentials is quicker than looking up those of each model.
    const isFew = models.size <= MAX_LOOKUPS
    if (isFew) conditions.add(isAmongKeys(queries.dialect, 'model', conditions.bind(keyList(queries.dialect, models))))
    const rows = await queries.all(
      `SELECT n, model FROM credentials WHERE ${conditions.where} ORDER BY n`,
      conditions.parameters,
    )
    return rows.flatMap((row) => (isFew || models.has(number(row.model)) ? [number(row.n)] : []))
  }
}

/** Most models whose credentials are looked up one by one. */
const MAX_LOOKUPS = 2000

/** A condition for credentials that are valid at a time, as of a block; both arguments are names of parameters. */
function isValidSql(block: string, now: string): string {
  const last = `FROM credential_states s WHERE s.credential = credentials.n AND s.block <= ${block}`
  const isWithin = `valid_from <= ${now} AND ${now} < valid_until`
  return `CASE WHEN EXISTS (SELECT 1 ${last})
    THEN (SELECT CASE WHEN ${isWithin} AND NOT (gap_from <= ${now} AND ${now} < gap_until) THEN 1 ELSE 0 END
      ${last} ORDER BY s.block DESC, s.log DESC LIMIT 1) = 1
    ELSE ${isWithin} END`
}
