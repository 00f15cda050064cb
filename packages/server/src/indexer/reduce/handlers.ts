import type { Hex } from 'stemma/core'
import type { Arguments } from '../decode.ts'
import type { KeyedTable } from '../store.ts'
import type { RowBuilder, Event, LoadedTable } from './rowBuilder.ts'

/** What an event does to the database. */
export type Handler = {
  /** Adds the event's rows. */
  reduce(rows: RowBuilder, event: Event): void
  /** The argument that is an id which this event brings, and which therefore is not looked up. */
  creates?: string
  /** What that id has to be by the other arguments. It is computed when the event is read, for which the database is not needed. */
  idOf?(args: Arguments): Hex
  /** Tables of which the rows of the things that the event names are loaded before. */
  loads?: readonly LoadedTable[]
  /** Arguments that are ids of a table, or are not, whatever their type says. */
  refers?: Readonly<Record<string, KeyedTable>>
}

/** A handler of an event with these arguments, which the contract's ABI says. */
export function handler<A extends object>(
  reduce: (rows: RowBuilder, event: Event<A>) => void,
  options: Omit<Handler, 'reduce' | 'idOf'> & { idOf?: (args: A) => Hex } = {},
): Handler {
  return { ...options, reduce } as unknown as Handler
}

const DECODER = new TextDecoder()

/**
 * The text of bytes. A string on chain may hold any bytes: what is no UTF-8, and the zero that PostgreSQL does not take,
 * becomes U+FFFD. An id is always checked against the bytes themselves.
 */
export function textOf(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes)
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text
}

/** A wide number in decimal digits. */
export function decimalOf(word: Hex): string {
  return BigInt(word).toString()
}
