import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseDigest, ZERO_DIGEST, type Digest, type TermsId } from '../core/hex.ts'
import { MAX_THRESHOLDS, termsIdOf, type Terms } from '../core/terms.ts'
import { hasUnsafeCharacters, quoted } from '../core/text.ts'
import {
  METRICS,
  OBLIGATION_NAMES,
  RIGHT_NAMES,
  TERMS_FLAG_NAMES,
  type Metric,
  type Obligation,
  type Right,
  type TermsFlag,
} from '../core/vocabulary.ts'

/** What a license is made for. A tier is what a publisher offers to holders of a credential. */
export const LICENSE_KINDS = ['software', 'content', 'data', 'model', 'any', 'tier'] as const
/** What was read when the entry was written: the whole text, a part or a summary of it, or nothing. */
export const LICENSE_CHECKS = ['text', 'excerpt', 'not-found'] as const

/** A member of {@link LICENSE_KINDS}. */
export type LicenseKind = (typeof LICENSE_KINDS)[number]
/** A member of {@link LICENSE_CHECKS}. */
export type LicenseCheck = (typeof LICENSE_CHECKS)[number]

/** One license of the library, as a file in `licenses/` has it (`licenses/schema.json`). */
export type LicenseEntry = {
  /** SPDX id, or the name by which the license is known. Becomes the name of the terms. */
  id: string
  name: string
  kind: LicenseKind
  /** Other names of it on the Hugging Face Hub, in lower case. */
  aliases: readonly string[]
  /** Names that other entries bear too, in lower case: a link or a model decides. */
  shared?: readonly string[]
  /** Beginnings of addresses of the text. */
  links?: readonly string[]
  /** The licensor's models, as `owner/name` or its beginning and a star. */
  models?: readonly string[]
  /** Licenses that are compatible in the same way share one. */
  family?: string
  outbound?: { only?: readonly string[]; except?: readonly string[]; clause: string }
  flags: readonly { flag: TermsFlag; clause: string }[]
  reserved: readonly { right: string; clause: string }[]
  /** Where the licensor publishes the text. */
  uri: string
  /** SHA-256 of the whole text in UTF-8, null when it was not at hand. */
  text: Digest | null
  read: {
    checked: LicenseCheck
    /** Repository, path and commit, or address. */
    where: string
    /** Date, as in 2026-11-23. */
    on: string
  }
  /** Each right, and the clause that grants or withholds it. */
  rights: Readonly<Record<Right, { grant: boolean; clause: string }>>
  obligations: readonly {
    obligation: Obligation
    /** The uses that raise it. */
    uses: readonly Right[]
    clause: string
    /** Exact words to display. */
    display?: string
    /** What the name has to begin with. */
    prefix?: string
    detail?: string
  }[]
  thresholds: readonly {
    metric: string
    subject?: string
    parameter?: string
    limit: bigint
    withdraws: readonly Right[]
    adds: readonly Obligation[]
    uses?: readonly Right[]
    doubtful?: true
    display?: string
    clause: string
  }[]
  /** Only for the license that is not known: it becomes no terms at all. */
  unknown?: true
  /** What the first draft said, and what the text says. */
  corrections: readonly string[]
  notes: string
}

/**
 * Reads an entry from a file of the library.
 *
 * @param name names the file in the error
 * @throws {@link InvalidLicenseError}
 */
