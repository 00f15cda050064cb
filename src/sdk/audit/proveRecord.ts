import * as abi from '../../abi/usageAudit.ts'
import type { Digest, LogId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Asks the chain whether an anchored usage log contains a record.
 *
 * @throws {@link ContractError} `USAGE_AUDIT_UNKNOWN_CHECKPOINT` when the log has no checkpoint of that size
 */
export function proveRecord(ledger: Ledger, parameters: proveRecord.Parameters): Promise<boolean> {
  const { log, size, index, leaf, proof } = parameters
  return reading(() => methodOf(ledger, 'usageAudit', abi.proveRecord)(log, size, index, leaf, [...proof]))
}

export declare namespace proveRecord {
  type Parameters = {
    log: LogId
    /** Number of records in the anchored log. */
    size: bigint
    /** Index of the record, from 0. */
    index: bigint
    /** SHA-256 of a zero byte and the record. */
    leaf: Digest
    proof: readonly Digest[]
  }
}
