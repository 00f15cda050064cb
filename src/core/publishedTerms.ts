import { ZERO_DIGEST, type TermsId } from './hex.ts'
import type { TermsLabel, TermsPart } from './ports.ts'
import { bodyOfSet, type NamedBody, type TermsBody, type TermsSet } from './termsBody.ts'

/** Terms as they were published, by what they mean: a template, or a set by component. */
export type PublishedBody = { id: TermsId; terms: NamedBody } | { id: TermsId; set: TermsSet }

/** What terms are called, or the parts of a set that were found; undefined for terms that were not found. */
export function termsLabelOf(id: TermsId, published: ReadonlyMap<TermsId, PublishedBody>): TermsLabel | undefined {
  const entry = published.get(id)
  if (!entry) return undefined
  if ('terms' in entry) return { ...labelled(entry.terms), parts: [] }
  const parts = [...new Set(componentsOf(entry))].flatMap((part): TermsPart[] => {
    const found = published.get(part)
    return found && 'terms' in found ? [{ ...labelled(found.terms), id: part, body: found.terms.body }] : []
  })
  return { name: undefined, uri: '', text: ZERO_DIGEST, parts }
}

/** The terms that decide what a set means for the model; none of a template, and of terms that were not found. */
export function componentsOf(entry: PublishedBody | undefined): TermsId[] {
  return entry && 'set' in entry ? [entry.set.weights, entry.set.outputs].filter((id) => BigInt(id) !== 0n) : []
}

/** What terms mean, from what their ids prove; undefined where a part was not found. */
export function provedBody(id: TermsId, published: ReadonlyMap<TermsId, PublishedBody>): TermsBody | undefined {
  const entry = published.get(id)
  if (entry && 'terms' in entry) return entry.terms.body
  if (!entry || !componentsOf(entry).every((part) => published.has(part))) return undefined
  const partOf = (part: TermsId): TermsBody | undefined => provedBody(part, published)
  return bodyOfSet(partOf(entry.set.weights), partOf(entry.set.outputs))
}

function labelled({ name, uri, text }: NamedBody): Omit<TermsLabel, 'parts'> {
  return { name, uri, text }
}