export function parseLicense(value: unknown, name: string): LicenseEntry {
  const read = new Reader(name)
  const top = read.object(value, '', [
    'id',
    'name',
    'kind',
    'family',
    'aliases',
    'shared',
    'links',
    'models',
    'outbound',
    'flags',
    'reserved',
    'uri',
    'text',
    'read',
    'rights',
    'obligations',
    'thresholds',
    'unknown',
    'corrections',
    'notes',
  ])
  const from = read.object(top.read, 'read', ['checked', 'where', 'on'])
  const granted = read.object(top.rights, 'rights', RIGHT_NAMES)
  const rights = {} as Record<Right, { grant: boolean; clause: string }>
  for (const right of RIGHT_NAMES) {
    const field = `rights.${right}`
    const one = read.object(granted[right], field, ['grant', 'clause'])
    rights[right] = { grant: read.boolean(one.grant, `${field}.grant`), clause: read.clause(one.clause, field) }
  }
  const obligations = read.list(top.obligations, 'obligations', (item, field) => {
    const one = read.object(item, field, ['obligation', 'uses', 'clause', 'display', 'prefix', 'detail'])
    return {
      obligation: read.word(one.obligation, `${field}.obligation`, OBLIGATION_NAMES),
      uses: readUses(read, one.uses ?? [], `${field}.uses`).uses ?? [],
      clause: read.clause(one.clause, field),
      ...(one.display === undefined ? {} : { display: read.text(one.display, `${field}.display`, 100) }),
      ...(one.prefix === undefined ? {} : { prefix: read.text(one.prefix, `${field}.prefix`, 100) }),
      ...(one.detail === undefined ? {} : { detail: read.text(one.detail, `${field}.detail`) }),
    }
  })
  read.unique(
    obligations.map(({ obligation }) => obligation),
    'obligations',
  )
  const thresholds = read.list(top.thresholds, 'thresholds', (item, field) => readThreshold(read, item, field))
  if (thresholds.length > MAX_THRESHOLDS) read.fail('thresholds', `at most ${MAX_THRESHOLDS} of them`)
  const entry: LicenseEntry = {
    id: read.pattern(top.id, 'id', /^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$/, 'an id of letters, digits, ".", "+" and "-"'),
    name: read.text(top.name, 'name'),
    kind: read.word(top.kind, 'kind', LICENSE_KINDS),
    aliases: read.list(top.aliases, 'aliases', (item, field) =>
      read.pattern(item, field, /^[a-z0-9][a-z0-9.+_ -]{0,63}$/, 'a name in lower case'),
    ),
    uri: read.pattern(top.uri, 'uri', /^(?:https:\/\/|docs\/)[!-~]{1,190}$/, 'an https address or a path below docs/'),
    text: top.text === null ? null : read.digest(top.text, 'text'),
    read: {
      checked: read.word(from.checked, 'read.checked', LICENSE_CHECKS),
      where: read.text(from.where, 'read.where'),
      on: read.pattern(from.on, 'read.on', /^\d{4}-\d{2}-\d{2}$/, 'a date as in 2026-11-23'),
    },
    rights,
    flags: read.list(top.flags, 'flags', (item, field) => {
      const one = read.object(item, field, ['flag', 'clause'])
      return { flag: read.word(one.flag, field, TERMS_FLAG_NAMES), clause: read.clause(one.clause, field) }
    }),
    reserved: read.list(top.reserved, 'reserved', (item, field) => {
      const one = read.object(item, field, ['right', 'clause'])
      return { right: read.text(one.right, field), clause: read.clause(one.clause, field) }
    }),
    obligations,
    thresholds,
    corrections: read.list(top.corrections, 'corrections', (item, field) => read.text(item, field)),
    notes: top.notes === '' ? '' : read.text(top.notes, 'notes'),
  }
  read.unique(entry.aliases, 'aliases')
  for (const key of ['shared', 'links', 'models'] as const)
    if (top[key] !== undefined) entry[key] = read.list(top[key], key, (item, field) => read.text(item, field))
  if (top.family !== undefined) entry.family = read.text(top.family, 'family')
  if (top.outbound !== undefined) {
    const out = read.object(top.outbound, 'outbound', ['only', 'except', 'clause'])
    const list = (key: 'only' | 'except') =>
      read.list(out[key], `outbound.${key}`, (item, field) => read.text(item, field))
    entry.outbound = {
      ...(out.only === undefined ? { except: list('except') } : { only: list('only') }),
      clause: read.clause(out.clause, 'outbound'),
    }
  }
  if (top.unknown !== undefined) {
    if (top.unknown !== true) read.fail('unknown', 'true, or no such field')
    if (RIGHT_NAMES.some((right) => rights[right].grant)) read.fail('unknown', 'no such field where a right is granted')
    entry.unknown = true
  }
  for (const [index, { withdraws }] of thresholds.entries())
    for (const right of withdraws)
      if (!rights[right].grant) read.fail(`thresholds[${index}].withdraws`, `rights that are granted; ${right} is not`)
  return entry
}

function readThreshold(read: Reader, item: unknown, field: string): LicenseEntry['thresholds'][number] {
  const one = read.object(item, field, [
    'metric',
    'subject',
    'parameter',
    'limit',
    'withdraws',
    'adds',
    'uses',
    'doubtful',
    'display',
    'clause',
  ])
  const threshold = {
    metric: read.text(one.metric, `${field}.metric`),
    ...(one.subject === undefined ? {} : { subject: read.text(one.subject, `${field}.subject`) }),
    ...(one.parameter === undefined ? {} : { parameter: read.text(one.parameter, `${field}.parameter`) }),
    ...(one.doubtful === undefined ? {} : { doubtful: true as const }),
    ...(one.display === undefined ? {} : { display: read.text(one.display, `${field}.display`) }),
    limit: read.count(one.limit, `${field}.limit`),
    withdraws: read.list(one.withdraws, `${field}.withdraws`, (word, at) => read.word<Right>(word, at, RIGHT_NAMES)),
    adds: read.list(one.adds, `${field}.adds`, (word, at) => read.word<Obligation>(word, at, OBLIGATION_NAMES)),
    ...readUses(read, one.uses, `${field}.uses`),
    clause: read.clause(one.clause, field),
  }
  read.unique(threshold.withdraws, `${field}.withdraws`)
  read.unique(threshold.adds, `${field}.adds`)
  if (threshold.withdraws.length + threshold.adds.length === 0)
    read.fail(field, 'a right that it withdraws or an obligation that it adds')
  if (threshold.adds.length === 0 && threshold.uses)
    read.fail(`${field}.uses`, 'no such field where no obligation is added')
  return threshold
}

