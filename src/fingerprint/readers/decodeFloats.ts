/** Turns the stored bytes of some elements into 32-bit floats. */
export type FloatDecoder = { bytes: number; decode(bytes: Uint8Array, out: Float32Array): void }

const WORD = new DataView(new ArrayBuffer(4))

/** A half-precision number of 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** All halves by their bits, made when the first tensor of that type is read. */
let halves: Float32Array | undefined
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits))
  return halves
}

/** A number of 8 bits with some bits of exponent. E4M3 has no infinity: only all ones is not a number. */
function smallFloat(bits: number, exponentBits: number): number {
  const fractionBits = 7 - exponentBits
  const sign = bits & 0x80 ? -1 : 1
  const exponent = (bits & 0x7f) >> fractionBits
  const fraction = bits & ((1 << fractionBits) - 1)
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponentBits === 5 && exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  if (exponentBits === 4 && (bits & 0x7f) === 0x7f) return NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits)
  return sign * (2 ** fractionBits + fraction) * 2 ** (exponent - bias - fractionBits)
}

const E4M3 = Float32Array.from({ length: 256 }, (_, bits) => smallFloat(bits, 4))
const E5M2 = Float32Array.from({ length: 256 }, (_, bits) => smallFloat(bits, 5))

function fromView(bytes: number, read: (view: DataView, at: number) => number): FloatDecoder {
  return {
    bytes,
    decode(stored, out) {
      const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
      for (let index = 0; index < out.length; index++) out[index] = read(view, index * bytes)
    },
  }
}

function fromTable(table: Float32Array): FloatDecoder {
  return {
    bytes: 1,
    decode(stored, out) {
      for (let index = 0; index < out.length; index++) out[index] = table[stored[index]!]!
    },
  }
}

const BF16: FloatDecoder = {
  bytes: 2,
  decode(stored, out) {
    const words = new Uint32Array(out.buffer, out.byteOffset, out.length)
    if (IS_LITTLE) {
      for (let index = 0; index < out.length; index++)
        words[index] = (stored[2 * index]! << 16) | (stored[2 * index + 1]! << 24)
      return
    }
    for (let index = 0; index < out.length; index++) {
      WORD.setUint8(0, stored[2 * index + 1]!)
      WORD.setUint8(1, stored[2 * index]!)
      out[index] = WORD.getFloat32(0)
    }
  },
}

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

const DECODERS: Readonly<Record<string, FloatDecoder>> = {
  F64: fromView(8, (view, at) => view.getFloat64(at, true)),
  F32: fromView(4, (view, at) => view.getFloat32(at, true)),
  F16: fromView(2, (view, at) => halfTable()[view.getUint16(at, true)]!),
  BF16,
  F8_E4M3: fromTable(E4M3),
  F8_E5M2: fromTable(E5M2),
  I8: fromView(1, (view, at) => view.getInt8(at)),
  U8: fromView(1, (view, at) => view.getUint8(at)),
  I32: fromView(4, (view, at) => view.getInt32(at, true)),
}

/** The decoder of a type as safetensors names it; undefined for one that has none. */
export function floatDecoderOf(dtype: string): FloatDecoder | undefined {
  return Object.hasOwn(DECODERS, dtype) ? DECODERS[dtype] : undefined
}
