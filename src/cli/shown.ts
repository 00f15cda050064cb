import type { Terms } from '../core/terms.ts'
import type { ModelId } from '../core/hex.ts'
import { FOREVER } from '../core/lineage.ts'
import { shortText } from '../core/text.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { PublishedTerms } from '../sdk/licensing/listTerms.ts'
import { readRegistrations } from '../sdk/registry/readRegistrations.ts'
import { nameOfUri } from './names.ts'

/** The beginning of an id, for people. */
export function shortId(id: string): string {
  return `${id.slice(0, 10)}…`
}

/** A time for people: UTC to the second. */
export function shownTime(seconds: number): string {
  if (seconds >= FOREVER) return 'forever'
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z').replace('T', ' ')
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** A duration for people: its two largest units, rounded down, and all of it in seconds. */
export function shownDuration(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size)
  if (first < 0) return '0 seconds'
  const parts = UNITS.slice(first, first + 2).map(([name, size], index) => {
    const count = Math.floor(index === 0 ? seconds / size : (seconds % UNITS[first]![1]) / size)
    return count === 0 ? '' : `${count} ${name}${count === 1 ? '' : 's'}`
  })
  const words = parts.filter((part) => part !== '').join(' ')
  return seconds < 60 ? words : `${words} (${seconds} s)`
}

/** Lines of a name and a value each, the values below each other. */
export function fields(title: string, entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return [title, ...entries.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd())].join('\n')
}

/** What publishers call some models; the start of the id where nothing is known. */
export async function namesOf(ledger: Ledger, models: readonly ModelId[]): Promise<Map<ModelId, string>> {
  const found = await readRegistrations(ledger, { models })
  const uris = new Map(found.map(({ model, registration }) => [model, registration.uri]))
  return new Map(models.map((model) => [model, nameOfUri(uris.get(model) ?? '') || shortId(model)]))
}

/** Published terms for people. */
export function shownTerms(entry: PublishedTerms): string {
  if ('set' in entry) {
    const { weights, code, outputs } = entry.set
    return fields(`set of terms ${entry.id}`, [
      ['weights', weights],
      ['code', code],
      ['outputs', outputs],
    ])
  }
  const { name, uri, text, rights, obligations, thresholds } = entry.terms
  return fields(`terms ${entry.id}`, [
    ['name', shortText(name, 64)],
    ['uri', shortText(uri, 200)],
    ['text', text],
    ['rights', rights.join(', ') || 'none'],
    ['obligations', obligations.join(', ') || 'none'],
    ...thresholds.map((threshold) => ['threshold', shownThreshold(threshold)] as const),
  ])
}

function shownThreshold({ metric, limit, withdraws, adds }: Terms['thresholds'][number]): string {
  const effects = [
    ...(withdraws.length > 0 ? [`withdraws ${withdraws.join(', ')}`] : []),
    ...(adds.length > 0 ? [`adds ${adds.join(', ')}`] : []),
  ]
  return `${metric} above ${limit.toLocaleString('en-US')}: ${effects.join('; ')}`
}
