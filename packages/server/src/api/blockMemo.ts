import { LRUCache } from 'lru-cache'

import type { Hex } from 'stemma/core'

/** Most answers that are kept. */
const MAX_ANSWERS = 256

/**
 * Keeps answers that take long to compute and depend only on the ledger as of a block. The block is named by its hash, so an
 * answer never outlives a block that was replaced.
 */
export class BlockMemo {
  readonly #answers = new LRUCache<string, Promise<unknown>>({ max: MAX_ANSWERS })

  /** Reads something once per block. Callers that ask in the meantime wait for the same answer. */
  once<T>(block: Hex, what: string, read: () => Promise<T>): Promise<T> {
    const key = `${block} ${what}`
    const known = this.#answers.get(key)
    if (known) return known as Promise<T>
    const answer = read()
    this.#answers.set(key, answer)
    // A failure is not kept; the callers that wait for it see it.
    answer.catch(() => this.#answers.delete(key))
    return answer
  }
}
