import * as abi from '../../abi/reviewGate.ts'
import type { Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Whether the gate lets unregistered weights be loaded now: cleared or certified as an artefact, and neither quarantined nor
 * recalled.
 */
export async function isLoadableDigest(ledger: Ledger, parameters: { weights: Digest }): Promise<boolean> {
  return reading(() => methodOf(ledger, 'reviewGate', abi.isLoadableDigest)(parameters.weights))
}
