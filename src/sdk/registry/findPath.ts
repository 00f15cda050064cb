import type { ModelId } from '../../core/hex.ts'
import { indexLineage, pathBetween } from '../../core/lineage.ts'
import type { Relation } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { readLineage } from './readLineage.ts'

/**
 * Finds a shortest path from a model up to one of its ancestors.
 *
 * @returns the steps, each with its relation to the one before (none for the first); undefined when `to` is not an ancestor
 * @throws {@link UnregisteredModelError} when `from` is not registered
 */
export async function findPath(
  ledger: Ledger,
  parameters: { from: ModelId; to: ModelId },
): Promise<{ model: ModelId; relation?: Relation }[] | undefined> {
  const { from, to } = parameters
  const { lineage } = await readLineage(ledger, { model: from })
  const path = pathBetween(lineage, from, to)
  const models = indexLineage(lineage)
  return path?.map((model, index) => {
    const child = index === 0 ? undefined : models.get(path[index - 1]!)
    const relation = child?.parents.find((parent) => parent.model === model)?.relation
    return { model, ...(relation && { relation }) }
  })
}
