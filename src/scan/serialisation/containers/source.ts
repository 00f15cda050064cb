import type { Content } from '../../ports.ts'

/** Bytes that are read at a time. */
const CHUNK = 1_048_576

/** Bytes without a name. */
export type Source = Pick<Content, 'size' | 'read'>

/** A part of some bytes; cut where they end. */
export function part(source: Source, from: number, size: number): Source {
  const there = Math.max(0, Math.min(size, source.size - from))
  return {
    size: there,
    read: (offset, length) => source.read(from + offset, Math.max(0, Math.min(length, there - offset))),
  }
}

/** Bytes in memory. */
export function inMemory(bytes: Uint8Array): Source {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** A view of `length` bytes at an offset; undefined where they are not all there. */
export function viewAt(source: Source, offset: number, length: number): DataView | undefined {
  if (!(offset >= 0 && offset + length <= source.size)) return undefined
  const bytes = source.read(offset, length)
  return bytes.length < length ? undefined : new DataView(bytes.buffer, bytes.byteOffset, length)
}

/** Where the bytes of a signature (little-endian) next stand, from one offset to another; undefined where they do not. */
export function find(source: Source, signature: number, from: number, to: number): number | undefined {
  const first = signature & 0xff
  for (let at = from; at + 4 <= to; at += CHUNK) {
    const bytes = source.read(at, Math.min(CHUNK + 3, to - at))
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (
      let index = bytes.indexOf(first);
      index >= 0 && index + 4 <= bytes.length;
      index = bytes.indexOf(first, index + 1)
    )
      if (data.getUint32(index, true) === signature) return at + index
  }
  return undefined
}

/** Whether a part has nothing but zeros. */
export function isZero(source: Source, from: number, to: number): boolean {
  for (let at = from; at < to; at += CHUNK)
    if (!source.read(at, Math.min(CHUNK, to - at)).every((byte) => byte === 0)) return false
  return true
}

/** A name as UTF-8, or, where it is not, by its single bytes, so that two names never become one. */
export function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return String.fromCharCode(...bytes)
  }
}
