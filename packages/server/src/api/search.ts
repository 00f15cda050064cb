import { type Address, type Hex, isBytes32, parseAddress, parseDigest } from 'stemma/core'
import type { ModelFilter } from 'stemma/query'
import { checkFirst } from './cursor.ts'
import type { EventReader } from './chain/events.ts'
import type { CredentialReader, CredentialRow } from './licensing/credentials.ts'
import type { TermsReader, TermsRow } from './licensing/terms.ts'
import type { TierReader, TierRow } from './licensing/tiers.ts'
import type { ModelReader, ModelRow } from './registry/models.ts'
import type { PublisherReader } from './registry/publishers.ts'
import { plainText } from './sql.ts'
import { suggestionsFor } from './suggestions.ts'

/** The property by which a model was found. */
export type FoundBy = 'id' | 'weights' | 'tensors' | 'datasets' | 'name' | 'uri' | 'license' | 'publisher'

/** A model that was found. */
export type Hit = { model: ModelRow; by: FoundBy }

/** What a search found. */
export type SearchResult = {
  hits: Hit[]
  /** What may have been meant, nearest first. */
  suggestions: string[]
  publishers: Address[]
  terms: TermsRow[]
  credential: CredentialRow | null
  tier: TierRow | null
  /** A transaction with events, and the number of its block. */
  transaction: { hash: Hex; block: number } | null
}

const NOTHING: SearchResult = {
  hits: [],
  suggestions: [],
  publishers: [],
  terms: [],
  credential: null,
  tier: null,
  transaction: null,
}

/** The readers that a search asks. */
export type SearchParts = {
  credentials: CredentialReader
  events: EventReader
  models: ModelReader
  publishers: PublisherReader
  terms: TermsReader
  tiers: TierReader
}

/** Searches for what people have at hand. Closer matches come first. */
export async function search(readers: SearchParts, words: string, first: number): Promise<SearchResult> {
  checkFirst(first)
  const wanted = plainText(words).trim()
  if (wanted === '') return NOTHING
  if (isBytes32(wanted)) return byDigest(readers, parseDigest(wanted), first)
  if (/^0x[0-9a-f]{40}$/i.test(wanted)) return byAccount(readers, parseAddress(wanted), first)
  return byWords(readers, wanted, first)
}

async function byDigest(readers: SearchParts, digest: Hex, first: number): Promise<SearchResult> {
  const [model, terms, credential, tier, block] = await Promise.all([
    readers.models.byId.load(digest),
    readers.terms.byId.load(digest),
    readers.credentials.byId.load(digest),
    readers.tiers.byId.load(digest),
    readers.events.blockOfTransaction(digest),
  ])
  const filters: [FoundBy, ModelFilter][] = [
    ['weights', { weights: digest }],
    ['tensors', { tensors: digest }],
    ['datasets', { datasets: digest }],
    ...(terms ? [['license', { terms: digest }] as [FoundBy, ModelFilter]] : []),
  ]
  const found = await hitsOf(readers, filters, first)
  return {
    suggestions: [],
    hits: [...(model ? [{ model, by: 'id' as const }] : []), ...found].slice(0, first),
    publishers: [],
    terms: terms ? [terms] : [],
    credential: credential ?? null,
    tier: tier ?? null,
    transaction: block === undefined ? null : { hash: digest, block },
  }
}

async function byAccount(readers: SearchParts, publisher: Address, first: number): Promise<SearchResult> {
  return { ...NOTHING, hits: await hitsOf(readers, [['publisher', { publisher }]], first), publishers: [publisher] }
}

async function byWords(readers: SearchParts, words: string, first: number): Promise<SearchResult> {
  const name = words.slice(words.lastIndexOf('/') + 1).toLowerCase()
  const [byUri, byName, terms, publishers] = await Promise.all([
    readers.models.findByUri(words, first),
    words.includes('/') ? [] : hitsOf(readers, [['name', { name }]], first),
    readers.terms.list({ name: words }, { first }).then((list) => list.page()),
    readers.publishers.byDomain(words.toLowerCase(), first),
  ])
  const byLicense = terms.nodes.length > 0 ? await hitsOf(readers, [['license', { license: words }]], first) : []
  const hits = [...byUri.map((model) => ({ model, by: 'uri' as const })), ...byName, ...byLicense]
  // A model that was found by several properties keeps the first.
  const byKey = new Map(hits.toReversed().map((hit) => [hit.model.n, hit]))
  const once = hits.filter((hit) => byKey.get(hit.model.n) === hit)
  const isNamed = publishers.length > 0 || terms.nodes.length > 0
  const suggestions = isNamed ? [] : await suggestionsFor(readers, words, once)
  return { ...NOTHING, hits: once.slice(0, first), suggestions, publishers, terms: terms.nodes }
}

async function hitsOf(
  { models }: SearchParts,
  filters: readonly (readonly [FoundBy, ModelFilter])[],
  first: number,
): Promise<Hit[]> {
  const pages = await Promise.all(
    filters.map(async ([by, filter]) => {
      const { nodes } = await (await models.list(filter, { first })).page()
      return nodes.map((model) => ({ model, by }))
    }),
  )
  return pages.flat()
}
