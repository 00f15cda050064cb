import { LIMITS } from './limits.ts'
import { OPCODES, type Argument, type Opcode } from './opcodes.ts'
import { latin1, unescapeBytes, unescapeRaw, utf8 } from './text.ts'
import type { Window } from './window.ts'

/** One instruction of a stream, with the places of its data, which is not copied. */
export type Instruction = {
  opcode: Opcode
  at: number
  /** Offset of the next instruction. */
  next: number
  /** Offset and length of the data: of the string, the number's line, or the first of two lines. */
  from: number
  length: number
  /** Offset and length of the second line. */
  second: number
  secondLength: number
  /** A number that the opcode carries: an index, a length of a frame, an integer. */
  value: number
  /** What readers read differently in it. */
  odd: string | undefined
}

/** Why a stream cannot be read on. */
export type Break = { broken: string; ended: boolean }

/** The longest text that is decoded. */
export const LONGEST_TEXT = LIMITS.textBytes
const LONGEST_NUMBER = 8192

type Read = Partial<Pick<Instruction, 'from' | 'length' | 'second' | 'secondLength' | 'value' | 'odd'>> & {
  next: number
}

const ENDED: Break = { broken: 'it ends inside an instruction', ended: true }
const FIXED: Partial<Record<Argument, number>> = { u1: 1, u2: 2, u4: 4, u8: 8, f8: 8 }
const COUNTED: Partial<Record<Argument, number>> = {
  string1: 1,
  string4: 4,
  text1: 1,
  text4: 4,
  text8: 8,
  bytes1: 1,
  bytes4: 4,
  bytes8: 8,
  long1: 1,
  long4: 4,
}

/** Reads the instruction at an offset. Allocates nothing for its data but short lines and texts. */
export function instructionAt(window: Window, at: number): Instruction | Break {
  const code = window.byte(at)
  if (code < 0) return { broken: 'it ends without STOP', ended: true }
  const opcode = OPCODES.get(code)
  if (opcode === undefined) return { broken: `0x${code.toString(16).padStart(2, '0')} is not an opcode`, ended: false }
  const read = argumentAt(window, at + 1, opcode.argument)
  if ('broken' in read) return read
  return { opcode, at, from: at + 1, length: 0, second: 0, secondLength: 0, value: 0, odd: undefined, ...read }
}

function argumentAt(window: Window, at: number, argument: Argument): Read | Break {
  if (argument === 'none') return { next: at }
  if (argument === 'i4') return integer(window, at)
  const width = FIXED[argument]
  if (width !== undefined) {
    const value = window.unsigned(at, width)
    return value === undefined ? ENDED : { next: at + width, length: width, value }
  }
  const counted = COUNTED[argument]
  return counted === undefined ? lineAt(window, at, argument) : dataAt(window, at, argument, counted)
}

function integer(window: Window, at: number): Read | Break {
  const value = window.unsigned(at, 4)
  return value === undefined ? ENDED : { next: at + 4, length: 4, value: value | 0 }
}

function dataAt(window: Window, at: number, argument: Argument, width: number): Read | Break {
  const unsigned = window.unsigned(at, width)
  if (unsigned === undefined) return ENDED
  const signed = argument === 'string4' || argument === 'long4'
  const length = signed ? unsigned | 0 : unsigned
  if (length < 0) return { broken: 'a length is below zero', ended: false }
  const from = at + width
  if (length > window.size - from) return { broken: 'data is longer than what the file has', ended: true }
  if (argument.startsWith('text') && length <= LONGEST_TEXT && utf8(window.bytes(from, length)) === undefined) {
    return { broken: 'a text is not UTF-8', ended: false }
  }
  const value = argument.startsWith('long') && length <= 6 ? signedAt(window, from, length) : length
  return { next: from + length, from, length, value }
}

function signedAt(window: Window, at: number, width: number): number {
  const value = window.unsigned(at, width) ?? 0
  return width > 0 && value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value
}

function lineAt(window: Window, at: number, argument: Argument): Read | Break {
  const end = window.lineEnd(at)
  if (end < 0) return ENDED
  if (argument === 'twoLines') return twoLines(window, at, end)
  const length = end - at
  const place = { next: end + 1, from: at, length }
  if (argument === 'nameLine') return place
  if (argument === 'stringLine' || argument === 'textLine') return textLine(window, place, argument)
  if (length > LONGEST_NUMBER) return { ...place, value: NaN, odd: 'a number of more than 8192 characters' }
  return numberLine(latin1(window.bytes(at, length)), argument, place)
}

