import { ZERO_DIGEST, type TermsId } from './hex.ts'
import type { TermsLabel, TermsPart } from './ports.ts'
import { bodyOf, bodyOfSet, type Terms, type TermsBody, type TermsSet } from './terms.ts'

/** Published terms: a template, or a set by component. */
export type PublishedTerms = { id: TermsId; terms: Terms } | { id: TermsId; set: TermsSet }

/** What terms are called, or the parts of a set that were found; undefined for terms that were not found. */
export function termsLabelOf(id: TermsId, published: ReadonlyMap<TermsId, PublishedTerms>): TermsLabel | undefined {
  const entry = published.get(id)
  if (!entry) return undefined
  if ('terms' in entry) return { ...labelled(entry.terms), parts: [] }
  const parts = [...new Set(componentsOf(entry))].flatMap((part): TermsPart[] => {
    const found = published.get(part)
    return found && 'terms' in found ? [{ ...labelled(found.terms), id: part, body: bodyOf(found.terms) }] : []
  })
  return { name: undefined, uri: '', text: ZERO_DIGEST, parts }
}

/** The terms that decide what a set means for the model; none of a template, and of terms that were not found. */
export function componentsOf(entry: PublishedTerms | undefined): TermsId[] {
  return entry && 'set' in entry ? [entry.set.weights, entry.set.outputs].filter((id) => BigInt(id) !== 0n) : []
}

/** What terms mean, from what their ids prove; undefined where a part was not found. */
export function provedBody(id: TermsId, published: ReadonlyMap<TermsId, PublishedTerms>): TermsBody | undefined {
  const entry = published.get(id)
  if (entry && 'terms' in entry) return bodyOf(entry.terms)
  if (!entry || !componentsOf(entry).every((part) => published.has(part))) return undefined
  const partOf = (part: TermsId): TermsBody | undefined => provedBody(part, published)
  return bodyOfSet(partOf(entry.set.weights), partOf(entry.set.outputs))
}

function labelled({ name, uri, text }: Terms): Omit<TermsLabel, 'parts'> {
  return { name, uri, text }
}
