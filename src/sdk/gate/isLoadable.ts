import * as abi from '../../abi/reviewGate.ts'
import type { ModelId } from '../../core/hex.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Whether the gate lets a registered model be loaded for some uses now: cleared or certified for them, neither it nor its weights
 * quarantined or recalled, and permitted by its license. False for an unknown model.
 */
export async function isLoadable(
  ledger: Ledger,
  parameters: { model: ModelId; uses: readonly Right[] },
): Promise<boolean> {
  const { model, uses } = parameters
  return reading(() => methodOf(ledger, 'reviewGate', abi.isLoadable)(model, rightsMask(uses)))
}
