import type { Duty, DutiesDocument } from './duties.ts'

/** The header that names the duties of a response: a list of a structured field (RFC 9651). */
export const DUTIES_HEADER = 'stemma-duties'
/** The header that names the registered model that answered. */
export const MODEL_HEADER = 'stemma-model'
/** The header that names the statement that this model answers here. */
export const STATEMENT_HEADER = 'stemma-statement'

/** Most bytes of a gateway's own part of the header. */
export const MAX_DUTIES_BYTES = 2048
/** Most bytes of a whole header that is read. */
const MAX_READ_BYTES = 65_536

/** A member that says that duties were left out for their length: `/v1/models` has all. */
export const MORE = 'more'
/** A member that says that a gateway behind this one sent a header that cannot be read. */
export const UNREADABLE = 'unreadable'

/** A duty as a header names it. Texts are as the license has them. */
export type HeaderDuty = {
  /** The obligation, {@link MORE} or {@link UNREADABLE}; a name that this version does not know is kept as well. */
  duty: string
  /** The exact words to show. */
  show?: string
  /** What a name has to begin with. */
  prefix?: string
  license?: string
  clause?: string
  /** The thresholds above which it holds, as `fact number`, separated by commas; left out where it holds for everybody. */
  above?: string
  /** Whether it is not known if it holds. */
  unsure?: boolean
  /** The origin of the gateway that says so. */
  by?: string
}

/**
 * The header of a document's own duties, in printable ASCII, of at most `most` bytes. Words to show come first, and of duties that differ
 * only in the models that ask for them there is one. What does not fit is said to be left out.
 */
export function dutiesHeader({ duties, by }: Pick<DutiesDocument, 'duties' | 'by'>, most = MAX_DUTIES_BYTES): string {
  const members = [...new Set(duties.toSorted((a, b) => rankOf(a) - rankOf(b)).map((duty) => memberOf(duty, by)))]
  const left = `${MORE}${parameter('by', by ?? undefined)}`
  const kept: string[] = []
  let length = 0
  for (const [index, member] of members.entries()) {
    const isLast = index === members.length - 1
    const next = length + (kept.length > 0 ? 2 : 0) + member.length
    if (next + (isLast ? 0 : 2 + left.length) > most) {
      kept.push(left)
      break
    }
    kept.push(member)
    length = next
  }
  return kept.join(', ')
}

/** Reads a header of duties, such as one joined of several lines; undefined when it is not one. */
export function parseDutiesHeader(text: string): HeaderDuty[] | undefined {
  if (text.length > MAX_READ_BYTES) return undefined
  const duties: HeaderDuty[] = []
  let at = 0
  const take = (pattern: RegExp): string[] | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) return undefined
    at = pattern.lastIndex
    return found
  }
  take(/ */y)
  while (at < text.length) {
    const duty = take(/[a-zA-Z*][\w!#$%&'*+.^`|~:/-]*/y)?.[0]
    if (duty === undefined) return undefined
    const parameters = new Map<string, string | true>()
    for (;;) {
      const key = take(/; *([a-z*][a-z0-9_.*-]*)/y)?.[1]
      if (key === undefined) break
      const value = take(/=/y) ? valueOf(take) : true
      if (value === undefined) return undefined
      parameters.set(key, value)
    }
    duties.push({ duty, ...knownOf(parameters) })
    if (take(/[ \t]*$/y)) return duties
    // A comma at the end is not a list's.
    if (!take(/[ \t]*,[ \t]*(?=[^ \t])/y)) return undefined
  }
  return duties
}

/** The words that duties oblige one to show for certain, each once, in their order. */
export function wordsOfDuties(duties: readonly HeaderDuty[]): string[] {
  const certain = duties.filter(({ above, unsure }) => above === undefined && !unsure)
  return [...new Set(certain.flatMap(({ show }) => show ?? []))]
}

function memberOf({ obligation, show, prefix, license, clause, certain, thresholds }: Duty, by: string | null): string {
  const above = thresholds.map((each) => `${each.fact} ${each.above}`).join(', ')
  return [
    obligation,
    parameter('show', show),
    parameter('prefix', prefix),
    parameter('license', license || undefined),
    parameter('clause', clause),
    certain ? '' : above === '' ? ';unsure' : parameter('above', above),
    parameter('by', by ?? undefined),
  ].join('')
}

/** A parameter as a string, or as a display string where it has other characters than printable ASCII. */
function parameter(key: string, value: string | undefined): string {
  if (value === undefined) return ''
  if (/^[\x20-\x7e]*$/.test(value)) return `;${key}="${value.replace(/["\\]/g, '\\$&')}"`
  const bytes = new TextEncoder().encode(value)
  const text = Array.from(bytes, (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x25
      ? `%${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte),
  ).join('')
  return `;${key}=%"${text}"`
}

/** The value of a parameter: a string, a display string, or the text of a token, a number or a boolean. */
function valueOf(take: (pattern: RegExp) => string[] | undefined): string | undefined {
  const string = take(/"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y)?.[1]
  if (string !== undefined) return string.replace(/\\(["\\])/g, '$1')
  const display = take(/%"((?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*)"/y)?.[1]
  if (display === undefined) return take(/[a-zA-Z*][\w!#$%&'*+.^`|~:/-]*|-?\d{1,15}(?:\.\d{1,3})?|\?[01]/y)?.[0]
  try {
    return decodeURIComponent(display)
  } catch {
    // Not UTF-8.
    return undefined
  }
}

function knownOf(parameters: ReadonlyMap<string, string | true>): Omit<HeaderDuty, 'duty'> {
  const texts = ['show', 'prefix', 'license', 'clause', 'above', 'by'].flatMap((key) => {
    const value = parameters.get(key)
    return typeof value === 'string' ? [[key, value]] : []
  })
  const unsure = parameters.get('unsure')
  return { ...Object.fromEntries(texts), ...(unsure !== undefined && unsure !== '?0' && { unsure: true }) }
}

/** What a caller has to do itself comes first. */
function rankOf({ show, prefix, certain }: Duty): number {
  return (certain ? 0 : 3) + (show !== undefined ? 0 : prefix !== undefined ? 1 : 2)
}
