import { LRUCache } from 'lru-cache'

import type { Hex } from 'stemma/core'

/** Answers that are remembered. */
const REMEMBERED = 256

/**
 * Remembers what takes long to read, and depends on nothing but the ledger as of a block. The block is named by its hash, so that nothing
 * is ever told of one that was replaced.
 */
export class BlockMemo {
  readonly #found = new LRUCache<string, Promise<unknown>>({ max: REMEMBERED })

  /** Reads something the first time that it is asked for as of a block. Whoever asks meanwhile waits for the same answer. */
  once<T>(block: Hex, what: string, read: () => Promise<T>): Promise<T> {
    const key = `${block} ${what}`
    const known = this.#found.get(key)
    if (known) return known as Promise<T>
    const answer = read()
    this.#found.set(key, answer)
    // A failure is not remembered; whoever waits for the answer sees it.
    answer.catch(() => this.#found.delete(key))
    return answer
  }
}
