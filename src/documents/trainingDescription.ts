import { canonicalJson, methodDigest } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { isExternalName, parseExternalName } from '../core/external.ts'
import { isBytes32, type Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { modelNameKey } from '../core/modelName.ts'
import { MAX_PARENTS, MAX_URI_BYTES } from '../core/registration.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { COMPUTE_UNIT_NAMES, flopOf, type Compute } from './compute.ts'
import { describeValue, FieldReader, type Fields } from './fields.ts'

/**
 * Where a model begins. `from-scratch`: no weights of another model went into it, and no teacher's outputs. `not-stated`: its maker does
 * not say whether there are parents beside those that the registration names. Left out, it is not stated either.
 */
export const ORIGINS = ['from-scratch', 'not-stated'] as const
/** What a step of training did. */
export const STEP_KINDS = [
  'pretraining',
  'continued-pretraining',
  'supervised-finetuning',
  'preference-optimization',
  'reinforcement-learning',
  'distillation',
  'adapter',
  'merge',
  'quantization',
  'pruning',
  'conversion',
  'other',
] as const
/** How the weights of a parent, or its outputs, were obtained. */
export const WAYS_TO_OBTAIN = ['api', 'download', 'license-grant', 'mirror'] as const
/** What a number of an authority stands for. */
export const FILING_KINDS = ['filing', 'registration', 'notification', 'other'] as const

/** A member of {@link ORIGINS}. */
export type Origin = (typeof ORIGINS)[number]
/** A member of {@link STEP_KINDS}. */
export type StepKind = (typeof STEP_KINDS)[number]
/** A member of {@link WAYS_TO_OBTAIN}. */
export type WayToObtain = (typeof WAYS_TO_OBTAIN)[number]

/** The value of a hyperparameter. */
export type Hyperparameter = string | number | boolean | null

/** One step of training, in the order in which the steps were done. */
export type TrainingStep = {
  readonly kind: StepKind
  /** What it was, in words. */
  readonly note?: string
  /** Each a value, or a list of values. */
  readonly hyperparameters?: { readonly [name: string]: Hyperparameter | readonly Hyperparameter[] }
  /** The code that ran. */
  readonly code?: CodeRevision
}

/** A revision of some code. */
export type CodeRevision = {
  readonly repository: string
  /** The commit's whole hash: 40 or 64 hex digits. */
  readonly commit: string
}

/** What its maker states about a parent. */
export type DescribedParent = {
  /** As the draft names it: `owner/name`, a model id, or the name of an external parent. */
  readonly model: string
  /** The work of its whole training, with that of its own parents. */
  readonly compute?: Compute
  /** Whether it is a general-purpose model with systemic risk (Article 51 of Regulation (EU) 2024/1689). */
  readonly systemicRisk?: boolean
  readonly obtained?: {
    readonly by: WayToObtain
    /** The credential under which it was obtained. */
    readonly credential?: string
    readonly uri?: string
    readonly commit?: string
  }
}

/** A number that an authority gave to a model or to a service on it. */
export type Filing = {
  readonly authority: string
  readonly number: string
  readonly kind?: (typeof FILING_KINDS)[number]
}

/**
 * The training description: how a model was made, in its maker's words. Its SHA-256 in canonical JSON is `method` of the registration.
 * Everything but the version may be left out; what is left out is not stated. `docs/training-description.schema.json` is its schema.
 */
export type TrainingDescription = {
  readonly version: 1
  readonly origin?: Origin
  readonly steps?: readonly TrainingStep[]
  /** The work of all steps of this model together, without that of its parents. */
  readonly compute?: Compute
  readonly parents?: readonly DescribedParent[]
  readonly filings?: readonly Filing[]
}

/** Most steps and filings of a description. */
export const MAX_STEPS = 64
/** Most hyperparameters of a step, and most values of one of them. */
export const MAX_HYPERPARAMETERS = 256
/** Longest description in canonical JSON, in bytes. */
export const MAX_DESCRIPTION_BYTES = 256 * 1024
/** Longest text of a description that is not a URI, in bytes of UTF-8. */
const MAX_TEXT_BYTES = 500

/**
 * Reads a training description, and returns one with the same canonical JSON.
 *
 * @throws {@link TrainingDescriptionError} naming the first field that is wrong
 */
export function parseTrainingDescription(value: unknown): TrainingDescription {
  const top = read.object(value, 'the description', ['version', 'origin', 'steps', 'compute', 'parents', 'filings'])
  const description: TrainingDescription = {
    version: read.version(top.version, 1),
    ...optional(top, 'origin', 'origin', (each, field) => read.word(each, field, ORIGINS)),
    ...optional(top, 'steps', 'steps', (each, field) =>
      read.list(each, field, MAX_STEPS).map((step, index) => stepOf(step, `${field}[${index}]`)),
    ),
    ...optional(top, 'compute', 'compute', computeOf),
    ...optional(top, 'parents', 'parents', parentsOf),
    ...optional(top, 'filings', 'filings', (each, field) =>
      read.list(each, field, MAX_STEPS).map((filing, index) => filingOf(filing, `${field}[${index}]`)),
    ),
  }
  const { origin, parents = [] } = description
  if (origin === 'from-scratch' && parents.length > 0) {
    return read.fail('origin', origin, '"not-stated", or no such field, beside parents')
  }
  const length = utf8Length(canonicalJson(description))
  if (length > MAX_DESCRIPTION_BYTES) {
    return read.fail('the description', `${length} bytes`, `at most ${MAX_DESCRIPTION_BYTES} bytes of canonical JSON`)
  }
  return description
}

/** The `method` of a registration: SHA-256 of the description in canonical JSON. */
export function descriptionDigest(description: TrainingDescription): Digest {
  return methodDigest(description)
}

/** Whether a description speaks of the parent with some names: its id, its names on the Hub, or its external name. */
export function isDescribedAs({ model }: Pick<DescribedParent, 'model'>, names: readonly string[]): boolean {
  const key = keyOf(model)
  return names.some((name) => keyOf(name) === key)
}

function keyOf(name: string): string {
  return isBytes32(name) ? name.toLowerCase() : modelNameKey(name)
}

/**
 * Checks a description against the parents that a draft names.
 *
 * @throws {@link TrainingDescriptionError} when it speaks of another parent, or says "from-scratch" although there are parents
 */
export function checkDescribedParents(description: TrainingDescription, parents: readonly string[]): void {
  if (description.origin === 'from-scratch' && parents.length > 0) {
    read.fail('origin', description.origin, `"not-stated", or no such field: the draft names the parent ${parents[0]}`)
  }
  description.parents?.forEach((parent, index) => {
    if (isDescribedAs(parent, parents)) return
    const named = parents.length === 0 ? 'the draft names no parent' : `the draft names ${parents.join(', ')}`
    read.fail(`parents[${index}].model`, parent.model, `a parent of the draft: ${named}`)
  })
}

function optional<Key extends string, T>(
  fields: Fields,
  key: Key,
  field: string,
  parse: (value: unknown, field: string) => T,
): { [K in Key]?: T } {
  const value = fields[key]
  return (value === undefined ? {} : { [key]: parse(value, field) }) as { [K in Key]?: T }
}

function stepOf(value: unknown, path: string): TrainingStep {
  const step = read.object(value, path, ['kind', 'note', 'hyperparameters', 'code'])
  return {
    kind: read.word(step.kind, `${path}.kind`, STEP_KINDS),
    ...optional(step, 'note', `${path}.note`, textOf),
    ...optional(step, 'hyperparameters', `${path}.hyperparameters`, hyperparametersOf),
    ...optional(step, 'code', `${path}.code`, codeOf),
  }
}

function codeOf(value: unknown, path: string): CodeRevision {
  const code = read.object(value, path, ['repository', 'commit'])
  return {
    repository: uriOf(code.repository, `${path}.repository`),
    commit: commitOf(code.commit, `${path}.commit`),
  }
}

function hyperparametersOf(value: unknown, path: string): NonNullable<TrainingStep['hyperparameters']> {
  const entries = Object.entries(read.object(value, path))
  if (entries.length > MAX_HYPERPARAMETERS) {
    return read.fail(path, `${entries.length} names`, `at most ${MAX_HYPERPARAMETERS} names`)
  }
  return Object.fromEntries(
    entries.map(([name, each]) => {
      // Quoted, because the name itself may be hostile.
      const field = `${path}[${quoted(name)}]`
      if (!/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}$/.test(name) || name === '__proto__')
        read.fail(path, name, 'names of 1 to 100 letters, digits, "_", ".", "/" and "-"')
      if (!Array.isArray(each)) return [name, hyperparameterOf(each, field)]
      return [name, read.list(each, field, MAX_HYPERPARAMETERS).map((item) => hyperparameterOf(item, field))]
    }),
  )
}

