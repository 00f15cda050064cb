import type { Terms } from '../core/terms.ts'
import { shortText } from '../core/text.ts'
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
  const { name, uri, text, rights, obligations, thresholds } = entry.terms
  return fields(`terms ${entry.id}`, [
    ['name', shortText(name, 64)],
    ['uri', shortText(uri, 200) || 'not stated'],
    ['text', isZero(text) ? 'digest of the license text not stated' : `SHA-256 ${text}`],
    ['rights', rights.join(', ') || 'none'],
    ['obligations', obligations.join(', ') || 'none'],
    ...thresholds.map((threshold) => ['threshold', formatThreshold(threshold)] as const),
  ])
}

function formatComponent(terms: string): string {
  return isZero(terms) ? 'not stated' : terms
}

function isZero(digest: string): boolean {
  return BigInt(digest) === 0n
}

function formatThreshold({ metric, limit, withdraws, adds }: Terms['thresholds'][number]): string {
  const effects = [
    ...(withdraws.length > 0 ? [`withdraws ${withdraws.join(', ')}`] : []),
    ...(adds.length > 0 ? [`adds ${adds.join(', ')}`] : []),
  ]
  return `${metric} above ${limit.toLocaleString('en-US')}: ${effects.join('; ')}`
}
