/** Most blocks of one request. */
const MAX_BLOCKS = 100_000
/** Blocks of the first request: few, because nobody knows yet how full they are. */
const FIRST_BLOCKS = 4
/** Number of accepted ranges after which a refused size is tried again the first time. */
const PROBE_AFTER = 32

/**
 * Chooses how many blocks the next request for logs covers: about as many as hold a number of logs, and fewer than the node has
 * refused.
 */
export class RangeSizer {
  readonly #target: number
  #blocks = FIRST_BLOCKS
  #ceiling = MAX_BLOCKS
  #accepted = 0
  /** Number of accepted ranges before a larger one is tried. */
  #patience = PROBE_AFTER

  /** @param target about how many logs a range should have */
  constructor(target: number) {
    this.#target = target
  }

  /** The number of blocks for the next range. */
  get blocks(): number {
    return this.#blocks
  }

  /** Notes that the node answered a range, with so many logs. */
  accept(blocks: number, logs: number): void {
    this.#accepted += 1
    if (this.#accepted >= this.#patience) {
      this.#ceiling = Math.min(MAX_BLOCKS, this.#ceiling * 2)
      this.#accepted = 0
      // A node that was not refusing the size, but was behind or busy, soon answers full ranges again.
      this.#patience = Math.max(2, this.#patience / 4)
    }
    const fit = logs === 0 ? Infinity : (blocks * this.#target) / logs
    // At most doubles, because the last range says little about the next.
    const wanted = Math.min(fit, blocks * 2)
    this.#blocks = Math.max(1, Math.min(this.#ceiling, Math.floor(wanted)))
  }

  /**
   * Notes that a range was too large for the node.
   *
   * @param limit the most blocks that it answers, if it says so
   */
  refuse(blocks: number, limit?: number): void {
    this.#ceiling = limit ?? Math.max(1, Math.floor(blocks / 2))
    this.#blocks = Math.min(this.#blocks, this.#ceiling)
    this.#accepted = 0
    this.#patience = PROBE_AFTER
  }
}
