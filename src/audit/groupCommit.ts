import { setImmediate as nextTurn } from 'node:timers/promises'

/** How an item ended. */
export type Committed<Answer> = { answer: Answer } | { error: unknown }

type Waiter<Answer> = { resolve: (answer: Answer) => void; reject: (error: unknown) => void }

/** Commits together what comes at the same time: while a batch is on its way to the disk, the next gathers. Items keep their order. */
export class GroupCommit<Item, Answer> {
  readonly #commit: (items: readonly Item[]) => Promise<Committed<Answer>[]>
  #items: Item[] = []
  #waiters: Waiter<Answer>[] = []
  #running: Promise<void> | undefined

  /** @param commit takes as many items as it likes from the front, at least one, and says how each of them ended; never rejects */
  constructor(commit: (items: readonly Item[]) => Promise<Committed<Answer>[]>) {
    this.#commit = commit
  }

  /** Commits an item together with what else is waiting. */
  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#items.push(item)
      this.#waiters.push({ resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits until nothing is left to commit. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    do {
      // Those that wait for the same turn of the event loop, as for the last batch, add their items before it is taken.
      await nextTurn()
      const items = this.#items
      const waiters = this.#waiters
      this.#items = []
      this.#waiters = []
      const ended = await this.#commit(items)
      if (ended.length < items.length) {
        this.#items = items.slice(ended.length).concat(this.#items)
        this.#waiters = waiters.slice(ended.length).concat(this.#waiters)
      }
      for (const [place, each] of ended.entries()) {
        if ('error' in each) waiters[place]!.reject(each.error)
        else waiters[place]!.resolve(each.answer)
      }
    } while (this.#items.length > 0)
    this.#running = undefined
  }
}
