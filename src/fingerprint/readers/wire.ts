/** A field of a protobuf message: a number, or bytes. */
export type WireField = { field: number; value: number; bytes: Uint8Array | null }

/**
 * The fields of a protobuf message, in their order. Ends silently where the bytes are not a message any more; fields of 4 and 8
 * bytes are given as bytes. Numbers beyond 2^53 lose their last bits.
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) return NaN
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    return NaN
  }
  while (at < message.length) {
    const key = varint()
    if (Number.isNaN(key)) return
    const [field, type] = [Math.floor(key / 8), key % 8]
    if (type === 0) {
      const value = varint()
      if (Number.isNaN(value)) return
      yield { field, value, bytes: null }
      continue
    }
    const length = type === 2 ? varint() : type === 5 ? 4 : type === 1 ? 8 : NaN
    if (!(length <= message.length - at)) return
    yield { field, value: NaN, bytes: message.subarray(at, at + length) }
    at += length
  }
}
