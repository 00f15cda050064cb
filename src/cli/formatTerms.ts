import type { Duties, Outbound, Terms } from '../core/terms.ts'
import { shortText } from '../core/text.ts'
import { RIGHT_NAMES, type Right } from '../core/vocabulary.ts'
import type { PublishedTerms } from '../sdk/licensing/listTerms.ts'
import { fields } from './format.ts'

/** Published terms for people. */
export function formatTerms(entry: PublishedTerms): string {
  if ('set' in entry) {
    const { weights, code, outputs } = entry.set
    return fields(`set of terms ${entry.id}`, [
      ['weights', formatComponent(weights)],
      ['code', formatComponent(code)],
      ['outputs', formatComponent(outputs)],
    ])
  }
  const { name, uri, text, rights, flags = [], family, outbound, duties, thresholds } = entry.terms
  return fields(`terms ${entry.id}`, [
    ['name', shortText(name, 64)],
    ['uri', shortText(uri, 200) || 'not stated'],
    ['text', isZero(text) ? 'digest of the license text not stated' : `SHA-256 ${text}`],
    ['rights', rights.join(', ') || 'none'],
    ...(flags.length > 0 ? [['flags', flags.join(', ')] as const] : []),
    ...(family === undefined ? [] : [['family', family] as const]),
    ...(outbound ? [['outbound', formatOutbound(outbound)] as const] : []),
    ...formatDuties(duties).map((line) => ['obligations', line] as const),
    ...thresholds.map((threshold) => ['threshold', formatThreshold(threshold)] as const),
  ])
}

/** Under which families of licenses a derivative may be passed on. */
function formatOutbound(outbound: Outbound): string {
  const [families, none] = 'only' in outbound ? [outbound.only, 'no family'] : [outbound.except, 'every family']
  if (families.length === 0) return none
  return `${'only' in outbound ? 'only' : 'all but'} ${families.join(', ')}`
}

function formatComponent(terms: string): string {
  return isZero(terms) ? 'not stated' : terms
}

function isZero(digest: string): boolean {
  return BigInt(digest) === 0n
}

/** Each obligation with the uses that raise it; those that the same uses raise are in one line. */
function formatDuties(duties: Duties): string[] {
  const byUses = new Map<string, string[]>()
  for (const [obligation, uses] of Object.entries(duties)) {
    const key = usesOf(uses)
    byUses.set(key, [...(byUses.get(key) ?? []), obligation])
  }
  if (byUses.size === 0) return ['none']
  return [...byUses].map(([uses, obligations]) => `${obligations.join(', ')} (${uses})`)
}

function usesOf(uses: readonly Right[]): string {
  return uses.length === RIGHT_NAMES.length ? 'every use' : uses.join(', ')
}

function formatThreshold(threshold: Terms['thresholds'][number]): string {
  const { measure, limit, withdraws, adds, uses, doubtful } = threshold
  const effects = [
    ...(withdraws.length > 0 ? [`${doubtful ? 'may withdraw' : 'withdraws'} ${withdraws.join(', ')}`] : []),
    ...(adds.length > 0 ? [`adds ${adds.join(', ')}${uses ? ` (${usesOf(uses)})` : ''}`] : []),
  ]
  return `${measure} above ${limit.toLocaleString('en-US')}: ${effects.join('; ')}`
}
