import type { Digest, Hex } from '../../src/core/hex.ts'
import json from './merkle-log.json' with { type: 'json' }

/**
 * A log of eight records, those of Certificate Transparency's own tests, with its roots of 0 to 8 records and every proof about
 * them. They were computed by the recursive definitions of RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1; the roots and the
 * proofs that Certificate Transparency publishes are among them.
 */
export const LOG_VECTORS = json as {
  records: Hex[]
  leaves: Digest[]
  roots: Digest[]
  inclusion: { index: number; size: number; proof: Digest[] }[]
  consistency: { first: number; second: number; proof: Digest[] }[]
}
