import type { TermsId } from '../core/hex.ts'
import type { TermsPart } from '../core/ports.ts'
import { bodyOf, termsIdOf, type Terms } from '../core/terms.ts'
import type { TermsBody } from '../core/termsBody.ts'
import { shortText } from '../core/text.ts'
import { rightsOf } from '../core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../documents/license.ts'
import { readConjunction } from '../interop/readConjunction.ts'
import { nameOf, type EvaluatedUse } from './explain.ts'
import { namedBy } from './licenseBook.ts'
import { makeFinding, type Explanation } from './makeFinding.ts'
import { isSameBody } from './proofs.ts'
import type { Finding, FindingCode, Severity } from '../core/report.ts'

/**
 * Which models state terms that name a license of the library, by the digest of its text or by its name, and mean something else. What the
 * license of such a model says is then not known.
 */
export function differingTerms(evaluated: EvaluatedUse): Finding[] {
  return ofEachTerms(evaluated, 'terms-differ', 'unknown', (part) => {
    const named = namedBy(evaluated.book, part)
    // A row that stands for no text that anybody read, such as "proprietary", is not contradicted by terms of that name.
    const byName = named.name.filter(({ read }) => read.checked !== 'not-found')
    const conjunction = part.name === undefined ? null : readConjunction(part.name, evaluated.book.entries)
    const joined = conjunction && 'terms' in conjunction ? [conjunction.terms] : []
    const [other] = [named.text.map(termsOfLicense), byName.map(termsOfLicense), joined].flatMap((all) => {
      const bodies = all.flatMap((terms) => (terms ? [{ terms, body: bodyOf(terms) }] : []))
      return bodies.some(({ body }) => isSameBody(body, part.body)) ? [] : bodies.slice(0, 1)
    })
    return other && ((model) => explainDifference(model, part, other.terms, other.body, named.text.length > 0))
  })
}

/** Which models state a license whose text could not be read, or not whole. */
export function unreadTexts(evaluated: EvaluatedUse): Finding[] {
  return ofEachTerms(evaluated, 'text-unread', 'warning', (part) => {
    const known = evaluated.book.byTerms.get(part.id)
    const entry = known ?? namedBy(evaluated.book, part).name.find(({ unknown }) => unknown)
    if (!entry || (entry.text !== null && entry.read.checked === 'text')) return undefined
    return () => ({
      reason: `${unreadWords(entry)} (${entry.read.on}: ${entry.read.where}).`,
      remedy: `Read the text of ${entry.id} yourself before you rely on this answer: ${entry.uri}.`,
    })
  })
}

function unreadWords({ id, unknown, read }: LicenseEntry): string {
  if (unknown) return `What ${id} says is not known, because no text of it could be read`
  switch (read.checked) {
    case 'text':
      return `The text of ${id} was read, but no digest of it is known by which to compare it`
    case 'excerpt':
      return `Only an excerpt or a summary of the text of ${id} was read`
    case 'not-found':
      return `No text of ${id} could be read`
  }
}

/** One finding for each model and each of its terms about which there is something to say. */
function ofEachTerms(
  evaluated: EvaluatedUse,
  code: FindingCode,
  severity: Severity,
  about: (part: TermsPart) => ((model: string) => Explanation) | undefined,
): Finding[] {
  const { lineage, labels, paths } = evaluated
  const known = new Map<TermsId, ((model: string) => Explanation)[]>()
  const explanationsOf = (terms: TermsId): ((model: string) => Explanation)[] => {
    const label = labels.get(terms)
    const body = lineage.terms.get(terms)
    if (!label || !body) return []
    const parts = label.parts.length > 0 ? label.parts : [{ ...label, id: terms, body }]
    return parts.flatMap((part) => about(part) ?? [])
  }
  return lineage.models.flatMap(({ model, terms }) => {
    const explanations = known.get(terms) ?? explanationsOf(terms)
    known.set(terms, explanations)
    return explanations.map((explain) =>
      makeFinding({ code, severity, model }, paths, () => explain(nameOf(evaluated, model))),
    )
  })
}

function explainDifference(
  model: string,
  part: TermsPart,
  terms: Terms,
  body: TermsBody,
  isByText: boolean,
): Explanation {
  const [more, less] = [part.body.rights & ~body.rights, body.rights & ~part.body.rights]
  const differences = [
    ...(more ? [`they grant ${rightsOf(more).join(', ')}`] : []),
    ...(less ? [`they withhold ${rightsOf(less).join(', ')}`] : []),
    ...(part.body.family === body.family ? [] : ['they belong to another family']),
    ...(part.body.outbound === body.outbound ? [] : ['they allow derivatives under other licenses']),
    ...(part.body.flags === body.flags ? [] : ['they state other flags']),
    ...(part.body.duties === body.duties ? [] : ['they ask other duties']),
    ...(isSameBody({ ...part.body, ...withoutThresholds(body) }, body) ? [] : ['they have other thresholds']),
  ]
  const name = part.name === undefined ? 'without a name' : shortText(part.name, 64)
  return {
    reason: `The terms of ${model} (${name}) name ${isByText ? 'the text of' : 'the license'} ${terms.name}, but do not mean what the library reads in it: ${differences.join('; ')}. So what its license says is not known.`,
    remedy: `Read the license that comes with ${model}. If it is ${terms.name}, ask the publisher to register the model with the terms ${termsIdOf(terms)}; else with terms of another name and text.`,
  }
}

/** Everything but the thresholds. */
function withoutThresholds({ thresholds: _, ...body }: TermsBody): Omit<TermsBody, 'thresholds'> {
  return body
}
