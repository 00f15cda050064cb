import { type Hex, StemmaError } from 'stemma/core'
import type { PageArguments } from './cursor.ts'
import type { Reached } from './lineageGraph.ts'
import { isValidSql } from './lists.ts'
import { asOf, byWhole, type Lazy, type Listing } from './paging.ts'
import type { LedgerView } from './ledgerView.ts'
import type { CredentialRecord } from './records.ts'
import { bytes, isAmongKeys, keyList, number } from './sql.ts'

/** What changes: a credential is revoked, a model is recalled, or datasets with this root are withdrawn. */
export type Cause = { credential: Hex } | { model: Hex } | { datasets: Hex }

/**
 * What is affected by a change. Lists are read when they are asked for; all pages of one and its count are as of the first page's block and
 * time.
 */
export type BlastRadius = {
  /** Models that the change meets itself, oldest first. */
  origins: readonly number[]
  /** The origins (depth 0) and all that was made of them, nearest first. */
  models(page: PageArguments): Listing<{ model: number; depth: number }>
  /** Who publishes how many of these models, most first. */
  publishers(page: PageArguments): Listing<{ publisher: number; models: number }>
  /** Credentials for these models that are valid, oldest first. */
  credentials(page: PageArguments): Listing<CredentialRecord>
}

/** @throws {@link UnknownCauseError} when there is no such credential or model */
export async function blastRadius(view: LedgerView, cause: Cause): Promise<BlastRadius> {
  const newest = await affectedBy(view, cause)
  const [id] = Object.values(cause) as [Hex]
  const listOf = <T>(page: PageArguments, what: string, list: (affected: Affected) => Lazy<T> | Promise<Lazy<T>>) =>
    byWhole(view, `${what}${id}`, page, async (at) => list(at === view ? newest : await affectedBy(at, cause)))
  return {
    origins: newest.origins,
    models: (page) => listOf(page, 'models', (affected) => affected.models()),
    publishers: (page) => listOf(page, 'publishers', (affected) => affected.publishers()),
    credentials: (page) => listOf(page, 'credentials', (affected) => affected.credentials()),
  }
}

async function affectedBy(view: LedgerView, cause: Cause): Promise<Affected> {
  return new Affected(view, await originsOf(view, cause))
}

/** What is affected as of a view. */
class Affected {
  readonly #view: LedgerView
  readonly origins: readonly number[]
  #walked: Reached | undefined

  constructor(view: LedgerView, origins: readonly number[]) {
    this.#view = view
    this.origins = origins
  }

  models(): Lazy<{ model: number; depth: number }> {
    const { origins } = this
    const { models, depths } = this.#reached
    return {
      length: origins.length + models.length,
      at(place) {
        const beyond = place - origins.length
        return beyond < 0 ? { model: origins[place]!, depth: 0 } : { model: models[beyond]!, depth: depths[beyond]! }
      },
    }
  }

  publishers(): Lazy<{ publisher: number; models: number }> {
    const publishers = publishersOf(this.#view, this.origins, this.#reached)
    return { length: publishers.length, at: (place) => publishers[place]! }
  }

  async credentials(): Promise<Lazy<CredentialRecord>> {
    const keys = await validCredentials(this.#view, this.origins, this.#reached)
    return { length: keys.length, at: (place) => this.#view.loaders.credential.load(keys[place]!) }
  }

  get #reached(): Reached {
    return (this.#walked ??= this.#view.graph.walk(this.origins, { direction: 'down' }))
  }
}

/** Who publishes how many of the models, most first. */
function publishersOf(
  view: LedgerView,
  origins: readonly number[],
  { models }: Reached,
): { publisher: number; models: number }[] {
  const counts = new Map<number, number>()
  for (const list of [origins, models]) {
    for (const model of list) {
      const publisher = view.graph.publisherOf(model)
      counts.set(publisher, (counts.get(publisher) ?? 0) + 1)
    }
  }
  return [...counts]
    .map(([publisher, count]) => ({ publisher, models: count }))
    .toSorted((a, b) => b.models - a.models || a.publisher - b.publisher)
}

/** Keys of the credentials for the models that are valid now, oldest first. */
async function validCredentials(view: LedgerView, origins: readonly number[], { models }: Reached): Promise<number[]> {
  const { conditions, block } = asOf(view)
  conditions.add(`(${isValidSql(block, conditions.bind(view.now))})`)
  // Of a great family, to look at all credentials is quicker than to look for those of each model.
  const isFew = origins.length + models.length <= MOST_KEYS
  if (isFew) {
    const keys = conditions.bind(keyList(view.queries.dialect, [...origins, ...models]))
    conditions.add(isAmongKeys(view.queries.dialect, 'model', keys))
  }
  const rows = await view.queries.all(
    `SELECT n, model FROM credentials WHERE ${conditions.where} ORDER BY n`,
    conditions.parameters,
  )
  const keys = rows.map((row) => ({ n: number(row.n), model: number(row.model) }))
  if (isFew) return keys.map(({ n }) => n)
  const affected = new Set<number>(origins)
  for (const model of models) affected.add(model)
  return keys.filter(({ model }) => affected.has(model)).map(({ n }) => n)
}

/** Most models whose credentials are looked for one by one. */
const MOST_KEYS = 2000

async function originsOf(view: LedgerView, cause: Cause): Promise<number[]> {
  if ('model' in cause) {
    const model = await view.loaders.modelById.load(cause.model)
    if (!model) throw new UnknownCauseError('model', cause.model)
    return [model.n]
  }
  if ('datasets' in cause) {
    const rows = await view.queries.all('SELECT n FROM models WHERE datasets = $1 AND block <= $2 ORDER BY n', [
      bytes(cause.datasets),
      view.block.number,
    ])
    return rows.map((row) => number(row.n))
  }
  const credential = await view.loaders.credentialById.load(cause.credential)
  if (!credential) throw new UnknownCauseError('credential', cause.credential)
  const rows = await view.queries.all(
    `SELECT e.child FROM edges e JOIN models m ON m.n = e.child
     WHERE e.parent = $1 AND m.publisher = $2 AND e.block <= $3 ORDER BY e.child`,
    [credential.model, credential.holder, view.block.number],
  )
  return rows.map((row) => number(row.child))
}

/** Thrown when what is to change is not on the ledger. */
export class UnknownCauseError extends StemmaError {
  override name = 'UnknownCauseError'
  constructor(what: 'model' | 'credential', id: Hex) {
    super('UNKNOWN_CAUSE', `There is no ${what} ${id} on the ledger. Check the id, or ask as of a later block.`)
  }
}
