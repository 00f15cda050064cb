import { shortText } from '../../core/text.ts'
import type { Finding } from '../ports.ts'

/** What a finding says: what was found, and what to do. */
export function findingWords({ what, remedy }: Pick<Finding, 'what' | 'remedy'>): string {
  const found = shortText(what, 300)
  return `${found}${/[.!?…]$/.test(found) ? '' : '.'} ${shortText(remedy, 300)}`
}
