import type { Address } from 'stemma/core'

import { accountOf, pageSearch, type PageSearch } from '../../app/address.ts'

export const REVIEW_CHOICES = ['frozen', 'cleared', 'quarantined', 'any'] as const
/** Which reviews: those that wait, unless the address says otherwise, and by which order. */
export type ReviewsSearch = PageSearch & {
  state: (typeof REVIEW_CHOICES)[number]
  order: 'deadline' | 'newest'
  requester?: Address
}

export function reviewsSearch(given: Record<string, unknown>): ReviewsSearch {
  const requester = accountOf(given.requester)
  return {
    ...pageSearch(given),
    state: REVIEW_CHOICES.find((each) => each === given.state) ?? 'frozen',
    order: given.order === 'newest' ? 'newest' : 'deadline',
    ...(requester && { requester }),
  }
}
