import { isBytes32, ZERO_DIGEST, type TermsId } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { modelNameKey, nearNames, shortNameOf } from '../../core/modelName.ts'
import { FAR, nearness } from '../../core/text.ts'
import type { QueryClient } from '../../query/client.ts'
import { queryIndexer } from '../compliance/queryIndexer.ts'
import type { Ledger } from '../connect.ts'
import { allModels, termsByName } from './allModels.ts'
import { listedOfNode, listedOfSummary, type ListedModel } from './listedModel.ts'
import type { RegisteredModel } from './readRegistrations.ts'

/** By what a model was found, closest first. */
export const FOUND_BY = ['id', 'weights', 'tensors', 'datasets', 'publisher', 'uri', 'name', 'license'] as const
/** By what a model was found. */
export type FoundBy = (typeof FOUND_BY)[number]

/** Most suggestions. */
const MOST_SUGGESTIONS = 5
/** Longest text that is taken for a misspelled name. */
const LONGEST_NAME = 200
/** How many models a node is asked about at a time. */
const TOGETHER = 8

/**
 * Searches a ledger's models for what people have at hand: an id, a digest, an account, `owner/name` or a URI in any spelling of the Hub,
 * the beginning of a name, or a license. Asks an indexer, or else the node, which then sends every registration of the ledger. Where
 * nothing has exactly the name, it suggests what may have been meant.
 *
 * @throws of an indexer what `queryIndexer` throws
 */
export async function searchModels(
  ledger: Ledger,
  parameters: searchModels.Parameters,
): Promise<searchModels.ReturnType> {
  const { indexer, limit = 20 } = parameters
  const text = parameters.text.trim()
  if (indexer !== undefined) {
    const { search } = await queryIndexer(ledger, { indexer, query: 'Search', variables: { text, first: limit } })
    const hits = search.hits.map(({ by, model }) => ({
      by: by as FoundBy,
      ...listedOfSummary(model, ZERO_DIGEST as string as TermsId),
    }))
    return { hits, suggestions: [...search.suggestions] }
  }
  if (text === '') return { hits: [], suggestions: [] }
  const [all, terms] = await Promise.all([allModels(ledger, parameters.onRead), termsByName(ledger)])
  const licensed = terms.termsOf((name) => name.toLowerCase() === text.toLowerCase())
  const found = all
    .map((model) => ({ model, by: foundBy(model, text, licensed) }))
    .filter((hit): hit is { model: RegisteredModel; by: FoundBy } => hit.by !== undefined)
    .toSorted((a, b) => FOUND_BY.indexOf(a.by) - FOUND_BY.indexOf(b.by))
  const hits = await mapConcurrent(found.slice(0, limit), TOGETHER, async ({ model, by }) => ({
    by,
    ...(await listedOfNode(ledger, model, terms.names)),
  }))
  const isExact = found.some(
    ({ model, by }) => by !== 'name' || shortNameOf(model.registration.uri) === text.toLowerCase(),
  )
  const hasLicense = licensed.size > 0
  return {
    hits,
    suggestions: isExact || hasLicense ? [] : suggestionsAmong(text, all, found, [...terms.names.values()]),
  }
}

export declare namespace searchModels {
  type Parameters = {
    text: string
    /** An index of the ledger; the node when left out. */
    indexer?: QueryClient | undefined
    /** Most models to return: 1 to 100, 20 by default. */
    limit?: number | undefined
    /** Receives how many registrations the node has sent so far. */
    onRead?: ((models: number) => void) | undefined
  }
  /** What was found, closest first, and what may have been meant instead: at most 5 names. */
  type ReturnType = { hits: (ListedModel & { by: FoundBy })[]; suggestions: string[] }
}

/** The first property by which a text finds a model. */
function foundBy(
  { model, registration }: RegisteredModel,
  text: string,
  licensed: ReadonlySet<TermsId>,
): FoundBy | undefined {
  const wanted = text.toLowerCase()
  if (isBytes32(text)) {
    if (wanted === ZERO_DIGEST) return undefined
    if (model === wanted) return 'id'
    if (registration.terms === wanted) return 'license'
    return (['weights', 'tensors', 'datasets'] as const).find((field) => registration[field] === wanted)
  }
  if (/^0x[0-9a-f]{40}$/.test(wanted)) return registration.publisher === wanted ? 'publisher' : undefined
  if (modelNameKey(registration.uri) === modelNameKey(text)) return 'uri'
  if (!text.includes('/') && shortNameOf(registration.uri).startsWith(wanted)) return 'name'
  return licensed.has(registration.terms) ? 'license' : undefined
}

function suggestionsAmong(
  text: string,
  all: readonly RegisteredModel[],
  found: readonly { model: RegisteredModel }[],
  licenses: readonly string[],
): string[] {
  if (text.length > LONGEST_NAME || text.startsWith('0x')) return []
  const hit = new Set(found.map(({ model }) => model.registration.uri))
  const uris = all.map(({ registration }) => registration.uri).filter((uri) => !hit.has(uri))
  const near = nearNames(text.replaceAll(/\s+/g, '-'), uris, MOST_SUGGESTIONS)
  const meant = [...new Set(licenses)].filter((name) => nearness(text, name) < FAR)
  return [...near, ...meant].slice(0, MOST_SUGGESTIONS)
}
