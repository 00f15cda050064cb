import type { ModelId } from '../core/hex.ts'
import type { LineagePaths } from '../core/lineage.ts'
import { computedFields } from './computedFields.ts'
import { findingDocs, type Finding } from '../core/report.ts'

/** Why a finding is made, and what would help. */
export type Explanation = { reason: string; remedy: string }

/** What the computed fields of a finding are computed from. */
type Source = { code: string; model: ModelId; paths: LineagePaths; explain: () => Explanation; words?: Explanation }

// All paths of a long row together hold the square of its length.
const withWords = computedFields<Source, Pick<Finding, 'path' | 'reason' | 'remedy' | 'docs'>>({
  path: ({ model, paths }) => paths.get(model) ?? [],
  reason: (source) => wordsOf(source).reason,
  remedy: (source) => wordsOf(source).remedy,
  docs: ({ code }) => findingDocs(code),
})

/** Makes a finding whose path and words are made when they are read. */
export function makeFinding(
  fields: Omit<Finding, 'path' | 'reason' | 'remedy' | 'docs'>,
  paths: LineagePaths,
  explain: () => Explanation,
): Finding {
  return withWords(fields, { code: fields.code, model: fields.model, paths, explain })
}

function wordsOf(source: Source): Explanation {
  return (source.words ??= source.explain())
}
