import { isBytes32, parseDigest, parseModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { eventPages } from '../logs.ts'
import { readRegistrations, registeredModel, type RegisteredModel } from './readRegistrations.ts'

/** Where a name `owner/model` stands on the Hugging Face Hub: the uri by which its registration is found. */
export function hubUri(name: string): string {
  return `https://huggingface.co/${name}`
}

/**
 * Finds models by what people have at hand: a model id, a digest of weights, an uri, or a name `owner/model` on the Hub; oldest
 * first. Several publishers may have registered the same; whom to trust is for the caller.
 *
 * Ids and digests are indexed on chain. Uris and names are not: to find one, every registration of the ledger is read from the
 * node, page by page, and nothing is remembered for the next time. Where names are looked up often, or the ledger is large,
 * keep the id, or ask an index of the ledger (`stemma-server index`), which answers at once.
 */
export async function findModels(ledger: Ledger, parameters: findModels.Parameters): Promise<RegisteredModel[]> {
  const { query, limit = Infinity } = parameters
  if (isBytes32(query)) {
    const [byId, byWeights] = await Promise.all([
      readRegistrations(ledger, { models: [parseModelId(query)] }),
      readRegistrations(ledger, { weights: parseDigest(query) }),
    ])
    return [...byId, ...byWeights].slice(0, limit)
  }
  const uris = new Set<unknown>([query, hubUri(query)])
  const found: RegisteredModel[] = []
  for await (const page of eventPages(ledger, 'ledger', 'ModelRegistered')) {
    const matching = page.filter(({ args }) => uris.has(args.uri)).map(registeredModel)
    found.push(...matching.filter((model) => model !== undefined))
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}

export declare namespace findModels {
  type Parameters = {
    /** A model id, a digest of weights, an uri, or `owner/model`. */
    query: string
    /** Stop when so many are found; all when left out. */
    limit?: number
  }
}
