import { ModelRegistered } from '../../abi/ledger.ts'
import type { Digest } from '../../core/hex.ts'
import { modelNameKey } from '../../core/modelName.ts'
import type { Ledger } from '../connect.ts'
import { eventPages } from '../logs.ts'
import { registeredModel, type RegisteredModel } from './readRegistrations.ts'

/** Models that are registered, oldest first: by the key of a name (`modelNameKey`), and by a digest of weights. */
export type Registered = {
  byName: ReadonlyMap<string, readonly RegisteredModel[]>
  byWeights: ReadonlyMap<string, readonly RegisteredModel[]>
}

/**
 * Finds what is registered under many names or with many weights, by reading the registrations of the ledger once. `findModels` answers for
 * one name.
 */
export async function findRegistered(ledger: Ledger, parameters: findRegistered.Parameters): Promise<Registered> {
  const names = new Set(Array.from(parameters.names, modelNameKey))
  const weights = new Set<string>(parameters.weights)
  const byName = new Map<string, RegisteredModel[]>()
  const byWeights = new Map<string, RegisteredModel[]>()
  if (names.size + weights.size === 0) return { byName, byWeights }
  for await (const page of eventPages(ledger, 'ledger', ModelRegistered)) {
    for (const event of page) {
      const key = modelNameKey(String(event.args.uri))
      const digest = String(event.args.weights).toLowerCase()
      if (!names.has(key) && !weights.has(digest)) continue
      const found = registeredModel(event)
      if (found === undefined) continue
      if (names.has(key)) add(byName, key, found)
      if (weights.has(digest)) add(byWeights, digest, found)
    }
  }
  return { byName, byWeights }
}

export declare namespace findRegistered {
  type Parameters = { names: Iterable<string>; weights: Iterable<Digest> }
}

function add(found: Map<string, RegisteredModel[]>, key: string, model: RegisteredModel): void {
  const list = found.get(key)
  if (list === undefined) found.set(key, [model])
  else list.push(model)
}
