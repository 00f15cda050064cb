import { nameOfUri } from '../core/modelName.ts'
import type { ModelId } from '../core/hex.ts'
import type { Ledger } from '../sdk/connect.ts'
import { readRegistrations } from '../sdk/registry/readRegistrations.ts'
import { shortId } from './format.ts'

/** Reads what publishers call some models; the start of the id where nothing is known. */
export async function readModelNames(ledger: Ledger, models: readonly ModelId[]): Promise<Map<ModelId, string>> {
  const found = await readRegistrations(ledger, { models })
  const uris = new Map(found.map(({ model, registration }) => [model, registration.uri]))
  return new Map(models.map((model) => [model, nameOfUri(uris.get(model) ?? '') || shortId(model)]))
}
