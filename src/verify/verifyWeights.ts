import { StemmaError } from '../core/errors.ts'
import type { Verdict } from '../core/evaluate.ts'
import type { Address, Digest, ModelId } from '../core/hex.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { Report } from './report.ts'
import { verifyUses } from './verify.ts'

/** One registration of the weights that were asked about, with the answer by that registration alone. */
export type RegistrationAnswer = {
  model: ModelId
  publisher: Address
  verdict: Verdict
  /** Whether the policy trusts its publisher. False when the policy names no trusted publishers. */
  trusted: boolean
}

/** From the worst to the best. */
const WORST_FIRST: readonly Verdict[] = ['not-permitted', 'unknown', 'conditional', 'permitted']

/** The worst of some verdicts: also the verdict on several uses together. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'unknown'
}

/**
 * Answers whether weights may be used in some ways. Several publishers may have registered the same weights: then the worst
 * answer counts, among the registrations by publishers that the policy trusts, or among all when it trusts none of them. A milder
 * answer would let anybody launder a model by registering it again.
 *
 * @throws {@link UnregisteredWeightsError} when nobody has registered the weights
 */
export async function verifyWeights(
  reader: LedgerReader,
  parameters: verifyWeights.Parameters,
): Promise<verifyWeights.ReturnType> {
  const { weights, ...question } = parameters
  return verifyRegistrations(reader, await registeredWith(reader, weights), question)
}

export declare namespace verifyWeights {
  type Parameters = Omit<verifyUses.Parameters, 'model'> & { weights: Digest }
  type ReturnType = {
    /** A report for each use, all about the registration that counts. */
    reports: readonly Report[]
    /** Every registration of the weights, oldest first. */
    registrations: readonly RegistrationAnswer[]
  }
}

/** The models that have some weights, oldest first. @throws {@link UnregisteredWeightsError} */
export async function registeredWith(reader: LedgerReader, weights: Digest): Promise<ModelId[]> {
  const models = await reader.findByWeights(weights)
  if (models.length === 0) throw new UnregisteredWeightsError(weights)
  return models
}

/** As {@link verifyWeights}, for models that are known to have the same weights; at least one. */
export async function verifyRegistrations(
  reader: LedgerReader,
  models: readonly ModelId[],
  question: Omit<verifyUses.Parameters, 'model'>,
): Promise<verifyWeights.ReturnType> {
  const answers: { reports: Report[]; registration: RegistrationAnswer }[] = []
  for (const model of models) {
    const reports = await verifyUses(reader, { ...question, model })
    const { publisher } = reports[0]!
    const verdict = worstOf(reports.map((report) => report.verdict))
    const trusted = question.policy?.trustedPublishers?.includes(publisher) ?? false
    answers.push({ reports, registration: { model, publisher, verdict, trusted } })
  }
  const trusted = answers.filter(({ registration }) => registration.trusted)
  const [counting] = (trusted.length > 0 ? trusted : answers).toSorted(
    (a, b) => WORST_FIRST.indexOf(a.registration.verdict) - WORST_FIRST.indexOf(b.registration.verdict),
  )
  return { reports: counting!.reports, registrations: answers.map(({ registration }) => registration) }
}

/** Thrown when nobody has registered some weights. */
export class UnregisteredWeightsError extends StemmaError {
  override name = 'UnregisteredWeightsError'
  override readonly kind = 'undecided'
  constructor(weights: Digest) {
    super(
      'WEIGHTS_NOT_REGISTERED',
      `Nobody has registered the weights with digest ${weights} on this ledger, so their origin and license are not known. If they are a copy, check that it is complete. If they are yours, register them: stemma register.`,
    )
  }
}
