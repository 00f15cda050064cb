/** What a server knows of a client beside its request. */
export type Caller = {
  /** The IP address of the client, or of the proxy before it. */
  address?: string
}

/** One request and what is learned while it is answered. */
export class Exchange {
  readonly request: Request
  readonly address: string
  /** What failed, for the operator: never sent. */
  failure: string | undefined
  /** Whether the answer has errors, also beside data. */
  hasErrors = false
  readonly #ends = new Set<() => void>()
  #reads = 0
  #changing = false

  constructor(request: Request, { address = '' }: Caller = {}) {
    this.request = request
    this.address = address
  }

  /** Whether all that was read is as of final blocks, so that the answer never changes. */
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
    this.hasErrors = false
  }

  /** Runs something when the answer has ended, in whatever way. Returns what undoes that. */
  onEnd(run: () => void): () => void {
    this.#ends.add(run)
    return () => void this.#ends.delete(run)
  }

  /** Says that the answer has ended. */
  end(): void {
    const all = [...this.#ends]
    this.#ends.clear()
    for (const run of all) run()
  }
}
