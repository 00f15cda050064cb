import { evaluate, type Evaluation, type Question } from '../core/evaluate.ts'
import type { ModelId } from '../core/hex.ts'
import { isCredentialValidAt, type HeldCredential, type Lineage } from '../core/lineage.ts'

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