function hyperparameterOf(value: unknown, path: string): Hyperparameter {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string') return textOf(value, path, 0)
  return read.fail(path, value, 'a text, a number, true, false or null, or a list of these')
}

function parentsOf(value: unknown, path: string): DescribedParent[] {
  const names = new Set<string>()
  return read.list(value, path, MAX_PARENTS).map((each, index) => {
    const field = `${path}[${index}]`
    const parent = read.object(each, field, ['model', 'compute', 'systemicRisk', 'obtained'])
    const model = read.text(parent.model, `${field}.model`)
    if (!isBytes32(model) && !isHubId(model) && !isExternal(model)) {
      return read.fail(
        `${field}.model`,
        model,
        'owner/name, a model id of 0x and 64 hex digits, hf:owner/name, or tensors: and 64 hex digits',
      )
    }
    if (names.has(keyOf(model))) return read.fail(`${field}.model`, model, 'each parent once')
    names.add(keyOf(model))
    return {
      model,
      ...optional(parent, 'compute', `${field}.compute`, computeOf),
      ...optional(parent, 'systemicRisk', `${field}.systemicRisk`, (flag, at) => read.boolean(flag, at)),
      ...optional(parent, 'obtained', `${field}.obtained`, obtainedOf),
    }
  })
}

function isExternal(name: string): boolean {
  try {
    return isExternalName(name) && parseExternalName(name) !== ''
  } catch {
    return false
  }
}

