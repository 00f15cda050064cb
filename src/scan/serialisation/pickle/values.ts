import type { Judged } from './importTier.ts'

/** What is known of a value on the stack. A number is the offset of the instruction that wrote a string, bytes or a number. */
export type Value = number | Thing

/** A value that is not written out as a literal. */
export type Thing = Plain | Container | Tuple | Import | Made | Storage | Unresolved

/** None, a truth value, or what no longer matters. */
type Plain = { kind: 'plain' }
type Container = { kind: 'list' | 'set' | 'dict'; entries?: Map<string, Value> }
export type Tuple = { kind: 'tuple'; items: readonly Value[]; depth: number; whole: boolean }
export type Import = Judged & { kind: 'import'; module: string; name: string; result?: Made }
/** The result of a call. */
export type Made = {
  kind: 'made'
  of: Import
  tier: 'tensor' | 'library' | 'other' | 'harmful' | 'attribute'
  /** The first argument, for `numpy.dtype` and `_codecs.encode`. */
  argument?: Value
  /** Whether it is a type of numpy with fields, which its state gave it. */
  hasFields?: boolean
}
/** A storage of torch, by its persistent id. */
export type Storage = { kind: 'storage'; key: string; numel: number; itemSize: number }
type Unresolved = { kind: 'unresolved' }

export const PLAIN: Plain = { kind: 'plain' }
export const LIST: Container = { kind: 'list' }
export const SET: Container = { kind: 'set' }
export const DICT: Container = { kind: 'dict' }
export const UNRESOLVED: Unresolved = { kind: 'unresolved' }
export const EMPTY: Tuple = { kind: 'tuple', items: [], depth: 0, whole: true }

/** The name of an import as it is reported. */
export function fullName({ module, name }: Import): string {
  return `${module}.${name}`
}
