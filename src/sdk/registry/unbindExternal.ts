import * as abi from '../../abi/recalls.ts'
import { ZERO_DIGEST } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent } from '../transact.ts'
import type { bindExternal } from './bindExternal.ts'

/**
 * Removes a binding of an external parent, as a verifier or an adjudicator; it need not be one's own.
 *
 * @throws {@link ContractError} such as `RECALLS_NOT_BOUND`
 */
export async function unbindExternal(
  ledger: Ledger,
  parameters: Omit<bindExternal.Parameters, 'evidence'>,
): Promise<Sent> {
  const { external, model, as = 'verifier', ...options } = parameters
  if (as === 'verifier') {
    const unbind = methodOf(ledger, 'recalls', abi.unbindExternal)
    return withoutLogs(await transact(ledger, options, unbind, external, model))
  }
  const rule = methodOf(ledger, 'recalls', abi.ruleExternal)
  return withoutLogs(await transact(ledger, options, rule, external, model, false, ZERO_DIGEST))
}
