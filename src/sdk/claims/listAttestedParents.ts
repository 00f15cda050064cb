import * as abi from '../../abi/lineageClaims.ts'
import { EVIDENCE_GRADES } from '../../core/claim.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { LineageEdge } from '../../core/lineage.ts'
import { relationName } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'

/** A parent that was added to a model after its registration. */
export type AttestedParent = LineageEdge & {
  /** Unix seconds. */
  attestedAt: number
}

/**
 * Lists the parents that were added to a model after its registration, by its publisher or because of a claim, in the order
 * in which they were added. Empty for a model that is not registered. For the parents in the registration, see {@link
 * listParents}.
 */
export async function listAttestedParents(ledger: Ledger, parameters: { model: ModelId }): Promise<AttestedParent[]> {
  const parents = await reading(() => methodOf(ledger, 'lineageClaims', abi.attestedParentsOf)(parameters.model))
  return parents.map(({ model, relation: code, grade: level, undisclosed, attestedAt }) => {
    const [relation, grade] = [relationName(Number(code)), EVIDENCE_GRADES[Number(level)]]
    if (!relation || !grade) throw new NodeAnswerError(new Error(`relation ${code}, grade ${level}`))
    return { model: parseModelId(model), relation, grade, undisclosed, attestedAt: Number(attestedAt) }
  })
}
