import * as abi from '../../abi/usageAudit.ts'
import type { Digest, LogId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Asks the chain whether one checkpoint of a usage log continues another, so that no record between them was altered.
 *
 * @throws {@link ContractError} `USAGE_AUDIT_UNKNOWN_CHECKPOINT` when the log has no checkpoint of one of the sizes
 */
export function proveConsistency(ledger: Ledger, parameters: proveConsistency.Parameters): Promise<boolean> {
  const { log, first, second, proof } = parameters
  return reading(() => methodOf(ledger, 'usageAudit', abi.proveConsistency)(log, first, second, [...proof]))
}

export declare namespace proveConsistency {
  type Parameters = {
    log: LogId
    /** Number of records in the older checkpoint. */
    first: bigint
    /** Number of records in the newer checkpoint. */
    second: bigint
    proof: readonly Digest[]
  }
}
