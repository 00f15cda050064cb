import { StemmaError } from './errors.ts'
import { keccakText } from './hex.ts'
import { didYouMean, quoted } from './text.ts'

/**
 * What a threshold of a license may measure. The value is the code that the chain keeps. Users are persons, money is whole US dollars; what is
 * yes or no is 1 or 0, so that "more than 0" reads as "yes".
 */
export const METRICS = {
  /** With a day as its parameter: as of that day, which is the release of the license's models. */
  monthlyActiveUsers: 1,
  dailyActiveUsers: 2,
  monthlyRevenueUsd: 3,
  annualRevenueUsd: 4,
  annualRecurringRevenueUsd: 5,
  /** Yes or no; the parameter is a territory. */
  inTerritory: 6,
  /** Yes or no: without an agreement with the licensor that the parameter names. */
  withoutAgreement: 7,
  /** Yes or no. */
  commercialEntity: 8,
} as const

/** Whose measure it is. The value is the code that the chain keeps. */
export const SUBJECTS = {
  /** The licensee by itself, which is the default. */
  firm: 0,
  /** The licensee with its affiliates. */
  affiliates: 1,
  /** The products or services that use the model. */
  product: 2,
  /** A business that offers models as a service, or an assistant for work. */
  service: 3,
  /** Who employs the licensee. */
  employer: 4,
  /** Of a territory: where the licensee lives or has its seat. */
  domicile: 5,
  /** Of a territory: where the model is used. */
  use: 6,
} as const

/** A name of {@link METRICS}. */
export type Metric = keyof typeof METRICS
/** A name of {@link SUBJECTS}. */
export type MeasureSubject = keyof typeof SUBJECTS

/** Every metric, in the order of the codes. */
export const METRIC_NAMES = Object.keys(METRICS) as Metric[]
/** Every subject, in the order of the codes. */
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as MeasureSubject[]

/** What a metric takes as its parameter, and whom it measures. */
const MEASURES: Readonly<
  Record<Metric, { subjects: readonly MeasureSubject[]; parameter: 'day?' | 'none' | 'territory' | 'licensor' }>
> = {
  monthlyActiveUsers: { subjects: ['firm', 'affiliates', 'product', 'service', 'employer'], parameter: 'day?' },
  dailyActiveUsers: { subjects: ['firm', 'affiliates', 'product', 'service', 'employer'], parameter: 'day?' },
  monthlyRevenueUsd: { subjects: ['firm', 'affiliates', 'product', 'service', 'employer'], parameter: 'none' },
  annualRevenueUsd: { subjects: ['firm', 'affiliates', 'product', 'service', 'employer'], parameter: 'none' },
  annualRecurringRevenueUsd: { subjects: ['firm', 'affiliates', 'product', 'service', 'employer'], parameter: 'none' },
  inTerritory: { subjects: ['domicile', 'use'], parameter: 'territory' },
  withoutAgreement: { subjects: ['firm'], parameter: 'licensor' },
  commercialEntity: { subjects: ['firm', 'employer'], parameter: 'none' },
}

/** The metrics that are yes (1) or no (0). */
export const YES_OR_NO: ReadonlySet<Metric> = new Set(['inTerritory', 'withoutAgreement', 'commercialEntity'])

/** The licensors with whom the licenses of the library foresee agreements. Others are named by `#` and eight hex digits. */
export const LICENSORS = [
  '01.AI',
  'AI21',
  'Alibaba',
  'Baichuan',
  'Black Forest Labs',
  'BRIA',
  'Cohere',
  'Databricks',
  'DeepSeek',
  'Google',
  'LG',
  'Lightricks',
  'Liquid AI',
  'Meta',
  'MiniMax',
  'Mistral AI',
  'Moonshot AI',
  'NVIDIA',
  'Stability AI',
  'Tencent',
  'TII',
  'xAI',
  'Zhipu AI',
] as const

/** Groups of territories that licenses name, and their members by ISO 3166, as codes. */
const GROUPS: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [
    lettersCode('EU'),
    new Set(
      'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ').map(lettersCode),
    ),
  ],
])

const DAY = 86_400_000
/** The last day that has four digits in its year. */
const LAST_DAY = Date.UTC(9999, 11, 31) / DAY + 1

