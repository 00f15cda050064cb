import * as abi from '../../abi/reviewGate.ts'
import type { ModelId } from '../../core/hex.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Whether the gate lets a registered model be loaded for some uses now. It must be cleared or certified for them and
 * permitted by its license, and neither it nor its weights may be quarantined or recalled. False for an unknown model.
 */
export async function isLoadable(
  ledger: Ledger,
  parameters: { model: ModelId; uses: readonly Right[] },
): Promise<boolean> {
  const { model, uses } = parameters
  return reading(() => methodOf(ledger, 'reviewGate', abi.isLoadable)(model, rightsMask(uses)))
}
