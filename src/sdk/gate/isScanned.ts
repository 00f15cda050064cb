import * as abi from '../../abi/reviewGate.ts'
import type { Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Whether weights were reviewed as an artefact: cleared or certified, and neither quarantined nor failed by a quorum. It
 * does not mean that they may be loaded: the gate knows nothing of a registration, its license or its recall.
 */
export async function isScanned(ledger: Ledger, parameters: { weights: Digest }): Promise<boolean> {
  return reading(() => methodOf(ledger, 'reviewGate', abi.isScanned)(parameters.weights))
}
