import { encodeScan } from './attestScan.ts'
import * as abi from '../../abi/reviewGate.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import type { SignedScan } from '../../documents/scan.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Sends a scan report that a scanner has signed. The sender only pays the gas.
 *
 * @throws {@link ContractError} such as `REVIEW_GATE_SCAN_OUT_OF_ORDER` when the scanner has attested a later scan
 */
export async function attestSignedScan(ledger: Ledger, parameters: attestSignedScan.Parameters): Promise<Sent> {
  const { report, scanner, deadline, signature, ...options } = parameters
  const attestScanBySignature = methodOf(ledger, 'reviewGate', abi.attestScanBySignature)
  return withoutLogs(
    await transact(ledger, options, attestScanBySignature, encodeScan(report), scanner, deadline, signature),
  )
}

export declare namespace attestSignedScan {
  type Parameters = WriteOptions & SignedScan
}
