import type { Digest, ModelId, TermsId, TierId } from '../core/hex.ts'
import type { PublishedBody } from '../core/publishedTerms.ts'
import type { Registration } from '../core/registration.ts'
import { valueAt, type StoredContract } from '../core/storagePlace.ts'
import type { Tier } from '../core/tier.ts'
import type { StatePlace } from './statePlaces.ts'

/**
 * The state of a ledger as of one block, word by word, and what only its events hold, by the ids that prove it. Over a node, it collects
 * what a bundle needs; over a bundle, it checks. What it cannot answer is an error, never zero.
 */
export type StateSource = {
  /** The word in a slot of a contract; zero where nothing was ever stored. */
  word(contract: StoredContract, slot: Digest): Promise<bigint>
  /** The registration of a model that has a record. */
  registration(model: ModelId): Promise<Registration>
  /** Terms as they were published; of a set, its parts are asked for by themselves. */
  terms(id: TermsId): Promise<PublishedBody>
  /** A tier as it was offered. */
  tier(id: TierId): Promise<Tier>
}

/** A value of the state. */
export async function valueOf(source: StateSource, place: StatePlace): Promise<bigint> {
  return valueAt(await source.word(place.contract, place.slot), place)
}

/** A value of the state that has at most 48 bits. */
export async function numberOf(source: StateSource, place: StatePlace): Promise<number> {
  return Number(await valueOf(source, place))
}
