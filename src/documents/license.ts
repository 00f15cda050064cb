import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseDigest, ZERO_DIGEST, type Digest, type TermsId } from '../core/hex.ts'
import { MAX_THRESHOLDS, termsIdOf, type Outbound, type Terms, type Threshold } from '../core/terms.ts'
import { hasUnsafeCharacters, quoted } from '../core/text.ts'
import { InvalidMeasureError, measureCodes, measureName, METRIC_NAMES, SUBJECT_NAMES } from '../core/topics.ts'
import {
  FAMILY_NAMES,
  OBLIGATION_NAMES,
  RIGHT_NAMES,
  TERMS_FLAG_NAMES,
  type Family,
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

/** Rights beside the use of a work that a license may reserve. */
export const RESERVED_RIGHTS = ['trademark', 'patent', 'publicity'] as const
/** A member of {@link RESERVED_RIGHTS}. */
export type ReservedRight = (typeof RESERVED_RIGHTS)[number]

/** What an obligation asks to be shown, where the text fixes it. */
export type LicenseWords = {
  /** The exact words to display. */
  display?: string
  /** What a name has to begin with. */
  prefix?: string
  /** Else what is asked, in words of ours. */
  detail?: string
}

/** One license of the library, as a file in `licenses/` has it (`licenses/schema.json`). */
export type LicenseEntry = {
  /** SPDX id, or the name by which the license is known. Becomes the name of the terms. */
  id: string
  name: string
  kind: LicenseKind
  /** With which licenses it is compatible; only the license that is not known states none. */
  family?: Family
  /** Other names of it on the Hugging Face Hub, in lower case. */
  aliases: readonly string[]
  /** Names that other entries bear too, in lower case: they lead here only if a link or a model decides. */
  shared?: readonly string[]
  /** Beginnings of addresses of the text, by which an absolute link of a card leads here. */
  links?: readonly string[]
  /** Models of the licensor, as `owner/name` or as its beginning and a star, by which a shared name leads here. */
  models?: readonly string[]
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
  /** The families under which a derivative may be passed on; without a limit when left out. */
  outbound?: Outbound & { clause: string }
  flags: readonly { flag: TermsFlag; clause: string }[]
  obligations: readonly (LicenseWords & { obligation: Obligation; uses: readonly Right[]; clause: string })[]
  thresholds: readonly (Threshold & Pick<LicenseWords, 'display'> & { clause: string })[]
  /** Rights that the text keeps back although nobody might think them granted. They are notes, not duties. */
  reserved: readonly { right: ReservedRight; clause: string }[]
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
    'uri',
    'text',
    'read',
    'rights',
    'outbound',
    'flags',
    'obligations',
    'thresholds',
    'reserved',
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
  const flags = read.list(top.flags ?? [], 'flags', (item, field) => {
    const one = read.object(item, field, ['flag', 'clause'])
    return { flag: read.word(one.flag, `${field}.flag`, TERMS_FLAG_NAMES), clause: read.clause(one.clause, field) }
  })
  read.unique(
    flags.map(({ flag }) => flag),
    'flags',
  )
  const reserved = read.list(top.reserved ?? [], 'reserved', (item, field) => {
    const one = read.object(item, field, ['right', 'clause'])
    return { right: read.word(one.right, `${field}.right`, RESERVED_RIGHTS), clause: read.clause(one.clause, field) }
  })
  const obligations = read.list(top.obligations, 'obligations', (item, field) => {
    const one = read.object(item, field, ['obligation', 'uses', 'clause', 'display', 'prefix', 'detail'])
    return {
      obligation: read.word(one.obligation, `${field}.obligation`, OBLIGATION_NAMES),
      uses: readUses(read, one.uses, `${field}.uses`),
      clause: read.clause(one.clause, field),
      ...readWords(read, one, field),
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
    ...(top.unknown === undefined && { family: read.word<Family>(top.family, 'family', FAMILY_NAMES) }),
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
    ...(top.outbound !== undefined && { outbound: readOutbound(read, top.outbound) }),
    flags,
    obligations,
    thresholds,
    reserved,
    corrections: read.list(top.corrections, 'corrections', (item, field) => read.text(item, field)),
    notes: top.notes === '' ? '' : read.text(top.notes, 'notes'),
  }
  read.unique(entry.aliases, 'aliases')
  Object.assign(entry, readMatches(read, top))
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

/** What leads from a card to an entry beside its own names. */
function readMatches(
  read: Reader,
  top: Partial<Record<'shared' | 'links' | 'models', unknown>>,
): Pick<LicenseEntry, 'shared' | 'links' | 'models'> {
  const forms = {
    shared: [/^[a-z0-9][a-z0-9.+_ -]{0,63}$/, 'a name in lower case'],
    links: [/^https:\/\/[a-z0-9.-]+\/[A-Za-z0-9._~%/+-]{1,199}$/, 'the beginning of an https address'],
    models: [/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9._-]{0,96}\*?$/, 'owner/name, or its beginning and a star'],
  } as const
  const names = (['shared', 'links', 'models'] as const).filter((name) => top[name] !== undefined)
  return Object.fromEntries(
    names.map((name) => {
      const [form, expected] = forms[name]
      const list = read.list(top[name], name, (item, field) => read.pattern(item, field, form, expected))
      read.unique(list, name)
      return [name, list]
    }),
  )
}

function readThreshold(read: Reader, item: unknown, field: string): LicenseEntry['thresholds'][number] {
  const fields = [
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
  ] as const
  const one = read.object(item, field, fields)
  const threshold = {
    measure: readMeasure(read, one, field),
    limit: read.count(one.limit, `${field}.limit`),
    withdraws: read.list(one.withdraws, `${field}.withdraws`, (word, at) => read.word<Right>(word, at, RIGHT_NAMES)),
    adds: read.list(one.adds, `${field}.adds`, (word, at) => read.word<Obligation>(word, at, OBLIGATION_NAMES)),
    ...(one.uses !== undefined && { uses: readUses(read, one.uses, `${field}.uses`) }),
    ...(one.doubtful !== undefined && { doubtful: read.boolean(one.doubtful, `${field}.doubtful`) }),
    ...readWords(read, { display: one.display }, field),
    clause: read.clause(one.clause, field),
  }
  read.unique(threshold.withdraws, `${field}.withdraws`)
  read.unique(threshold.adds, `${field}.adds`)
  if (threshold.withdraws.length + threshold.adds.length === 0)
    read.fail(field, 'a right that it withdraws or an obligation that it adds')
  if ((threshold.adds.length === 0) === (threshold.uses !== undefined))
    read.fail(`${field}.uses`, 'the uses that raise the obligations that are added, and only there')
  return threshold
}

/** The name of what a threshold measures. */
function readMeasure(
  read: Reader,
  one: Partial<Record<'metric' | 'subject' | 'parameter', unknown>>,
  field: string,
): string {
  const measure = {
    metric: read.word(one.metric, `${field}.metric`, METRIC_NAMES),
    ...(one.subject !== undefined && { subject: read.word(one.subject, `${field}.subject`, SUBJECT_NAMES) }),
    ...(one.parameter !== undefined && { parameter: read.text(one.parameter, `${field}.parameter`, 40) }),
  }
  try {
    return measureName(measureCodes(measure))
  } catch (error) {
    if (error instanceof InvalidMeasureError) return read.fail(field, `a measure. ${error.message}`)
    throw error
  }
}

/** The uses that raise obligations: at least one. */
function readUses(read: Reader, value: unknown, field: string): Right[] {
  const uses = read.list(value, field, (word, at) => read.word<Right>(word, at, RIGHT_NAMES))
  if (uses.length === 0) read.fail(field, 'at least one use')
  read.unique(uses, field)
  return uses
}

function readWords(read: Reader, one: Partial<Record<keyof LicenseWords, unknown>>, field: string): LicenseWords {
  return {
    ...(one.display !== undefined && { display: read.text(one.display, `${field}.display`, 200) }),
    ...(one.prefix !== undefined && { prefix: read.text(one.prefix, `${field}.prefix`, 200) }),
    ...(one.detail !== undefined && { detail: read.text(one.detail, `${field}.detail`) }),
  }
}

function readOutbound(read: Reader, value: unknown): Outbound & { clause: string } {
  const one = read.object(value, 'outbound', ['only', 'except', 'clause'])
  if ((one.only === undefined) === (one.except === undefined)) read.fail('outbound', 'either "only" or "except"')
  const families = read.list(one.only ?? one.except, 'outbound', (word, at) =>
    read.word<Family>(word, at, FAMILY_NAMES),
  )
  if (families.length === 0) read.fail('outbound', 'at least one family')
  read.unique(families, 'outbound')
  const clause = read.clause(one.clause, 'outbound')
  return one.only === undefined ? { except: families, clause } : { only: families, clause }
}

/** The terms of an entry, as they are published on chain; null for the license that is not known. */
export function termsOfLicense(entry: LicenseEntry): Terms | null {
  if (entry.unknown) return null
  return {
    name: entry.id,
    uri: entry.uri,
    text: entry.text ?? ZERO_DIGEST,
    rights: RIGHT_NAMES.filter((right) => entry.rights[right].grant),
    flags: entry.flags.map(({ flag }) => flag),
    ...(entry.family && { family: entry.family }),
    ...(entry.outbound && { outbound: withoutClause(entry.outbound) }),
    duties: Object.fromEntries(entry.obligations.map(({ obligation, uses }) => [obligation, uses])),
    thresholds: entry.thresholds.map(({ clause: _, display: __, ...threshold }) => threshold),
  }
}

function withoutClause({ clause: _, ...outbound }: Outbound & { clause: string }): Outbound {
  return outbound
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
