import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readModel } from '../registry/readModel.ts'
import { encodeRegistration } from '../registry/registerModel.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Applies an upheld claim to a model with the product's weights, or with tensors to which it was extended. Anybody may. A model
 * that was registered with the weights after the ruling inherits at once; for any other, the first call opens the time in which its
 * publisher can contest, and a call after that time applies the claim.
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export async function inheritClaim(
  ledger: Ledger,
  parameters: WriteOptions & { claim: ClaimId; model: ModelId },
): Promise<Sent> {
  const { claim, model, ...options } = parameters
  const { registration } = await readModel(ledger, { model })
  const inherit = methodOf(ledger, 'lineageClaims', abi.inherit)
  return withoutLogs(await transact(ledger, options, inherit, encodeRegistration(registration), claim))
}
