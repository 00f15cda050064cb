import type { Hex } from '../core/hex.ts'
import { StemmaError } from '../core/errors.ts'
import { checkFirst, decodeCursor, encodeCursor, type PageArguments } from './cursor.ts'
import { asOf, byKey, isValidSql, type Listing } from './lists.ts'
import type { LedgerView } from './ledgerView.ts'
import { credentialRecord, type CredentialRecord } from './records.ts'
import { bytes, isAmongKeys, keyList, number } from './sql.ts'

/** What changes: a credential is revoked, a model is recalled, or datasets with this root are withdrawn. */
export type Cause = { credential: Hex } | { model: Hex } | { datasets: Hex }

/** What is affected by a change. Lists are read when they are asked for. */
export type BlastRadius = {
  /** Models that the change meets itself, oldest first. */
  origins: readonly number[]
  /** The origins (depth 0) and all that was made of them, nearest first. */
  models(page: PageArguments): Listing<{ model: number; depth: number }>
  /** Who publishes how many of these models, most first. */
  publishers(page: PageArguments): Listing<{ publisher: number; models: number }>
  /** Credentials for these models that are valid now, oldest first. */
  credentials(page: PageArguments): Listing<CredentialRecord>
}

/** @throws {@link UnknownCauseError} when there is no such credential or model */
export async function blastRadius(view: LedgerView, cause: Cause): Promise<BlastRadius> {
  const origins = await originsOf(view, cause)
  let affected: { models: Int32Array; depths: Int32Array } | undefined
  const reached = () => (affected ??= view.graph.walk(origins, { direction: 'down' }))
  let list: string | undefined
  const keys = () => (list ??= keyList(view.queries.dialect, [...origins, ...reached().models]))
  return {
    origins,
    models: (page) => ({
      count: () => Promise.resolve(origins.length + reached().models.length),
      page() {
        const first = checkFirst(page.first)
        const [place] = decodeCursor('affected', page.after, 1) ?? [0]
        const { models, depths } = reached()
        const end = Math.min(place! + first, origins.length + models.length)
        const nodes = []
        for (let at = place!; at < end; at++) {
          const beyond = at - origins.length
          nodes.push(beyond < 0 ? { model: origins[at]!, depth: 0 } : { model: models[beyond]!, depth: depths[beyond]! })
        }
        return Promise.resolve({
          nodes,
          endCursor: nodes.length === 0 ? null : encodeCursor('affected', [end]),
          hasNextPage: end < origins.length + models.length,
        })
      },
    }),
    publishers: (page) => publishersOf(view, keys, page),
    credentials(page) {
      const { conditions, block } = asOf(view)
      conditions.add(isAmongKeys(view.queries.dialect, 'model', conditions.bind(keys())))
      conditions.add(`(${isValidSql(block, conditions.bind(view.now))})`)
      return byKey(view, 'credentials', conditions, 'ASC', page, credentialRecord)
    },
  }
}

function publishersOf(
  view: LedgerView,
  keys: () => string,
  page: PageArguments,
): Listing<{ publisher: number; models: number }> {
  const first = checkFirst(page.first)
  const among = (): string => isAmongKeys(view.queries.dialect, 'n', '$1')
  return {
    async count() {
      const [row] = await view.queries.all(
        `SELECT count(DISTINCT publisher) AS count FROM models WHERE ${among()}`,
        [keys()],
      )
      return number(row?.count)
    },
    async page() {
      const [place] = decodeCursor('affectedPublishers', page.after, 1) ?? [0]
      const rows = await view.queries.all(
        `SELECT publisher, count(*) AS models FROM models WHERE ${among()}
         GROUP BY publisher ORDER BY models DESC, publisher LIMIT ${first + 1} OFFSET $2`,
        [keys(), place!],
      )
      const nodes = rows
        .slice(0, first)
        .map((row) => ({ publisher: number(row.publisher), models: number(row.models) }))
      return {
        nodes,
        endCursor: nodes.length === 0 ? null : encodeCursor('affectedPublishers', [place! + nodes.length]),
        hasNextPage: rows.length > first,
      }
    },
  }
}

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
