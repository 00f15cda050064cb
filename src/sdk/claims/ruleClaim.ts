import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Rules on a claim that is accepted for ruling. For an adjudicator. */
export async function ruleClaim(ledger: Ledger, parameters: ruleClaim.Parameters): Promise<Sent> {
  const { claim, upheld, uri = '', ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.rule), claim, upheld, uri))
}

export declare namespace ruleClaim {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** True makes the parent an attested parent; false rejects the claim, and its deposit is lost. */
    upheld: boolean
    /** URI of the reasons, at most 2,048 bytes. */
    uri?: string
  }
}
