import { type Hex, StemmaError } from 'stemma/core'
import type { Cause } from 'stemma/query'
import { number } from '../../indexer/values.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { CredentialReader, CredentialRow } from '../licensing/credentials.ts'
import { listSequence, type Listing, type Sequence } from '../paging.ts'
import type { Reached } from '../registry/lineageGraph.ts'
import type { ModelReader } from '../registry/models.ts'
import { isAmongKeys, isLive, keyList } from '../sql.ts'

/** A model that a change affects; the origins have depth 0. */
export type AffectedModel = { model: number; depth: number }

/** A publisher of affected models, and how many. */
export type AffectedPublisher = { publisher: number; models: number }

/** What a change affects. Lists are read on request; all pages of one and its count are as of the first page's block and time. */
export type BlastRadius = {
  /** Models that the change affects directly, oldest first. */
  origins: readonly number[]
  /** The origins and all models made from them, nearest first. */
  models(page: PageArguments): Listing<AffectedModel>
  /** The publishers of these models, most models first. */
  publishers(page: PageArguments): Listing<AffectedPublisher>
  /** Valid credentials for these models, oldest first. */
  credentials(page: PageArguments): Listing<CredentialRow>
}

/** The readers that a blast radius is made of. */
export type BlastRadiusParts = { credentials: CredentialReader; models: ModelReader }

/**
 * Finds what a change affects.
 *
 * @param partsAt the readers as of an older view, for later pages
 * @throws {@link UnknownCauseError} when the credential or the model is not on the ledger
 */
export async function blastRadius(
  view: LedgerView,
  partsAt: (view: LedgerView) => BlastRadiusParts,
  cause: Cause,
): Promise<BlastRadius> {
  const affectedAt = async (at: LedgerView): Promise<Affected> => {
    const parts = partsAt(at)
    return new Affected(at, parts.credentials, await originsOf(at, parts, cause))
  }
  const newest = await affectedAt(view)
  const [id] = Object.values(cause) as [Hex]
  const listOf = <T>(
    page: PageArguments,
    what: string,
    list: (affected: Affected) => Sequence<T> | Promise<Sequence<T>>,
  ): Listing<T> =>
    listSequence(view, `${what}${id}`, page, async (at) => list(at === view ? newest : await affectedAt(at)))
  return {
    origins: newest.origins,
    models: (page) => listOf(page, 'models', (affected) => affected.models()),
    publishers: (page) => listOf(page, 'publishers', (affected) => affected.publishers()),
    credentials: (page) => listOf(page, 'credentials', (affected) => affected.credentials()),
  }
}

/** What is affected as of a view. */
class Affected {
  readonly #view: LedgerView
  readonly #credentials: CredentialReader
  readonly origins: readonly number[]
  #walked: Promise<Reached> | undefined

  constructor(view: LedgerView, credentials: CredentialReader, origins: readonly number[]) {
    this.#view = view
    this.#credentials = credentials
    this.origins = origins
  }

  async models(): Promise<Sequence<AffectedModel>> {
    const { origins } = this
    const { models, depths } = await this.#reached()
    return {
      length: origins.length + models.length,
      at(place) {
        const beyond = place - origins.length
        return beyond < 0 ? { model: origins[place]!, depth: 0 } : { model: models[beyond]!, depth: depths[beyond]! }
      },
    }
  }

  async publishers(): Promise<Sequence<AffectedPublisher>> {
    const { models: reached } = await this.#reached()
    const publishers = this.#view.graph
      .countPublishers([this.origins, reached])
      .map(([publisher, count]) => ({ publisher, models: count }))
      .toSorted((a, b) => b.models - a.models || a.publisher - b.publisher)
    return { length: publishers.length, at: (place) => publishers[place]! }
  }

  async credentials(): Promise<Sequence<CredentialRow>> {
    const { models } = await this.#reached()
    const keys = await this.#credentials.validAmong(this.#view.graph.credentialsOf([this.origins, models]))
    return { length: keys.length, at: (place) => this.#credentials.byKey.load(keys[place]!) }
  }

  #reached(): Promise<Reached> {
    return (this.#walked ??= this.#walk())
  }

  /** Walks to what is affected, but for no more than the request can pay. */
  async #walk(): Promise<Reached> {
    const { budget, graph } = this.#view
    const limit = budget.left('walked') + 1
    const reached = graph.walk(this.origins, { direction: 'down', ...(limit !== Infinity && { limit }) })
    await budget.claim('walked', this.origins.length + reached.models.length, 'affected models')
    return reached
  }
}

/** The models that a change affects directly, oldest first. @throws {@link UnknownCauseError} */
export async function originsOf(view: LedgerView, readers: BlastRadiusParts, cause: Cause): Promise<number[]> {
  if ('model' in cause) {
    const model = await readers.models.byId.load(cause.model)
    if (!model) throw new UnknownCauseError('model', cause.model)
    return [model.n]
  }
  if ('datasets' in cause) return readers.models.keysByDatasets(cause.datasets)
  const credential = await readers.credentials.byId.load(cause.credential)
  if (!credential) throw new UnknownCauseError('credential', cause.credential)
  const { dialect } = view.queries
  const holders = new Set(await readers.credentials.holdersUnder(credential))
  const rows = await view.queries.all(
    `SELECT DISTINCT e.child FROM edges e JOIN models m ON m.n = e.child
     WHERE e.parent = $1 AND ${isAmongKeys(dialect, 'm.publisher', '$2')} AND e.block <= $3 AND ${isLive('e', '$3')} ORDER BY e.child`,
    [credential.model, keyList(dialect, holders), view.block.number],
  )
  const linked = view.graph.linked(credential.model, 'down').map(({ model }) => model)
  const named = linked.filter((model) => holders.has(view.graph.publisherOf(model)))
  return [...new Set([...rows.map((row) => number(row.child)), ...named])].toSorted((a, b) => a - b)
}

/** Thrown when the cause of a change is not on the ledger. */
export class UnknownCauseError extends StemmaError {
  override name = 'UnknownCauseError'
  constructor(what: 'model' | 'credential', id: Hex) {
    super('UNKNOWN_CAUSE', `The ${what} ${id} is not on the ledger. Check the id, or ask as of a later block.`)
  }
}