/** Names of measures of an earlier form, and what they became. */
const FORMER: Readonly<Record<string, string>> = {
  monthlyActiveUsersAtRelease:
    'monthlyActiveUsers/affiliates/<day of the release>, as in monthlyActiveUsers/affiliates/2024-07-23',
  inExcludedTerritory: 'inTerritory/domicile/<code> or inTerritory/use/<code>, as in inTerritory/domicile/EU',
  withoutLicensorAgreement: 'withoutAgreement/<licensor>, as in withoutAgreement/Meta',
}

/** A measure: what is measured, whose it is, and its parameter (a day, a territory or a licensor) where the metric has one. */
export type Measure = { metric: Metric; subject?: MeasureSubject; parameter?: string }

/** A measure as the chain keeps it, in codes. */
export type MeasureCodes = { metric: number; subject: number; param: number }

/**
 * Values of measures by their names, as in `{ 'monthlyRevenueUsd/product': 167000000n }`: the name is the metric, the subject where it is not
 * the firm, and the parameter, with `/` between them.
 */
export type Facts = Readonly<Record<string, bigint>>

/** The value of one measure; `topic` is its address (see {@link topicOf}). */
export type Fact = { readonly topic: number; readonly value: bigint }

/** The topic of a measure, by which facts and thresholds meet: metric | subject << 8 | parameter << 16. Less than 2^48. */
export function topicOf({ metric, subject, param }: MeasureCodes): number {
  return metric + 2 ** 8 * subject + 2 ** 16 * param
}

/** Whether a threshold can have a topic. */
export function isTopic(topic: number): boolean {
  const metric = topic % 2 ** 8
  return Number.isSafeInteger(topic) && topic < 2 ** 48 && metric >= 1 && metric <= METRIC_NAMES.length
}

/** The codes of a measure. @throws {@link InvalidMeasureError} when its subject or parameter is not one of the metric's */
export function measureCodes({ metric, subject, parameter }: Measure): MeasureCodes {
  const { subjects, parameter: kind } = MEASURES[metric]
  const whose = subject ?? 'firm'
  const name = [metric, subject, parameter].filter((part) => part !== undefined).join('/')
  if (!subjects.includes(whose)) {
    throw new InvalidMeasureError(name, `${metric} is measured of ${subjects.join(', ')}.`)
  }
  return { metric: METRICS[metric], subject: SUBJECTS[whose], param: parameterCode(name, kind, parameter) }
}

/** The name of a measure, as facts have it. What this version does not define is named by its codes, as in `#9/#0/#0`. */
export function measureName(codes: MeasureCodes): string {
  const measure = measureOf(codes)
  if (!measure) return `#${codes.metric}/#${codes.subject}/#${codes.param}`
  return [measure.metric, measure.subject, measure.parameter].filter((part) => part !== undefined).join('/')
}

/** The measure of codes; undefined when this version does not define it. */
export function measureOf({ metric, subject, param }: MeasureCodes): Measure | undefined {
  const name = METRIC_NAMES[metric - 1]
  const whose = SUBJECT_NAMES[subject]
  if (name === undefined || whose === undefined) return undefined
  const { subjects, parameter: kind } = MEASURES[name]
  const parameter = param === 0 && kind !== 'licensor' ? undefined : parameterName(kind, param)
  const isDefined = subjects.includes(whose) && (parameter !== undefined || (param === 0 && kind !== 'territory'))
  if (!isDefined) return undefined
  return {
    metric: name,
    ...(whose !== 'firm' && { subject: whose }),
    ...(parameter !== undefined && { parameter }),
  }
}

/** The name of the measure that has a topic. */
export function topicName(topic: number): string {
  return measureName({
    metric: topic % 2 ** 8,
    subject: Math.floor(topic / 2 ** 8) % 2 ** 8,
    param: Math.floor(topic / 2 ** 16),
  })
}

/**
 * Reads the name of a measure: `metric[/subject][/parameter]`, or its codes as {@link measureName} shows them.
 *
 * @throws {@link InvalidMeasureError} naming the part that is wrong, and for a name of an earlier form what it became
 */
