import { type Hex, StemmaError } from 'stemma/core'
import type { TermsReader, TermsRow } from './licensing/terms.ts'
import type { ModelReader, ModelRow } from './registry/models.ts'

/** Most digests of one question: those of a folder's files. */
export const MAX_DIGESTS = 100
/** Most models and terms that one question finds. */
const MOST_FOUND = 200

/** What a digest of a model is the digest of. */
const COLUMNS = ['weights', 'tensors', 'datasets'] as const

/** What was found under some digests. */
export type FoundDigests = {
  models: { digest: Hex; by: (typeof COLUMNS)[number]; model: ModelRow }[]
  /** Terms whose texts have one of the digests. */
  terms: TermsRow[]
}

/** Finds what is registered under any of some digests. @throws {@link TooManyDigestsError} */
export async function findDigests(
  { models, terms }: { models: ModelReader; terms: TermsReader },
  digests: readonly Hex[],
): Promise<FoundDigests> {
  if (digests.length > MAX_DIGESTS) throw new TooManyDigestsError(digests.length)
  const wanted = new Set(digests)
  const [found, texts] = await Promise.all([
    models.findByDigests(digests, MOST_FOUND),
    terms.findByTexts(digests, MOST_FOUND),
  ])
  const hits = found.flatMap((model) =>
    COLUMNS.flatMap((by) => {
      const digest = model[by]
      return digest !== null && wanted.has(digest) ? [{ digest, by, model }] : []
    }),
  )
  return { models: hits, terms: texts }
}

/** Thrown when one question names too many digests. */
export class TooManyDigestsError extends StemmaError {
  override name = 'TooManyDigestsError'
  constructor(count: number) {
    super(
      'TOO_MANY_DIGESTS',
      `${count} digests are asked about, and at most ${MAX_DIGESTS} at once. Ask in several requests.`,
    )
  }
}
