import { StemmaError } from '../core/errors.ts'
import type { Verdict } from '../core/evaluate.ts'
import { ZERO_DIGEST, type Address, type Digest, type Hex, type ModelId } from '../core/hex.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { LedgerReader, PendingClaim, Verification } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import { originOf } from './origin.ts'
import type { StatedOrigin } from './profiles/profile.ts'
import type { Report, ReportedModel } from '../core/report.ts'
import type { verifyUses } from './verify.ts'
import { registeredWith, verifyRegistrations, worstOf, type RegistrationAnswer } from './verifyWeights.ts'

/** What is asked about: a model, with the name by which a user named it; weights, registered or not; or an id that may be either. */
export type Asked = { model: ModelId; name?: string } | { weights: Digest } | { id: Hex }

/** One registration of the weights that were asked about, with what it says of itself. */
export type NamedRegistration = RegistrationAnswer & Pick<ReportedModel, 'name' | 'weights' | 'uri'>

/** The answer about a model or weights, for one or several uses, with what a reader of the answer should know. */
export type Answer = {
  /** The answer for all uses together: the worst of the reports. */
  verdict: Verdict
  /** The model that was asked about. Of weights with several registrations, the one that counts. */
  model: ModelId
  /** A report for each use, in the order in which they were asked, all as of one block. */
  reports: readonly Report[]
  /** Every registration of the weights that were asked about; the model alone when a model was asked about. */
  registrations: readonly NamedRegistration[]
  /** Until when accredited verifiers vouch for the publisher (Unix seconds, 0 for never); null when the source cannot know. */
  publisherVerifiedUntil: number | null
  /** Claims about the model or its weights that are not decided; null when the source cannot know. */
  claims: readonly PendingClaim[] | null
  /** Where the model comes from, by its registration alone; null when the source does not prove the registration. */
  origin: StatedOrigin | null
}

/**
 * Answers whether a model or weights may be used in some ways. `stemma verify` prints this answer, and `verifyModel` of the SDK
 * gives it to programs.
 *
 * @throws `UnregisteredModelError` when nobody has registered the model
 * @throws `UnregisteredWeightsError` when nobody has registered the weights
 */
export async function answer(reader: LedgerReader, parameters: answer.Parameters): Promise<Answer> {
  const { asked, ...question } = parameters
  if ('model' in asked) {
    const { model, name } = asked
    return answerFor(reader, [model], { ...question, ...(name !== undefined && { name }) })
  }
  if ('weights' in asked) return answerFor(reader, await registeredWith(reader, asked.weights), question)
  try {
    return await answerFor(reader, [asked.id as ModelId], question)
  } catch (error) {
    if (!(error instanceof StemmaError && error.code === 'MODEL_NOT_REGISTERED')) throw error
    const models = await reader.findByWeights(asked.id as Digest)
    if (models.length === 0) throw error
    return answerFor(reader, models, question)
  }
}

export declare namespace answer {
  type Parameters = Omit<verifyUses.Parameters, 'model' | 'name'> & { asked: Asked }
}

type Question = Omit<verifyUses.Parameters, 'model'>

async function answerFor(reader: LedgerReader, models: readonly ModelId[], question: Question): Promise<Answer> {
  // Read meanwhile, so that they cost no round trip more. If the node fails, the verification reports it.
  const surroundings = readSurroundings(reader, models)
  surroundings.catch(() => {})
  const { reports, registrations } = await verifyRegistrations(reader, models, question)
  const { model, publisher } = reports[0]!
  const { verifications, claims, registrations: proved } = await surroundings
  const registration = proved.get(model)
  return {
    verdict: worstOf(reports.map(({ verdict }) => verdict)),
    model,
    reports,
    registrations: registrations.map((each) => {
      const { weights = ZERO_DIGEST, uri = '' } = proved.get(each.model) ?? {}
      return { ...each, name: nameOfUri(uri), weights, uri }
    }),
    publisherVerifiedUntil: verifications ? (verifications.get(publisher)?.until ?? 0) : null,
    claims,
    origin: registration ? originOf(registration, registration.parents.length, { state: 'not-read' }) : null,
  }
}

/** Which publishers are verified, and which claims are open. */
async function readSurroundings(
  reader: LedgerReader,
  models: readonly ModelId[],
): Promise<{
  registrations: ReadonlyMap<ModelId, Registration>
  verifications: ReadonlyMap<Address, Verification> | undefined
  claims: readonly PendingClaim[] | null
}> {
  const proved = await reader.readRegistrations(models)
  const registrations = [...proved.values()]
  const weights = new Set(registrations.map((registration) => registration.weights))
  const publishers = new Set(registrations.map(({ publisher }) => publisher))
  const [claims, verifications] = await Promise.all([
    reader.readPendingClaims?.([...models, ...weights]),
    reader.readVerifications?.([...publishers]),
  ])
  // By id, so that every source gives the same order.
  return {
    registrations: proved,
    claims: claims?.toSorted((one, other) => (one.claim < other.claim ? -1 : 1)) ?? null,
    verifications,
  }
}
