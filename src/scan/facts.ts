import type { ModelId } from '../core/hex.ts'
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

/** What a ledger says of the weights; null when no ledger was asked. */
export function ledgerFactsOf(facts: ScanFacts): LedgerFacts | null {
  return (facts.ledger as LedgerFacts | undefined) ?? null
}
