import { FOREVER } from '../core/lineage.ts'
import { isDay } from '../core/day.ts'
import { quoted } from '../core/text.ts'
import type { Ledger } from '../sdk/connect.ts'
import { UsageError } from '../console/context.ts'

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** The duration that an argument gives, in seconds, such as 365d or 12h. */
export function durationOf(text: string): number {
  const match = /^(\d{1,12})([smhdwy])$/.exec(text)
  const seconds = match ? Number(match[1]) * UNITS[match[2]!]! : NaN
  if (!(seconds <= FOREVER)) {
    throw new UsageError(`Invalid duration ${quoted(text)}: use a number and a unit (s, m, h, d, w, y), such as 365d.`)
  }
  return seconds
}

/**
 * The time that an argument gives, in Unix seconds: a number, a date (UTC unless it has a zone), `now`, a duration from now such
 * as 180d (or before now, such as -180d), or `forever`.
 */
export function timeOf(text: string, now: number): number {
  if (text === 'forever') return FOREVER
  if (text === 'now') return now
  if (/^[+-]?\d+[smhdwy]$/.test(text)) {
    const seconds = durationOf(text.replace(/^[+-]/, ''))
    return Math.max(0, Math.min(FOREVER, text.startsWith('-') ? now - seconds : now + seconds))
  }
  const time = /^\d{1,13}$/.test(text) ? Number(text) : dateOf(text)
  if (!(time >= 0 && time <= FOREVER)) {
    throw new UsageError(
      `Invalid time ${quoted(text)}: use a date such as 2027-01-31, a duration such as 180d, Unix seconds, now or forever.`,
    )
  }
  return time
}

/** The time of a date, in Unix seconds; NaN for another text. Engines take February 30 for a day of March. */
function dateOf(text: string): number {
  const day = text.slice(0, 10)
  if (!DATE.test(text) || !isDay(day)) return NaN
  const isZoned = /(Z|[+-]\d{2}:\d{2})$/.test(text.slice(10))
  return Math.floor(Date.parse(text.includes('T') && !isZoned ? `${text}Z` : text) / 1000)
}

/** As {@link timeOf}, with durations counted from the time of the latest block. */
export async function chainTimeOf(ledger: Ledger, text: string): Promise<number> {
  if (!isRelative(text)) return timeOf(text, 0)
  // What asks no node does not load the library of nodes.
  const { readBlock } = await import('../sdk/readBlock.ts')
  return timeOf(text, (await readBlock(ledger.provider, 'latest'))?.timestamp ?? 0)
}

function isRelative(text: string): boolean {
  return text === 'now' || /^[+-]?\d+[a-z]$/.test(text)
}
