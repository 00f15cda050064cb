import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from '../core/errors.ts'
import { MAX_ROW_DIGESTS, MAX_TENSOR_DIGESTS } from './exact.ts'
import { MAX_LAYERS } from './foldedRows.ts'
import { MAX_SKETCH_BYTES, type ExactDigests, type Signatures, type Sketch, type SketchLayer } from './sketch.ts'
import { coreBytes, SKETCH_MAGIC } from './sketchSize.ts'

/** Most anchors and units that a sketch can have. */
const [MAX_ANCHORS, MAX_UNITS] = [128, 8]
const NO_DIGEST = '0'.repeat(16)

/** The bytes of a sketch, whose SHA-256 a registration can commit to. The format is in docs/formats/sketch.md. */
export function sketchBytes(sketch: Sketch): Uint8Array {
  const { exact } = sketch
  const bytes = new Uint8Array(coreBytes(sketch) + 8 * (exact.rows.length + exact.tensors.length))
  const out = new Writer(bytes)
  out.raw(utf8ToBytes(SKETCH_MAGIC))
  out.uint(1, sketch.isSecret ? 1 : 0)
  out.uint(1, sketch.units)
  out.uint(4, sketch.columns)
  out.uint(2, sketch.anchors.length)
  out.uint(2, sketch.layers.length)
  out.uint(2, exact.rows.length)
  out.uint(2, exact.tensors.length)
  out.uint(4, exact.tensorCount)
  out.raw(hexToBytes(exact.vocabulary ?? NO_DIGEST))
  out.raw(hexToBytes(exact.merges ?? NO_DIGEST))
  for (const hash of sketch.anchors) out.uint(4, hash)
  out.signatures(sketch.gram)
  for (const layer of sketch.layers) {
    out.uint(4, layer.rows)
    out.uint(1, layer.places.length)
    for (const place of layer.places) out.uint(3, place)
    out.codes(layer.cosines)
    out.signatures(layer.gate)
    out.signatures(layer.up)
  }
  for (const digest of [...exact.rows, ...exact.tensors]) out.raw(hexToBytes(digest))
  return bytes
}

/**
 * Reads the bytes of a sketch. Each sketch has one form: bytes that another writer could have written in another way are refused.
 *
 * @throws {@link InvalidSketchError} naming what is wrong
 */
export function parseSketch(bytes: Uint8Array): Sketch {
  if (bytes.length > MAX_SKETCH_BYTES) fail(`${bytes.length} bytes`, `at most ${MAX_SKETCH_BYTES}`)
  const input = new Reader(bytes)
  if (bytesToHex(input.raw(SKETCH_MAGIC.length)) !== bytesToHex(utf8ToBytes(SKETCH_MAGIC)))
    fail('another beginning', `"${SKETCH_MAGIC.trim()}" and a line feed`)
  const isSecret = input.atMost(1, 1, 'flags') === 1
  const units = input.between(1, 1, MAX_UNITS, 'units')
  const columns = input.atMost(4, 2 ** 20, 'columns')
  const anchorCount = input.atMost(2, MAX_ANCHORS, 'anchors')
  const layerCount = input.atMost(2, MAX_LAYERS, 'layers')
  const rowCount = input.atMost(2, MAX_ROW_DIGESTS, 'digests of rows')
  const tensorListed = input.atMost(2, MAX_TENSOR_DIGESTS, 'digests of tensors')
  const tensorCount = input.uint(4)
  if (tensorCount < tensorListed) fail(`${tensorCount} tensors`, `at least the ${tensorListed} that it lists`)
  const vocabulary = input.digestOrNull()
  const merges = input.digestOrNull()
  const anchors = Uint32Array.from({ length: anchorCount }, () => input.uint(4))
  if (new Set(anchors).size !== anchorCount) fail('an anchor twice', 'each anchor once')
  const gram = input.signatures(anchorCount, (row) => row + 1)
  const layers = Array.from({ length: layerCount }, () => readLayer(input, units, anchorCount))
  const exact: ExactDigests = {
    rows: input.digests(rowCount),
    tensors: input.digests(tensorListed),
    tensorCount,
    vocabulary,
    merges,
  }
  input.end()
  return { isSecret, units, columns, anchors, gram, layers, exact }
}

