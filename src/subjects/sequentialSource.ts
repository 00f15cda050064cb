import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { FileTruncatedError, type ByteSource } from '../interop/byteSource.ts'

/** Most bytes at the beginning of a file that are kept while its header is read. */
export const MAX_HEAD_BYTES = 256 * 1024 * 1024

/**
 * The bytes of a file that pass by once, from the first to the last. What a reader of headers asks for is kept, so that it can be read again
 * and hashed after.
 */
export class SequentialSource implements ByteSource {
  readonly path: string
  readonly size: number
  readonly #next: () => Promise<Uint8Array | undefined>
  /** What was kept, and room for more. */
  #kept: Uint8Array = new Uint8Array(0)
  #length = 0

  /**
   * @param path the name that errors give
   * @param next the next bytes; undefined at the end
   */
  constructor(path: string, size: number, next: () => Promise<Uint8Array | undefined>) {
    this.path = path
    this.size = size
    this.#next = next
  }

  /** @throws `FileTruncatedError` at the end of the file, {@link HeadTooLongError} past {@link MAX_HEAD_BYTES} */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = offset + length
    if (end > this.size) throw new FileTruncatedError(this.path, end)
    if (end > MAX_HEAD_BYTES) throw new HeadTooLongError(this.path)
    while (this.#length < end) {
      const chunk = await this.#next()
      if (chunk === undefined) throw new FileTruncatedError(this.path, end)
      this.#keep(chunk)
    }
    return this.#kept.subarray(offset, end)
  }

  /** Keeps bytes. The room doubles, so that a long header that is read bit by bit is not copied for each of them. */
  #keep(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#kept.length) {
      const larger = new Uint8Array(this.#length === 0 ? length : Math.max(length, 2 * this.#kept.length))
      larger.set(this.#kept.subarray(0, this.#length))
      this.#kept = larger
    }
    this.#kept.set(chunk, this.#length)
    this.#length = length
  }

  /** What has passed by because it was asked for. */
  head(): Uint8Array {
    if (this.#kept.length > this.#length) this.#kept = this.#kept.slice(0, this.#length)
    return this.#kept
  }

  /** All bytes from the first: what was kept, then what follows. For one use, after the last `read`. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const head = this.head()
    if (head.length > 0) yield head
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk
  }
}

/** Thrown when the header of a file in a layer is longer than is kept in memory. */
export class HeadTooLongError extends StemmaError {
  override name = 'HeadTooLongError'
  constructor(path: string) {
    super(
      'HEAD_TOO_LONG',
      `The header of ${quoted(path)} is longer than the ${MAX_HEAD_BYTES} bytes that are read of a file in a layer. Unpack the layer, and use its folder.`,
    )
  }
}
