import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Contests that a model of the signer inherits a claim; an adjudicator then rules. For the publisher's controller. */
export async function contestInheritance(ledger: Ledger, parameters: contestInheritance.Parameters): Promise<Sent> {
  const { claim, model, uri = '', ...options } = parameters
  const contest = methodOf(ledger, 'lineageClaims', abi.contestInheritance)
  return withoutLogs(await transact(ledger, options, contest, claim, model, uri))
}

export declare namespace contestInheritance {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** The model that would inherit the claim. */
    model: ModelId
    /** URI of the reasons, at most 2,048 bytes. */
    uri?: string
  }
}
