import type { Content } from '../../ports.ts'

/** A field of a protobuf message, as the bytes have it. */
export type Field = {
  number: number
  /** 0 varint, 1 eight bytes, 2 a length and its bytes, 5 four bytes. */
  wire: number
  /** Where its bytes begin; of a varint, where it begins. */
  offset: number
  /** Length of its bytes. */
  length: number
  /** The value of a varint; zero for the others. */
  value: bigint
}

/** A part of a protobuf file that is a message. */
export type Span = { offset: number; length: number }

/** Thrown, within this folder only, when bytes are not protobuf. Not an error: most bytes are not, and a stack for each would take long. */
export class WireFault {}
const FAULT = new WireFault()

const WINDOW_BYTES = 65_536

/** Reads protobuf through a window, so that data of any length are passed over without being read. */
export class WireReader {
  readonly #content: Content
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(content: Content) {
    this.#content = content
  }

  /** The whole file as a message. */
  get all(): Span {
    return { offset: 0, length: this.#content.size }
  }

  /** The fields of a message. @throws WireFault where its bytes are not protobuf */
  *fields({ offset, length }: Span): Generator<Field> {
    const end = offset + length
    for (let at = offset; at < end;) {
      const key = this.#varint(at, end)
      at = key.next
      const number = Number(key.value >> 3n)
      const wire = Number(key.value & 7n)
      if (number < 1 || number > 0x1fffffff) throw FAULT
      const field = this.#field(number, wire, at, end)
      yield field
      at = field.offset + field.length
    }
  }

  /** A field's bytes as text; at most 64 kB of them. */
  text({ offset, length }: Span): string {
    return new TextDecoder().decode(this.#content.read(offset, Math.min(length, 65_536)))
  }

  /** The values of a field of integers, packed or not; at most `most`. */
  integers(field: Field, most: number): bigint[] {
    if (field.wire === 0) return [BigInt.asIntN(64, field.value)]
    const values: bigint[] = []
    for (let at = field.offset; at < field.offset + field.length && values.length < most;) {
      const { value, next } = this.#varint(at, field.offset + field.length)
      values.push(BigInt.asIntN(64, value))
      at = next
    }
    return values
  }

  #field(number: number, wire: number, at: number, end: number): Field {
    if (wire === 0) {
      const { value, next } = this.#varint(at, end)
      return { number, wire, offset: at, length: next - at, value }
    }
    let offset = at
    let length = wire === 1 ? 8 : wire === 5 ? 4 : -1
    if (wire === 2) {
      const { value, next } = this.#varint(at, end)
      if (value > BigInt(end - next)) throw FAULT
      offset = next
      length = Number(value)
    }
    if (length < 0 || offset + length > end) throw FAULT
    return { number, wire, offset, length, value: 0n }
  }

  #varint(at: number, end: number): { value: bigint; next: number } {
    let value = 0
    for (let index = 0; index < 10; index++) {
      if (at + index >= end) throw FAULT
      const byte = this.#byte(at + index)
      // Numbers below 2^49 need no bigint on the way.
      if (index < 7) value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) {
        return index < 7
          ? { value: BigInt(value), next: at + index + 1 }
          : { value: this.#long(at, index), next: at + index + 1 }
      }
    }
    throw FAULT
  }

  #long(at: number, last: number): bigint {
    let value = 0n
    for (let index = last; index >= 0; index--) value = (value << 7n) | BigInt(this.#byte(at + index) & 0x7f)
    return BigInt.asUintN(64, value)
  }

  #byte(at: number): number {
    if (at < this.#start || at >= this.#start + this.#window.length) {
      this.#window = this.#content.read(at, Math.min(WINDOW_BYTES, this.#content.size - at))
      this.#start = at
    }
    const byte = this.#window[at - this.#start]
    if (byte === undefined) throw FAULT
    return byte
  }
}
