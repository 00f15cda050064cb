import { type Hex, StemmaError, ZERO_ADDRESS, ZERO_DIGEST } from 'stemma/core'
import type { Arguments } from '../decode.ts'
import { EVENT_KINDS, type ContractName, type EventKind } from '../codes.ts'
import { COLUMNS, type NewRow } from '../rows.ts'
import type { TableName } from '../schema.ts'
import type { KeyedTable, Rows, Value } from '../store.ts'

/** A decoded event with its place on the chain. */
export type Event<A = Arguments> = {
  name: EventKind
  contract: ContractName
  args: A
  block: number
  /** Position of the log in its block. */
  log: number
  transaction: Hex
  /** The block's time, in Unix seconds. */
  time: number
}

/** The subject, the model and the account of an event, for `events`. */
export type EventSubject = { subject: number | null; model: number | null; account: number | null }

/** What is known before a batch is reduced, and what it adds: the keys of ids, and the rows that later events build on. */
export type Known = {
  keys: Record<KeyedTable, Map<string, number>>
  /** The highest key of each table. */
  last: Record<KeyedTable, number>
  /** Rows of a table by the key of their subject, oldest first. */
  rows: Partial<Record<LoadedTable, Map<number, Readonly<Record<string, Value>>[]>>>
}

/** Builds the rows that some events add. Pure: it depends on what it is given, and on nothing else. */
export class RowBuilder {
  readonly built: Rows = {}
  readonly #known: Known
  #event: Event | undefined

  constructor(known: Known) {
    this.#known = known
  }

  /** Starts an event: the next rows come from its block and log. */
  begin(event: Event): void {
    this.#event = event
  }

  /** The key of an id that an earlier event created. @throws {@link MissingEventError} */
  find(table: KeyedTable, id: string): number {
    const key = this.#known.keys[table].get(id)
    if (key === undefined) throw new MissingEventError(this.#event!, table, id)
    return key
  }

  /** The key of an id; null for the zero id. */
  findOptional(table: KeyedTable, id: string): number | null {
    return id === ZERO_DIGEST ? null : this.find(table, id)
  }

  /** The key of an id; null when no event has created it. */
  lookUp(table: KeyedTable, id: string): number | null {
    return this.#known.keys[table].get(id) ?? null
  }

  /** The key of an account, which is added at its first mention. */
  account(address: string): number {
    const { keys, last } = this.#known
    const known = keys.accounts.get(address)
    if (known !== undefined) return known
    const key = ++last.accounts
    keys.accounts.set(address, key)
    this.#push('accounts', [key, address, this.#event!.block])
    return key
  }

  /** The key of an account; null for the zero address. */
  accountOptional(address: string): number | null {
    return address === ZERO_ADDRESS ? null : this.account(address)
  }

  /** Adds a row with a new key. @throws {@link RepeatedEventError} when the id already has one */
  create<T extends Exclude<KeyedTable, 'accounts'>>(table: T, row: NewRow<T> & { id: string }): number {
    const { keys, last } = this.#known
    if (keys[table].has(row.id)) throw new RepeatedEventError(this.#event!, row.id)
    const key = ++last[table]
    keys[table].set(row.id, key)
    this.#insert(table, row as unknown as Record<string, Value>, key)
    return key
  }

  /** Adds a row. */
  insert<T extends Exclude<TableName, KeyedTable>>(table: T, row: NewRow<T>): void {
    this.#insert(table, row as unknown as Record<string, Value>, null)
  }

  /** The rows of a key: those that were loaded, and those of this batch. */
  rowsOf(table: LoadedTable, key: number): readonly Readonly<Record<string, Value>>[] {
    return this.#known.rows[table]?.get(key) ?? []
  }

  /** Adds the event itself. */
  event({ subject, model, account }: EventSubject): void {
    const { name, block, log, transaction } = this.#event!
    this.#push('events', [block, log, EVENT_KINDS[name], transaction, subject, model, account])
  }

  #insert(table: TableName, row: Record<string, Value>, key: number | null): void {
    const { block, log } = this.#event!
    const whole: Record<string, Value> = row
    whole.block = block
    whole.log = log
    if (key !== null) whole.n = key
    const values: Value[] = []
    for (const column of COLUMNS[table]) values.push(whole[column]!)
    this.#push(table, values)
    if (table in LOADED) {
      const rows = (this.#known.rows[table as LoadedTable] ??= new Map<number, Readonly<Record<string, Value>>[]>())
      const of = whole[LOADED[table as LoadedTable].by] as number
      const list = rows.get(of)
      if (list) list.push(whole)
      else rows.set(of, [whole])
    }
  }

  #push(table: TableName, values: Value[]): void {
    const rows = this.built[table]
    if (rows) rows.push(values)
    else this.built[table] = [values]
  }
}

/** Tables whose rows later events build on: the column by which they are found, and the table whose key it is. */
export const LOADED = {
  terms: { by: 'n', of: 'terms' },
  thresholds: { by: 'terms', of: 'terms' },
  credentials: { by: 'n', of: 'credentials' },
  credential_states: { by: 'credential', of: 'credentials' },
  claims: { by: 'n', of: 'claims' },
  claim_states: { by: 'claim', of: 'claims' },
  inheritances: { by: 'model', of: 'models' },
  edges: { by: 'child', of: 'models' },
  edge_grades: { by: 'child', of: 'models' },
} as const satisfies Partial<Record<TableName, { by: string; of: KeyedTable }>>

/** A name of {@link LOADED}. */
export type LoadedTable = keyof typeof LOADED

function place({ name, block, log }: Event): string {
  return `the event ${name} (block ${block}, log ${log})`
}

/** Thrown when an event builds on one that the node has left out. */
export class MissingEventError extends StemmaError {
  override name = 'MissingEventError'
  override readonly kind = 'unavailable'
  constructor(event: Event, table: KeyedTable, id: string) {
    super(
      'MISSING_EVENT',
      `${capital(place(event))} builds on ${id} of the ${table}, whose event the node left out. Delete the database, and index again from a node that keeps all logs.`,
    )
  }
}

/** Thrown when a node repeats an event that can happen only once. */
export class RepeatedEventError extends StemmaError {
  override name = 'RepeatedEventError'
  override readonly kind = 'unavailable'
  constructor(event: Event, id: string) {
    super('REPEATED_EVENT', `${capital(place(event))} creates ${id}, which an earlier event created. Use another node.`)
  }
}

/** Thrown when an id is not the hash of its event: the node or a proxy lies. */
export class FalseEventError extends StemmaError {
  override name = 'FalseEventError'
  override readonly kind = 'unavailable'
  constructor(event: Event, id: string, actual: string) {
    super(
      'FALSE_EVENT',
      `${capital(place(event))} has the id ${id}, but its content hashes to ${actual}. The node gives false data: use another, and delete the database if it was built from this one.`,
    )
  }
}

/** Checks that the id in an event is the hash of what it says. @throws {@link FalseEventError} */
export function checkId(event: Event, id: string, actual: string): void {
  if (id !== actual) throw new FalseEventError(event, id, actual)
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}
