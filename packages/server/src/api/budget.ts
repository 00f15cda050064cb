import { StemmaError } from 'stemma/core'
import { nextTurn } from './turns.ts'

/** What a request costs for each thing that its fields visit, in objects of an answer, see `Limits.cost`. */
const PRICES = {
  /** A model of a lineage that is evaluated, or read for evaluation. */
  evaluated: 1 / 5,
  /** A model that a walk along the edges visits. */
  walked: 1 / 1000,
  /** A model that a page stands behind: the walk to it is looked through. */
  skipped: 1 / 200,
  /** A row of a table that a count or a filter may look at. */
  scanned: 1 / 2000,
  /** A model that a path or a sentence of a report names: all of a long row hold the square of its length. */
  named: 1 / 1000,
  /** A node of a map that is drawn. */
  drawn: 1,
} as const

/** A thing with a price. */
type Priced = keyof typeof PRICES

/** Prices, by the things. */
export type Prices = Readonly<Record<Priced, number>>

/**
 * What one request may still cost. What a field will visit is taken before its work begins, where that is known; the others take it while
 * they go. The first that takes too much ends the whole request.
 */
export class Budget {
  readonly #limit: number
  readonly #prices: Prices
  readonly #isCancelled: () => boolean
  #spent: number
  #failure: StemmaError | undefined

  /**
   * @param limit the most that the request may cost
   * @param options what it costs by its text, see `measure`; other prices; and whether its client has gone
   */
  constructor(limit: number, options: { spent?: number; prices?: Prices; isCancelled?: () => boolean } = {}) {
    this.#limit = limit
    this.#spent = options.spent ?? 0
    this.#prices = options.prices ?? PRICES
    this.#isCancelled = options.isCancelled ?? (() => false)
  }

  /** Why the request has to end; undefined while it need not. */
  get failure(): StemmaError | undefined {
    return this.#failure
  }

  /** What was taken. */
  get spent(): number {
    return this.#spent
  }

  /** How many of a thing can still be paid. */
  left(priced: Priced): number {
    return Math.max(0, Math.floor((this.#limit - this.#spent) / this.#prices[priced]))
  }

  /**
   * Takes the price of some things.
   *
   * @param count how many
   * @param what names them in the error, such as `models of the lineage of 0x…`
   * @throws {@link QueryTooLargeError} when the request has become too expensive, {@link RequestCancelledError}
   */
  take(priced: Priced, count: number, what: string): void {
    this.#check()
    if (this.#limit === Infinity) return
    this.#spent += count * this.#prices[priced]
    if (this.#spent <= this.#limit) return
    const counted = Math.ceil(count).toLocaleString('en')
    this.#failure = new QueryTooLargeError(
      `with ${counted} ${what} its cost exceeds ${this.#limit}; request fewer of them, or in several requests`,
    )
    throw this.#failure
  }

  /**
   * Takes a price before the work, and waits for a turn of the event loop. Fields that begin together have taken their prices by then, so
   * a request that is too large as a whole ends before any of its work.
   *
   * @throws {@link QueryTooLargeError}, {@link RequestCancelledError}
   */
  async claim(priced: Priced, count: number, what: string): Promise<void> {
    this.take(priced, count, what)
    if (this.#limit === Infinity) return
    await nextTurn()
    this.#check()
  }

  #check(): void {
    if (this.#failure === undefined && this.#isCancelled()) this.#failure = new RequestCancelledError()
    if (this.#failure) throw this.#failure
  }
}

/** Thrown when a query exceeds a limit of the server: depth, cost, number of selections or values. */
export class QueryTooLargeError extends StemmaError {
  override name = 'QueryTooLargeError'
  constructor(what: string) {
    super('QUERY_TOO_LARGE', `The query is too large: ${what}.`)
  }
}

/** Thrown within a request whose client has gone; nobody reads it. */
export class RequestCancelledError extends StemmaError {
  override name = 'RequestCancelledError'
  override readonly kind = 'unavailable'
  constructor() {
    super('REQUEST_CANCELLED', 'The client has gone before the answer was ready. Ask again.')
  }
}
