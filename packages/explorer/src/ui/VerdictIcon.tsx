import type { Verdict } from 'stemma/core'
import { VERDICT_ICONS } from 'stemma/map'

/** The sign of a verdict, as on the map: each has a shape of its own. */
export function VerdictIcon({ verdict }: { verdict: Verdict | null }) {
  return (
    <svg className="verdict-icon" viewBox="0 0 14 14" aria-hidden="true">
      <path d={VERDICT_ICONS[verdict ?? 'none']} />
    </svg>
  )
}
