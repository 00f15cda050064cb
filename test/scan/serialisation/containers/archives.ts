import { crc32, deflateRawSync } from 'node:zlib'

/** A member of a zip as tests make it: what is not given is right. */
export type Member = {
  name: string
  data?: Uint8Array | string
  deflated?: boolean
  /** A data descriptor follows, and the local header has no lengths. */
  streamed?: boolean
  isUnlisted?: boolean
  mode?: number
  extra?: Uint8Array
  /** What the directory says. */
  entry?: Fields
  /** What the local header says. */
  local?: Fields
}
type Fields = {
  name?: string
  flags?: number
  method?: number
  crc?: number
  packed?: number
  size?: number
  at?: number
}
/** What is around the members. */
export type Around = {
  before?: Uint8Array | string
  /** Bytes before the directory. */
  gap?: Uint8Array | string
  after?: Uint8Array | string
  comment?: Uint8Array | string
  count?: number
  wide?: boolean
  hasNoDirectory?: boolean
}

/** Bytes of a text, one for each character. */
export function bytesOf(data: Uint8Array | string = ''): Buffer {
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data)
}

/** A number of some bytes, little-endian. */
export function little(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width)
  if (width === 8) bytes.writeBigUInt64LE(BigInt(value))
  else bytes.writeUIntLE(value, 0, width)
  return bytes
}

/** A zip of members. */
export function zipOf(members: readonly Member[], around: Around = {}): Buffer {
  const before = bytesOf(around.before)
  const [parts, entries] = [[before], [] as Buffer[]]
  let at = 0
  for (const member of members) {
    const { local, entry } = headersOf(member, at)
    parts.push(local)
    if (member.isUnlisted !== true) entries.push(entry)
    at += local.length
  }
  const gap = bytesOf(around.gap)
  if (around.hasNoDirectory === true) return Buffer.concat([...parts, gap])
  const directory = Buffer.concat(entries)
  const count = around.count ?? entries.length
  return Buffer.concat([...parts, gap, directory, endOf(directory.length, at + gap.length, count, around)])
}

/** An end record. */
export function endOf(size: number, start: number, count: number, around: Around = {}): Buffer {
  const [comment, isWide] = [bytesOf(around.comment), around.wide === true]
  const narrow = [
    little(0x06054b50, 4),
    little(0, 4),
    little(count, 2),
    little(count, 2),
    little(isWide ? 0xffffffff : size, 4),
    little(isWide ? 0xffffffff : start, 4),
    little(comment.length, 2),
    comment,
    bytesOf(around.after),
  ]
  if (!isWide) return Buffer.concat(narrow)
  const record = [0x06064b50, 44].map((value, index) => little(value, index === 0 ? 4 : 8))
  const fields = [
    little(45, 2),
    little(45, 2),
    little(0, 8),
    ...[count, count, size, start].map((each) => little(each, 8)),
  ]
  const locator = [little(0x07064b50, 4), little(0, 4), little(start + size, 8), little(1, 4)]
  return Buffer.concat([...record, ...fields, ...locator, ...narrow])
}

function headersOf(member: Member, at: number): { local: Buffer; entry: Buffer } {
  const data = bytesOf(member.data)
  const stored = member.deflated === true ? deflateRawSync(data) : data
  const right = {
    name: member.name,
    flags: member.streamed === true ? 8 : 0,
    method: member.deflated === true ? 8 : 0,
    crc: crc32(data),
    packed: stored.length,
    size: data.length,
    at,
  }
  const none = member.streamed === true ? { crc: 0, packed: 0, size: 0 } : {}
  const descriptor =
    member.streamed === true
      ? [little(0x08074b50, 4), ...[right.crc, right.packed, right.size].map((each) => little(each, 4))]
      : []
  const extra = bytesOf(member.extra)
  const local = fixed({ ...right, ...none, ...member.local }, extra)
  const entry = { ...right, ...member.entry }
  return {
    local: Buffer.concat([
      little(0x04034b50, 4),
      little(20, 2),
      local,
      Buffer.from(member.local?.name ?? member.name),
      extra,
      stored,
      ...descriptor,
    ]),
    entry: Buffer.concat([
      little(0x02014b50, 4),
      little(0x0314, 2),
      little(20, 2),
      fixed(entry, extra),
      little(0, 6),
      little(((member.mode ?? 0o100644) << 16) >>> 0, 4),
      little(entry.at, 4),
      Buffer.from(entry.name),
      extra,
    ]),
  }
}

function fixed(stated: Required<Omit<Fields, 'at'>>, extra: Buffer): Buffer {
  return Buffer.concat([
    little(stated.flags, 2),
    little(stated.method, 2),
    little(0, 4),
    little(stated.crc, 4),
    little(stated.packed, 4),
    little(stated.size, 4),
    little(Buffer.from(stated.name).length, 2),
    little(extra.length, 2),
  ])
}

/** A member of a tar file as tests make it. */
export type Block = {
  name: string
  data?: Uint8Array | string
  type?: string
  size?: string
  link?: string
  sum?: string
  magic?: string
}

/** A tar file of members, with its end. */
export function tarOf(blocks: readonly Block[], end = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...blocks.map(blockOf), end])
}

/** Records of pax. */
export function paxOf(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const tail = ` ${key}=${value}\n`
      const length = tail.length + 2
      return `${length < 100 ? length : tail.length + 3}${tail}`
    })
    .join('')
}

function blockOf(block: Block): Buffer {
  const data = bytesOf(block.data)
  const header = Buffer.alloc(512)
  header.write(block.name, 0, 100)
  header.write('0000644\x000000000\x000000000\x00', 100, 'latin1')
  header.write(block.size ?? `${data.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1')
  header.write('00000000000\x00        ', 136, 'latin1')
  header.write(block.type ?? '0', 156, 'latin1')
  header.write(block.link ?? '', 157, 100)
  header.write(block.magic ?? 'ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(block.sum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1')
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)])
}
