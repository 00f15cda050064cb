let last: Promise<unknown> = Promise.resolve()

/**
 * Waits for a turn of the event loop of one's own. Each that waits continues alone in it, first come first served, so that between two
 * pieces of work of any requests, sockets and timers are served.
 */
export function nextTurn(): Promise<void> {
  const turn = last.then(() => new Promise<void>((resolve) => setImmediate(resolve)))
  last = turn
  return turn
}
