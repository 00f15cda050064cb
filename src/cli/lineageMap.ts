import type { Context } from '../console/context.ts'
import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import { ZERO_ADDRESS, type Address, type ModelId } from '../core/hex.ts'
import { isExternal } from '../core/lineage.ts'
import { nameOfUri } from '../core/modelName.ts'
import { shortText } from '../core/text.ts'
import type { Right } from '../core/vocabulary.ts'
import { listTrustedPublishers } from '../deployments/trustedPublishers.ts'
import type { MapGraph } from '../map/graph.ts'
import { lineageMap } from '../map/lineageMap.ts'
import { InvalidMapAnswerError, parseMap } from '../map/parseMap.ts'
import type { QueryClient } from '../query/client.ts'
import { nodeReader } from '../sdk/compliance/nodeReader.ts'
import { queryIndexer } from '../sdk/compliance/queryIndexer.ts'
import type { Ledger } from '../sdk/connect.ts'
import { UnregisteredModelError } from '../sdk/registry/readLineage.ts'
import { verifyEach } from '../verify/verifyEach.ts'
import { readNamed } from './readModelNames.ts'

/** What a map is asked about. */
export type MapQuestion = { model: ModelId; use?: Right; licensee?: Address }

/** A map and the block that it is of. */
export type MapAtBlock = { block: number; map: MapGraph }

/** The map of a model and its ancestors, from a node. The node cannot say what was made from the model. */
export async function mapFromNode(
  context: Context,
  ledger: Ledger,
  { model, use, licensee = ZERO_ADDRESS }: MapQuestion,
): Promise<MapAtBlock> {
  const reader = nodeReader(ledger)
  const read = await reader.readLineage(model, licensee)
  const { lineage, block } = read
  const ids = lineage.models.map((entry) => entry.model)
  const named = await readNamed(ledger, ids)
  const labels = await reader.readTermsLabels([...lineage.terms.keys()])
  const { env, cwd } = context
  const trusted = await listTrustedPublishers({ env, cwd }, ledger.deployment)
  const reports = use && {
    use,
    reports: await verifyEach(reader, read, {
      models: lineage.models.filter((entry) => !isExternal(entry)).map((entry) => entry.model),
      use,
      policy: { licensee },
      trusted: trusted.map(({ publisher }) => publisher),
      licenses: await loadLicenses(),
    }),
  }
  const licenses = lineage.models.flatMap((entry) => {
    const name = labels.get(entry.terms)?.name
    return name === undefined ? [] : [[entry.model, shortText(name, 64)] as const]
  })
  const map = lineageMap(lineage, {
    names: new Map(ids.map((id) => [id, named.externals.get(id) ?? nameOfUri(named.registrations.get(id)?.uri ?? '')])),
    licenses: new Map(licenses),
    partOf: (child, parent) =>
      named.registrations.get(child)?.parents.find((declared) => declared.model === parent)?.part,
    ...reports,
  })
  return { block, map }
}

/**
 * The map of a model, its ancestors and its descendants, from an index.
 *
 * @throws {@link UnregisteredModelError} when the index does not have the model, {@link InvalidMapAnswerError}
 */
export async function mapFromIndex(
  indexer: QueryClient,
  ledger: Ledger,
  { model, use, licensee }: MapQuestion,
): Promise<MapAtBlock> {
  const variables = { id: model, ...(use && { use }), ...(licensee && { licensee }) }
  const { map, block } = await queryIndexer(ledger, { indexer, query: 'Map', variables })
  if (!map) throw new UnregisteredModelError(model, ledger.deployment.name)
  const { model: of, use: about, nodes, edges, more, causes } = parseMap(map)
  if (of !== model) throw new InvalidMapAnswerError(`it is of model ${of}, and not of ${model}`)
  return { block: block.number, map: { model: of, use: about, nodes, edges, more, causes } }
}
