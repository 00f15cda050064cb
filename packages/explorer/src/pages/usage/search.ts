import { isAddress, isId, pageSearch, type PageSearch } from '../../app/address.ts'

export const USAGE_FILTERS = ['credential', 'model', 'tier', 'operator'] as const
export type UsageFilterName = (typeof USAGE_FILTERS)[number]
/** Whose usage, and after how many hours without a checkpoint the page speaks of a gap. */
export type UsageSearch = PageSearch & Partial<Record<UsageFilterName, string>> & { gap: number }

export const GAP_HOURS = [1, 3, 6, 12, 24, 72, 168] as const
const USUAL_GAP = 3

export function usageSearch(given: Record<string, unknown>): UsageSearch {
  const filters = USAGE_FILTERS.flatMap((name) => {
    const value = given[name]
    const isRight = name === 'operator' ? isAddress(value) : isId(value)
    return isRight ? [[name, (value as string).toLowerCase()] as const] : []
  })
  return {
    ...pageSearch(given),
    ...Object.fromEntries(filters),
    gap: GAP_HOURS.find((each) => each === given.gap) ?? USUAL_GAP,
  }
}
