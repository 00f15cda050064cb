import { externalIdOf, externalNameOnHub, parseExternalName, type ExternalName } from '../core/external.ts'
import { isBytes32, parseModelId, type ModelId } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { modelNameKey } from '../core/modelName.ts'

/** The models of a lineage, by all that a file may call them. */
export type LineageNames = {
  /** URIs of the registered ones. */
  uris: readonly string[]
  /** Ids of all, with those of external parents. */
  ids: readonly ModelId[]
}

/** Whether a lineage has a model that is called so: by its id, the name or address of its registration, or its name as an external parent. */
export function namesModelOf({ uris, ids }: LineageNames): (name: string) => boolean {
  const keys = new Set(uris.map(modelNameKey))
  const known = new Set(ids)
  return (name) =>
    isBytes32(name)
      ? known.has(parseModelId(name))
      : keys.has(modelNameKey(name)) || externalNames(name).some((external) => known.has(externalIdOf(external)))
}

/** The names by which an external parent that is called so is registered. */
function externalNames(name: string): ExternalName[] {
  if (isHubId(name)) return [externalNameOnHub(name)]
  try {
    return [parseExternalName(name)]
  } catch {
    return []
  }
}
