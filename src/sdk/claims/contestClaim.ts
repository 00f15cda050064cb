import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Contests a claim; an adjudicator can rule from then on. Only the publisher of the subject may. */
export async function contestClaim(ledger: Ledger, parameters: contestClaim.Parameters): Promise<Sent> {
  const { claim, uri = '', ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.contest), claim, uri))
}

export declare namespace contestClaim {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** URI of the answer, at most 2,048 bytes. */
    uri?: string
  }
}
