import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Takes a claim up for ruling. For an adjudicator; the evidence has to be disclosed. */
export async function acceptClaim(ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }): Promise<Sent> {
  const { claim, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.accept), claim))
}
