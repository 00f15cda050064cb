import type { Evaluation } from '../core/evaluate.ts'
import type { ModelId, TermsId } from '../core/hex.ts'
import { isCredentialValidAt, isOwnWork, type LineagePaths } from '../core/lineage.ts'
import { dutiesOf } from '../core/terms.ts'
import type { TermsBody } from '../core/termsBody.ts'
import { shortText } from '../core/text.ts'
import { OBLIGATIONS, obligationsOf, rightsMask, rightsOf, type Obligation, type Right } from '../core/vocabulary.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { computedFields } from './computedFields.ts'
import type { EvaluatedUse } from './explain.ts'
import type { TrustPolicy } from './policy.ts'
import type { ObligationWords, ReportedObligation } from '../core/report.ts'

/** Who asks for an obligation, and in which words. */
type Source = Pick<ReportedObligation, 'terms' | 'license' | 'uses' | 'uri'> & ObligationWords

// All paths of a long row together hold the square of its length.
const withPath = computedFields<{ model: ModelId; paths: LineagePaths }, Pick<ReportedObligation, 'path'>>({
  path: ({ model, paths }) => paths.get(model) ?? [],
})

/** What a licensee owes for a use, model by model, with the words of the license library. */
export function obligationsFrom(
  evaluated: EvaluatedUse,
  evaluation: Evaluation,
  { fulfilled = [] }: TrustPolicy,
): ReportedObligation[] {
  const { paths } = evaluated
  const sources = new Map<string, Source>()
  return evaluation.duties.flatMap(({ model, asked, sure, possible }) =>
    obligationsOf(possible).map((obligation) => {
      const { terms, uses } = sourceOf(evaluated, model, obligation, asked)
      const key = `${terms} ${obligation} ${uses}`
      const source = sources.get(key) ?? wordsOf(evaluated, terms, obligation, uses)
      sources.set(key, source)
      return Object.assign(withPath({ obligation, model }, { model, paths }), {
        certain: (sure & (1 << OBLIGATIONS[obligation])) !== 0,
        fulfilled: fulfilled.includes(obligation),
        ...source,
      })
    }),
  )
}

/** The terms that ask for an obligation at a model, and the uses that raise it, as a mask. */
function sourceOf(
  { lineage, models, licensee, time }: EvaluatedUse,
  id: ModelId,
  obligation: Obligation,
  asked: number,
): { terms: TermsId; uses: number } {
  const { publisher, terms, credentials } = models.get(id)!
  const held = credentials
    .filter(({ holder, credential }) => holder === licensee && isCredentialValidAt(credential, time))
    .map((each) => each.terms)
  for (const candidate of isOwnWork(publisher, licensee) ? held : [terms, ...held]) {
    const body = lineage.terms.get(candidate)
    const uses = body ? usesRaising(body, obligation) & asked : 0
    if (uses !== 0) return { terms: candidate, uses }
  }
  // Only terms that are not stated leave it open which use raises what.
  return { terms, uses: asked }
}

function usesRaising({ duties, thresholds }: TermsBody, obligation: Obligation): number {
  const always = rightsMask(dutiesOf(duties)[obligation] ?? [])
  return thresholds
    .filter(({ adds }) => adds & (1 << OBLIGATIONS[obligation]))
    .reduce((all, { uses }) => all | uses, always)
}

function wordsOf(evaluated: EvaluatedUse, terms: TermsId, obligation: Obligation, mask: number): Source {
  const { labels, book } = evaluated
  const label = labels.get(terms)
  const uses = rightsOf(mask)
  for (const id of [terms, ...(label?.parts ?? []).map((part) => part.id)]) {
    const entry = book.byTerms.get(id)
    const words = entry && entryWords(entry, obligation, uses)
    if (words) return { terms, license: entry.id, uses, uri: entry.uri, ...words }
  }
  const uri = label?.uri ?? ''
  const link = /^https:\/\/[!-~]{1,190}$/.test(uri) ? { uri } : {}
  return { terms, license: shortText(label?.name ?? '', 64), uses, ...link }
}

/** The words of the duty that the uses raise; else those of the threshold that adds it. */
function entryWords(
  { obligations, thresholds }: LicenseEntry,
  obligation: Obligation,
  asked: readonly Right[],
): ObligationWords | undefined {
  const isAsked = ({ uses = [] }: { uses?: readonly Right[] }): boolean => uses.some((use) => asked.includes(use))
  const found: (ObligationWords & { clause: string }) | undefined =
    obligations.find((each) => each.obligation === obligation && isAsked(each)) ??
    thresholds.find((each) => each.adds.includes(obligation) && isAsked(each))
  if (!found) return undefined
  const { clause, display, prefix, detail } = found
  return {
    clause,
    ...(display !== undefined && { display }),
    ...(prefix !== undefined && { prefix }),
    ...(detail !== undefined && { detail }),
  }
}
