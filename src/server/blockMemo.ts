import type { Hex } from '../core/hex.ts'

/** Answers that are remembered. */
const REMEMBERED = 256

/**
 * Remembers what takes long to read, and depends on nothing but the ledger as of a block. The block is named by its hash, so that nothing
 * is ever told of one that was replaced.
 */
export class BlockMemo {
  readonly #found = new Map<string, unknown>()

  /** Reads something the first time that it is asked for as of a block. */
  async once<T>(block: Hex, what: string, read: () => Promise<T>): Promise<T> {
    const key = `${block} ${what}`
    if (this.#found.has(key)) return this.#found.get(key) as T
    const answer = await read()
    this.#found.set(key, answer)
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= REMEMBERED) break
      this.#found.delete(oldest)
    }
    return answer
  }
}
