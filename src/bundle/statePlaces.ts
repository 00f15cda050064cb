import type { Address, CredentialId, Digest, LogId, ModelId } from '../core/hex.ts'
import { RECALL_KINDS, type RecallKind } from '../core/recall.ts'
import { placeOf, type StoragePlace, type StoredContract } from '../core/storagePlace.ts'

/** A value of a ledger's state: where it is in the storage of one of its contracts. */
export type StatePlace = StoragePlace & { contract: StoredContract }

/** The record of a model: see the contracts' `ModelRecord`. */
export function recordPlace(model: ModelId): StatePlace {
  return { contract: 'ledger', ...placeOf('ledger', 'records', model) }
}

/** Since when, or until when, accredited verifiers vouch for a publisher (Unix seconds). */
export function verifiedPlace(publisher: Address, end: 'verifiedFrom' | 'verifiedUntil'): StatePlace {
  return { contract: 'ledger', ...placeOf('ledger', 'accounts', publisher, 'tenure', end) }
}

/** The tier at a place of a model's list. */
export function tierPlace(model: ModelId, index: number): StatePlace {
  return { contract: 'ledger', ...placeOf('ledger', 'tierIds', model, index) }
}

/** The state of the recall of a digest of a kind. */
export function recallPlace(kind: RecallKind, digest: Digest | ModelId): StatePlace {
  return { contract: 'recalls', ...placeOf('recalls', 'recalls', RECALL_KINDS.indexOf(kind), digest, 'state') }
}

/** What an external parent is bound to, at a place of its list. */
export function bindingPlace(external: ModelId, index: number): StatePlace {
  return { contract: 'recalls', ...placeOf('recalls', 'bindings', external, index) }
}

/** The record of a credential: see the contracts' `CredentialRecord`. */
export function credentialPlace(credential: CredentialId): StatePlace {
  return { contract: 'licenseCredential', ...placeOf('licenseCredential', 'records', credential) }
}

/** The gap, or the lifted rights, of a credential that has any. */
export function detailPlace(credential: CredentialId, detail: 'gapFrom' | 'gapUntil' | 'lifts'): StatePlace {
  return { contract: 'licenseCredential', ...placeOf('licenseCredential', 'details', credential, detail) }
}

/** The credential under which a sub-credential was issued. */
export function parentCredentialPlace(credential: CredentialId): StatePlace {
  return { contract: 'licenseCredential', ...placeOf('licenseCredential', 'parents', credential) }
}

/** How many attested parents a model has, or which of its declared ones a ruling replaced. */
export function attestedPlace(model: ModelId, member: 'count' | 'replaced'): StatePlace {
  return { contract: 'lineageClaims', ...placeOf('lineageClaims', 'attested', model, member) }
}

/** The id of an attested parent. */
export function attestedParentPlace(model: ModelId, index: number): StatePlace {
  return { contract: 'lineageClaims', ...placeOf('lineageClaims', 'attested', model, 'models', index) }
}

/** What is said of an attested parent: see the contracts' `AttestedList`. */
export function statedPlace(model: ModelId, index: number): StatePlace {
  const place =
    index === 0
      ? placeOf('lineageClaims', 'attested', model, 'first')
      : placeOf('lineageClaims', 'attested', model, 'others', index - 1)
  return { contract: 'lineageClaims', ...place }
}

/** Whether the parent's publisher countersigned a declared edge. */
export function countersignedPlace(model: ModelId, parent: ModelId): StatePlace {
  return { contract: 'lineageClaims', ...placeOf('lineageClaims', 'countersigned', model, parent) }
}

/** How many claims about a model, or about a digest, are accepted for ruling. */
export function acceptedClaimsPlace(subject: ModelId | Digest): StatePlace {
  return { contract: 'lineageClaims', ...placeOf('lineageClaims', 'accepted', subject) }
}

/** How often an operator reopened its log for a credential. */
export function epochPlace(operator: Address, credential: CredentialId): StatePlace {
  return { contract: 'usageAudit', ...placeOf('usageAudit', 'epochs', operator, credential) }
}

/** A count that was anchored last in a usage log. */
export function anchoredPlace(log: LogId, count: 'size' | 'calls' | 'tokens'): StatePlace {
  return { contract: 'usageAudit', ...placeOf('usageAudit', 'heads', log, count) }
}

/** A time, or the state, of the review of a subject. */
export function reviewPlace(subject: ModelId | Digest, member: 'requestedAt' | 'readyAt' | 'state'): StatePlace {
  return { contract: 'reviewGate', ...placeOf('reviewGate', 'reviews', subject, member) }
}

/** Until when a subject is certified (Unix seconds), or for which uses. */
export function certificationPlace(subject: ModelId | Digest, member: 'until' | 'uses'): StatePlace {
  return { contract: 'reviewGate', ...placeOf('reviewGate', 'certifications', subject, member) }
}
