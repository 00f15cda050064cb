import { isBytes32, parseDigest, parseModelId, type ModelId } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { readRegistrations, type RegisteredModel } from './readRegistrations.ts'

/** Where a name `owner/model` stands on the Hugging Face Hub: the uri by which its registration is found. */
export function hubUri(name: string): string {
  return `https://huggingface.co/${name}`
}

/**
 * Finds models by what people have at hand: a model id, a digest of weights, an uri, or a name `owner/model` on the Hub. Several
 * publishers may have registered the same; whom to trust is for the caller.
 */
export async function findModels(ledger: Ledger, parameters: { query: string }): Promise<RegisteredModel[]> {
  const { query } = parameters
  if (isBytes32(query)) {
    const model = parseModelId(query) as ModelId
    const [byId, byWeights] = await Promise.all([
      readRegistrations(ledger, { models: [model] }),
      readRegistrations(ledger, { weights: parseDigest(query) }),
    ])
    return [...byId, ...byWeights]
  }
  const uris = [query, hubUri(query)]
  return (await readRegistrations(ledger, {})).filter(({ registration }) => uris.includes(registration.uri))
}
