import { latin1 } from './text.ts'
import { dtypeSize } from './sizes.ts'
import type { Window } from './window.ts'

const MAGIC = '\x93NUMPY'
const LONGEST_HEADER = 65_536

/** What an .npy file holds behind its header: `pickle` for objects, `unknown` where the header does not say. */
export type NpyData = {
  kind: 'numbers' | 'pickle' | 'unknown'
  from: number
  /** Bytes of the numbers; undefined where the type does not say it. */
  bytes?: number | undefined
}

/** Reads the header of an .npy file. Undefined when the bytes are not one. */
export function npyData(window: Window): NpyData | undefined {
  if (latin1(window.bytes(0, 6)) !== MAGIC) return undefined
  const width = window.byte(6) === 1 ? 2 : 4
  const length = window.unsigned(8, width)
  const start = 8 + width
  if (length === undefined || length > LONGEST_HEADER || start + length > window.size)
    return { kind: 'unknown', from: start }
  return { ...kindOf(latin1(window.bytes(start, length))), from: start + length }
}

/** numpy writes the header in one way only; any other spelling counts as unknown, and nothing is evaluated. */
const USUAL =
  /^\{'descr': (?<descr>'[^'\\]{1,64}'|\[[^\\]*\]), 'fortran_order': (?:True|False), 'shape': \((?<shape>[\d, L]*)\),? ?\}[ \n]*$/
/** A type of numbers or texts as numpy writes it; all else may stand for objects, under one of many names. */
export const NUMBERS = /^[<>|=]?(?:[?biufcSUaVB]\d{0,9}|[mM]8(?:\[\d*\w+\])?)$/

function kindOf(header: string): { kind: NpyData['kind']; bytes?: number | undefined } {
  const { descr, shape } = USUAL.exec(header)?.groups ?? {}
  if (descr === undefined) return { kind: 'unknown' }
  if (descr.startsWith("'")) return simpleKind(descr.slice(1, -1), shape!)
  // Fields: each is a pair or a triple of a name, a type or a list of fields, and a shape.
  const texts = [...descr.matchAll(/'([^']*)'/g)].map(([, text]) => text!)
  if (texts.some((text) => /^[<>|=]?O\d*$/.test(text))) return { kind: 'pickle' }
  const types = [...descr.matchAll(/'[^']*', '([^']*)'(?=[,)])/g)].map(([, text]) => text!)
  return types.length > 0 && types.every((type) => NUMBERS.test(type)) ? { kind: 'numbers' } : { kind: 'unknown' }
}

function simpleKind(type: string, shape: string): { kind: NpyData['kind']; bytes?: number | undefined } {
  if (/^[<>|=]?O\d*$/.test(type)) return { kind: 'pickle' }
  if (!NUMBERS.test(type)) return { kind: 'unknown' }
  const size = dtypeSize(type.replace(/\[.*$/, ''))
  const sizes = shape.split(',').map((each) => Number(each.trim().replace(/L$/, '') || '1'))
  return {
    kind: 'numbers',
    bytes: size === undefined ? undefined : sizes.reduce((product, each) => product * each, size),
  }
}
