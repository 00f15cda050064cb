import { isIPv6 } from 'node:net'

import { StemmaError } from 'stemma/core'

/** How many may watch at once. */
export type WatcherLimits = {
  /** All of them. */
  watchers: number
  /** Those of one IPv4 address, or of one network of IPv6 (64 bits). */
  watchersPerAddress: number
}

/** The default limits of a server. */
export const WATCHER_LIMITS: WatcherLimits = { watchers: 1000, watchersPerAddress: 100 }

/** Counts watchers, all and by address. */
export class Watchers {
  readonly #limits: WatcherLimits
  readonly #counts = new Map<string, number>()
  #all = 0

  constructor(limits: WatcherLimits) {
    this.#limits = limits
  }

  /** The number of watchers. */
  get size(): number {
    return this.#all
  }

  /**
   * Lets one in. Returns what lets it go; more than one call is like one.
   *
   * @throws {@link WatchersFullError}, {@link TooManyWatchersError}
   */
  enter(address: string): () => void {
    const { watchers, watchersPerAddress } = this.#limits
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    if (this.#all >= watchers) throw new WatchersFullError(watchers)
    if (count >= watchersPerAddress) throw new TooManyWatchersError(watchersPerAddress)
    this.#all += 1
    this.#counts.set(network, count + 1)
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      this.#all -= 1
      const left = this.#counts.get(network)! - 1
      if (left === 0) this.#counts.delete(network)
      else this.#counts.set(network, left)
    }
  }
}

/** What one client can take addresses from: an IPv4 address, or 64 bits of an IPv6 address. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const whole = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])]
  return whole.slice(0, 4).join(':')
}

/** Thrown when as many watch as the server allows. */
export class WatchersFullError extends StemmaError {
  override name = 'WatchersFullError'
  override readonly kind = 'unavailable'
  constructor(most: number) {
    super('WATCHERS_FULL', `All ${most} event streams of the server are in use. Try again later, or read /v1/activity.`)
  }
}

/** Thrown when one address watches as often as the server allows. */
export class TooManyWatchersError extends StemmaError {
  override name = 'TooManyWatchersError'
  override readonly kind = 'refused'
  constructor(most: number) {
    super('TOO_MANY_WATCHERS', `Your address has ${most} event streams open, which is the limit. Close one first.`)
  }
}
