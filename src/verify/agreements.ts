import { evaluate, type Evaluation, type Question } from '../core/evaluate.ts'
import type { CredentialId, Digest, ModelId } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { isCredentialValidAt, type HeldCredential, type Lineage } from '../core/lineage.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { LedgerReader } from '../core/ports.ts'
import { credentialIdOf } from '../core/tier.ts'
import { nameOf, type EvaluatedUse } from './explain.ts'
import { makeFinding } from './makeFinding.ts'
import type { Finding, FoundAgreement } from '../core/report.ts'
import { standingOf } from './standing.ts'

/** The credentials of a lineage that lift something, of which confidential terms may say what. */
export function liftingCredentials(lineage: Lineage): CredentialId[] {
  const ids = lineage.models.flatMap(({ model, credentials }) =>
    credentials
      .filter(({ credential }) => credential.lifts !== 0)
      .map(({ tier, holder }) => credentialIdOf(model, tier, holder)),
  )
  return [...new Set(ids)]
}

/** The digests of the confidential terms of a lineage's credentials; none is read where no credential has any. */
export async function readAgreements(
  reader: LedgerReader,
  lineage: Lineage,
): Promise<ReadonlyMap<CredentialId, Digest>> {
  const ids = liftingCredentials(lineage)
  return (ids.length > 0 ? await reader.readAgreements?.(ids) : undefined) ?? new Map()
}

/** The private agreements that the use rests on. */
export function agreementFindings(evaluated: EvaluatedUse, question: Question): Finding[] {
  return privateAgreementsOf(evaluated.lineage, question, evaluated.evaluation).map(({ model, held }) => {
    const credential = credentialIdOf(model, held.tier, held.holder)
    const digest = evaluated.agreements.get(credential)
    const licensor = evaluated.models.get(model)!.publisher
    const licensorName = publisherName(evaluated, model)
    const agreement: FoundAgreement = {
      licensor,
      ...(licensorName !== undefined && { licensorName }),
      holder: held.holder,
      credential,
      ...(digest !== undefined && { digest }),
    }
    const holder = held.holder === evaluated.licensee ? 'the licensee' : held.holder
    const kept = digest === undefined ? 'its digest is kept with the credential' : `its SHA-256 is ${digest}`
    const fields = { code: 'private-agreement', severity: 'warning', model, agreement } as const
    return makeFinding(fields, evaluated.paths, () => ({
      reason: `The use rests on a private agreement of ${licensorOf(agreement)}, the publisher of ${nameOf(evaluated, model)}, with ${holder}. What it says is not public; ${kept}.`,
      remedy: `Keep to the agreement. Ask the licensor or the holder if you have to know what it says. The credential: stemma credential show ${credential}.`,
    }))
  })
}

/** A licensor by name and address, or by address alone. */
export function licensorOf({ licensor, licensorName }: FoundAgreement): string {
  return licensorName === undefined ? licensor : `${licensorName} (${licensor})`
}

/** The owner in the name of a model, where the word of its publisher counts. */
function publisherName({ registrations, models, counted }: EvaluatedUse, model: ModelId): string | undefined {
  const name = nameOfUri(registrations.get(model)?.uri ?? '')
  if (!isHubId(name) || !name.includes('/') || standingOf(models.get(model)!, counted) === 'unverified')
    return undefined
  return name.slice(0, name.indexOf('/'))
}

/** A credential on whose confidential terms a use rests. */
export type PrivateAgreement = { model: ModelId; held: HeldCredential }

/**
 * Finds the private agreements that a use rests on: the question is asked once more as if no agreement lifted anything. What is then missing
 * at a model is what the agreements that are held for it lift.
 */
export function privateAgreementsOf(lineage: Lineage, question: Question, evaluation: Evaluation): PrivateAgreement[] {
  const lifting = lineage.models.flatMap(({ model, credentials }) =>
    credentials
      .filter(({ credential }) => credential.lifts !== 0 && isCredentialValidAt(credential, question.time))
      .map((held) => ({ model, held })),
  )
  if (lifting.length === 0 || (evaluation.possible & question.uses) === 0) return []
  const without = evaluate(withoutLifts(lineage), question)
  const isWeaker =
    (without.granted & question.uses) !== (evaluation.granted & question.uses) ||
    (without.possible & question.uses) !== (evaluation.possible & question.uses)
  if (!isWeaker) return []
  const missing = new Map<ModelId, number>()
  for (const { model, rights } of without.findings) missing.set(model, (missing.get(model) ?? 0) | rights)
  return lifting.filter(({ model, held }) => held.credential.lifts & (missing.get(model) ?? 0))
}

function withoutLifts(lineage: Lineage): Lineage {
  const models = lineage.models.map((model) =>
    model.credentials.some(({ credential }) => credential.lifts !== 0)
      ? {
          ...model,
          credentials: model.credentials.map((held) => ({ ...held, credential: { ...held.credential, lifts: 0 } })),
        }
      : model,
  )
  return { ...lineage, models }
}
