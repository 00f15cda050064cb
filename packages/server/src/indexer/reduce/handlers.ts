import type { Hex } from 'stemma/core'
import type { Arguments } from '../decode.ts'
import type { KeyedTable } from '../store.ts'
import type { RowBuilder, Event, LoadedTable } from './rowBuilder.ts'

/** What an event does to the database. */
export type Handler = {
  /** Adds the event's rows. */
  reduce(rows: RowBuilder, event: Event): void
  /** The argument that holds the id which this event creates. */
  creates?: string
  /** Computes that id from the other arguments, to check the event when it is read. */
  idOf?(args: Arguments): Hex
  /** Tables whose rows of the event's subjects are loaded first. */
  loads?: readonly LoadedTable[]
  /** Arguments that refer to a table although their type does not say so. */
  refers?: Readonly<Record<string, KeyedTable>>
}

/** Makes the handler of an event with arguments of a known type. */
export function handler<A extends object>(
  reduce: (rows: RowBuilder, event: Event<A>) => void,
  options: Omit<Handler, 'reduce' | 'idOf'> & { idOf?: (args: A) => Hex } = {},
): Handler {
  return { ...options, reduce } as unknown as Handler
}

const DECODER = new TextDecoder()

/**
 * Decodes a text. A string on chain may hold any bytes: invalid UTF-8, and the zero that PostgreSQL refuses, become U+FFFD. Ids
 * are always checked against the bytes themselves.
 */
export function textOf(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes)
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text
}

/** A wide number in decimal digits. */
export function decimalOf(word: Hex): string {
  return BigInt(word).toString()
}
