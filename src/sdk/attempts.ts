import { makeError } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import type { Ledger } from './connect.ts'
import { explainNodeError } from './nodeErrors.ts'

/** How a watcher bears with a node. */
export type AttemptOptions = {
  /** Milliseconds between polls, and before the first repetition after a failure: twice as many after each, up to half a minute. */
  interval?: number
  /** How long the node may take for one answer, in milliseconds; a minute when left out. */
  timeout?: number
  /** How long failures may go on without a success between them, in milliseconds, before the watcher ends by the last one; five minutes when left out. */
  patience?: number
  /** Called with each failure after which the watcher goes on, and how many there were in a row. */
  onError?: (error: StemmaError, failures: number) => void
  /** Ends the watcher at once. */
  signal?: AbortSignal
}

/** Thrown within a watcher whose signal aborted, which ends without an error. */
export const STOPPED = Symbol('stopped')

/** Longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 30_000
/** Timers count to this many milliseconds, and take more for 1: 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1
/** What waiting does not mend. */
const LASTING = new Set(['NODE_FORBIDDEN', 'NODE_GAS', 'NODE_LIMIT', 'NODE_NO_HISTORY', 'NODE_UNSUPPORTED'])
/** What is believed at the start, and later when it comes several times in a row: one of the nodes behind an address may be of another chain. */
const DECISIVE = new Set(['CHAIN_REPLACED', 'CODE_MISMATCH', 'STALE_DEPLOYMENT', 'WRONG_CHAIN'])
const TIMES_TO_BELIEVE = 3

/** Tries what may fail in passing, until it succeeds. */
export class Attempts {
  readonly #options: AttemptOptions
  #failures = 0
  #decisive = 0
  #since = 0
  #hasSucceeded = false

  constructor(options: AttemptOptions) {
    this.#options = options
  }

  /** The result of the first attempt that succeeds. @throws what waiting does not mend, what went on for too long, and {@link STOPPED} */
  async until<T>(run: () => Promise<T>): Promise<T> {
    const { interval = 1000, patience = 300_000, onError, signal } = this.#options
    for (;;) {
      if (signal?.aborted) throw STOPPED
      try {
        const result = await run()
        this.#failures = this.#decisive = 0
        this.#hasSucceeded = true
        return result
      } catch (error) {
        if (signal?.aborted || error === STOPPED) throw STOPPED
        const failure = await explainNodeError(error)
        if (!(failure instanceof StemmaError) || !isPassing(failure)) throw failure
        if (this.#failures === 0) this.#since = Date.now()
        this.#failures += 1
        this.#decisive = DECISIVE.has(failure.code) ? this.#decisive + 1 : 0
        const isBelieved = this.#decisive >= (this.#hasSucceeded ? TIMES_TO_BELIEVE : 1)
        if (isBelieved || Date.now() - this.#since >= patience) throw failure
        onError?.(failure, this.#failures)
        await wait(Math.min(interval * 2 ** Math.min(this.#failures, 16), LONGEST_PAUSE), signal)
      }
    }
  }
}

function isPassing({ code, kind }: StemmaError): boolean {
  if (LASTING.has(code)) return false
  return kind === 'unavailable' || DECISIVE.has(code) || code === 'NODES_DISAGREE'
}

/** Waits for some milliseconds; returns at once when the signal aborts. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(milliseconds, LONGEST_TIMER))
    signal?.addEventListener('abort', end, { once: true })
  })
}

/**
 * The ledger with a limit of time for each answer, whatever its provider does: that of a socket which dropped never answers. A signal
 * ends each question at once. It only reads.
 */
export function withinTime(ledger: Ledger, { timeout = 60_000, signal }: AttemptOptions): Ledger {
  const limit = <T>(answer: Promise<T>): Promise<T> => limited(answer, timeout, signal)
  const { provider } = ledger
  const watched: Ledger['provider'] = new Proxy(provider, {
    get(target, key) {
      if (key === 'provider') return watched
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args)
        return result instanceof Promise ? limit(result) : result
      }
    },
  })
  return { ...ledger, runner: watched, provider: watched }
}

async function limited<T>(answer: Promise<T>, timeout: number, signal: AbortSignal | undefined): Promise<T> {
  // What is given up may still fail.
  answer.catch(() => {})
  let end = (): void => {}
  const given = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => {
        reject(
          makeError(`no answer within ${timeout / 1000} seconds`, 'TIMEOUT', { operation: 'read', reason: 'timeout' }),
        )
      },
      Math.min(timeout, LONGEST_TIMER),
    )
    const stop = (): void => reject(STOPPED)
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([answer, given])
  } finally {
    end()
  }
}
