/** A case as a lineage, put to the evaluator or to the lens, and the grade of the answer. */
import { factsOf, evaluate, EVERYBODY, type Evaluation, type Fact } from '../../src/core/evaluate.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../src/core/hex.ts'
import type { Lineage, LineageModel } from '../../src/core/lineage.ts'
import { bodyOf, termsIdOf } from '../../src/core/terms.ts'
import type { TermsBody } from '../../src/core/termsBody.ts'
import { METRICS, topicOf, type MeasureCodes } from '../../src/core/topics.ts'
import { obligationsOf, rightsMask, rightsOf, type Obligation } from '../../src/core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'
import { findLicense } from '../../src/documents/licenseNames.ts'
import { createWorld } from '../../test/fixtures/world.ts'
import type { Card, Case } from './cases.ts'

/** How an answer stands to what was expected, from the best to the worst. */
export type Grade = 'exact' | 'duties' | 'noise' | 'flagged' | 'silent' | 'wrong'

/** The result of one case. `why` is what the findings say. */
export type Row = {
  case: string
  expected: string
  got: string
  grade: Grade
  owed: Obligation[]
  missing: Obligation[]
  extra: Obligation[]
  why: string
}

type Answer = Omit<Evaluation, 'duties'>

const MAKER = accountNumber(1)

/** The answer of the evaluator, in which every word counts. */
export function putToEvaluator(one: Case, library: readonly LicenseEntry[]): Answer {
  const terms = new Map<TermsId, TermsBody>()
  const termsOf = (card: Card): TermsId => {
    const published = publishedTerms(library, card)
    if (!published) return ZERO_DIGEST as string as TermsId
    terms.set(termsIdOf(published), bodyOf(published))
    return termsIdOf(published)
  }
  const parents = one.upstream.map((card, index) => model(index + 2, accountNumber(index + 2), termsOf(card)))
  const edges = parents.map(
    ({ model }) => ({ model, relation: one.relation, grade: 'declared', undisclosed: false }) as const,
  )
  const first = { ...model(1, MAKER, termsOf(one.downstream)), parents: edges }
  const lineage: Lineage = { models: [first, ...parents], terms }
  return evaluate(lineage, { ...questionOf(one, lineage), licensee: one.who === 'publisher' ? MAKER : ZERO_ADDRESS })
}

/** The names of the cases to which the lens on a ledger answers otherwise than the evaluator. */
export async function putToLens(cases: readonly Case[], library: readonly LicenseEntry[]): Promise<string[]> {
  const most = Math.max(...cases.map(({ upstream }) => upstream.length))
  const world = await createWorld(most + 1)
  const [maker, ...others] = world.publishers as [Address, ...Address[]]
  const known = new Map<TermsId, Promise<TermsId>>()
  const publish = async (card: Card): Promise<TermsId> => {
    const published = publishedTerms(library, card)
    if (!published) return ZERO_DIGEST as string as TermsId
    const id = termsIdOf(published)
    if (!known.has(id)) known.set(id, world.publish(published))
    return known.get(id)!
  }
  const different: string[] = []
  for (const one of cases) {
    const parents: { model: ModelId; relation: Case['relation'] }[] = []
    for (const [index, card] of one.upstream.entries()) {
      const model = await world.register({ publisher: others[index]!, terms: await publish(card) })
      parents.push({ model, relation: one.relation })
    }
    const model = await world.register({ publisher: maker, terms: await publish(one.downstream), parents })
    const question = questionOf(one, world.lineage(model))
    const answer = await world.ask(model, { ...question, licensee: one.who === 'publisher' ? maker : ZERO_ADDRESS })
    if (!isSame(answer, putToEvaluator(one, library))) different.push(one.name)
  }
  return different
}

/** Grades an answer. */
export function gradeOf(one: Case, answer: Answer): Row {
  const owed = obligationsOf(answer.possibleObligations)
  const wanted = one.owedExactly ?? one.owed ?? []
  const missing = wanted.filter((word) => !owed.includes(word))
  const extra = owed.filter(
    (word) => one.notOwed?.includes(word) || (one.owedExactly && !one.owedExactly.includes(word)),
  )
  const why = answer.findings.map(({ code, rights }) => [code, ...rightsOf(rights)].join(':')).join(' ')
  const grade = gradeOfVerdict(one, answer, missing.length + extra.length === 0)
  return { case: one.name, expected: one.expected, got: answer.verdict, grade, owed, missing, extra, why }
}