function readLayer(input: Reader, units: number, anchors: number): SketchLayer {
  const rows = input.between(4, 1, 2 ** 24, 'rows of a layer')
  const count = input.uint(1)
  const expected = Math.min(2 * units, rows)
  if (count !== expected) fail(`a layer with ${count} places`, `${expected}`)
  const places = Uint32Array.from({ length: count }, () => input.atMost(3, rows - 1, 'a place'))
  if (new Set(places).size !== count) fail('a place twice', 'each place of a layer once')
  const cosines = input.codes((count * (count - 1)) / 2)
  const signed = Math.min(units, count)
  return {
    rows,
    places,
    cosines,
    gate: input.signatures(signed, () => anchors),
    up: input.signatures(signed, () => anchors),
  }
}

class Writer {
  #at = 0
  readonly #view: DataView
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint(length: number, value: number): void {
    for (let index = 0; index < length; index++) this.#view.setUint8(this.#at++, Math.floor(value / 2 ** (8 * index)))
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  codes(codes: Int8Array): void {
    this.raw(new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))
  }

  signatures({ codes, scales }: Signatures): void {
    for (const scale of scales) {
      this.#view.setFloat32(this.#at, scale, true)
      this.#at += 4
    }
    this.codes(codes)
  }
}

class Reader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) fail(`${this.#bytes.length} bytes`, `at least ${end}`)
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }

  uint(length: number): number {
    return this.raw(length).reduceRight((value, byte) => value * 256 + byte, 0)
  }

  atMost(length: number, most: number, what: string): number {
    return this.between(length, 0, most, what)
  }

  between(length: number, least: number, most: number, what: string): number {
    const value = this.uint(length)
    if (value < least || value > most) fail(`${value} as ${what}`, `${least} to ${most}`)
    return value
  }

  codes(count: number): Int8Array {
    const codes = Int8Array.from(this.raw(count), (byte) => (byte << 24) >> 24)
    if (codes.includes(-128)) fail('the number -128', '-127 to 127')
    return codes
  }

  /** Rows of codes with their scales; a row without a scale has codes of zero. */
  signatures(rows: number, lengthOf: (row: number) => number): Signatures {
    const scales = Float32Array.from({ length: rows }, () => this.#scale())
    const lengths = Array.from({ length: rows }, (_, row) => lengthOf(row))
    const codes = this.codes(lengths.reduce((sum, length) => sum + length, 0))
    return { codes, scales }
  }

  #scale(): number {
    this.raw(4)
    const scale = this.#view.getFloat32(this.#at - 4, true)
    if (!Number.isFinite(scale) || scale < 0 || Object.is(scale, -0)) fail(`the scale ${scale}`, 'zero or more')
    return scale
  }

  digestOrNull(): string | null {
    const digest = bytesToHex(this.raw(8))
    return digest === NO_DIGEST ? null : digest
  }

  digests(count: number): string[] {
    const digests = Array.from({ length: count }, () => bytesToHex(this.raw(8)))
    if (digests.some((digest, index) => index > 0 && digest <= digests[index - 1]!))
      fail('digests that do not ascend', 'each digest once, ascending')
    return digests
  }

  end(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) fail(`${left} bytes after its end`, 'none')
  }
}

function fail(actual: string, expected: string): never {
  throw new InvalidSketchError(actual, expected)
}

/** Thrown when bytes are not a sketch. */
export class InvalidSketchError extends StemmaError {
  override name = 'InvalidSketchError'
  constructor(actual: string, expected: string) {
    super(
      'INVALID_SKETCH',
      `The sketch has ${actual}. Expected ${expected}; use a file that "stemma weights sketch" wrote.`,
    )
  }
}
