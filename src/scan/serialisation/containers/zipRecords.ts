import { nameOf, viewAt, type Source } from './source.ts'

export const LOCAL = 0x04034b50
export const ENTRY = 0x02014b50
export const DESCRIPTOR = 0x08074b50
const END = 0x06054b50
const LOCATOR64 = 0x07064b50
const END64 = 0x06064b50
/** An end record with the longest comment. */
const END_REACH = 65_557
const WIDE = 0xffff_ffff

/** An end record and where the directory that it names is. */
export type End = {
  at: number
  /** Offset behind its comment. */
  end: number
  from: number
  to: number
  count: number
  /** Bytes before the archive. */
  prefix: number
  /** Whether its two forms, of 32 and of 64 bits, say different things. */
  contradicts: boolean
}

/** What a directory or a local header says of a member. */
export type Stated = {
  name: string
  flags: number
  method: number
  crc: number
  packed: number
  size: number
  /** A name in Unicode that some programs prefer. */
  otherName: string | undefined
  /** Whether its fields of 64 bits are missing. */
  lacks: boolean
}

/** An entry of the directory. */
export type Entry = Stated & { at: number; local: number; mode: number }

/** A local header. */
export type Local = Stated & { at: number; from: number }

/** Where a member is. After one that was streamed comes a record of its lengths. */
export type Range = { from: number; to: number; isStreamed: boolean }

/** The end records with a directory where they say, as is or moved by bytes before the archive; nearest to the end first. */
export function findEnds(source: Source): End[] {
  const from = Math.max(0, source.size - END_REACH)
  const tail = source.read(from, source.size - from)
  const data = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const ends: End[] = []
  for (let at = tail.length - 22; at >= 0 && ends.length < 16; at--)
    if (tail[at] === 0x50 && data.getUint32(at, true) === END) ends.push(...endsAt(source, from + at))
  return ends
}

function endsAt(source: Source, at: number): End[] {
  const head = viewAt(source, at, 22)!
  let [count, size, start] = [head.getUint16(10, true), head.getUint32(12, true), head.getUint32(16, true)]
  const wide = wideEnd(source, at)
  let contradicts = false
  if (wide !== undefined) {
    contradicts =
      (count !== 0xffff && count !== wide.count) ||
      (size !== WIDE && size !== wide.size) ||
      (start !== WIDE && start !== wide.start)
    ;({ count, size, start } = wide)
  }
  const to = wide?.at ?? at
  const end = Math.min(source.size, at + 22 + head.getUint16(20, true))
  const found = [...new Set([to - size, start])].filter((each) => viewAt(source, each, 4)?.getUint32(0, true) === ENTRY)
  if (found.length === 0 && count === 0 && size === 0) found.push(to)
  return found.map((from) => ({ at, end, from, to, count, prefix: Math.max(0, from - start), contradicts }))
}

/** The record of 64 bits, which is before its locator, which is before the end record. */
function wideEnd(source: Source, at: number): { at: number; count: number; size: number; start: number } | undefined {
  const locator = viewAt(source, at - 20, 20)
  if (locator?.getUint32(0, true) !== LOCATOR64) return undefined
  for (const each of [at - 76, number64(locator, 8)]) {
    const record = viewAt(source, each, 56)
    if (record?.getUint32(0, true) !== END64) continue
    return { at: each, count: number64(record, 32), size: number64(record, 40), start: number64(record, 48) }
  }
  return undefined
}

/** The entry of a directory at an offset, and where the next one is. */
export function entryAt(source: Source, at: number, prefix: number): { entry: Entry; next: number } | undefined {
  const head = viewAt(source, at, 46)
  if (head?.getUint32(0, true) !== ENTRY) return undefined
  const [nameLength, extraLength] = [head.getUint16(28, true), head.getUint16(30, true)]
  const stated = {
    flags: head.getUint16(8, true),
    method: head.getUint16(10, true),
    crc: head.getUint32(16, true),
    packed: head.getUint32(20, true),
    size: head.getUint32(24, true),
    local: head.getUint32(42, true),
  }
  const name = nameOf(source.read(at + 46, nameLength))
  const fields = withExtra(stated, source.read(at + 46 + nameLength, extraLength))
  const entry = { ...fields, name, at, local: fields.local + prefix, mode: head.getUint32(38, true) >>> 16 }
  return { entry, next: at + 46 + nameLength + extraLength + head.getUint16(32, true) }
}

/** The local header at an offset. */
export function localAt(source: Source, at: number): Local | undefined {
  const head = viewAt(source, at, 30)
  if (head?.getUint32(0, true) !== LOCAL) return undefined
  const [nameLength, extraLength] = [head.getUint16(26, true), head.getUint16(28, true)]
  const stated = {
    flags: head.getUint16(6, true),
    method: head.getUint16(8, true),
    crc: head.getUint32(14, true),
    packed: head.getUint32(18, true),
    size: head.getUint32(22, true),
    local: 0,
  }
  const name = nameOf(source.read(at + 30, nameLength))
  const fields = withExtra(stated, source.read(at + 30 + nameLength, extraLength))
  return { ...fields, name, at, from: at + 30 + nameLength + extraLength }
}

type Narrow = { flags: number; method: number; crc: number; packed: number; size: number; local: number }

/** Fields of 64 bits stand in the extra field, in this order, and only where the short one is full. */
function withExtra(narrow: Narrow, extra: Uint8Array): Narrow & Pick<Stated, 'otherName' | 'lacks'> {
  const fields = { ...narrow, otherName: undefined as string | undefined, lacks: false }
  const data = new DataView(extra.buffer, extra.byteOffset, extra.byteLength)
  let wide: { at: number; end: number } | undefined
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [data.getUint16(at, true), data.getUint16(at + 2, true)]
    const end = Math.min(extra.length, at + 4 + length)
    if (id === 1) wide ??= { at: at + 4, end }
    if (id === 0x7075 && length > 5) fields.otherName ??= nameOf(extra.subarray(at + 9, end))
    at += 4 + length
  }
  for (const key of ['size', 'packed', 'local'] as const) {
    if (fields[key] !== WIDE) continue
    if (wide === undefined || wide.at + 8 > wide.end) fields.lacks = true
    else {
      fields[key] = number64(data, wide.at)
      wide.at += 8
    }
  }
  return fields
}

/** A number of 64 bits; above 2^53 it is rounded, and past the end of any file. */
function number64(data: DataView, at: number): number {
  return Number(data.getBigUint64(at, true))
}
