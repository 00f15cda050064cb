import { canonicalJsonDigest } from '../core/canonicalJson.ts'
import { ZERO_ADDRESS, type Address, type Digest } from '../core/hex.ts'
import type { Facts } from '../core/evaluate.ts'
import type { Right } from '../core/vocabulary.ts'
import type { TrustPolicy } from './policy.ts'

/**
 * SHA-256 over all that an answer rests on beside the ledger, in canonical JSON: equal questions have equal digests. It names a policy
 * without showing it: facts such as a revenue are nobody else's business. Someone who can guess them all can confirm the guess.
 */
export function questionDigest(parameters: questionDigest.Parameters): Digest {
  const { uses, policy, facts, trusted, countsNames, strict, at, accepted = [] } = parameters
  const known: Facts = { ...policy.facts, ...facts }
  return canonicalJsonDigest({
    version: 1,
    uses: uses.toSorted(),
    licensee: policy.licensee ?? ZERO_ADDRESS,
    trustedPublishers: trusted.toSorted(),
    deniedPublishers: (policy.deniedPublishers ?? []).toSorted(),
    trustedOperators: (policy.trustedOperators ?? []).toSorted(),
    fulfilled: (policy.fulfilled ?? []).toSorted(),
    ...(policy.lineage && { lineage: policy.lineage.rules }),
    facts: Object.fromEntries(Object.entries(known).map(([name, value]) => [name, String(value)])),
    countsNames,
    strict,
    at: at ?? null,
    ...(accepted.length > 0 && { accepted: accepted.toSorted() }),
  })
}

export declare namespace questionDigest {
  type Parameters = {
    uses: readonly Right[]
    policy: TrustPolicy
    /** Facts that come before those of the policy. */
    facts: Facts
    /** Publishers whose word counts beside that of accredited ones. */
    trusted: readonly Address[]
    /** Whether publishers count for the names that they prove. */
    countsNames: boolean
    /** Whether conditions count as a no. */
    strict: boolean
    /** When credentials are looked at, where that is not now. */
    at?: number | undefined
    /** What somebody accepts, as the waivers of a lock file name it. */
    accepted?: readonly string[]
  }
}
