import { type Address, type Hex, isBytes32, parseAddress, parseDigest } from 'stemma/core'
import { checkFirst } from './cursor.ts'
import { listModels, listTerms, plainText, type ModelFilter } from './lists.ts'
import type { LedgerView } from './ledgerView.ts'
import { hex } from './sql.ts'
import { modelRecord, type CredentialRecord, type ModelRecord, type TermsRecord, type TierRecord } from './records.ts'

/** By which of its words a model was found. */
export type FoundBy = 'id' | 'weights' | 'datasets' | 'name' | 'uri' | 'license' | 'publisher'

/** What a search found. */
export type SearchResult = {
  hits: { model: ModelRecord; by: FoundBy }[]
  publishers: Address[]
  terms: TermsRecord[]
  credential: CredentialRecord | null
  tier: TierRecord | null
}

const NOTHING: SearchResult = { hits: [], publishers: [], terms: [], credential: null, tier: null }

/** Looks for what people have at hand. What is found by a closer match comes first. */
export async function search(view: LedgerView, words: string, first: number): Promise<SearchResult> {
  checkFirst(first)
  const wanted = plainText(words).trim()
  if (wanted === '') return NOTHING
  if (isBytes32(wanted)) return byDigest(view, parseDigest(wanted), first)
  if (/^0x[0-9a-f]{40}$/i.test(wanted)) return byAccount(view, parseAddress(wanted), first)
  return byWords(view, wanted, first)
}

async function byDigest(view: LedgerView, digest: Hex, first: number): Promise<SearchResult> {
  const { loaders } = view
  const [model, terms, credential, tier] = await Promise.all([
    loaders.modelById.load(digest),
    loaders.termsById.load(digest),
    loaders.credentialById.load(digest),
    loaders.tierById.load(digest),
  ])
  const filters: [FoundBy, ModelFilter][] = [
    ['weights', { weights: digest }],
    ['datasets', { datasets: digest }],
    ...(terms ? [['license', { terms: digest }] as [FoundBy, ModelFilter]] : []),
  ]
  return {
    hits: [...(model ? [{ model, by: 'id' as const }] : []), ...(await hitsOf(view, filters, first))].slice(0, first),
    publishers: [],
    terms: terms ? [terms] : [],
    credential: credential ?? null,
    tier: tier ?? null,
  }
}

async function byAccount(view: LedgerView, publisher: Address, first: number): Promise<SearchResult> {
  return { ...NOTHING, hits: await hitsOf(view, [['publisher', { publisher }]], first), publishers: [publisher] }
}

async function byWords(view: LedgerView, words: string, first: number): Promise<SearchResult> {
  const name = words.slice(words.lastIndexOf('/') + 1).toLowerCase()
  const uris = [words, `https://huggingface.co/${words}`]
  const exact = await view.queries.all(
    `SELECT * FROM models WHERE name = $1 AND uri IN ($2, $3) AND block <= $4 ORDER BY n LIMIT ${first}`,
    [name, ...uris, view.block.number],
  )
  const [byName, terms, publishers] = await Promise.all([
    words.includes('/') ? [] : hitsOf(view, [['name', { name }]], first),
    listTerms(view, words, { first }).page(),
    publishersByDomain(view, words.toLowerCase(), first),
  ])
  const byLicense = terms.nodes.length > 0 ? await hitsOf(view, [['license', { license: words }]], first) : []
  const hits = [...exact.map((row) => ({ model: modelRecord(row), by: 'uri' as const })), ...byName, ...byLicense]
  const seen = new Set<number>()
  const isNew = ({ model }: { model: ModelRecord }): boolean => !seen.has(model.n) && seen.add(model.n) !== undefined
  return { ...NOTHING, hits: hits.filter(isNew).slice(0, first), publishers, terms: terms.nodes }
}

async function hitsOf(
  view: LedgerView,
  filters: readonly (readonly [FoundBy, ModelFilter])[],
  first: number,
): Promise<SearchResult['hits']> {
  const pages = await Promise.all(
    filters.map(async ([by, filter]) => {
      const { nodes } = await (await listModels(view, filter, { first })).page()
      return nodes.map((model) => ({ model, by }))
    }),
  )
  return pages.flat()
}

/** Publishers whose last profile claims a domain. */
async function publishersByDomain(view: LedgerView, domain: string, first: number): Promise<Address[]> {
  const rows = await view.queries.all(
    `SELECT a.address, min(p.block) AS since FROM profiles p JOIN accounts a ON a.n = p.publisher
     WHERE p.domain = $1 AND p.block <= $2
     AND NOT EXISTS (SELECT 1 FROM profiles l WHERE l.publisher = p.publisher AND l.block <= $2 AND (l.block, l.log) > (p.block, p.log))
     GROUP BY a.address ORDER BY since LIMIT ${first}`,
    [domain, view.block.number],
  )
  return rows.map((row) => hex(row.address))
}
