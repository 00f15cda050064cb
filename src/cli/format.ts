import { FOREVER } from '../core/lineage.ts'
import { describeUse, type ParentUse } from '../core/registration.ts'

/** The start of an id, for people. */
export function shortId(id: string): string {
  return `${id.slice(0, 10)}…`
}

/** How a model was made from a parent, for people. */
export function formatUse(use: ParentUse): string {
  return `${describeUse(use)}${use.external ? ', external: nobody had registered it' : ''}`
}

/** A time for people: UTC to the second. */
export function formatTime(seconds: number): string {
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
export function formatDuration(seconds: number): string {
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

/** An amount of the chain's currency for people: in ether, and exactly in wei. */
export function formatWei(wei: bigint): string {
  const digits = wei.toString().padStart(19, '0')
  const fraction = digits.slice(-18).replace(/0+$/, '')
  const ether = `${digits.slice(0, -18)}${fraction === '' ? '' : `.${fraction}`}`
  return `${ether} ether (${wei} wei)`
}
