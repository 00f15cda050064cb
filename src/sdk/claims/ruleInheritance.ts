import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Rules whether a model inherits a claim, when its publisher contested that. No deposit moves. For an adjudicator. */
export async function ruleInheritance(ledger: Ledger, parameters: ruleInheritance.Parameters): Promise<Sent> {
  const { claim, model, upheld, uri = '', ...options } = parameters
  const rule = methodOf(ledger, 'lineageClaims', abi.ruleInheritance)
  return withoutLogs(await transact(ledger, options, rule, claim, model, upheld, uri))
}

export declare namespace ruleInheritance {
  type Parameters = WriteOptions & {
    claim: ClaimId
    /** The model that would inherit the claim. */
    model: ModelId
    /** True makes the parent an attested parent of the model; false means that the model never inherits the claim. */
    upheld: boolean
    /** URI of the reasons, at most 2,048 bytes. */
    uri?: string
  }
}