/** The uses that raise an obligation, if they are stated. */
function readUses(read: Reader, value: unknown, field: string): { uses?: Right[] } {
  if (value === undefined) return {}
  const uses = read.list(value, field, (word, at) => read.word<Right>(word, at, RIGHT_NAMES))
  if (uses.length === 0) read.fail(field, 'at least one use, or no such field')
  read.unique(uses, field)
  return { uses }
}

/** The terms of an entry, as they are published on chain; null for the license that is not known. */
export function termsOfLicense(entry: LicenseEntry): Terms | null {
  if (entry.unknown) return null
  return {
    name: entry.id,
    uri: entry.uri,
    text: entry.text ?? ZERO_DIGEST,
    rights: RIGHT_NAMES.filter((right) => entry.rights[right].grant),
    duties: Object.fromEntries(entry.obligations.map(({ obligation, uses }) => [obligation, uses])),
    thresholds: entry.thresholds.map(({ metric, limit, withdraws, adds, uses }) => ({
      metric: (metric in METRICS ? metric : 'annualRevenueUsd') as Metric,
      limit,
      withdraws,
      adds,
      ...(uses && { uses }),
    })),
  }
}

/** The id under which an entry's terms are published; zero, which grants nothing, without an entry or for an unknown one. */
export function termsIdOfLicense(entry: LicenseEntry | undefined): TermsId {
  const terms = entry && termsOfLicense(entry)
  return terms ? termsIdOf(terms) : (ZERO_DIGEST as string as TermsId)
}

/** Reads untrusted values, and names the field that is wrong. */
class Reader {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  fail(field: string, expected: string): never {
    throw new InvalidLicenseError(this.#name, field, expected)
  }

  /** The own fields of an object, of which none may have another name. */
  object<Key extends string>(value: unknown, field: string, keys: readonly Key[]): Partial<Record<Key, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail(field, 'an object')
    const fields = new Map<string, unknown>(Object.entries(value))
    for (const key of fields.keys())
      if (!keys.some((known) => known === key))
        this.fail(field === '' ? quoted(key) : field, `only: ${keys.join(', ')}`)
    const out: Partial<Record<Key, unknown>> = {}
    for (const key of keys) if (fields.has(key)) out[key] = fields.get(key)
    return out
  }

  list<Item>(value: unknown, field: string, item: (value: unknown, field: string) => Item): Item[] {
    if (!Array.isArray(value)) return this.fail(field, 'a list')
    if (value.length > 100) this.fail(field, 'at most 100 items')
    return value.map((one: unknown, index) => item(one, `${field}[${index}]`))
  }

  unique(values: readonly string[], field: string): void {
    if (new Set(values).size !== values.length) this.fail(field, 'no item twice')
  }

  boolean(value: unknown, field: string): boolean {
    return typeof value === 'boolean' ? value : this.fail(field, 'true or false')
  }

  /** A whole number that JSON carries exactly. */
  count(value: unknown, field: string): bigint {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      return this.fail(field, 'a whole number from 0 to 2^53 - 1')
    return BigInt(value)
  }

  digest(value: unknown, field: string): Digest {
    if (typeof value !== 'string' || !isBytes32(value)) return this.fail(field, 'null, or 0x and 64 hex digits')
    return parseDigest(value)
  }

  word<Word extends string>(value: unknown, field: string, words: readonly Word[]): Word {
    return words.find((word) => word === value) ?? this.fail(field, `one of: ${words.join(', ')}`)
  }

  pattern(value: unknown, field: string, pattern: RegExp, expected: string): string {
    return typeof value === 'string' && pattern.test(value) ? value : this.fail(field, expected)
  }

  text(value: unknown, field: string, most = 1000): string {
    if (typeof value !== 'string' || value === '' || value.length > most || hasUnsafeCharacters(value))
      return this.fail(field, `one line of 1 to ${most} characters, without control or format characters`)
    return value
  }

  clause(value: unknown, field: string): string {
    const clause = this.text(value, `${field}.clause`, 300)
    return this.pattern(clause, `${field}.clause`, /^[^:]+: ./, 'a number or heading, a colon and a few words')
  }
}

/** Thrown when a file of the license library is not as `licenses/schema.json` says. */
export class InvalidLicenseError extends StemmaError {
  override name = 'InvalidLicenseError'
  /** The field that is wrong, empty for the whole. */
  readonly field: string

  constructor(file: string, field: string, expected: string) {
    super(
      'INVALID_LICENSE',
      `${quoted(file)} is not a license of the library: ${field === '' ? 'the file' : field} must be ${expected}.`,
    )
    this.field = field
  }
}
