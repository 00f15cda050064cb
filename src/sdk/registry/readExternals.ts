import { ModelRegistered } from '../../abi/ledger.ts'
import { externalIdOf, externalNamesOf } from '../../core/external.ts'
import { parseDigest, type ModelId } from '../../core/hex.ts'
import type { ExternalParent } from '../../core/ports.ts'
import type { Ledger } from '../connect.ts'
import { eventPages } from '../logs.ts'
import { registeredModel } from './readRegistrations.ts'

/**
 * Finds the names of external parents by the models that are registered with their tensors, or under their name on the Hub. Those that match
 * none are left out. Reads every registration of the ledger from the node, page by page, as no event has the id of a name.
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
  return found
}
