import { keccakWords, type Digest, type Hex, type Word } from './hex.ts'
import { STORAGE_LAYOUT } from './storageLayout.ts'

/** Where a value is in a contract's storage. */
export type StoragePlace = {
  slot: Digest
  /** The value's lowest byte in the slot, counted from the slot's lowest byte. */
  offset: number
  /** How many bytes the value has. */
  bytes: number
}

/** A contract whose storage is read, by its name in a deployment. */
export type StoredContract = keyof typeof STORAGE_LAYOUT

/** The key of a mapping: an id, a digest, an address, or a number. */
export type StorageKey = Hex | bigint | number

type StorageType =
  | number
  | { readonly of: StorageType }
  | { readonly each: StorageType; readonly count?: number }
  | { readonly fields: Readonly<Record<string, StorageField>>; readonly slots?: number }
type StorageField = readonly [slot: number, offset: number, type: StorageType]

/** What leads from a type to a value: keys of mappings, indices of arrays, names of members. A path may end at a struct. */
type PathIn<T> = T extends number
  ? []
  : T extends { of: infer V }
    ? [key: StorageKey, ...PathIn<V>]
    : T extends { each: infer V; count: number }
      ? [index: number, ...PathIn<V>]
      : T extends { each: infer V }
        ? [] | [index: number, ...PathIn<V>]
        : T extends { fields: infer F }
          ? [] | MemberPath<F>
          : never
type MemberPath<F> = {
  [K in keyof F & string]: F[K] extends readonly [number, number, infer V] ? [member: K, ...PathIn<V>] : never
}[keyof F & string]

/**
 * Where a contract stores a value. A path that ends at a struct gives its first slot, and one that ends at an array of any length
 * gives the slot of its length, whole in both cases.
 *
 * @example
 * placeOf('ledger', 'accounts', publisher, 'tenure', 'verifiedUntil')
 *
 * @throws RangeError when an index is outside a fixed array
 */
export function placeOf<C extends StoredContract>(
  contract: C,
  ...path: MemberPath<(typeof STORAGE_LAYOUT)[C]['fields']>
): StoragePlace {
  let type: StorageType = STORAGE_LAYOUT[contract]
  let slot = 0n
  let offset = 0
  for (const step of path as readonly (string | StorageKey)[]) {
    if (typeof type === 'number') break
    if ('fields' in type) {
      const [at, lowest, member]: StorageField = type.fields[step as string]!
      slot += BigInt(at)
      offset = lowest
      type = member
    } else if ('of' in type) {
      slot = BigInt(keccakWords([step as Word, slot]))
      type = type.of
    } else {
      const index = step as number
      if (!(index >= 0 && index < (type.count ?? Infinity))) throw new RangeError(`There is not an element ${index}.`)
      if (type.count === undefined) slot = BigInt(keccakWords([slot]))
      const size = bytesOf(type.each)
      const perSlot = Math.max(1, Math.floor(32 / size))
      slot += BigInt(Math.floor(index / perSlot) * Math.ceil(size / 32))
      offset = (index % perSlot) * size
      type = type.each
    }
  }
  return { slot: wordOf(slot), offset, bytes: typeof type === 'number' ? type : 32 }
}

/** The value at a place, out of the word in its slot. */
export function valueAt(word: bigint, { offset, bytes }: StoragePlace): bigint {
  return BigInt.asUintN(8 * bytes, word >> BigInt(8 * offset))
}

/** The slot after another one by some slots: where a struct goes on. */
export function slotAfter(slot: Digest, slots: number): Digest {
  return wordOf(BigInt(slot) + BigInt(slots))
}

/** How many bytes an element takes up; arrays and structs take up whole slots. */
function bytesOf(type: StorageType): number {
  if (typeof type === 'number') return type
  if ('fields' in type) return 32 * type.slots!
  if ('each' in type && type.count !== undefined) {
    const size = bytesOf(type.each)
    return 32 * Math.ceil(type.count / Math.max(1, Math.floor(32 / size))) * Math.ceil(size / 32)
  }
  return 32
}

function wordOf(slot: bigint): Digest {
  return `0x${BigInt.asUintN(256, slot).toString(16).padStart(64, '0')}` as Digest
}
