/** Lets many take turns: one a cycle of the event loop, in the order in which they ask. So other requests are served in between. */
export class Turns {
  readonly #waiting: (() => void)[] = []

  /** Waits for the next turn, which lasts until its owner waits for something else. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(this.#next)
    })
  }

  readonly #next = (): void => {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(this.#next)
  }
}
