import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../../../src/core/external.ts'
import { ZERO_DIGEST, type Address, type Digest, type TermsId } from '../../../../src/core/hex.ts'
import { encodeRelation, type Parent, type Registration } from '../../../../src/core/registration.ts'

/** The id of terms that are not stated. */
export const NO_TERMS = ZERO_DIGEST as string as TermsId

/** A registration that states its weights alone. */
export function plainRegistration(publisher: Address, weights: number): Registration {
  const none = {
    tensors: ZERO_DIGEST,
    annex: ZERO_DIGEST,
    datasets: ZERO_DIGEST,
    method: ZERO_DIGEST,
    terms: NO_TERMS,
  }
  return { publisher, weights: digest(weights), ...none, parents: [], uri: '' }
}

/** A parent that nobody has registered, for some models: sometimes with the tensors or the name of a registered one. */
export function externalOf(counter: number): Parent[] {
  if (counter % 4 !== 1) return []
  const names = [
    externalNameOnHub('acme/tiny-chat'),
    externalNameOnHub('acme/nowhere'),
    externalNameOfTensors(digest(3)),
  ]
  const model = externalIdOf(names[counter % 3]!)
  return [{ model, relation: 'merge', ...(counter % 8 === 1 && { part: 'encoder' as const }), external: true }]
}

/** A registration as the ledger takes it. */
export function structOf(registration: Registration) {
  return {
    ...registration,
    parents: registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
  }
}

/** A number as a digest. */
export function digest(number: number): Digest {
  return `0x${number.toString(16).padStart(64, '0')}` as Digest
}
