import type { Address, CredentialId, ModelId, TermsId, TierId } from '../../src/core/hex.ts'
import type { Registration } from '../../src/core/registration.ts'
import type { Terms, Threshold } from '../../src/core/terms.ts'
import type { TermsSet } from '../../src/core/termsBody.ts'
import type { Tier } from '../../src/core/tier.ts'
import json from './ids.json' with { type: 'json' }

type Vector<Id, Input> = { id: Id; input: Input }
type WrittenTerms = Omit<Terms, 'thresholds'> & { thresholds: (Omit<Threshold, 'limit'> & { limit: string })[] }
type WrittenTier = Omit<Tier, 'callQuota' | 'tokenQuota'> & { callQuota: string; tokenQuota: string }
type Grant = { model: ModelId; tier: TierId; holder: Address }

const vectors = json as unknown as {
  terms: Vector<TermsId, WrittenTerms>[]
  sets: Vector<TermsId, TermsSet>[]
  registrations: Vector<ModelId, Registration>[]
  tiers: Vector<TierId, WrittenTier>[]
  credentials: Vector<CredentialId, Grant>[]
}

/** Ids that were computed once: `ids.json`, in the types of the core. Each stands after all that it names. */
export const ID_VECTORS = {
  ...vectors,
  terms: vectors.terms.map(({ id, input }) => ({
    id,
    input: {
      ...input,
      thresholds: input.thresholds.map((threshold) => ({ ...threshold, limit: BigInt(threshold.limit) })),
    },
  })),
  tiers: vectors.tiers.map(({ id, input }) => ({
    id,
    input: { ...input, callQuota: BigInt(input.callQuota), tokenQuota: BigInt(input.tokenQuota) },
  })),
}
