import { ZERO_DIGEST, type Address, type Digest, type ModelId, type TierId } from './hex.ts'
import { FOREVER } from './lineage.ts'
import { rightsMask, type Right } from './vocabulary.ts'

/** What a publisher grants to one holder, or offers it. */
export type Grant = {
  model: ModelId
  tier: TierId
  holder: Address
  /** Unix seconds; a past time means now. */
  validFrom?: number
  /** Unix seconds, exclusive; no end by default, which a tier with a maximum duration refuses. */
  validUntil?: number
  /** SHA-256 of a receipt; stays in the event. */
  payment?: Digest
  /** SHA-256 of confidential terms between publisher and holder; stays in the event. Needs `lifts`. */
  agreement?: Digest
  /** The rights that the agreement gives beyond the terms of the tier. */
  lifts?: readonly Right[]
}

/** A grant with every field, as the contract takes it and as an offer of it is signed. */
export type GrantStruct = Required<Omit<Grant, 'lifts'>> & { lifts: number }

/** Fills in what a grant leaves out. */
export function grantStructOf(grant: Grant): GrantStruct {
  const { model, tier, holder, validFrom = 0, validUntil = FOREVER, lifts = [] } = grant
  const { payment = ZERO_DIGEST, agreement = ZERO_DIGEST } = grant
  return { model, tier, holder, validFrom, validUntil, payment, agreement, lifts: rightsMask(lifts) }
}
