import { ModelRegistered } from '../../abi/ledger.ts'
import { ExternalNamed } from '../../abi/recalls.ts'
import { externalIdOf, externalNamesOf, parseExternalName, type ExternalName } from '../../core/external.ts'
import { parseDigest, parseModelId, type ModelId } from '../../core/hex.ts'
import type { ExternalParent } from '../../core/ports.ts'
import type { Ledger } from '../connect.ts'
import { eventPages, readEvents } from '../logs.ts'
import { registeredModel } from './readRegistrations.ts'

/**
 * Finds the names of external parents by the models that are registered with their tensors, or under their name on the Hub, and by what
 * anybody gave as their names, which the ids prove. Those without a known name are left out. Reads every registration of the ledger from
 * the node, page by page, as no event of a registration has the id of a name.
 */
export async function readExternals(
  ledger: Ledger,
  parameters: { ids: readonly ModelId[] },
): Promise<Map<ModelId, ExternalParent>> {
  const wanted = new Set(parameters.ids)
  const found = new Map<ModelId, ExternalParent>()
  if (wanted.size === 0) return found
  for await (const page of eventPages(ledger, 'ledger', ModelRegistered)) {
    for (const event of page) {
      const stated = { tensors: parseDigest(event.args.tensors as string), uri: String(event.args.uri) }
      for (const name of externalNamesOf(stated)) {
        const id = externalIdOf(name)
        const registered = wanted.has(id) && registeredModel(event)
        if (registered) found.set(id, { name, registered: [...(found.get(id)?.registered ?? []), registered.model] })
      }
    }
  }
  for (const event of await readEvents(ledger, 'recalls', ExternalNamed, { externalModel: [...wanted] })) {
    const id = parseModelId(event.args.externalModel as string)
    const name = nameOf(id, String(event.args.name))
    if (name !== undefined && !found.has(id)) found.set(id, { name, registered: [] })
  }
  return found
}

/** The name of an external parent that a text gives; undefined when it is not a name in its one form, or another's. */
function nameOf(id: ModelId, text: string): ExternalName | undefined {
  try {
    const name = parseExternalName(text)
    return name === text && externalIdOf(name) === id ? name : undefined
  } catch {
    return undefined
  }
}
