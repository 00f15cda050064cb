import {
  type Address,
  CREDENTIAL_STATES,
  type CredentialId,
  type CredentialState,
  type Digest,
  EVIDENCE_GRADES,
  type EvidenceGrade,
  type Hex,
  MODEL_STATUSES,
  type ModelId,
  type ModelStatus,
  type Relation,
  relationName,
  type TermsId,
  type TierId,
} from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import { hex, number, optional, text } from './sql.ts'

// What the tables of the index hold, in the words of the core. Keys of rows are numbers; null means "none".

/** Where on the chain a record comes from. */
export type Origin = { block: number; log: number }

/** A registration, without its parents. */
export type ModelRecord = Origin & {
  n: number
  id: ModelId
  publisher: number
  weights: Digest
  datasets: Digest | null
  method: Digest | null
  terms: number | null
  uri: string
  name: string
}

/** An edge, with its place among the parents of the registration (-1 when that does not name the parent). */
export type EdgeRecord = Origin & {
  child: number
  parent: number
  relation: Relation
  grade: EvidenceGrade
  undisclosed: boolean
  position: number
}

/** What became of a model. */
export type StatusRecord = Origin & {
  model: number
  status: ModelStatus
  successor: number | null
  account: number
  reason: string | null
}

/** Terms, or a set of them. */
export type TermsRecord = Origin & {
  n: number
  id: TermsId
  name: string | null
  uri: string | null
  text: Digest | null
  rights: number
  unstated: number
  obligations: number
  weightsTerms: number | null
  codeTerms: number | null
  outputsTerms: number | null
  account: number
}

/** A threshold of terms. */
export type ThresholdRecord = { metric: number; limit: bigint; withdraws: number; adds: number }

/** A tier. */
export type TierRecord = Origin & {
  n: number
  id: TierId
  model: number
  publisher: number
  terms: number
  passThrough: number
  open: boolean
  maxDuration: number
  callQuota: bigint
  tokenQuota: bigint
  name: string
  uri: string
}

/** A credential as it was issued. */
export type CredentialRecord = Origin & {
  n: number
  id: CredentialId
  model: number
  tier: number
  holder: number
  publisher: number
  validFrom: number
  validUntil: number
}

/** The whole of a credential after an event. */
export type CredentialStateRecord = Origin & {
  credential: number
  state: CredentialState
  validFrom: number
  validUntil: number
  gapFrom: number
  gapUntil: number
  account: number
  reason: string | null
}

/** An account. */
export type AccountRecord = { n: number; address: Address; block: number }

/** A block that holds events. */
export type BlockRecord = { number: number; hash: Hex; time: number }

/** An event, and the keys of what it touches. */
export type EventRecord = Origin & { kind: number; transaction: Hex; model: number | null; account: number | null }

export function modelRecord(row: Row): ModelRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    publisher: number(row.publisher),
    weights: hex(row.weights),
    datasets: optional(row.datasets, hex<Digest>),
    method: optional(row.method, hex<Digest>),
    terms: optional(row.terms, number),
    uri: text(row.uri),
    name: text(row.name),
    ...originOf(row),
  }
}

export function edgeRecord(row: Row): EdgeRecord {
  return {
    child: number(row.child),
    parent: number(row.parent),
    relation: relationName(number(row.relation))!,
    grade: EVIDENCE_GRADES[number(row.grade)]!,
    undisclosed: number(row.undisclosed) === 1,
    position: number(row.position),
    ...originOf(row),
  }
}

/** What came to be known of an edge later. */
export function laterGrade(row: Row): Partial<EdgeRecord> {
  const relation = optional(row.relation, number)
  const undisclosed = optional(row.undisclosed, number)
  return {
    grade: EVIDENCE_GRADES[number(row.grade)]!,
    ...(relation !== null && { relation: relationName(relation)! }),
    ...(undisclosed !== null && { undisclosed: undisclosed === 1 }),
  }
}

export function statusRecord(row: Row): StatusRecord {
  return {
    model: number(row.model),
    status: MODEL_STATUSES[number(row.status)]!,
    successor: optional(row.successor, number),
    account: number(row.account),
    reason: optional(row.reason, text),
    ...originOf(row),
  }
}

export function termsRecord(row: Row): TermsRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    name: optional(row.name, text),
    uri: optional(row.uri, text),
    text: optional(row.text, hex<Digest>),
    rights: number(row.rights),
    unstated: number(row.unstated),
    obligations: number(row.obligations),
    weightsTerms: optional(row.weights_terms, number),
    codeTerms: optional(row.code_terms, number),
    outputsTerms: optional(row.outputs_terms, number),
    account: number(row.account),
    ...originOf(row),
  }
}

export function thresholdRecord(row: Row): ThresholdRecord {
  return {
    metric: number(row.metric),
    limit: BigInt(text(row.amount)),
    withdraws: number(row.withdraws),
    adds: number(row.adds),
  }
}

export function tierRecord(row: Row): TierRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    model: number(row.model),
    publisher: number(row.publisher),
    terms: number(row.terms),
    passThrough: number(row.pass_through),
    open: number(row.open) === 1,
    maxDuration: number(row.max_duration),
    callQuota: BigInt(text(row.call_quota)),
    tokenQuota: BigInt(text(row.token_quota)),
    name: text(row.name),
    uri: text(row.uri),
    ...originOf(row),
  }
}

export function credentialRecord(row: Row): CredentialRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    model: number(row.model),
    tier: number(row.tier),
    holder: number(row.holder),
    publisher: number(row.publisher),
    validFrom: number(row.valid_from),
    validUntil: number(row.valid_until),
    ...originOf(row),
  }
}

export function credentialStateRecord(row: Row): CredentialStateRecord {
  return {
    credential: number(row.credential),
    state: CREDENTIAL_STATES[number(row.state)]!,
    validFrom: number(row.valid_from),
    validUntil: number(row.valid_until),
    gapFrom: number(row.gap_from),
    gapUntil: number(row.gap_until),
    account: number(row.account),
    reason: optional(row.reason, text),
    ...originOf(row),
  }
}

export function accountRecord(row: Row): AccountRecord {
  return { n: number(row.n), address: hex(row.address), block: number(row.block) }
}

export function blockRecord(row: Row): BlockRecord {
  return { number: number(row.number), hash: hex(row.hash), time: number(row.time) }
}

export function eventRecord(row: Row): EventRecord {
  return {
    kind: number(row.kind),
    transaction: hex(row.transaction_hash),
    model: optional(row.model, number),
    account: optional(row.account, number),
    ...originOf(row),
  }
}

function originOf(row: Row): Origin {
  return { block: number(row.block), log: number(row.log) }
}
