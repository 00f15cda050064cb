import { ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../core/hex.ts'
import type { ModelStatus } from '../../core/lineage.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { shortNameOf, type ModelOrder } from '../../core/modelName.ts'
import { StemmaError } from '../../core/errors.ts'
import { compareCodePoints, quoted } from '../../core/text.ts'
import type { QueryClient } from '../../query/client.ts'
import { queryIndexer } from '../compliance/queryIndexer.ts'
import type { Ledger } from '../connect.ts'
import { allModels, termsByName } from './allModels.ts'
import { listedOfNode, listedOfSummary, type ListedModel } from './listedModel.ts'
import type { RegisteredModel } from './readRegistrations.ts'

/** How many models a node is asked about at a time. */
const TOGETHER = 8

/**
 * Lists the models of a ledger page by page: from an indexer, or else from the node, which then sends every registration of the ledger.
 *
 * @example
 * const { models, next } = await listModels(ledger, { license: 'Apache-2.0', order: 'name' })
 *
 * @throws {@link InvalidPlaceError} when `after` is not a model of the list; of an indexer what `queryIndexer` throws
 */
export async function listModels(
  ledger: Ledger,
  parameters: listModels.Parameters = {},
): Promise<listModels.ReturnType> {
  const { indexer, order = 'newest', limit = 20, after } = parameters
  if (indexer !== undefined) {
    const { publisher = null, license = null, name = null, status = null } = parameters
    const variables = {
      filter: { publisher, license, name, status },
      order,
      first: limit,
      ...(after !== undefined && { after }),
    }
    const { models } = await queryIndexer(ledger, { indexer, query: 'Models', variables })
    const next = models.pageInfo.hasNextPage ? models.pageInfo.endCursor : null
    return { models: models.nodes.map((model) => listedOfSummary(model, ZERO_DIGEST as string as TermsId)), next }
  }
  const [all, terms] = await Promise.all([allModels(ledger, parameters.onRead), termsByName(ledger)])
  const ordered = inOrder(all.filter(matching(parameters, terms.termsOf)), order)
  const start = after === undefined ? 0 : ordered.findIndex(({ model }) => model === after) + 1
  if (after !== undefined && start === 0) throw new InvalidPlaceError(after)
  const found: ListedModel[] = []
  for (let at = start; at < ordered.length && found.length <= limit; at += TOGETHER) {
    const part = await mapConcurrent(ordered.slice(at, at + TOGETHER), TOGETHER, (model) =>
      listedOfNode(ledger, model, terms.names),
    )
    found.push(...part.filter(({ status }) => parameters.status === undefined || status === parameters.status))
  }
  const models = found.slice(0, limit)
  return { models, next: found.length > limit ? (models.at(-1)?.model ?? null) : null }
}

export declare namespace listModels {
  /** Filters, of which a model must meet every one, and what part of the list to read. */
  type Parameters = {
    /** An index of the ledger; the node when left out. */
    indexer?: QueryClient | undefined
    publisher?: Address | undefined
    /** The exact name of its terms, also as the weights' part of a set. */
    license?: string | undefined
    /** What its name begins with, in either case: the last part of its URI. */
    name?: string | undefined
    /** The status that its publisher gave it. */
    status?: ModelStatus | undefined
    /** `newest` by default. */
    order?: ModelOrder | undefined
    /** Most models to return: 1 to 100, 20 by default. */
    limit?: number | undefined
    /** The `next` of the page before, of the same source. */
    after?: string | undefined
    /** Receives how many registrations the node has sent so far. */
    onRead?: ((models: number) => void) | undefined
  }
  /** A page, and the `after` of the next one; null on the last. */
  type ReturnType = { models: ListedModel[]; next: string | null }
}

function matching(
  { publisher, license, name }: listModels.Parameters,
  termsOf: (isNamed: (name: string) => boolean) => Set<TermsId>,
): (model: RegisteredModel) => boolean {
  const terms = license === undefined ? undefined : termsOf((each) => each === license)
  const start = name?.toLowerCase()
  return ({ registration }) =>
    (publisher === undefined || registration.publisher === publisher) &&
    (terms === undefined || terms.has(registration.terms)) &&
    (start === undefined || shortNameOf(registration.uri).startsWith(start))
}

/** Registrations, which come oldest first, in another order. Equal names keep the order of the chain, or its reverse. */
function inOrder(models: readonly RegisteredModel[], order: ModelOrder): readonly RegisteredModel[] {
  if (order === 'oldest') return models
  if (order === 'newest') return models.toReversed()
  const names = new Map<ModelId, string>(
    models.map(({ model, registration }) => [model, shortNameOf(registration.uri)]),
  )
  const named = models.toSorted((a, b) => compareCodePoints(names.get(a.model)!, names.get(b.model)!))
  return order === 'name' ? named : named.toReversed()
}

/** Thrown when a list is to continue after what is not in it. */
export class InvalidPlaceError extends StemmaError {
  override name = 'InvalidPlaceError'
  constructor(after: string) {
    super(
      'INVALID_PLACE',
      `The list does not have ${quoted(after)}, after which it was to continue. Use the "next" of the page before, with the same filters and source, or start without one.`,
    )
  }
}
