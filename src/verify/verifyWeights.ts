import { StemmaError } from '../core/errors.ts'
import type { Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type Digest, type ModelId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { Report, Standing } from '../core/report.ts'
import { trustedOf, verifyUses } from './verify.ts'

/** One registration of the weights that were asked about, with the answer by that registration alone. */
export type RegistrationAnswer = {
  model: ModelId
  publisher: Address
  /** Null for an unverified twin: it was not asked about, because its word lowers nobody else's answer. */
  verdict: Verdict | null
  /** Whether its publisher's word counts, and why. */
  standing: Standing
}

/** From the worst to the best. */
const WORST_FIRST: readonly Verdict[] = ['not-permitted', 'unknown', 'conditional', 'permitted']

/** The worst of some verdicts: also the verdict on several uses together. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'unknown'
}

/** Most registrations by unverified publishers that are asked about, oldest first, where nobody's word counts. */
const MOST_UNVERIFIED = 8

/**
 * Answers whether weights may be used in some ways. Several publishers may have registered the same weights: then the worst
 * answer counts, among the registrations by publishers that the policy trusts, else by those whose word counts. A milder answer would
 * let anybody launder a model by registering it again, and a harsher one by anybody would shut it. Where nobody's word counts, the
 * worst of the oldest registrations counts, which permits nothing.
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
  type Parameters = Omit<verifyUses.Parameters, 'model' | 'name'> & { weights: Digest }
  type ReturnType = {
    /** A report for each use, all about the registration that counts. */
    reports: readonly Report[]
    /** Every registration of the weights, oldest first. */
    registrations: readonly RegistrationAnswer[]
  }
}

/** The models that have some weights, oldest first. @throws {@link UnregisteredWeightsError} */
export async function registeredWith(reader: Pick<LedgerReader, 'findByWeights'>, weights: Digest): Promise<ModelId[]> {
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
  const { policy } = question
  const listed = models.length > 1 ? await readTwins(reader, models, trustedOf(question)) : []
  const byPolicy = listed.filter(({ publisher }) => policy?.trustedPublishers?.includes(publisher))
  const counting = byPolicy.length > 0 ? byPolicy : listed.filter(({ mayCount: counts }) => counts)
  const asked = (counting.length > 0 ? counting : listed.slice(0, MOST_UNVERIFIED)).map(({ model }) => model)
  const answers: Report[][] = []
  for (const model of asked.length > 0 ? asked : models) {
    answers.push(await verifyUses(reader, { ...question, model }))
  }
  const registrations = answers.map((reports): RegistrationAnswer => {
    const { model, publisher, publisherStanding: standing } = reports[0]!
    return { model, publisher, verdict: worstOf(reports.map(({ verdict }) => verdict)), standing }
  })
  // Whether a publisher was verified when it registered is known only now.
  const ranked = answers
    .map((reports, index) => ({ reports, rank: WORST_FIRST.indexOf(registrations[index]!.verdict!) }))
    .toSorted((a, b) => a.rank - b.rank)
  const worst = ranked.find(({ reports }) => reports[0]!.publisherStanding !== 'unverified') ?? ranked[0]
  const answered = new Map(registrations.map((each) => [each.model, each]))
  return {
    reports: worst!.reports,
    registrations:
      listed.length === 0
        ? registrations
        : listed.map(
            ({ model, publisher }) =>
              answered.get(model) ?? { model, publisher, verdict: null, standing: 'unverified' as const },
          ),
  }
}

/** Registrations of the same weights, and whether the word of their publishers may count; not where the source proves none. */
async function readTwins(
  reader: LedgerReader,
  models: readonly ModelId[],
  trusted: readonly Address[],
): Promise<{ model: ModelId; publisher: Address; mayCount: boolean }[]> {
  const registrations = await reader.readRegistrations(models)
  const publishers = new Set(Array.from(registrations.values(), ({ publisher }) => publisher))
  const verified = await reader.readVerifications?.([...publishers])
  return models.map((model) => {
    const publisher = registrations.get(model)?.publisher ?? ZERO_ADDRESS
    return { model, publisher, mayCount: trusted.includes(publisher) || verified?.has(publisher) === true }
  })
}

/** Thrown when nobody has registered some weights. */
export class UnregisteredWeightsError extends StemmaError {
  override name = 'UnregisteredWeightsError'
  override readonly kind = 'undecided'
  /** Their digest. */
  readonly weights: Digest
  /** @param named what is registered under the name of the place where the weights were found, where one states a name */
  constructor(weights: Digest, named?: { name: string; models: readonly { model: ModelId; publisher: Address }[] }) {
    const under = named === undefined ? '' : ` ${registeredUnder(named)}`
    super(
      'WEIGHTS_NOT_REGISTERED',
      `Nobody has registered the weights with digest ${weights} on this ledger, so their origin and license are not known.${under} If they are a copy, check that it is complete. If they are yours, register them: stemma register.`,
    )
    this.weights = weights
  }
}

/** Most registrations of a name that a message lists. */
const MOST_NAMED = 8

function registeredUnder({
  name,
  models,
}: {
  name: string
  models: readonly { model: ModelId; publisher: Address }[]
}): string {
  if (models.length === 0) return `Nor is anything registered under the name ${quoted(name)}.`
  const listed = models.slice(0, MOST_NAMED).map(({ model, publisher }) => `${model} by ${publisher}`)
  const more = models.length > MOST_NAMED ? `; and ${models.length - MOST_NAMED} more` : ''
  return `Under the name ${quoted(name)} other weights are registered: ${listed.join('; ')}${more}. They may be of another commit; anybody can register any name.`
}
