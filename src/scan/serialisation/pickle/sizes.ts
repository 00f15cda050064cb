const STORAGES: Readonly<Record<string, number>> = {
  BFloat16Storage: 2,
  BoolStorage: 1,
  ByteStorage: 1,
  CharStorage: 1,
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  IntStorage: 4,
  LongStorage: 8,
  ShortStorage: 2,
  QInt8Storage: 1,
  QInt32Storage: 4,
  QUInt8Storage: 1,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  UntypedStorage: 1,
  _UntypedStorage: 1,
}

/** Bytes of an item of a storage of torch, by the storage's class. */
export function itemSizeOf(storage: string): number | undefined {
  return Object.hasOwn(STORAGES, storage) ? STORAGES[storage] : undefined
}

/** Bytes of an item of numpy, by the text of its dtype such as `<f8`. Undefined for objects and what is not known. */
export function dtypeSize(dtype: string): number | undefined {
  const [, kind, digits] = /^[<>|=]?([?a-zA-Z])(\d{0,9})$/.exec(dtype) ?? []
  if (kind === undefined || kind === 'O') return undefined
  if (kind === '?') return 1
  if (digits === '')
    return { b: 1, B: 1, h: 2, H: 2, i: 4, I: 4, l: 8, L: 8, q: 8, Q: 8, e: 2, f: 4, d: 8, F: 8, D: 16 }[kind]
  return Number(digits) * (kind === 'U' ? 4 : 1)
}
