import { isId, pageSearch, type PageSearch } from '../../app/address.ts'

export const CAUSES = ['credential', 'model', 'datasets'] as const
export type CauseKind = (typeof CAUSES)[number]
/** What falls, and the map of what falls with it. At most one cause counts: the first of {@link CAUSES}. */
export type ImpactSearch = PageSearch &
  Partial<Record<CauseKind, string>> & {
    origin?: string
    down: number
    open?: readonly string[]
    sel?: string
    path?: string
  }

const MOST_OPENED = 100

export function impactSearch(given: Record<string, unknown>): ImpactSearch {
  const kind = CAUSES.find((each) => isId(given[each]))
  const { down } = given
  const open = (Array.isArray(given.open) ? given.open : []).filter(isId).slice(0, MOST_OPENED)
  return {
    ...pageSearch(given),
    ...(kind && { [kind]: (given[kind] as string).toLowerCase() }),
    ...(isId(given.origin) && { origin: given.origin.toLowerCase() }),
    down: Number.isSafeInteger(down) && (down as number) >= 0 ? Math.min(down as number, 12) : 2,
    ...(open.length > 0 && { open }),
    ...(isId(given.sel) && { sel: given.sel }),
    ...(isId(given.path) && { path: given.path }),
  }
}
