import { ModelRegistered } from '../../abi/ledger.ts'
import { isBytes32, parseDigest, parseModelId } from '../../core/hex.ts'
import { modelNameKey, nearNames } from '../../core/modelName.ts'
import type { Ledger } from '../connect.ts'
import { eventPages, type LedgerEvent } from '../logs.ts'
import { readRegistrations, registeredModel, type RegisteredModel } from './readRegistrations.ts'

/**
 * Finds models by a model id, a digest of weights, a URI, or a name `owner/model` on the Hub, oldest first. Names are compared by
 * `modelNameKey`. Several publishers may have registered the same model: the caller decides whom to trust.
 *
 * Ids and digests are indexed on chain. URIs and names are not: finding one reads every registration of the ledger from the node,
 * page by page, each time. For frequent look-ups, or on a large ledger, keep the id, or ask an index of the ledger
 * (`stemma-server index`), which answers at once.
 */
export async function findModels(ledger: Ledger, parameters: findModels.Parameters): Promise<RegisteredModel[]> {
  const { query, limit = Infinity, near } = parameters
  if (isBytes32(query)) {
    const [byId, byWeights] = await Promise.all([
      readRegistrations(ledger, { models: [parseModelId(query)] }),
      readRegistrations(ledger, { weights: parseDigest(query) }),
    ])
    return [...byId, ...byWeights].slice(0, limit)
  }
  const key = modelNameKey(query)
  const found: RegisteredModel[] = []
  for await (const page of eventPages(ledger, 'ledger', ModelRegistered)) {
    near?.add(page)
    const matching = page.filter(({ args }) => modelNameKey(String(args.uri)) === key).map(registeredModel)
    found.push(...matching.filter((model) => model !== undefined))
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}

/** Near URIs after which no more are collected. */
const MOST_NEAR = 1000

/** Collects the names that somebody may have meant, out of any number of URIs. */
export class NearNames {
  readonly #query: string
  /** The URIs that are near. */
  readonly #uris: string[] = []

  constructor(query: string) {
    this.#query = query
  }

  /** Looks at more registrations. */
  add(page: readonly LedgerEvent[]): void {
    const uris = page.map(({ args }) => String(args.uri))
    if (this.#uris.length < MOST_NEAR)
      this.#uris.push(...uris.filter((uri) => nearNames(this.#query, [uri]).length > 0))
  }

  /** The names, nearest first and at most 5. */
  get names(): readonly string[] {
    return nearNames(this.#query, this.#uris)
  }
}

export declare namespace findModels {
  type Parameters = {
    /** A model id, a digest of weights, a URI, or `owner/model`. */
    query: string
    /** Most models to find; all by default. */
    limit?: number
    /** Receives the registrations that are read, to suggest a name where none is found. */
    near?: NearNames | undefined
  }
}
