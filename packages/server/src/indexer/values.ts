import type { Hex } from 'stemma/core'
import type { Row } from './database.ts'

/** A value as a driver returns it; undefined when the query has no such column. */
export type Stored = Row[string] | undefined

/** Reads a number. */
export function number(value: Stored): number {
  if (typeof value !== 'number') throw new TypeError(`Expected a number, got ${typeof value}.`)
  return value
}

/** Reads a text. */
export function text(value: Stored): string {
  if (typeof value !== 'string') throw new TypeError(`Expected a text, got ${typeof value}.`)
  return value
}

/** Reads an id, a digest or an address from its bytes, or from its hex digits where the query asked for those. */
export function hex<T extends Hex = Hex>(value: Stored): T {
  if (typeof value === 'string') return `0x${value}` as T
  if (!(value instanceof Uint8Array)) throw new TypeError(`Expected bytes, got ${typeof value}.`)
  return `0x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}` as T
}

/** Reads a value that may be null. */
export function nullable<T>(value: Stored, read: (value: Stored) => T): T | null {
  return value === null || value === undefined ? null : read(value)
}

/** An id, a digest or an address as a database keeps it. */
export function bytes(value: Hex): Uint8Array {
  return Buffer.from(value.slice(2), 'hex')
}
