import type { IssuedCredential } from '../sdk/licensing/readCredential.ts'
import { fields, formatTime } from './format.ts'

/** A credential for people: `valid` holds at the time `at` (Unix seconds; null is now). */
export function formatCredential(credential: IssuedCredential & { valid: boolean; at?: number | null }): string {
  const { id, model, tier, holder, publisher, validFrom, validUntil, state, valid, at = null } = credential
  const { parent, payment, agreement, lifts } = credential
  return fields(`credential ${id}`, [
    ['state', `${state}, ${valid ? 'valid' : 'not valid'} ${at === null ? 'now' : `at ${formatTime(at)}`}`],
    ['model', model],
    ['tier', tier],
    ['holder', holder],
    ['publisher', publisher],
    ['from', formatTime(validFrom)],
    ['until', formatTime(validUntil)],
    ...(parent === null ? [] : [['parent', parent] as const]),
    ...(payment === null ? [] : [['payment', `SHA-256 ${payment}`] as const]),
    ...(agreement === null ? [] : [['agreement', `SHA-256 ${agreement}; gives also ${lifts.join(', ')}`] as const]),
  ])
}
