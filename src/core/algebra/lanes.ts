import { ALL_RIGHTS } from '../vocabulary.ts'

declare const brand: unique symbol

/**
 * Two masks in one number, so that one operation serves both: the lower 16 bits hold what is certain, the next 16 what nothing known rules
 * out. A certain bit is a possible one too.
 */
export type Lanes = number & { readonly [brand]: 'Lanes' }

const LANE = 16
const SURE = (1 << LANE) - 1

/** Neither lane holds anything. */
export const NOTHING = 0 as Lanes
/** Both lanes hold every right. */
export const EVERYTHING = both(ALL_RIGHTS)

/** A mask in both lanes. */
export function both(mask: number): Lanes {
  return (mask | (mask << LANE)) as Lanes
}

/** A mask in the lane of what is possible alone. */
export function onlyPossible(mask: number): Lanes {
  return (mask << LANE) as Lanes
}

/** The mask of what is certain. */
export function sureOf(lanes: Lanes): number {
  return lanes & SURE
}

/** The mask of what is possible. */
export function possibleOf(lanes: Lanes): number {
  return lanes >>> LANE
}

/** What both hold. */
export function meet(one: Lanes, other: Lanes): Lanes {
  return (one & other) as Lanes
}

/** What either holds. */
export function join(one: Lanes, other: Lanes): Lanes {
  return (one | other) as Lanes
}

/** What is left of the first where the second holds nothing. */
export function without(lanes: Lanes, taken: Lanes): Lanes {
  return (lanes & ~taken) as Lanes
}

/** What the first holds beyond the second: certain where the second cannot hold it, and possible where it does not certainly. */
export function beyond(lanes: Lanes, known: Lanes): Lanes {
  const certain = sureOf(lanes) & ~possibleOf(known)
  return (certain | ((possibleOf(lanes) & ~sureOf(known)) << LANE)) as Lanes
}

/** What is left where a mask is uncertain: it stays possible. */
export function unsure(lanes: Lanes, mask: number): Lanes {
  return (lanes & ~mask) as Lanes
}

/** What is left where nothing is certain. */
export function doubted(lanes: Lanes): Lanes {
  return (lanes & ~SURE) as Lanes
}
