import * as abi from '../../abi/reviewGate.ts'
import { SCAN_SCOPES, SCAN_VERDICTS, type ScanReport } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Attests a scan report. Only an accredited scanner may. It counts for every review of these weights that was requested
 * before the scan ended.
 *
 * @throws {@link ContractError} `REVIEW_GATE_NOT_SCANNER` when the account is not accredited
 */
export async function attestScan(ledger: Ledger, parameters: attestScan.Parameters): Promise<Sent> {
  const { report, ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.attestScan), encodeScan(report)),
  )
}

export declare namespace attestScan {
  type Parameters = WriteOptions & { report: ScanReport }
}

/** A scan report as the contract takes it. */
export function encodeScan(report: ScanReport) {
  return { ...report, scope: SCAN_SCOPES.indexOf(report.scope), verdict: SCAN_VERDICTS.indexOf(report.verdict) }
}