function obtainedOf(value: unknown, path: string): NonNullable<DescribedParent['obtained']> {
  const obtained = read.object(value, path, ['by', 'credential', 'uri', 'commit'])
  const by = read.word(obtained.by, `${path}.by`, WAYS_TO_OBTAIN)
  const { credential } = obtained
  if (by === 'license-grant' && credential === undefined) {
    return read.fail(`${path}.credential`, credential, 'the id of the credential that grants the license')
  }
  return {
    by,
    ...optional(obtained, 'credential', `${path}.credential`, (id, field) => {
      read.bytes32(id, field)
      return id as string
    }),
    ...optional(obtained, 'uri', `${path}.uri`, uriOf),
    ...optional(obtained, 'commit', `${path}.commit`, commitOf),
  }
}

function filingOf(value: unknown, path: string): Filing {
  const filing = read.object(value, path, ['authority', 'number', 'kind'])
  return {
    authority: textOf(filing.authority, `${path}.authority`),
    number: textOf(filing.number, `${path}.number`),
    ...optional(filing, 'kind', `${path}.kind`, (kind, field) => read.word(kind, field, FILING_KINDS)),
  }
}

const COMPUTE_FORM = `"unknown", a decimal text such as "3.1e24" (FLOP) or "36 PFLOP-day", or a value with its unit (${COMPUTE_UNIT_NAMES.join(', ')}), above 0 and at most 1e40 FLOP`

function computeOf(value: unknown, path: string): Compute {
  if (typeof value === 'number') return read.fail(path, value, `a unit too: ${COMPUTE_FORM}`)
  if (typeof value === 'object') {
    const { value: amount, unit } = read.object(value, path, ['value', 'unit'])
    if (flopOf(value) === undefined) return read.fail(path, value, COMPUTE_FORM)
    return { value: amount as string | number, unit: read.word(unit, `${path}.unit`, COMPUTE_UNIT_NAMES) }
  }
  return flopOf(value) === undefined ? read.fail(path, value, COMPUTE_FORM) : (value as string)
}

function textOf(value: unknown, path: string, least = 1): string {
  const text = read.text(value, path)
  if (utf8Length(text) < least || utf8Length(text) > MAX_TEXT_BYTES || hasUnsafeCharacters(text)) {
    return read.fail(path, text, `one line of ${least} to ${MAX_TEXT_BYTES} bytes without control or format characters`)
  }
  return text
}

function uriOf(value: unknown, path: string): string {
  const uri = read.uri(value, path)
  if (/^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(uri)) return uri
  return read.fail(path, uri, `a URI such as https://…, of at most ${MAX_URI_BYTES} bytes`)
}

function commitOf(value: unknown, path: string): string {
  if (typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return value
  return read.fail(path, value, 'the whole hash of a commit: 40 or 64 hex digits in lower case')
}

/** Thrown when a value is not a training description. */
export class TrainingDescriptionError extends StemmaError {
  override name = 'TrainingDescriptionError'
  /** The field that is wrong. */
  readonly field: string
  constructor(field: string, value: unknown, expected: string, hint = '') {
    const path = field.length > 120 ? `${field.slice(0, 120)}…` : field
    super(
      'TRAINING_DESCRIPTION',
      `Invalid training description: ${hasUnsafeCharacters(path) ? quoted(path) : path} is ${describeValue(value)}. Expected ${expected}.${hint} Correct the field; docs/formats/training-description.md describes it.`,
    )
    this.field = path
  }
}

const read = new FieldReader(
  (field, value, expected, hint) => new TrainingDescriptionError(field, value, expected, hint),
)
