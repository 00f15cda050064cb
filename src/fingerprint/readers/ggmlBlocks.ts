import { halfToFloat, floatDecoderOf } from './decodeFloats.ts'

/** Turns one block of a ggml type into numbers, written to `out` from `at` on. `b` has the bytes, the block begins at `o`. */
type Block = (b: Uint8Array, o: number, out: Float32Array, at: number) => void

/** A type of ggml whose blocks can be read. */
export type GgmlDecoder = { elements: number; bytes: number; decode: Block }

const half = (b: Uint8Array, o: number): number => halfToFloat(b[o]! | (b[o + 1]! << 8))
const signed = (byte: number): number => (byte << 24) >> 24

/** Values of IQ4_NL and IQ4_XS, by their four bits. */
const IQ4_VALUES = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
/** Values of MXFP4, by their four bits, doubled: E2M1. */
const FP4_VALUES = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]

/** A block of 32 numbers of four bits: the first half in the low nibbles, the second in the high ones. */
function nibbles(dataAt: number, value: (b: Uint8Array, o: number, code: number) => number): Block {
  return (b, o, out, at) => {
    for (let index = 0; index < 16; index++) {
      const byte = b[o + dataAt + index]!
      out[at + index] = value(b, o, byte & 15)
      out[at + index + 16] = value(b, o, byte >> 4)
    }
  }
}

/** The fifth bits of a block of 32: bit i belongs to number i. */
function fifths(dataAt: number, bitsAt: number, value: (b: Uint8Array, o: number, code: number) => number): Block {
  return (b, o, out, at) => {
    for (let index = 0; index < 16; index++) {
      const byte = b[o + dataAt + index]!
      const bit = (place: number) => ((b[o + bitsAt + (place >> 3)]! >> (place & 7)) & 1) << 4
      out[at + index] = value(b, o, (byte & 15) | bit(index))
      out[at + index + 16] = value(b, o, (byte >> 4) | bit(index + 16))
    }
  }
}

const q8_0: Block = (b, o, out, at) => {
  const d = half(b, o)
  for (let index = 0; index < 32; index++) out[at + index] = d * signed(b[o + 2 + index]!)
}

/** 16 bytes of scales and minimums (four bits each), 64 bytes of two-bit numbers, d and dmin. */
const q2_K: Block = (b, o, out, at) => {
  const [d, min] = [half(b, o + 80), half(b, o + 82)]
  for (let index = 0; index < 256; index++) {
    const [chunk, within] = [index >> 7, index & 127]
    const [shift, place] = [within >> 5, within & 31]
    const scale = b[o + (index >> 4)]!
    const code = (b[o + 16 + 32 * chunk + place]! >> (2 * shift)) & 3
    out[at + index] = d * (scale & 15) * code - min * (scale >> 4)
  }
}

/** 32 bytes of high bits, 64 of two low bits, 12 of scales with six bits, d. */
const q3_K: Block = (b, o, out, at) => {
  const d = half(b, o + 108)
  for (let index = 0; index < 256; index++) {
    const [chunk, within] = [index >> 7, index & 127]
    const [shift, place] = [within >> 5, within & 31]
    const low = (b[o + 32 + 32 * chunk + place]! >> (2 * shift)) & 3
    const high = (b[o + place]! >> (4 * chunk + shift)) & 1
    out[at + index] = d * (q3Scale(b, o + 96, index >> 4) - 32) * (low - (high === 1 ? 0 : 4))
  }
}

function q3Scale(b: Uint8Array, o: number, group: number): number {
  const low = group < 8 ? b[o + group]! & 15 : b[o + group - 8]! >> 4
  const high = (b[o + 8 + (group & 3)]! >> (2 * (group >> 2))) & 3
  return low | (high << 4)
}

/** The scale and the minimum, six bits each, of one of the eight groups of Q4_K and Q5_K. */
function q4Scale(b: Uint8Array, o: number, group: number): [scale: number, min: number] {
  if (group < 4) return [b[o + group]! & 63, b[o + group + 4]! & 63]
  const byte = b[o + group + 4]!
  return [(byte & 15) | ((b[o + group - 4]! >> 6) << 4), (byte >> 4) | ((b[o + group]! >> 6) << 4)]
}

const q4_K: Block = (b, o, out, at) => {
  const [d, dmin] = [half(b, o), half(b, o + 2)]
  for (let group = 0; group < 8; group++) {
    const [scale, min] = q4Scale(b, o + 4, group)
    for (let index = 0; index < 32; index++) {
      const byte = b[o + 16 + 32 * (group >> 1) + index]!
      out[at + 32 * group + index] = d * scale * (group & 1 ? byte >> 4 : byte & 15) - dmin * min
    }
  }
}

