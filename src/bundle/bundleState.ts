import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, ModelId } from '../core/hex.ts'
import { isExternal, type Lineage } from '../core/lineage.ts'
import type { RecallKeys } from '../core/ports.ts'
import { REVIEW_STATES, type ReviewState } from '../core/review.ts'
import { credentialIdOf } from '../core/tier.ts'
import type { CredentialOf } from '../core/usage.ts'
import { rightsOf, type Right } from '../core/vocabulary.ts'
import type { BundleQuestion } from './document.ts'
import { readAnchored, readRecalls, readState } from './ledgerState.ts'
import { acceptedClaimsPlace, certificationPlace, countersignedPlace, reviewPlace } from './statePlaces.ts'
import { numberOf, valueOf, type StateSource } from './stateSource.ts'

/** What a ledger holds of a model beside what a verdict rests on. Times are Unix seconds. */
export type BundleSubject = {
  model: ModelId
  /** Claims about it that are accepted for ruling; how many others are pending, no storage says. */
  acceptedClaims: number
  /** The declared parents whose publishers countersigned the edge. */
  countersigned: readonly ModelId[]
  review: { state: ReviewState; requestedAt: number; readyAt: number }
  /** A certifier's word as it was given; whether the certifier is accredited still, another contract knows. Null without one. */
  certification: { until: number; uses: readonly Right[] } | null
}

/** All that a bundle proves for its question. */
export type BundleState = {
  lineages: readonly Lineage[]
  recalled: ReadonlySet<ModelId>
  subjects: readonly BundleSubject[]
}

/**
 * Reads all that answers a question. Over a node, this is what a bundle is collected by; over a bundle, what it is checked by, so that both
 * need the same words.
 *
 * @throws {@link UnregisteredSubjectError} when a model is not registered
 */
export async function readQuestion(source: StateSource, question: BundleQuestion): Promise<BundleState> {
  const { models, licensee } = question
  const lineages = await Promise.all(models.map((model) => readRegistered(source, model, licensee)))
  const keys = await recallKeysOf(source, lineages)
  const [recalled, subjects] = await Promise.all([
    readRecalls(source, keys),
    Promise.all(models.map((model) => readSubject(source, model))),
    ...lineages.map((lineage) => readUsage(source, lineage, question)),
  ])
  return { lineages, recalled, subjects }
}

/** A lineage. @throws {@link UnregisteredSubjectError} */
export async function readRegistered(source: StateSource, model: ModelId, licensee: Address): Promise<Lineage> {
  const lineage = await readState(source, model, licensee)
  if (!lineage) throw new UnregisteredSubjectError(model)
  return lineage
}

async function recallKeysOf(source: StateSource, lineages: readonly Lineage[]): Promise<RecallKeys[]> {
  const models = lineages.flatMap((lineage) => lineage.models.filter((entry) => !isExternal(entry)))
  const ids = [...new Set(models.map(({ model }) => model))]
  return Promise.all(
    ids.map(async (model) => {
      const { weights, tensors } = await source.registration(model)
      return { model, weights, tensors }
    }),
  )
}

/** Reads what a verification asks of the calls under the licensee's credentials. */
async function readUsage(source: StateSource, { models }: Lineage, question: BundleQuestion): Promise<void> {
  const { licensee, operators } = question
  const held = models.flatMap(({ model, publisher, credentials }) =>
    credentials.filter(({ holder }) => holder === licensee).map(({ tier }) => ({ model, publisher, tier })),
  )
  const credentials = held.map(({ model, tier }): CredentialOf => ({
    credential: credentialIdOf(model, tier, licensee),
    model,
    tier,
    holder: licensee,
  }))
  const asked = [...held.map(({ publisher }) => publisher), licensee, ...operators]
  await readAnchored(source, credentials, [...new Set(asked)])
}

async function readSubject(source: StateSource, model: ModelId): Promise<BundleSubject> {
  const { weights, parents } = await source.registration(model)
  const accepted = await Promise.all(
    [model, weights].map((subject: ModelId | Digest) => numberOf(source, acceptedClaimsPlace(subject))),
  )
  const signed = await Promise.all(parents.map((parent) => valueOf(source, countersignedPlace(model, parent.model))))
  const until = await numberOf(source, certificationPlace(model, 'until'))
  const uses = await numberOf(source, certificationPlace(model, 'uses'))
  return {
    model,
    acceptedClaims: accepted.reduce((sum, count) => sum + count, 0),
    countersigned: parents.map((parent) => parent.model).filter((_, index) => signed[index] !== 0n),
    review: {
      state: REVIEW_STATES[await numberOf(source, reviewPlace(model, 'state'))] ?? 'none',
      requestedAt: await numberOf(source, reviewPlace(model, 'requestedAt')),
      readyAt: await numberOf(source, reviewPlace(model, 'readyAt')),
    },
    certification: until === 0 ? null : { until, uses: rightsOf(uses) },
  }
}

/** Thrown when a model that a bundle is about is not registered as of its block. */
export class UnregisteredSubjectError extends StemmaError {
  override name = 'UnregisteredSubjectError'
  override readonly kind = 'undecided'
  constructor(model: ModelId) {
    super(
      'BUNDLE_UNREGISTERED',
      `Model ${model} is not registered as of the bundle's block. Collect a bundle of a later block, or check the id.`,
    )
  }
}
