import * as abi from '../../abi/lineageClaims.ts'
import { INHERITANCE_STATES, type ClaimId, type InheritanceState } from '../../core/claim.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Reads where the inheritance of a claim by a model stands now: `none` when nobody asked for it. */
export async function readInheritance(
  ledger: Ledger,
  parameters: { claim: ClaimId; model: ModelId },
): Promise<{
  state: InheritanceState
  /** Unix seconds, exclusive: the model's publisher can contest before. 0 when there was no time to contest. */
  contestUntil: number
}> {
  const { claim, model } = parameters
  const found = await reading(() => methodOf(ledger, 'lineageClaims', abi.inheritanceOf)(claim, model))
  return { state: INHERITANCE_STATES[Number(found.state)] ?? 'none', contestUntil: Number(found.contestUntil) }
}
