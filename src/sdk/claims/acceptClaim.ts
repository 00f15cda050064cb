import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Accepts a claim for ruling. Only an adjudicator may, and only after the evidence is disclosed. */
export async function acceptClaim(ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }): Promise<Sent> {
  const { claim, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.accept), claim))
}
