import { Finality } from '../finality.ts'

/** What a server knows of a client beside its request. */
export type Caller = {
  /** The IP address of the client, or of the proxy before it. */
  address?: string
}

/** One request and what is learned while it is answered. */
export class Exchange extends Finality {
  readonly request: Request
  readonly address: string
  /** What failed, for the operator: never sent. */
  failure: string | undefined
  /** Whether the answer has errors, also beside data. */
  hasErrors = false
  readonly #ends = new Set<() => void>()

  constructor(request: Request, { address = '' }: Caller = {}) {
    super()
    this.request = request
    this.address = address
  }

  override restart(): void {
    super.restart()
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
