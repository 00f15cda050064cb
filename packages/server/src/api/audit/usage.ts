import type { Address, AnchoredUsage, CredentialOf, Hex } from 'stemma/core'
import type { UsageFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { CredentialReader } from '../licensing/credentials.ts'
import type { TierReader } from '../licensing/tiers.ts'
import { asOf, listByKey, listByPlace, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import { isAmongKeys, keyList, NO_KEY } from '../sql.ts'
import { loadAll } from '../tableLoaders.ts'

/** A log of the calls under a credential, kept by one operator. */
export type UsageLogRow = RowOf<'usage_logs'>

/** A checkpoint of a usage log; counts are totals since the log began. */
export type UsageCheckpointRow = RowOf<'usage_checkpoints'>

/** Reads usage logs and their checkpoints. */
export class UsageReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #credentials: CredentialReader
  readonly #tiers: TierReader
  readonly #models: ModelReader

  constructor(
    view: LedgerView,
    accounts: AccountReader,
    credentials: CredentialReader,
    tiers: TierReader,
    models: ModelReader,
  ) {
    this.#view = view
    this.#accounts = accounts
    this.#credentials = credentials
    this.#tiers = tiers
    this.#models = models
  }

  /** A usage log; undefined when there is none as of the view. */
  async find(id: Hex): Promise<UsageLogRow | undefined> {
    const [row] = await this.#view.queries.all('SELECT * FROM usage_logs WHERE id = $1 AND block <= $2', [
      bytes(id),
      this.#view.block.number,
    ])
    return row && readRow('usage_logs', row)
  }

  /** Usage logs, oldest first. */
  async list(filter: UsageFilter, page: PageArguments): Promise<Listing<UsageLogRow>> {
    const { conditions } = asOf(this.#view)
    if (filter.operator != null) {
      conditions.add(`operator = ${conditions.bind(await this.#accounts.keyOf(filter.operator))}`)
    }
    if (filter.operators != null) {
      const keys = await Promise.all(filter.operators.map((operator) => this.#accounts.keyOf(operator)))
      const among = keys.map((key) => conditions.bind(key))
      conditions.add(among.length === 0 ? '1 = 0' : `operator IN (${among.join(', ')})`)
    }
    if (filter.credential != null) {
      conditions.add(`credential = ${conditions.bind(await this.#credentials.keyOf(filter.credential))}`)
    }
    if (filter.model != null) {
      const key = conditions.bind(await this.#models.keyOf(filter.model))
      conditions.add(`credential IN (SELECT n FROM credentials WHERE model = ${key})`)
    }
    if (filter.tier != null) {
      const key = conditions.bind((await this.#tiers.byId.load(filter.tier))?.n ?? NO_KEY)
      conditions.add(`credential IN (SELECT n FROM credentials WHERE tier = ${key})`)
    }
    return listByKey(this.#view, 'usage_logs', conditions, 'ASC', page)
  }

  /** Checkpoints of a usage log, newest first. */
  checkpoints(log: number, page: PageArguments): Listing<UsageCheckpointRow> {
    const { conditions } = asOf(this.#view)
    conditions.add(`usage_log = ${conditions.bind(log)}`)
    return listByPlace(this.#view, 'usage_checkpoints', conditions, page)
  }

  /** The newest checkpoint of a usage log; undefined while nothing is anchored since it was reopened. */
  async latest(log: number): Promise<UsageCheckpointRow | undefined> {
    const { nodes } = await this.checkpoints(log, { first: 1 }).page()
    return nodes[0]
  }

  /** The usage that some operators have anchored in their logs for some credentials, beside the quotas of their tiers, oldest logs first. */
  async anchored(credentials: readonly CredentialOf[], operators: readonly Address[]): Promise<AnchoredUsage[]> {
    const { queries, block } = this.#view
    const rows = await loadAll(
      this.#credentials.byId,
      credentials.map(({ credential }) => credential),
    )
    const byKey = new Map(
      rows.flatMap((row, index) => (row ? [[row.n, { tier: row.tier, asked: credentials[index]! }] as const] : [])),
    )
    const keys = await Promise.all(operators.map((operator) => this.#accounts.keyOf(operator)))
    const among = [isAmongKeys(queries.dialect, 'credential', '$1'), isAmongKeys(queries.dialect, 'operator', '$2')]
    const logs = await queries.all(`SELECT * FROM usage_logs WHERE ${among.join(' AND ')} AND block <= $3 ORDER BY n`, [
      keyList(queries.dialect, byKey.keys()),
      keyList(queries.dialect, new Set(keys)),
      block.number,
    ])
    return Promise.all(
      logs.map(async (row) => {
        const { n, id, operator, credential, epoch } = readRow('usage_logs', row)
        const { tier, asked } = byKey.get(credential)!
        const [address, { callQuota, tokenQuota }, latest] = await Promise.all([
          this.#accounts.addressOf(operator),
          this.#tiers.byKey.load(tier),
          this.latest(n),
        ])
        const { calls, tokens } = latest ?? { calls: 0n, tokens: 0n }
        return { ...asked, operator: address, log: id, epoch, calls, callQuota, tokens, tokenQuota }
      }),
    )
  }
}
