import { latin1 } from './text.ts'
import type { Window } from './window.ts'

const MAGIC = '\x93NUMPY'
const LONGEST_HEADER = 65_536

/** What an .npy file holds behind its header: `pickle` for objects, `unknown` where the header does not say. */
export type NpyData = { kind: 'numbers' | 'pickle' | 'unknown'; from: number }

/** Reads the header of an .npy file. Undefined when the bytes are not one. */
export function npyData(window: Window): NpyData | undefined {
  if (latin1(window.bytes(0, 6)) !== MAGIC) return undefined
  const width = window.byte(6) === 1 ? 2 : 4
  const length = window.unsigned(8, width)
  const start = 8 + width
  if (length === undefined || length > LONGEST_HEADER || start + length > window.size)
    return { kind: 'unknown', from: start }
  return { kind: kindOf(latin1(window.bytes(start, length))), from: start + length }
}

/** numpy writes the header in one way only; any other spelling counts as unknown, and nothing is evaluated. */
const USUAL =
  /^\{'descr': (?<descr>'[^'\\]{1,64}'|\[[^\\]*\]), 'fortran_order': (?:True|False), 'shape': \([\d, L]*\),? ?\}[ \n]*$/

function kindOf(header: string): NpyData['kind'] {
  const descr = USUAL.exec(header)?.groups?.descr
  if (descr === undefined) return 'unknown'
  return /'[<>|=]?O\d*'/.test(descr) ? 'pickle' : 'numbers'
}
