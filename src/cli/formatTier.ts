import { shortText } from '../core/text.ts'
import type { OfferedTier } from '../sdk/licensing/listTiers.ts'

/** A tier in one line. */
export function formatTier({ id, tier, withdrawn, released }: OfferedTier): string {
  const { name, open, subCredentials, maxDuration, callQuota, tokenQuota, passThrough } = tier
  const about = [
    open ? 'open to everybody' : 'granted one account at a time',
    ...(subCredentials ? ['allows sub-credentials'] : []),
    ...(maxDuration > 0 ? [`at most ${maxDuration / 86_400} days`] : []),
    ...(callQuota > 0n ? [`at most ${callQuota} calls`] : []),
    ...(tokenQuota > 0n ? [`at most ${tokenQuota} tokens`] : []),
    ...(passThrough.length > 0 ? [`passes on ${passThrough.join(', ')}`] : []),
    ...(released ? ['released'] : withdrawn ? ['withdrawn'] : []),
  ]
  return `${id} ${shortText(name, 64)} (${about.join('; ')})`
}
