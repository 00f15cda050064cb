import type { Hex } from 'stemma/core'
import type { Cause as AskedCause } from 'stemma/query'

import { idOf, pageSearch, pickedSearch, type PageSearch, type Picked } from '../../app/address.ts'

export const CAUSES = ['credential', 'model', 'datasets'] as const
type CauseKind = (typeof CAUSES)[number]
/** What is taken back. */
export type Cause = { kind: CauseKind; id: Hex }
/** What falls, and the map of what falls with it. At most one cause counts: the first of {@link CAUSES}. */
export type ImpactSearch = PageSearch & Picked & Partial<Record<CauseKind, Hex>> & { down: number }

/** A cause as the query API takes it. */
export function causeOf({ kind, id }: Cause): AskedCause {
  return { credential: { credential: id }, model: { model: id }, datasets: { datasets: id } }[kind]
}

export function impactSearch(given: Record<string, unknown>): ImpactSearch {
  const kind = CAUSES.find((each) => idOf(given[each]))
  const { down } = given
  return {
    ...pageSearch(given),
    ...pickedSearch(given),
    ...(kind && { [kind]: idOf(given[kind]) }),
    down: Number.isSafeInteger(down) && (down as number) >= 0 ? Math.min(down as number, 12) : 2,
  }
}
