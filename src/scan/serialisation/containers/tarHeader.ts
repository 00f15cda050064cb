import { nameOf, type Source } from './source.ts'

/** Bytes of a block, of which a tar file is made (POSIX.1-2017, pax, ustar interchange format). */
export const BLOCK = 512

/** A header of a member. */
export type Header = {
  name: string
  /** Bytes of the member; undefined where they cannot be read. */
  size: number | undefined
  type: string
  link: string
  /** Whether its sum is right, which every reader checks. */
  isRight: boolean
}

/** The header at an offset; undefined when the block is none: its sum is not right and it has not the magic of ustar. */
export function headerAt(source: Source, offset: number): Header | undefined {
  const block = source.read(offset, BLOCK)
  if (block.length < BLOCK || block.every((byte) => byte === 0)) return undefined
  const isUstar = textOf(block.subarray(257, 262)) === 'ustar'
  const stated = octal(block.subarray(148, 156))
  const isRight = stated !== undefined && sumsOf(block).includes(stated)
  if (!isRight && !isUstar) return undefined
  // GNU's form has other fields where ustar has the beginning of the name.
  const prefix = isUstar && block[262] === 0 ? textOf(block.subarray(345, 500)) : ''
  const name = textOf(block.subarray(0, 100))
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: sizeOf(block.subarray(124, 136)),
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    link: textOf(block.subarray(157, 257)),
    isRight,
  }
}

/** Whether an offset is inside what a member of a tar file holds. */
export function isInTarMember(source: Source, offset: number): boolean {
  for (let at = 0; at < offset;) {
    const header = headerAt(source, at)
    if (header?.size === undefined || !header.isRight) return false
    const start = at + BLOCK
    if (offset >= start && offset < start + header.size) return true
    at = start + padded(header.size)
  }
  return false
}

/** A length in whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** Text up to the first zero. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return nameOf(end < 0 ? bytes : bytes.subarray(0, end))
}

/** The sum of a header with its own field as spaces; old programs took the bytes as signed. */
function sumsOf(block: Uint8Array): number[] {
  let [sum, signed] = [0, 0]
  for (const [index, byte] of block.entries()) {
    const counted = index >= 148 && index < 156 ? 32 : byte
    sum += counted
    signed += counted > 127 ? counted - 256 : counted
  }
  return [sum, signed]
}

/** A length in octal digits, or in binary as GNU writes long ones. */
function sizeOf(field: Uint8Array): number | undefined {
  if (field[0] !== 0x80) return octal(field)
  let size = 0
  for (const byte of field.subarray(1)) size = size * 256 + byte
  return size <= Number.MAX_SAFE_INTEGER ? size : undefined
}

function octal(field: Uint8Array): number | undefined {
  const digits = textOf(field).trim()
  return /^[0-7]{0,12}$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined
}
