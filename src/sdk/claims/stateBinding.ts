import * as abi from '../../abi/lineageClaims.ts'
import { ZERO_DIGEST, type Address, type Digest, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * States, as a publisher's controller, which registered model an external parent is, or takes that back. It counts only for readers who
 * trust the publisher. For all readers, a verifier or an adjudicator binds it: `bindExternal`.
 */
export async function stateBinding(ledger: Ledger, parameters: stateBinding.Parameters): Promise<Sent> {
  const { publisher, external, model, bound = true, evidence = ZERO_DIGEST, ...options } = parameters
  const state = methodOf(ledger, 'lineageClaims', abi.stateBinding)
  return withoutLogs(await transact(ledger, options, state, publisher, external, model, bound, evidence))
}

export declare namespace stateBinding {
  type Parameters = WriteOptions & {
    publisher: Address
    /** The id of the external parent. */
    external: ModelId
    model: ModelId
    /** False takes an earlier statement back. */
    bound?: boolean
    /** SHA-256 of the document that says why; zero when left out. */
    evidence?: Digest
  }
}
