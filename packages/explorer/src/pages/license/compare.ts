import { RIGHT_NAMES, type Obligation, type Right } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

export type Terms = NonNullable<LedgerOf<'Terms'>['terms']>
export type Threshold = Terms['thresholds'][number]

/** What terms do with a right: `depends` and `doubtful` only beyond a threshold. */
export type Stance = 'gives' | 'withholds' | 'open' | 'depends' | 'doubtful'

/** A right, what terms do with it, and the thresholds and duties that bear on it. */
export type RightRow = {
  right: Right
  stance: Stance
  thresholds: readonly Threshold[]
  duties: readonly Obligation[]
}

/** The rights of terms, in the order of the contract. */
export function matrixOf(terms: Terms): RightRow[] {
  return RIGHT_NAMES.map((right) => {
    const thresholds = terms.thresholds.filter(({ withdraws }) => withdraws.includes(right))
    const stance = stanceOf(terms, right, thresholds)
    // What is withheld raises nothing.
    const raising = stance === 'withholds' ? [] : terms.duties.filter(({ uses }) => uses.includes(right))
    return { right, stance, thresholds, duties: raising.map(({ obligation }) => obligation) }
  })
}

function stanceOf(terms: Terms, right: Right, thresholds: readonly Threshold[]): Stance {
  if (terms.rights.includes(right)) {
    if (thresholds.length === 0) return 'gives'
    return thresholds.every(({ doubtful }) => doubtful) ? 'doubtful' : 'depends'
  }
  return terms.unstated.includes(right) ? 'open' : 'withholds'
}

/** Whether two rows say the same of a right, with the same conditions. */
export function isSameRow(one: RightRow, other: RightRow): boolean {
  return one.stance === other.stance && keysOf(one) === keysOf(other)
}

function keysOf({ thresholds, duties }: RightRow): string {
  const limits = thresholds.map(({ fact, limit, doubtful }) => `${fact} ${limit} ${doubtful}`)
  return [...limits.toSorted(), ...[...duties].toSorted()].join('|')
}

/** One item of either of two lists, and where it stands. */
export type Paired<T> = { item: T; place: 'both' | 'one' | 'other' }

/** The items of two lists, equal ones once. Without a second list each stands in both. */
export function paired<T>(one: readonly T[], other: readonly T[] | undefined, keyOf: (item: T) => string): Paired<T>[] {
  if (!other) return one.map((item) => ({ item, place: 'both' }))
  const keys = new Set(other.map(keyOf))
  const known = new Set(one.map(keyOf))
  return [
    ...one.map((item): Paired<T> => ({ item, place: keys.has(keyOf(item)) ? 'both' : 'one' })),
    ...other.filter((item) => !known.has(keyOf(item))).map((item): Paired<T> => ({ item, place: 'other' })),
  ]
}

export function thresholdKey({ fact, limit, withdraws, adds, uses, doubtful }: Threshold): string {
  return JSON.stringify([fact, limit, withdraws, adds, uses, doubtful])
}