const q5_K: Block = (b, o, out, at) => {
  const [d, dmin] = [half(b, o), half(b, o + 2)]
  for (let group = 0; group < 8; group++) {
    const [scale, min] = q4Scale(b, o + 4, group)
    for (let index = 0; index < 32; index++) {
      const byte = b[o + 48 + 32 * (group >> 1) + index]!
      const high = (b[o + 16 + index]! >> group) & 1
      out[at + 32 * group + index] = d * scale * ((group & 1 ? byte >> 4 : byte & 15) | (high << 4)) - dmin * min
    }
  }
}

/** 128 bytes of four low bits, 64 of two high bits, 16 signed scales, d. */
const q6_K: Block = (b, o, out, at) => {
  const d = half(b, o + 208)
  for (let index = 0; index < 256; index++) {
    const [chunk, within] = [index >> 7, index & 127]
    const [quarter, place] = [within >> 5, within & 31]
    const byte = b[o + 64 * chunk + place + 32 * (quarter & 1)]!
    const low = quarter >= 2 ? byte >> 4 : byte & 15
    const high = (b[o + 128 + 32 * chunk + place]! >> (2 * quarter)) & 3
    out[at + index] = d * signed(b[o + 192 + (index >> 4)]!) * ((low | (high << 4)) - 32)
  }
}

const q8_K: Block = (b, o, out, at) => {
  const d = new DataView(b.buffer, b.byteOffset + o, 4).getFloat32(0, true)
  for (let index = 0; index < 256; index++) out[at + index] = d * signed(b[o + 4 + index]!)
}

const iq4_xs: Block = (b, o, out, at) => {
  const d = half(b, o)
  const high = b[o + 2]! | (b[o + 3]! << 8)
  for (let group = 0; group < 8; group++) {
    const low = (b[o + 4 + (group >> 1)]! >> (4 * (group & 1))) & 15
    const scale = d * ((low | (((high >> (2 * group)) & 3) << 4)) - 32)
    for (let index = 0; index < 16; index++) {
      const byte = b[o + 8 + 16 * group + index]!
      out[at + 32 * group + index] = scale * IQ4_VALUES[byte & 15]!
      out[at + 32 * group + index + 16] = scale * IQ4_VALUES[byte >> 4]!
    }
  }
}

/** The scale of MXFP4 is a power of two in eight bits; it is halved, because the table is doubled. */
const mxfp4 = nibbles(1, (b, o, code) => FP4_VALUES[code]! * 2 ** (b[o]! - 128))

const BLOCKS: Readonly<Record<string, readonly [elements: number, bytes: number, decode: Block]>> = {
  Q4_0: [32, 18, nibbles(2, (b, o, code) => half(b, o) * (code - 8))],
  Q4_1: [32, 20, nibbles(4, (b, o, code) => half(b, o) * code + half(b, o + 2))],
  Q5_0: [32, 22, fifths(6, 2, (b, o, code) => half(b, o) * (code - 16))],
  Q5_1: [32, 24, fifths(8, 4, (b, o, code) => half(b, o) * code + half(b, o + 2))],
  Q8_0: [32, 34, q8_0],
  Q2_K: [256, 84, q2_K],
  Q3_K: [256, 110, q3_K],
  Q4_K: [256, 144, q4_K],
  Q5_K: [256, 176, q5_K],
  Q6_K: [256, 210, q6_K],
  Q8_K: [256, 292, q8_K],
  IQ4_NL: [32, 18, nibbles(2, (b, o, code) => half(b, o) * IQ4_VALUES[code]!)],
  IQ4_XS: [256, 136, iq4_xs],
  MXFP4: [32, 17, mxfp4],
}

/** The decoder of a ggml type; undefined for one that has none. */
export function ggmlDecoderOf(type: string): GgmlDecoder | undefined {
  if (Object.hasOwn(BLOCKS, type)) {
    const [elements, bytes, decode] = BLOCKS[type]!
    return { elements, bytes, decode }
  }
  const plain = floatDecoderOf(type)
  if (plain === undefined) return undefined
  return {
    elements: 1,
    bytes: plain.bytes,
    decode: (b, o, out, at) => plain.decode(b.subarray(o, o + plain.bytes), out.subarray(at, at + 1)),
  }
}

/** Turns stored blocks into numbers, from element `skip` of the first block on. */
export function decodeBlocks(
  { elements, bytes, decode }: GgmlDecoder,
  stored: Uint8Array,
  skip: number,
  count: number,
): Float32Array {
  const blocks = Math.ceil((skip + count) / elements)
  const all = new Float32Array(blocks * elements)
  for (let block = 0; block < blocks; block++) decode(stored, block * bytes, all, block * elements)
  return all.subarray(skip, skip + count)
}
