import { keccakWords, type Address, type CredentialId, type Digest, type Hex, type LogId, type ModelId } from '../core/hex.ts'
import { RECALL_KINDS, type RecallKind } from '../core/recall.ts'

/** The contracts of a ledger whose storage a bundle proves. */
export type StateContract =
  | 'ledger'
  | 'recalls'
  | 'licenseCredential'
  | 'lineageClaims'
  | 'usageAudit'
  | 'reviewGate'

/** One word of a ledger's state: a slot of one of its contracts. */
export type StateSlot = { contract: StateContract; slot: Digest }

/** The record of a model: see the contracts' `ModelRecord`. */
export function recordSlot(model: ModelId): StateSlot {
  return { contract: 'ledger', slot: at(16, model) }
}

/** The tenure of a publisher: among others, since when and until when it is verified. */
export function tenureSlot(publisher: Address): StateSlot {
  return { contract: 'ledger', slot: after(at(1, publisher), 1) }
}

/** The tier at a place of a model's list. */
export function tierSlot(model: ModelId, place: number): StateSlot {
  return { contract: 'ledger', slot: after(at(12, model), place) }
}

/** The recall of a digest of a kind. */
export function recallSlot(kind: RecallKind, digest: Digest | ModelId): StateSlot {
  return { contract: 'recalls', slot: at(1, RECALL_KINDS.indexOf(kind), digest) }
}

/** What an external parent is bound to, at a place of its list. */
export function bindingSlot(external: ModelId, place: number): StateSlot {
  return { contract: 'recalls', slot: after(at(2, external), place) }
}

/** The record of a credential: see the contracts' `CredentialRecord`. */
export function credentialSlot(credential: CredentialId): StateSlot {
  return { contract: 'licenseCredential', slot: at(10, credential) }
}

/** The gap and the lifted rights of a credential that has any. */
export function detailsSlot(credential: CredentialId): StateSlot {
  return { contract: 'licenseCredential', slot: at(11, credential) }
}

/** The credential under which a sub-credential was issued. */
export function parentCredentialSlot(credential: CredentialId): StateSlot {
  return { contract: 'licenseCredential', slot: at(12, credential) }
}

/** The first word of a model's attested parents: how many, and what is said of the first. See the contracts' `AttestedList`. */
export function attestedSlot(model: ModelId): StateSlot {
  return { contract: 'lineageClaims', slot: at(9, model) }
}

/** An attested parent's id, by its place. */
export function attestedModelSlot(model: ModelId, place: number): StateSlot {
  return { contract: 'lineageClaims', slot: after(at(9, model), 1 + place) }
}

/** The word with what is said of the attested parents after the first, four to a word: the one that holds the parent at a place from 1. */
export function attestedWordSlot(model: ModelId, place: number): StateSlot {
  return { contract: 'lineageClaims', slot: after(at(9, model), 33 + Math.floor((place - 1) / 4)) }
}

/** Whether the parent's publisher countersigned a declared edge. */
export function countersignedSlot(model: ModelId, parent: ModelId): StateSlot {
  return { contract: 'lineageClaims', slot: at(10, model, parent) }
}

/** How many claims about a model, or about a digest, are accepted for ruling. */
export function acceptedClaimsSlot(subject: ModelId | Digest): StateSlot {
  return { contract: 'lineageClaims', slot: at(3, subject) }
}

/** How often an operator reopened its log for a credential. */
export function epochSlot(operator: Address, credential: CredentialId): StateSlot {
  return { contract: 'usageAudit', slot: at(2, operator, credential) }
}

/** The counts that were anchored last in a usage log. */
export function logHeadSlot(log: LogId): StateSlot {
  return { contract: 'usageAudit', slot: at(3, log) }
}

/** The times and the state of the review of a subject. */
export function reviewSlot(subject: ModelId | Digest): StateSlot {
  return { contract: 'reviewGate', slot: after(at(5, subject), 1) }
}

/** The certification of a subject. */
export function certificationSlot(subject: ModelId | Digest): StateSlot {
  return { contract: 'reviewGate', slot: at(6, subject) }
}

/** The slot of a mapping under keys, the outer one first. */
function at(base: number, ...keys: readonly (Hex | number)[]): Digest {
  return keys.reduce<Hex | number>((slot, key) => keccakWords([key, slot]), base) as Digest
}

function after(slot: Digest, words: number): Digest {
  const digits = ((BigInt(slot) + BigInt(words)) % 2n ** 256n).toString(16)
  return `0x${digits.padStart(64, '0')}` as Digest
}