export function parseMeasure(name: string): MeasureCodes {
  const codes = /^#(\d{1,3})\/#(\d{1,3})\/#(\d{1,10})$/.exec(name)?.slice(1).map(Number)
  if (codes) {
    const [metric, subject, param] = codes as [number, number, number]
    if (metric > 0 && metric < 256 && subject < 256 && param < 2 ** 32) return { metric, subject, param }
  }
  const [word = '', ...parts] = name.split('/')
  const metric = METRIC_NAMES.find((candidate) => candidate === word)
  if (metric === undefined) {
    const former = Object.hasOwn(FORMER, word) ? FORMER[word] : undefined
    if (former) throw new InvalidMeasureError(name, `Use ${former}.`)
    throw new InvalidMeasureError(
      name,
      `Begin with one of ${METRIC_NAMES.join(', ')}.${didYouMean(word, METRIC_NAMES)}`,
    )
  }
  const subject = SUBJECT_NAMES.find((candidate) => candidate === parts[0])
  // The name of a licensor may hold a slash, so that all the rest is the parameter.
  const parameter = parts.slice(subject === undefined ? 0 : 1).join('/')
  return measureCodes({ metric, ...(subject && { subject }), ...(parameter !== '' && { parameter }) })
}

/**
 * Facts of the licensee as a question carries them, in the order of their topics. That somebody is in a member of a group of territories says
 * that it is in the group, unless a fact says otherwise.
 *
 * @throws {@link InvalidMeasureError}
 */
export function factsOf(facts: Facts): Fact[] {
  const stated = Object.entries(facts).map(([name, value]) => ({ ...parseMeasure(name), value }))
  const values = new Map(stated.map(({ value, ...codes }) => [topicOf(codes), value]))
  for (const { value, ...codes } of stated) {
    const isMember = codes.metric === METRICS.inTerritory && value > 0n
    for (const [group, members] of isMember ? GROUPS : []) {
      const topic = topicOf({ ...codes, param: group })
      if (members.has(codes.param) && !values.has(topic)) values.set(topic, 1n)
    }
  }
  return [...values].map(([topic, value]) => ({ topic, value })).toSorted((one, other) => one.topic - other.topic)
}

function parameterCode(name: string, kind: string, value: string | undefined): number {
  if (kind === 'none') {
    if (value === undefined) return 0
    throw new InvalidMeasureError(name, `${quoted(value)} is one part too many.`)
  }
  if (value === undefined) {
    if (kind === 'day?') return 0
    throw new InvalidMeasureError(
      name,
      kind === 'territory' ? 'Add a territory, as in /EU.' : 'Add a licensor, as in /Meta.',
    )
  }
  if (kind === 'territory') return territoryCode(name, value)
  return kind === 'licensor' ? licensorCode(value) : dayCode(name, value)
}

/** The name of a parameter's code; undefined when it has none. */
function parameterName(kind: string, code: number): string | undefined {
  if (kind === 'licensor') return LICENSORS.find((name) => licensorCode(name) === code) ?? hashName(code)
  if (kind === 'day?') return code < LAST_DAY ? new Date(code * DAY).toISOString().slice(0, 10) : undefined
  const letters = String.fromCodePoint((code >>> 8) & 0xff, code & 0xff)
  return kind === 'territory' && /^[A-Z]{2}$/.test(letters) && lettersCode(letters) === code ? letters : undefined
}

function territoryCode(name: string, value: string): number {
  const code = value.toUpperCase() === 'GB' ? 'UK' : value.toUpperCase()
  if (!/^[A-Z]{2}$/.test(code)) {
    throw new InvalidMeasureError(name, 'Name a territory by two letters of ISO 3166, or EU or UK.')
  }
  return lettersCode(code)
}

function lettersCode(letters: string): number {
  return (letters.codePointAt(0)! << 8) | letters.codePointAt(1)!
}

/** The first four bytes of the Keccak-256 digest of the name in lower case, or what `#` and eight hex digits say. */
function licensorCode(value: string): number {
  const digits = /^#([0-9a-f]{8})$/.exec(value)?.[1] ?? keccakText(value.trim().toLowerCase()).slice(2, 10)
  return Number.parseInt(digits, 16)
}

function hashName(code: number): string {
  return `#${code.toString(16).padStart(8, '0')}`
}

/** Days since 1970. */
function dayCode(name: string, value: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN
  if (!(time > 0) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw new InvalidMeasureError(name, `${quoted(value)} must be a day after 1970-01-01, as in 2024-07-23.`)
  }
  return time / DAY
}

/** Thrown when a name is not that of a measure. */
export class InvalidMeasureError extends StemmaError {
  override name = 'InvalidMeasureError'
  constructor(measure: string, remedy: string) {
    super(
      'INVALID_MEASURE',
      `Invalid name of a fact ${quoted(measure)}: ${remedy} A name is a metric, whom it measures, and a parameter, as in monthlyRevenueUsd/product.`,
    )
  }
}
