/** An entry point with faults, each of which the reference has to name. @module */

/** Has a comment. */
export const good = 1

export const bare = 2

export function bareFunction(): Unexported {
  return { good }
}

/** Leads to {@link nowhere}. */
export class Lost extends Error {
  bareMethod(): number {
    return bare
  }
}

type Unexported = { good: number }