function twoLines(window: Window, at: number, end: number): Read | Break {
  const second = window.lineEnd(end + 1)
  if (second < 0) return ENDED
  return { next: second + 1, from: at, length: end - at, second: end + 1, secondLength: second - end - 1 }
}

function textLine(
  window: Window,
  place: { next: number; from: number; length: number },
  argument: Argument,
): Read | Break {
  if (argument === 'textLine') {
    if (place.length > LONGEST_TEXT) return place
    const text = unescapeRaw(latin1(window.bytes(place.from, place.length)))
    return text === undefined ? { broken: 'a text has an escape that does not end', ended: false } : place
  }
  const quote = window.byte(place.from)
  if (quote !== 0x27 && quote !== 0x22) return { broken: 'a string has no quotes', ended: false }
  if (window.byte(place.next - 2) !== quote) return { broken: 'a string has no closing quote', ended: false }
  if (place.length < 2) return { ...place, odd: 'a string of one quote' }
  const inner = { ...place, from: place.from + 1, length: place.length - 2 }
  if (inner.length > LONGEST_TEXT) return inner
  const text = unescapeBytes(latin1(window.bytes(inner.from, inner.length)))
  return text === undefined ? { broken: 'a string has an escape that does not end', ended: false } : inner
}

const USUAL: Partial<Record<Argument, RegExp>> = {
  intLine: /^(?:-?(?:0|[1-9]\d*)|0[01])$/,
  longLine: /^-?(?:0|[1-9]\d*)L?$/,
  indexLine: /^(?:0|[1-9]\d*)$/,
  floatLine: /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)$/i,
}
/** What any reader of Python accepts. */
const ACCEPTED: Partial<Record<Argument, RegExp>> = {
  intLine: /^[\s\0]*[+-]?(?:0[xob])?_?[\da-f][\da-f_]*[\s\0]*$/i,
  longLine: /^[\s\0]*[+-]?(?:0[xob])?_?[\da-f][\da-f_]*[\s\0]*L?$/i,
  indexLine: /^[\s\0]*[+-]?\d[\d_]*[\s\0]*$/,
  floatLine: /^[\s\0]*[+-]?(?:[\d_]*\.?[\d_]*(?:e[+-]?[\d_]+)?|inf|infinity|nan)[\s\0]*$/i,
}

function numberLine(
  text: string,
  argument: Argument,
  place: { next: number; from: number; length: number },
): Read | Break {
  const plain = text.replaceAll('_', '').trim().replace(/L$/, '')
  const value = Number(plain)
  if (USUAL[argument]!.test(text)) {
    const large = argument === 'indexLine' && value > 0xffffffff
    return { ...place, value, odd: large ? 'an index above 2^32' : undefined }
  }
  if (text === '' || !ACCEPTED[argument]!.test(text)) return { broken: 'a number cannot be read', ended: false }
  return { ...place, value, odd: 'a number written in a way that readers read differently' }
}

/** The text of an instruction that carries one. Undefined when it is longer than {@link LONGEST_TEXT}, or not a text. */
export function textOf(window: Window, { opcode, from, length }: Instruction): string | undefined {
  if (length > LONGEST_TEXT) return undefined
  const bytes = window.bytes(from, length)
  switch (opcode.argument) {
    case 'text1':
    case 'text4':
    case 'text8':
      return utf8(bytes)
    case 'textLine':
      return unescapeRaw(latin1(bytes))
    case 'stringLine':
      return unescapeBytes(latin1(bytes))
    case 'string1':
    case 'string4':
      return utf8(bytes) ?? latin1(bytes)
    case 'nameLine':
    case 'bytes1':
    case 'bytes4':
    case 'bytes8':
      return latin1(bytes)
    default:
      return undefined
  }
}

/** The number of an instruction that carries a whole one. Undefined for others. */
export function numberOf({ opcode, value, length }: Instruction): number | undefined {
  if (opcode.name === 'BINFLOAT' || !/^(?:u|i|long|int)/.test(opcode.argument)) return undefined
  return opcode.argument.startsWith('long') && opcode.argument !== 'longLine' && length > 6 ? undefined : value
}
