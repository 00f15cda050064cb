import { externalIdOf, externalNameOnHub, parseExternalName } from '../../core/external.ts'
import { isBytes32, type ModelId } from '../../core/hex.ts'
import { isHubId } from '../../core/hubId.ts'
import { hubUri, modelNameKey } from '../../core/modelName.ts'

/** Tells which models a rule names. */
export type ModelMatcher = {
  /** Whether the rule has names or owners beside ids. */
  hasNames: boolean
  /** Whether the rule names a model by its id, or an external parent by a name that its id proves. */
  byId(model: ModelId): boolean
  /** Whether the rule names a model by what it is called: a URI, or the name of an external parent. */
  byName(name: string): boolean
}

const HUB = hubUri('')
const TENSORS = /^tensors:[0-9a-f]{64}$/i

/** Makes the matcher of a list of models. Its cost does not depend on how long the list is. */
export function modelMatcher(models: readonly string[]): ModelMatcher {
  const ids = new Set<string>()
  const owners = new Set<string>()
  const keys = new Set<string>()
  for (const model of models) {
    if (isBytes32(model)) ids.add(model)
    else if (TENSORS.test(model)) ids.add(externalIdOf(parseExternalName(model)))
    else if (model.endsWith('/*')) owners.add(model.slice(0, -2).toLowerCase())
    else {
      const key = modelNameKey(model)
      keys.add(key)
      // The id of an external parent commits to its name on the Hub, which a source may not know or leave out.
      const place = key.startsWith(HUB) ? key.slice(HUB.length) : ''
      if (isHubId(place)) ids.add(externalIdOf(externalNameOnHub(place)))
    }
  }
  return {
    hasNames: owners.size + keys.size > 0,
    byId: (model) => ids.has(model),
    byName: (name) => keysOf(name).some((key) => keys.has(key) || owners.has(ownerOf(key) ?? '')),
  }
}

/** The keys of a name: its own, and where it leads into a repository of the Hub, such as to one of its branches, that of the repository. */
function keysOf(name: string): string[] {
  const key = modelNameKey(name)
  const [, path] = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/([^/?#]+\/[^/?#@]+)[/?#@]/i.exec(name) ?? []
  return path === undefined ? [key] : [key, modelNameKey(hubUri(path))]
}

function ownerOf(key: string): string | undefined {
  if (!key.startsWith(HUB)) return undefined
  const [owner, name] = key.slice(HUB.length).split('/')
  return name === undefined ? undefined : owner
}
