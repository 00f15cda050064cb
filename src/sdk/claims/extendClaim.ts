import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Extends an upheld claim to the models that are registered with tensors, so that each may inherit it. For an adjudicator.
 *
 * @throws {@link ContractError} such as `LINEAGE_CLAIMS_ALREADY_EXTENDED`
 */
export async function extendClaim(ledger: Ledger, parameters: extendClaim.Parameters): Promise<Sent> {
  const { claim, tensors, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.extend), claim, tensors))
}

export declare namespace extendClaim {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** SHA-256 of the tensor list, as the models' registrations state it. */
    tensors: Digest
  }
}
