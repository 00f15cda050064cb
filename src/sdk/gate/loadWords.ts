import type { Address, ModelId } from '../../core/hex.ts'
import { isExternal } from '../../core/lineage.ts'
import { nodeReader } from '../compliance/nodeReader.ts'
import type { Ledger } from '../connect.ts'
import { countNamed, countTrusted, type ProveNames } from '../../verify/standing.ts'

/** Whose words count for a model that is to be loaded, beside those of accredited publishers: as `stemma verify` counts them. */
export type LoadWords = { trusted: Address[]; named: ModelId[] }

/**
 * Finds among the models of a lineage whose word counts: the publishers that the user trusts, where their word does not count
 * without that, and those that prove the name by which
 * the user, or a child whose word counts, names their model.
 *
 * @param asked `name`: how the user named the model; left out where it was asked about by id or by its files
 */
export async function loadWordsOf(
  ledger: Ledger,
  asked: { model: ModelId; licensee: Address; trusted: readonly Address[]; prove?: ProveNames; name?: string },
): Promise<LoadWords> {
  const reader = nodeReader(ledger)
  const { lineage } = await reader.readLineage(asked.model, asked.licensee)
  const counted = countTrusted(lineage, asked.trusted, asked.licensee)
  const trusted = [...counted.placed]
  if (!asked.prove) return { trusted, named: [] }
  const models = lineage.models.filter((entry) => !isExternal(entry))
  const registrations = await reader.readRegistrations(models.map(({ model }) => model))
  const { named } = await countNamed(lineage, registrations, counted, asked.prove, asked.name)
  return { trusted, named: [...named] }
}
