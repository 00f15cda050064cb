import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Digest, Hex } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Discloses the evidence of a claim. The time in which the subject's publisher can contest starts again. */
export async function discloseEvidence(ledger: Ledger, parameters: discloseEvidence.Parameters): Promise<Sent> {
  const { claim, evidence, salt, uri = '', ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.disclose), claim, evidence, salt, uri),
  )
}

export declare namespace discloseEvidence {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** SHA-256 of the evidence document. */
    evidence: Digest
    /** The salt with which the claim was filed. */
    salt: Hex
    /** URI of the document, at most 2,048 bytes. */
    uri?: string
  }
}
