import { StemmaError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import type { ProveNames } from '../../verify/standing.ts'
import type { Ledger } from '../connect.ts'
import { findModels, NearNames } from './findModels.ts'
import { UnregisteredModelError } from './readLineage.ts'
import type { RegisteredModel } from './readRegistrations.ts'
import { readVerifications } from './readVerifications.ts'

/** Most registrations that the error about an ambiguous name lists. */
const MOST_LISTED = 8

/** Whose word counts beside that of accredited publishers. */
export type CountingOptions = {
  /** Publishers that the reader trusts. */
  trusted?: readonly Address[]
  /** Checks which publisher proves a name. Without it no publisher counts for its name. */
  prove?: ProveNames
}

/**
 * Finds the one model that is meant by a name, a URI, an id or a digest of weights. Anybody can register any name, so the registrations
 * by publishers whose word counts come first: accredited, trusted, or proving the name. Where no such publisher has registered it, a
 * single registration is returned, and `verifyModel` says that its publisher is unverified. It never chooses among several.
 *
 * @example
 * const { model } = await resolveModel(ledger, { query: 'moonshotai/Kimi-K2.5' })
 *
 * @throws {@link UnregisteredModelError} when nobody has registered it
 * @throws {@link AmbiguousModelError} when several registrations are left; it lists them
 */
export async function resolveModel(ledger: Ledger, parameters: resolveModel.Parameters): Promise<RegisteredModel> {
  const { query, ...options } = parameters
  const near = new NearNames(query)
  const found = await findModels(ledger, { query, near })
  if (found.length === 0) throw new UnregisteredModelError(query, ledger.deployment.name, { near: near.names })
  const counting = await countingAmong(ledger, found, options)
  if (counting.length > 1) throw new AmbiguousModelError(query, counting)
  return counting[0]!
}

export declare namespace resolveModel {
  type Parameters = CountingOptions & {
    /** A model id, a digest of weights, a URI, or `owner/model`. */
    query: string
  }
}

/** The registrations by publishers whose word counts; all of them where nobody's does. */
export async function countingAmong(
  ledger: Ledger,
  found: readonly RegisteredModel[],
  options: CountingOptions = {},
): Promise<readonly RegisteredModel[]> {
  if (found.length < 2) return found
  const counting = await countedAmong(ledger, found, options)
  return counting.length > 0 ? counting : found
}

/** The registrations by publishers whose word counts. */
export async function countedAmong(
  ledger: Ledger,
  found: readonly RegisteredModel[],
  { trusted = [], prove }: CountingOptions = {},
): Promise<readonly RegisteredModel[]> {
  const publishers = [...new Set(found.map(({ registration }) => registration.publisher))]
  const uris = [...new Set(found.map(({ registration }) => registration.uri))].slice(0, MOST_LISTED)
  const [verified, provers] = await Promise.all([readVerifications(ledger, publishers), prove?.(uris)])
  return found.filter(({ registration: { publisher, uri } }) => {
    return trusted.includes(publisher) || verified.has(publisher) || provers?.get(uri) === publisher
  })
}

/** Thrown when a name stands for more than one model. */
export class AmbiguousModelError extends StemmaError {
  override name = 'AmbiguousModelError'
  constructor(name: string, found: readonly RegisteredModel[]) {
    const list = found
      .slice(0, MOST_LISTED)
      .map(({ model, registration }) => `${model} by ${registration.publisher}`)
      .join('; ')
    const more = found.length > MOST_LISTED ? `; and ${found.length - MOST_LISTED} more` : ''
    super(
      'AMBIGUOUS_MODEL',
      `More than one model is registered as ${quoted(name)}: ${list}${more}. Name one by its id.`,
    )
  }
}
