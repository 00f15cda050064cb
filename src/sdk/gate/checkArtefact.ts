import * as gate from '../../abi/reviewGate.ts'
import * as recalls from '../../abi/recalls.ts'
import { ZERO_DIGEST, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Asks what the ledger holds against files that are to be loaded, whether or not somebody registered them: a recall of the weights
 * or the tensors by the authority, and tensors that a quorum of scanners failed. Of a registered model, `checkLoad` says more.
 */
export async function checkArtefact(
  ledger: Ledger,
  parameters: { weights: Digest; tensors: Digest | null },
): Promise<checkArtefact.ReturnType> {
  const { weights } = parameters
  const tensors = parameters.tensors ?? ZERO_DIGEST
  const [recalled, tensorsShut] = await reading(() =>
    Promise.all([
      methodOf(ledger, 'recalls', recalls.areRecalled)(ZERO_DIGEST, weights, tensors),
      methodOf(ledger, 'reviewGate', gate.areTensorsShut)(tensors),
    ]),
  )
  return { recalled, tensorsShut }
}

export declare namespace checkArtefact {
  type ReturnType = {
    /** Whether the authority recalled the weights or the tensors. */
    recalled: boolean
    /** Whether a quorum of scanners failed the tensors, in whatever folder. */
    tensorsShut: boolean
  }
}
