import { canonicalJsonDigest } from '../../core/canonicalJson.ts'
import { COUNTRY_FORM, countryHint, isCountry, type Country } from '../../core/countries.ts'
import { isExternalName } from '../../core/external.ts'
import { isBytes32, parseModelId, type Address, type ModelId } from '../../core/hex.ts'
import { isHubId } from '../../core/hubId.ts'
import { MAX_URI_BYTES } from '../../core/registration.ts'
import { hasUnsafeCharacters, utf8Length } from '../../core/text.ts'
import type { FieldReader } from '../../documents/fields.ts'

/** A model of a rule: an id, a name or a URI, `owner/*` for all of an owner on the Hub, or `tensors:` and a digest. */
export type RuledModel = ModelId | string

/** What a rule asks. Each rule asks one thing. */
export type RuleSubject =
  | { denyPublishers: readonly Address[] }
  | { onlyPublishers: readonly Address[] }
  /** By the country that a publisher's profile states. */
  | { denyCountries: readonly Country[] }
  | { onlyCountries: readonly Country[] }
  /** The publisher was accredited when it registered the model. */
  | { accredited: true }
  /** As `accredited`, by one of some verifiers. */
  | { accreditedBy: readonly Address[] }
  | { denyModels: readonly RuledModel[] }
  | { onlyModels: readonly RuledModel[] }
  /** The model was made from no other. */
  | { parents: 'none' }
  /** Every parent is registered, and every model without parents states that it was made from scratch. */
  | { unknownParents: 'deny' }

/** A rule of a reader on the models that a model was made from. */
export type LineageRule = RuleSubject & {
  /** Of which models: of the whole `lineage`, which is the model and its ancestors (when left out), or of its `ancestors` alone. */
  of?: 'lineage' | 'ancestors'
  /** Why the reader has the rule; it stands in the answer. */
  why?: string
}

/** What a rule can ask, by the name of its field. */
export type RuleName = RuleSubject extends infer Subject ? (Subject extends unknown ? keyof Subject : never) : never

/** A rule as it is applied. */
export type ReadRule = {
  name: RuleName
  /** Accounts in lower case, countries in upper case, or models; empty for a rule without a list. */
  values: readonly string[]
  ofAncestors: boolean
  why: string | undefined
}

/** Every name of {@link RuleName}. */
export const RULE_NAMES = [
  'denyPublishers',
  'onlyPublishers',
  'denyCountries',
  'onlyCountries',
  'accredited',
  'accreditedBy',
  'denyModels',
  'onlyModels',
  'parents',
  'unknownParents',
] as const satisfies readonly RuleName[]

/** Most rules of a policy. */
const MOST_RULES = 64
/** Most items of the list of a rule. */
const MOST_ITEMS = 10_000
/** Longest reason of a rule, in bytes of UTF-8. */
const MOST_WHY = 200

const MODEL_FORMS = 'the id of a model, its name as owner/name, owner/* for all of an owner, or a URI'

/** Reads the rules of a policy from parsed JSON. @throws the error of the reader, naming the field */
export function readRules(read: FieldReader, value: unknown): ReadRule[] {
  return read.list(value, 'lineage', MOST_RULES).map((item, index) => readRule(read, item, `lineage[${index}]`))
}

/** A rule as a policy writes it. */
export function ruleOf({ name, values, ofAncestors, why }: ReadRule): LineageRule {
  const asked = { accredited: true, parents: 'none', unknownParents: 'deny' }
  const value = Object.hasOwn(asked, name) ? asked[name as keyof typeof asked] : values
  return { [name]: value, ...(ofAncestors && { of: 'ancestors' }), ...(why !== undefined && { why }) } as LineageRule
}

function readRule(read: FieldReader, value: unknown, field: string): ReadRule {
  const rule = read.object(value, field, [...RULE_NAMES, 'of', 'why'])
  const asked = RULE_NAMES.filter((name) => rule[name] !== undefined)
  const [name] = asked
  if (name === undefined) return read.fail(field, value, `a rule: one of the fields ${RULE_NAMES.join(', ')}`)
  if (asked.length > 1) {
    return read.fail(`${field}.${asked[1]}`, rule[asked[1]!], `one rule for each object, beside ${name} another object`)
  }
  const of = rule.of === undefined ? 'lineage' : read.word(rule.of, `${field}.of`, ['lineage', 'ancestors'])
  if (rule.of !== undefined && (name === 'parents' || name === 'unknownParents')) {
    return read.fail(`${field}.of`, rule.of, `no such field beside ${name}, which is about parents by itself`)
  }
  const why = rule.why === undefined ? undefined : read.text(rule.why, `${field}.why`)
  if (why !== undefined && (why === '' || hasUnsafeCharacters(why) || utf8Length(why) > MOST_WHY)) {
    return read.fail(`${field}.why`, why, `1 to ${MOST_WHY} bytes of text without control characters`)
  }
  return { name, values: valuesOf(read, name, rule[name], `${field}.${name}`), ofAncestors: of === 'ancestors', why }
}

