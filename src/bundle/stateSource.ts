import type { ModelId, TermsId, TierId } from '../core/hex.ts'
import type { PublishedTerms } from '../core/publishedTerms.ts'
import type { Registration } from '../core/registration.ts'
import type { Tier } from '../core/tier.ts'
import type { StateSlot } from './stateSlots.ts'

/**
 * The state of a ledger as of one block, word by word, and what only its events hold, by the ids that prove it. Over a node, it collects
 * what a bundle needs; over a bundle, it checks. What it cannot answer is an error, never zero.
 */
export type StateSource = {
  /** The word in a slot; zero where nothing was ever stored. */
  word(slot: StateSlot): Promise<bigint>
  /** The registration of a model that has a record. */
  registration(model: ModelId): Promise<Registration>
  /** Terms as they were published; of a set, its parts are asked for by themselves. */
  terms(id: TermsId): Promise<PublishedTerms>
  /** A tier as it was offered. */
  tier(id: TierId): Promise<Tier>
}
