import { concatBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'

/** What RLP encodes: bytes, or a list of such. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** What {@link decodeRlp} takes at most. */
export type RlpLimits = {
  /** The most bytes. */
  bytes: number
  /** How deep lists may stand in lists: 1 for a list of bytes. */
  depth: number
}

/**
 * Decodes one RLP item that takes up all bytes. Accepts the canonical form only, so that two encodings never mean the same:
 * every length is as short as it can be, a byte below 0x80 stands for itself, and nothing follows the item. The bytes of the
 * result are views of the input.
 *
 * @throws {@link InvalidRlpError}
 */
export function decodeRlp(bytes: Uint8Array, limits: RlpLimits): RlpItem {
  if (bytes.length > limits.bytes)
    throw new InvalidRlpError(0, `it has ${bytes.length} bytes, more than ${limits.bytes}`)
  const { item, end } = readItem(bytes, 0, bytes.length, limits.depth)
  if (end !== bytes.length) throw new InvalidRlpError(end, `${bytes.length - end} bytes follow the item`)
  return item
}

/** Encodes an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (!(item instanceof Uint8Array)) {
    const payload = concatBytes(...item.map(encodeRlp))
    return concatBytes(prefixOf(0xc0, payload.length), payload)
  }
  return item.length === 1 && item[0]! < 0x80 ? item : concatBytes(prefixOf(0x80, item.length), item)
}

/** A number as RLP has it: big-endian, without leading zeros, and no bytes for zero. */
export function bytesOfNumber(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let left = value; left > 0n; left >>= 8n) bytes.unshift(Number(left & 0xffn))
  return Uint8Array.from(bytes)
}

/** The number in bytes as RLP has it, or undefined when they begin with a zero or are more than `most`. */
export function numberOfBytes(bytes: Uint8Array, most: number): bigint | undefined {
  if (bytes.length > most || bytes[0] === 0) return undefined
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function prefixOf(base: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const digits = bytesOfNumber(BigInt(length))
  return Uint8Array.of(base + 55 + digits.length, ...digits)
}

/** Reads the item at `at`, which ends at `limit` at the latest. */
function readItem(bytes: Uint8Array, at: number, limit: number, depth: number): { item: RlpItem; end: number } {
  const first = bytes[at]
  if (first === undefined || at >= limit) throw new InvalidRlpError(at, 'an item is missing')
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = first >= 0xc0
  const { start, end } = readExtent(bytes, at, limit, first - (isList ? 0xc0 : 0x80))
  if (!isList) {
    if (end - start === 1 && bytes[start]! < 0x80) throw new InvalidRlpError(at, 'a byte below 0x80 has a prefix')
    return { item: bytes.subarray(start, end), end }
  }
  if (depth === 0) throw new InvalidRlpError(at, 'lists are too deep')
  const items: RlpItem[] = []
  for (let next = start; next < end;) {
    const read = readItem(bytes, next, end, depth - 1)
    items.push(read.item)
    next = read.end
  }
  return { item: items, end }
}

/** Where the payload of an item starts and ends. `code` is its first byte without the mark of its kind. */
function readExtent(bytes: Uint8Array, at: number, limit: number, code: number): { start: number; end: number } {
  const digits = Math.max(0, code - 55)
  const start = at + 1 + digits
  if (start > limit) throw new InvalidRlpError(at, 'its length is cut off')
  let length = code
  if (digits > 0) {
    if (digits > 4) throw new InvalidRlpError(at, 'its length has more than 4 bytes')
    length = bytes.subarray(at + 1, start).reduce((value, byte) => value * 256 + byte, 0)
    if (bytes[at + 1] === 0 || length < 56) throw new InvalidRlpError(at, 'its length is not as short as it can be')
  }
  const end = start + length
  if (end > limit) throw new InvalidRlpError(at, `${end - limit} bytes are missing`)
  return { start, end }
}

/** Thrown when bytes are not one canonical RLP item. */
export class InvalidRlpError extends StemmaError {
  override name = 'InvalidRlpError'
  /** Where the fault is, in bytes from the beginning. */
  readonly at: number

  constructor(at: number, fault: string) {
    super('INVALID_RLP', `The RLP is not canonical at byte ${at}: ${fault}. Take the bytes from a node again.`)
    this.at = at
  }
}