function gradeOfVerdict({ expected }: Case, { verdict, findings }: Answer, isAsOwed: boolean): Grade {
  if (verdict === expected) return isAsOwed ? 'exact' : 'duties'
  if (isAllowed(verdict) && isAllowed(expected)) return 'noise'
  if (verdict === 'unknown') return 'silent'
  const names = findings.some(({ code }) => code.startsWith('label-') || code.startsWith('right-'))
  return isAllowed(verdict) && names ? 'flagged' : 'wrong'
}

function isAllowed(verdict: string): boolean {
  return verdict === 'permitted' || verdict === 'conditional'
}

function isSame(one: Answer, other: Answer): boolean {
  // Ids differ, because models and publishers do.
  const summary = ({ verdict, granted, possible, obligations, possibleObligations, findings }: Answer): string =>
    JSON.stringify([
      [verdict, granted, possible, obligations, possibleObligations],
      findings.map(({ code, rights, obligations: added, topic }) => [code, rights, added, topic]),
    ])
  return summary(one) === summary(other)
}

function publishedTerms(library: readonly LicenseEntry[], card: Card): ReturnType<typeof termsOfLicense> {
  const entry =
    card.id === undefined
      ? findLicense(library, card)
      : (library.find(({ id }) => id === card.id) ?? findLicense(library, { license: card.id }))
  return entry ? termsOfLicense(entry) : null
}

/** The question of a case about the first model of a lineage. */
function questionOf(one: Case, lineage: Lineage) {
  const measures = [...lineage.terms.values()].flatMap(({ thresholds }) => thresholds)
  return { ...EVERYBODY, uses: rightsMask(one.use), time: 1_900_000_000, facts: statedFacts(one, measures) }
}

/**
 * The facts of a case. Cases that were written before facts named whom they speak of use one name for all measures of its kind: such a fact
 * answers each that the terms in the lineage have.
 */
function statedFacts(one: Case, measures: readonly MeasureCodes[]): Fact[] {
  const values = new Map<number, bigint>()
  for (const [name, value] of Object.entries(one.facts)) {
    const isMeant = Object.hasOwn(GENERAL, name) ? GENERAL[name] : undefined
    const topics = isMeant
      ? measures.filter(isMeant).map(topicOf)
      : factsOf({ [name]: value }).map(({ topic }) => topic)
    for (const topic of topics) values.set(topic, value)
  }
  return [...values].map(([topic, value]) => ({ topic, value })).toSorted((a, b) => a.topic - b.topic)
}

const GENERAL: Readonly<Record<string, (measure: MeasureCodes) => boolean>> = {
  monthlyActiveUsers: ({ metric, param }) => metric === METRICS.monthlyActiveUsers && param === 0,
  monthlyActiveUsersAtRelease: ({ metric, param }) => metric === METRICS.monthlyActiveUsers && param !== 0,
  dailyActiveUsers: ({ metric, param }) => metric === METRICS.dailyActiveUsers && param === 0,
  monthlyRevenueUsd: ({ metric }) => metric === METRICS.monthlyRevenueUsd,
  annualRevenueUsd: ({ metric }) => metric === METRICS.annualRevenueUsd || metric === METRICS.annualRecurringRevenueUsd,
  inExcludedTerritory: ({ metric }) => metric === METRICS.inTerritory,
  withoutLicensorAgreement: ({ metric }) => metric === METRICS.withoutAgreement,
}

function model(number: number, publisher: Address, terms: TermsId): LineageModel {
  const id = `0x${number.toString(16).padStart(64, '0')}` as ModelId
  const plain = { registeredAt: 1, verifiedFrom: 0, verifiedUntil: 0, status: 'active', recalled: false } as const
  return { model: id, publisher, terms, ...plain, parents: [], credentials: [] }
}

function accountNumber(number: number): Address {
  return `0x${number.toString(16).padStart(40, '0')}` as Address
}
