import * as abi from '../../abi/recalls.ts'
import type { Digest, ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Says which registered model an external parent is, as a verifier or an adjudicator. At most 4 bindings each, which all count.
 *
 * @throws {@link ContractError} such as `RECALLS_TOO_MANY_BINDINGS`
 */
export async function bindExternal(ledger: Ledger, parameters: bindExternal.Parameters): Promise<Sent> {
  const { external, model, evidence, as = 'verifier', ...options } = parameters
  if (as === 'verifier') {
    const bind = methodOf(ledger, 'recalls', abi.bindExternal)
    return withoutLogs(await transact(ledger, options, bind, external, model, evidence))
  }
  const rule = methodOf(ledger, 'recalls', abi.ruleExternal)
  return withoutLogs(await transact(ledger, options, rule, external, model, true, evidence))
}

export declare namespace bindExternal {
  type Parameters = WriteOptions & {
    /** The id of the external parent. */
    external: ModelId
    model: ModelId
    /** SHA-256 of the document that says why; zero when there is none. */
    evidence: Digest
    /** The role to act in, which decides the contract's function; verifier when left out. */
    as?: 'verifier' | 'adjudicator'
  }
}
