/** What is learned while an operation runs: whether all that it read is as of final blocks, so that its answer never changes. */
export class Finality {
  #reads = 0
  #changing = false

  /** Whether all that was read is as of final blocks. */
  get isFinal(): boolean {
    return this.#reads > 0 && !this.#changing
  }

  /** Notes that the ledger was read, and whether as of a final block. */
  read(isFinal: boolean): void {
    this.#reads += 1
    if (!isFinal) this.#changing = true
  }

  /** Forgets what was noted, before an operation runs again. */
  restart(): void {
    this.#reads = 0
    this.#changing = false
  }
}
