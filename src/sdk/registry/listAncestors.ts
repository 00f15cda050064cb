import type { ModelId } from '../../core/hex.ts'
import { pathsFrom, type LineageModel } from '../../core/lineage.ts'
import type { Ledger } from '../connect.ts'
import { readLineage } from './readLineage.ts'

/** Lists all ancestors of a model, each once, nearest first, with the shortest path of ids that leads to each. */
export async function listAncestors(
  ledger: Ledger,
  parameters: { model: ModelId },
): Promise<(LineageModel & { path: ModelId[] })[]> {
  const { lineage } = await readLineage(ledger, parameters)
  const paths = pathsFrom(lineage, parameters.model)
  return lineage.models.slice(1).map((ancestor) => ({ ...ancestor, path: paths.get(ancestor.model) ?? [] }))
}
