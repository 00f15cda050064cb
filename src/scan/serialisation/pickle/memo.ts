import { LIMITS } from './limits.ts'
import type { Value } from './values.ts'

/** The memo: an array while indexes are dense, a map for what is far ahead. */
export class Memo {
  readonly #dense: (Value | undefined)[] = []
  readonly #sparse = new Map<number, Value>()
  /** Entries, as MEMOIZE counts them. */
  size = 0

  /** A memo with the same entries; only the first ones of a large memo. */
  copy(): Memo {
    const copied = new Memo()
    copied.#dense.push(...this.#dense.slice(0, LIMITS.memoCopied))
    for (const [index, value] of this.#sparse)
      if (copied.#sparse.size < LIMITS.memoCopied) copied.#sparse.set(index, value)
    copied.size = this.size
    return copied
  }

  get(index: number): Value | undefined {
    return index < this.#dense.length ? this.#dense[index] : this.#sparse.get(index)
  }

  /** Stores a value. Returns whether the index was taken. */
  set(index: number, value: Value): boolean {
    const taken = this.get(index) !== undefined
    if (!taken) this.size++
    if (index < this.#dense.length) this.#dense[index] = value
    else if (index === this.#dense.length && !this.#sparse.has(index)) this.#dense.push(value)
    else this.#sparse.set(index, value)
    return taken
  }
}
