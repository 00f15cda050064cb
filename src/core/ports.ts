import type { Address, Digest, ModelId, TermsId } from './hex.ts'
import type { Lineage } from './lineage.ts'
import type { Registration } from './registration.ts'
import type { AnchoredUsage, CredentialOf } from './usage.ts'

/** Where an answer came from. */
export type Source = 'node' | 'indexer' | 'bundle'

/** The block that an answer was read at. */
export type ReadAt = {
  chainId: number
  /** Number of the block. */
  block: number
  /** The block's time, in Unix seconds. */
  timestamp: number
}

/** What verification needs to read of a ledger, wherever it is read from. */
export type LedgerReader = {
  readonly source: Source
  /**
   * A model (the first) with all its ancestors, and the credentials that the licensee and the publishers among them hold.
   *
   * @throws `UnregisteredModelError` when the model is not registered
   */
  readLineage(model: ModelId, licensee: Address): Promise<ReadAt & { lineage: Lineage }>
  /** The registrations of some models. Those that were not found, or whose id does not match, are left out. */
  readRegistrations(models: readonly ModelId[]): Promise<Map<ModelId, Registration>>
  /** The names under which some terms were published. Those that were not found are left out. */
  readTermsNames(terms: readonly TermsId[]): Promise<Map<TermsId, string>>
  /** The models that were registered with these weights, oldest first. */
  findByWeights(weights: Digest): Promise<ModelId[]>
  /** What operators have anchored of the calls under some credentials; a source that does not know leaves it out. */
  readUsage?(credentials: readonly CredentialOf[]): Promise<AnchoredUsage[]>
}
