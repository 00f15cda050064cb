import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Whether an adjudicator extended a claim to the models that are registered with tensors. */
export async function isExtended(ledger: Ledger, parameters: { claim: ClaimId; tensors: Digest }): Promise<boolean> {
  const { claim, tensors } = parameters
  return reading(() => methodOf(ledger, 'lineageClaims', abi.isExtended)(claim, tensors))
}
