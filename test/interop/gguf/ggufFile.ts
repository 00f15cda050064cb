/** A byte. */
export const u8 = (value: number) => Buffer.from([value])
/** A little-endian uint16. */
export const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8])
/** A little-endian uint32. */
export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
/** A little-endian uint64. */
export const u64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
/** A string with its length before it. */
export const text = (value: string | Uint8Array) => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([u64(bytes.length), bytes])
}
/** A metadata entry. */
export const entry = (key: string | Uint8Array, type: number, ...value: Uint8Array[]) =>
  Buffer.concat([text(key), u32(type), ...value])
/** A tensor info. */
export const info = (name: string | Uint8Array, shape: (number | bigint)[], type: number, offset: number | bigint) =>
  Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset)])

/** A GGUF file made of its parts; the data begins at the next multiple of the alignment. */
export function fileOf(parts: {
  magic?: string
  version?: number
  tensorCount?: number | bigint
  entryCount?: number | bigint
  entries?: Uint8Array[]
  infos?: Uint8Array[]
  data?: number
  alignment?: number
}): Buffer {
  const { magic = 'GGUF', version = 3, entries = [], infos = [], data = 0, alignment = 32 } = parts
  const header = Buffer.concat([
    Buffer.from(magic),
    u32(version),
    u64(parts.tensorCount ?? infos.length),
    u64(parts.entryCount ?? entries.length),
    ...entries,
    ...infos,
  ])
  const padding = (alignment - (header.length % alignment)) % alignment
  return Buffer.concat([header, Buffer.alloc(padding + data)])
}
