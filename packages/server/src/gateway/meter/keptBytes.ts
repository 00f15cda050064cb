/** Most bytes of an answer that are kept whole. */
const MOST_WHOLE = 1024 * 1024
/** Of a longer answer, the last bytes: there stands what it reports. */
const TAIL = 64 * 1024
/** Pieces that are kept before they are joined. */
const MOST_PIECES = 64

/** Keeps the bytes of an answer, in bounded memory: all, or the last ones. */
export class KeptBytes {
  /** Bytes that came. */
  length = 0
  #pieces: Buffer[] = []
  #kept = 0

  /** Adds the next bytes. */
  add(bytes: Buffer): void {
    this.length += bytes.length
    this.#pieces.push(bytes)
    this.#kept += bytes.length
    if (this.isWhole && this.#pieces.length < MOST_PIECES) return
    while (!this.isWhole && this.#kept - this.#pieces[0]!.length >= TAIL) this.#kept -= this.#pieces.shift()!.length
    if (this.#pieces.length >= MOST_PIECES) this.#pieces = [Buffer.concat(this.#pieces)]
  }

  /** Whether nothing was left out. */
  get isWhole(): boolean {
    return this.length <= MOST_WHOLE
  }

  /** What is kept. */
  bytes(): Buffer {
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
  }
}
