/** Seconds that the chain may be ahead of this clock and be believed: whole hours would be the lie of a node. */
const MOST_AHEAD = 900

/**
 * A clock for records of calls, in milliseconds since 1970. It does not run backwards when that of the system is set back, and is not behind
 * the head of the chain: a log whose calls came before their blocks, or before the ids that they have, would convict its operator.
 *
 * @param headTime of the newest block, in Unix seconds
 */
export function createCallClock(now: () => number, headTime: () => number | undefined): () => number {
  let latest = 0
  return () => {
    const own = now()
    const chain = Math.min((headTime() ?? 0) * 1000, own + MOST_AHEAD * 1000)
    return (latest = Math.max(latest, own, chain))
  }
}
