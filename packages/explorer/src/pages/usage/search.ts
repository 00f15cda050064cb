import type { Address, Hex } from 'stemma/core'

import { accountOf, idOf, pageSearch, type PageSearch } from '../../app/address.ts'

export const USAGE_FILTERS = ['credential', 'model', 'tier', 'operator'] as const
export type UsageFilterName = (typeof USAGE_FILTERS)[number]
/** Whose usage. */
export type UsageFilters = { credential?: Hex; model?: Hex; tier?: Hex; operator?: Address }
/** Whose usage, and after how many hours without a checkpoint the page speaks of a gap. */
export type UsageSearch = PageSearch & UsageFilters & { gap: number }

export const GAP_HOURS = [1, 3, 6, 12, 24, 72, 168] as const
const USUAL_GAP = 3

/** One of the filters, as the ledger has it; none where a value is not of its kind. */
export function usageFilter(name: UsageFilterName, value: unknown): UsageFilters {
  const found = name === 'operator' ? accountOf(value) : idOf(value)
  return found ? { [name]: found } : {}
}

export function usageSearch(given: Record<string, unknown>): UsageSearch {
  return {
    ...pageSearch(given),
    ...Object.assign({}, ...USAGE_FILTERS.map((name) => usageFilter(name, given[name]))),
    gap: GAP_HOURS.find((each) => each === given.gap) ?? USUAL_GAP,
  }
}
