import type { Address } from '../../core/hex.ts'
import { SCAN_TYPES, type ScanReport } from '../../core/review.ts'
import type { SignedScan } from '../../documents/scan.ts'
import type { Ledger } from '../connect.ts'
import { encodeScan } from './attestScan.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs a scan report (EIP-712) with the ledger's signer and sends nothing.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signScan(ledger: Ledger, parameters: signScan.Parameters): Promise<SignedScan> {
  const { report, deadline } = parameters
  const account = (await senderOf(ledger)) as Address
  const { chainId, contracts } = ledger.deployment
  const signature = await signTypedData(
    ledger,
    { name: 'Stemma Review Gate', version: '1', chainId, verifyingContract: contracts.reviewGate },
    SCAN_TYPES,
    { report: encodeScan(report), deadline },
  )
  return { report, scanner: parameters.scanner ?? account, deadline, signature }
}

export declare namespace signScan {
  type Parameters = {
    report: ScanReport
    /** Last second at which the contract takes it (Unix seconds). */
    deadline: number
    /** A scanner that is a contract and accepts the key's signature (ERC-1271); the key's account by default. */
    scanner?: Address
  }
}
