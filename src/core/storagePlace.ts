import { keccakWords, type Digest, type Hex, type Word } from './hex.ts'
import { STORAGE_LAYOUT } from './storageLayout.ts'

/** Where a value is in a contract's storage. */
export type StoragePlace = {
  contract: StoredContract
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
  | { readonly each: number; readonly count: number }
  | { readonly fields: Readonly<Record<string, StorageField>> }
type StorageField = readonly [slot: number, offset: number, type: StorageType]

/** What leads from a type to a value: keys of mappings, indices of arrays, names of members. A path may end at a struct. */
export type StoragePathIn<T> = T extends number
  ? []
  : T extends { of: infer V }
    ? [key: StorageKey, ...StoragePathIn<V>]
    : T extends { each: number }
      ? [index: number]
      : T extends { fields: infer F }
        ? [] | StoragePath<F>
        : never
/** What leads from a struct, or from all variables of a contract, to a value: the name of a member, and so on. */
export type StoragePath<F> = {
  [K in keyof F & string]: F[K] extends readonly [number, number, infer V] ? [member: K, ...StoragePathIn<V>] : never
}[keyof F & string]

/**
 * Where a contract stores a value. A path that ends at a struct gives its first slot as a whole.
 *
 * @example
 * placeOf('ledger', 'accounts', publisher, 'tenure', 'verifiedUntil')
 *
 * @throws RangeError when an index is outside an array
 */
export function placeOf<C extends StoredContract>(
  contract: C,
  ...path: StoragePath<(typeof STORAGE_LAYOUT)[C]['fields']>
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
      const { each, count }: { each: number; count: number } = type
      const index = step as number
      if (!(Number.isInteger(index) && index >= 0 && index < count))
        throw new RangeError(`The array does not have an element ${index}.`)
      // As many as fit share a slot.
      const perSlot = Math.floor(32 / each)
      slot += BigInt(Math.floor(index / perSlot))
      offset = (index % perSlot) * each
      type = each
    }
  }
  return { contract, slot: wordOf(slot) as Digest, offset, bytes: typeof type === 'number' ? type : 32 }
}

/** The value at a place, out of the word in its slot. */
export function valueAt(word: bigint, { offset, bytes }: Pick<StoragePlace, 'offset' | 'bytes'>): bigint {
  return BigInt.asUintN(8 * bytes, word >> BigInt(8 * offset))
}

/** A number as a word of 32 bytes, modulo 2^256. */
export function wordOf(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(64, '0')}`
}
