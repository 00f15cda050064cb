import { parentPort, workerData } from 'node:worker_threads'
import { execute, parse } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { Database } from '../../indexer/database.ts'
import { openDatabase } from '../../indexer/openDatabase.ts'
import { Budget } from '../budget.ts'
import { Finality } from '../finality.ts'
import { withSnapshot } from '../ledgerView.ts'
import { GraphCache } from '../registry/graphCache.ts'
import { createLedgerSchema, explainError, ownFault } from './handler.ts'
import { packData, type JsonData } from '../jsonText.ts'
import { measureArguments, type Limits } from './limits.ts'
import { runOperation } from './runOperation.ts'

/** Arguments of the thread: the path of a SQLite file or a PostgreSQL URL, and how large a request may be. */
export type EvaluatorData = { where: string; limits: Limits }
/** An operation to run, which was validated. */
export type EvaluatorJob = {
  document: string
  variables: Readonly<Record<string, unknown>>
  operation: string | undefined
  /** Holds 1 when the client has gone. */
  cancelled: Int32Array
}
/** What an operation gave. */
export type EvaluatorAnswer = {
  /** As `packData` packs it; left out when there is none. */
  data?: JsonData | null
  errors?: Failure[]
  extensions?: Record<string, unknown>
  /** Whether all of it is as of final blocks. */
  isFinal: boolean
  /** What failed, for the operator: never sent to a client. */
  failure?: string
}

type Failure = {
  message: string
  path?: readonly (string | number)[]
  positions?: readonly number[]
  extensions: Record<string, unknown>
}

/** Most documents that are kept parsed. */
const MAX_DOCUMENTS = 100

const { where, limits } = workerData as EvaluatorData
let opened: { database: Database; cache: GraphCache } | undefined
/** The database may be away when the thread begins, and come later. */
const backendNow = (): { database: Database; cache: GraphCache } =>
  (opened ??= { database: openDatabase(where), cache: new GraphCache() })
const schema = createLedgerSchema()
const documents = new LRUCache<string, ReturnType<typeof parse>>({ max: MAX_DOCUMENTS })
// What fails here fails again, and is explained, in the first operation.
let turn: Promise<unknown> = readEdges().catch(() => {})

parentPort!.on('message', (job: EvaluatorJob) => {
  turn = turn.then(async () => parentPort!.postMessage(await answerTo(job)))
})

async function readEdges(): Promise<void> {
  const { database, cache } = backendNow()
  await withSnapshot(database, cache, () => Promise.resolve())
}

async function answerTo({ document: text, variables, operation, cancelled }: EvaluatorJob): Promise<EvaluatorAnswer> {
  try {
    const document = documents.get(text) ?? parse(text)
    documents.set(text, document)
    const exchange = new Finality()
    const args = {
      schema,
      document,
      variableValues: variables,
      operationName: operation ?? null,
      contextValue: { exchange },
    }
    const { cost: spent } = measureArguments(args, limits)
    const isCancelled = (): boolean => Atomics.load(cancelled, 0) === 1
    const { data, errors, extensions } = await runOperation(
      backendNow(),
      execute,
      args,
      () => new Budget(limits.cost, { spent, isCancelled }),
    )
    return {
      ...(data !== undefined && { data: data && packData(data) }),
      ...(errors && { errors: errors.map(answered) }),
      ...(extensions && { extensions }),
      isFinal: exchange.isFinal,
      ...failureOf(errors?.map(({ originalError }) => originalError)),
    }
  } catch (error) {
    return { errors: [answered(error)], isFinal: false, ...failureOf([error]) }
  }
}

function answered(error: unknown): Failure {
  const { message, path, positions, extensions } = explainError(error)
  return { message, ...(path && { path }), ...(positions && { positions }), extensions: { ...extensions } }
}

function failureOf(errors: readonly unknown[] = []): { failure?: string } {
  const failure = errors.map(ownFault).find((words) => words !== undefined)
  return failure === undefined ? {} : { failure }
}
