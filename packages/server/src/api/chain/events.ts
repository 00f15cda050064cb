import type { Hex } from 'stemma/core'
import type { EventFilter } from 'stemma/query'
import { EVENT_KINDS, type EventKind } from '../../indexer/codes.ts'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByPlace, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import { type Conditions, isAmongKeys, keyList } from '../sql.ts'
import type { AccountReader } from './accounts.ts'

/** An event, and the keys of what it touches. */
export type EventRow = RowOf<'events'>

/** Where an event stands on the chain. */
export type Position = { block: number; log: number }

/** Reads events. */
export class EventReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #models: ModelReader

  constructor(view: LedgerView, accounts: AccountReader, models: ModelReader) {
    this.#view = view
    this.#accounts = accounts
    this.#models = models
  }

  /** Events, newest first. */
  async list(filter: EventFilter, page: PageArguments): Promise<Listing<EventRow>> {
    return listByPlace(this.#view, 'events', await this.#conditions(filter), page)
  }

  /** The first events after a position, oldest first. An infinite `log` means the end of the block. */
  async after(filter: EventFilter, { block, log }: Position, most: number): Promise<EventRow[]> {
    const conditions = await this.#conditions(filter)
    const beyond = Number.isFinite(log)
      ? `(block, log) > (${conditions.bind(block)}, ${conditions.bind(log)})`
      : `block > ${conditions.bind(block)}`
    const rows = await this.#view.queries.all(
      `SELECT * FROM events WHERE ${conditions.add(beyond).where} ORDER BY block, log LIMIT ${most}`,
      conditions.parameters,
    )
    return rows.map((row) => readRow('events', row))
  }

  /** The block of a transaction; undefined when it has no event. */
  async blockOfTransaction(hash: Hex): Promise<number | undefined> {
    const { conditions } = asOf(this.#view)
    conditions.add(`transaction_hash = ${conditions.bind(bytes(hash))}`)
    const [row] = await this.#view.queries.all(
      `SELECT * FROM events WHERE ${conditions.where} LIMIT 1`,
      conditions.parameters,
    )
    return row && readRow('events', row).block
  }

  async #conditions(filter: EventFilter): Promise<Conditions> {
    const { conditions } = asOf(this.#view)
    if (filter.model != null) conditions.add(`model = ${conditions.bind(await this.#models.keyOf(filter.model))}`)
    if (filter.account != null) {
      conditions.add(`account = ${conditions.bind(await this.#accounts.keyOf(filter.account))}`)
    }
    if (filter.transaction != null) {
      conditions.add(`transaction_hash = ${conditions.bind(bytes(filter.transaction))}`)
    }
    if (filter.events != null) {
      const { dialect } = this.#view.queries
      const kinds = filter.events.map((name) => EVENT_KINDS[name as EventKind])
      conditions.add(isAmongKeys(dialect, 'kind', conditions.bind(keyList(dialect, kinds))))
    }
    return conditions
  }
}
