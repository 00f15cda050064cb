import type { Digest, ModelId } from '../core/hex.ts'
import type { Severity } from '../core/report.ts'
import type { DraftTerms } from '../documents/draft.ts'
import type { LineageNames } from '../interop/lineageNames.ts'
import type { ScanFacts } from './ports.ts'

/** What a ledger says of the weights that are scanned. */
export type LedgerFacts = {
  /** Number of the block that was read. */
  block: number
  /** Each registration of the weights. */
  registrations: readonly RegistrationFacts[]
}

/** What a ledger says of one registration. Texts of the chain are quoted and cut. */
export type RegistrationFacts = {
  model: ModelId
  /** What its publisher calls it; empty when it says nothing. */
  name: string
  /** Its terms in the words of a card: those of each part of a set. */
  terms: readonly DraftTerms[]
  /** What its lineage is called, itself included. */
  lineage: LineageNames
  /** Where its terms contradict those of its ancestors, as `verify` says it. */
  conflicts: readonly { severity: Severity; reason: string; remedy: string }[]
}

/** The sketches that weights are compared with, and how their models stand to the weights. */
export type LineageFacts = {
  /** SHA-256 model digest of what is scanned. */
  weights: Digest
  /** The registrations of these weights, oldest first; empty when there is none, or no ledger was asked. */
  models: readonly ModelId[]
  /** Leaves of the tensors, ascending, where they were computed with the digest. */
  leaves?: readonly Digest[]
  sketches: readonly SketchFacts[]
}

/** A sketch that weights are compared with. */
export type SketchFacts = {
  /** SHA-256 of the file. */
  digest: Digest
  /** Where the file is on this disk. It is in no report. */
  path: string
  /** What its model is called: the name of its registration, or of the file where no ledger was asked. */
  name: string
  /** The registration that commits to it; null where no ledger was asked. */
  model: ModelId | null
  /** What files may call its model. */
  self: LineageNames
  /** What its lineage is called, itself included. */
  lineage: LineageNames
  standing: Standing
}

/**
 * How a ledger relates a model to the weights: one is declared to be an ancestor of the other; both have an ancestor in common; it was registered
 * after the weights; none of these.
 */
export type Standing = 'declared' | 'shared' | 'later' | 'undeclared'

/** The sketches that weights are compared with; null when there are none. */
export function lineageFactsOf(facts: ScanFacts): LineageFacts | null {
  return (facts.lineage as LineageFacts | undefined) ?? null
}

/** What a ledger says of the weights; null when no ledger was asked. */
export function ledgerFactsOf(facts: ScanFacts): LedgerFacts | null {
  return (facts.ledger as LedgerFacts | undefined) ?? null
}
