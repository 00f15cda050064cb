import type { Content } from '../../ports.ts'

const LENGTH = 65_536

/** Reads single bytes and short pieces of content through a bounded buffer. */
export class Window {
  readonly size: number
  readonly #content: Pick<Content, 'read' | 'size'>
  readonly #length: number
  #bytes: Uint8Array = new Uint8Array()
  #from = 0

  /** `length` is the most bytes that are held at a time. */
  constructor(content: Pick<Content, 'read' | 'size'>, length = LENGTH) {
    this.#content = content
    this.#length = length
    this.size = content.size
  }

  /** The byte at an offset; -1 past the end. */
  byte(at: number): number {
    const index = at - this.#from
    if (index >= 0 && index < this.#bytes.length) return this.#bytes[index]!
    if (at < 0 || at >= this.size) return -1
    this.#bytes = this.#content.read(at, Math.min(this.#length, this.size - at))
    this.#from = at
    return this.#bytes[0] ?? -1
  }

  /** Bytes at an offset, at most as many as the content has. */
  bytes(at: number, length: number): Uint8Array {
    const most = Math.max(0, Math.min(length, this.size - at))
    const index = at - this.#from
    if (index >= 0 && index + most <= this.#bytes.length) return this.#bytes.subarray(index, index + most)
    return this.#content.read(at, most)
  }

  /** An unsigned number of `width` bytes, little-endian. Undefined when the content ends before. Above 2^53 it is rounded. */
  unsigned(at: number, width: number): number | undefined {
    if (at + width > this.size) return undefined
    let value = 0
    for (let index = width - 1; index >= 0; index--) value = value * 256 + this.byte(at + index)
    return value
  }

  /** Offset of the next line feed; -1 when there is none. */
  lineEnd(at: number): number {
    for (let from = at; from < this.size;) {
      this.byte(from)
      const index = this.#bytes.indexOf(0x0a, from - this.#from)
      if (index >= 0) return this.#from + index
      if (this.#bytes.length === 0) return -1
      from = this.#from + this.#bytes.length
    }
    return -1
  }
}
