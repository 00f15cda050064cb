import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Confirms a claim, for the publisher of its subject: the parent becomes an attested parent. */
export async function acknowledgeClaim(ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }): Promise<Sent> {
  const { claim, ...options } = parameters
  return withoutLogs(await transact(ledger, options, ledger.contracts.lineageClaims.acknowledge, claim))
}