function valuesOf(read: FieldReader, name: RuleName, value: unknown, field: string): string[] {
  const listOf = (readItem: (item: unknown, at: string) => string): string[] => {
    const items = read.list(value, field, MOST_ITEMS)
    // An empty list of what is allowed would deny all, and one of what is denied nothing: neither is meant.
    if (items.length === 0) read.fail(field, value, 'a list of at least 1')
    return [...new Set(items.map((item, index) => readItem(item, `${field}[${index}]`)))]
  }
  switch (name) {
    case 'accredited':
      return value === true ? [] : read.fail(field, value, 'true; without the rule, leave it out')
    case 'parents':
      read.word(value, field, ['none'])
      return []
    case 'unknownParents':
      read.word(value, field, ['deny'])
      return []
    case 'denyPublishers':
    case 'onlyPublishers':
    case 'accreditedBy':
      return listOf((item, at) => read.account(item, at))
    case 'denyCountries':
    case 'onlyCountries':
      return listOf((item, at) => (isCountry(item) ? item : read.fail(at, item, COUNTRY_FORM, countryHint(item))))
    case 'denyModels':
    case 'onlyModels':
      return listOf((item, at) => modelOf(read, item, at))
  }
}

/** A model of a rule. A text that looks like an id, a digest or a pattern and is none is refused: as a name it would match nothing. */
function modelOf(read: FieldReader, value: unknown, field: string): RuledModel {
  if (typeof value !== 'string' || value === '' || hasUnsafeCharacters(value) || utf8Length(value) > MAX_URI_BYTES) {
    return read.fail(field, value, MODEL_FORMS)
  }
  if (isBytes32(value)) return parseModelId(value)
  if (value.includes('*')) {
    const [owner = ''] = value.split('/')
    if (value === `${owner}/*` && isHubId(`${owner}/x`)) return value.toLowerCase()
    return read.fail(field, value, MODEL_FORMS, ' A star stands alone for the name, as in acme/*.')
  }
  if (/^0x/i.test(value) || /\s/.test(value)) return read.fail(field, value, MODEL_FORMS)
  if (isExternalName(value.toLowerCase()) && !/^(?:tensors:[0-9a-f]{64}|hf:.+\/.+)$/i.test(value)) {
    return read.fail(field, value, 'hf:owner/name, or tensors: and 64 hex digits')
  }
  return value
}

/** A rule by what it asks, in whatever place of the policy and order of its list: its field, and the start of a SHA-256. */
export function ruleKey({ name, values, ofAncestors }: ReadRule): string {
  return `${name}-${canonicalJsonDigest([values.toSorted(), ofAncestors]).slice(2, 18)}`
}

/** A rule in words, for an answer. */
export function ruleInWords({ name, values, ofAncestors }: ReadRule): string {
  const few = values.length <= 3 ? values.join(', ') : `${values.slice(0, 3).join(', ')} and ${values.length - 3} more`
  const whose = ofAncestors ? 'of the ancestors' : 'of the model and its ancestors'
  switch (name) {
    case 'denyPublishers':
      return `none ${whose} is by ${few}`
    case 'onlyPublishers':
      return `all ${whose} are by ${few}`
    case 'denyCountries':
      return `none ${whose} has a publisher in ${few}`
    case 'onlyCountries':
      return `all ${whose} have publishers in ${few}`
    case 'accredited':
      return `all ${whose} have publishers that were accredited`
    case 'accreditedBy':
      return `all ${whose} have publishers that were accredited by ${few}`
    case 'denyModels':
      return `none ${whose} is ${few}`
    case 'onlyModels':
      return `all ${whose} are among ${few}`
    case 'parents':
      return 'the model was made from no other'
    case 'unknownParents':
      return 'no parent is unknown'
  }
}
