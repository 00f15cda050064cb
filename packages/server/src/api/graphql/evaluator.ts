import { Worker } from 'node:worker_threads'
import { GraphQLError, print, type DocumentNode, type ExecutionArgs, type ExecutionResult } from 'graphql'

import { StemmaError } from 'stemma/core'
import { RequestCancelledError } from '../budget.ts'
import type { EvaluatorAnswer, EvaluatorData, EvaluatorJob } from './evaluatorThread.ts'
import { stringifyJson, unpackData } from '../jsonText.ts'
import type { Limits } from './limits.ts'

/** The result of an operation, whether all of it is as of final blocks, and what failed, for the operator. */
export type Evaluated = { result: ExecutionResult; isFinal: boolean; failure: string | undefined }

/** Runs operations that take long in a thread of its own, so that none of them stops the server. */
export type Evaluator = {
  /**
   * Runs an operation. The fields of its data are `JsonText`.
   *
   * @param cost what it is expected to cost, see `measure`
   * @param signal ends it, as when its client has gone
   * @throws {@link EvaluatorBusyError}, {@link EvaluatorEndedError}, {@link RequestCancelledError}
   */
  run(args: ExecutionArgs, cost: number, signal: AbortSignal | undefined): Promise<Evaluated>
  /** Starts the thread, which reads all edges, so that the first operation need not wait for them. */
  start(): void
  /** Ends the thread. */
  close(): Promise<void>
}

/** The dearest operations that may wait: with more, new ones are refused. */
const WAITING = 40
/** Most operations that may wait, however cheap. */
const MAX_WAITING = 1000
/** Most memory of the thread's objects, in MiB. Edges are not among them. */
const MEMORY = 1024
const CLOSED = 'The server closes.'
/** Seconds after which a client that was refused asks again. */
const RETRY_AFTER = 5

type Waiting = {
  args: ExecutionArgs
  cost: number
  resolve(evaluated: Evaluated): void
  reject(error: Error): void
  /** 1 when the client has gone; the thread looks at it. */
  cancelled: Int32Array
}

/**
 * Makes an evaluator over a database. The thread has a connection and the edges of its own. It starts with the first operation, runs one
 * after another in the order in which they came, and does not keep the program alive between them.
 *
 * @param where a path of a SQLite file, or `postgres://…`
 */
export function createEvaluator(where: string, limits: Limits): Evaluator {
  let thread: Worker | undefined
  const waiting: Waiting[] = []
  /** The operation that the thread runs. */
  let current: Waiting | undefined
  let isClosed = false

  const begin = (): Worker => {
    const begun = new Worker(threadUrl(), {
      workerData: { where, limits } satisfies EvaluatorData,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    })
    begun.unref()
    begun.on('message', (answer: EvaluatorAnswer) => {
      // What was sent before the thread was ended may come after.
      if (thread !== begun || !current) return
      const { args, resolve } = current
      current = undefined
      resolve({ result: resultOf(answer, args), isFinal: answer.isFinal, failure: answer.failure })
      next()
    })
    const fail = (cause: Error): void => {
      if (thread !== begun) return
      thread = undefined
      const failed = current
      current = undefined
      failed?.reject(new EvaluatorEndedError(cause))
      next()
    }
    begun.on('error', fail)
    begun.on('exit', (code) => fail(new Error(`exit code ${code}`)))
    return begun
  }

  const next = (): void => {
    if (current) return
    current = waiting.shift()
    if (!current) return void thread?.unref()
    thread ??= begin()
    thread.ref()
    const { args, cancelled } = current
    thread.postMessage({
      document: textOf(args.document),
      variables: args.variableValues ?? {},
      operation: args.operationName ?? undefined,
      cancelled,
    } satisfies EvaluatorJob)
  }

  return {
    run: (args, cost, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new RequestCancelledError())
        // Requests may outlive the server's connections for a while.
        if (isClosed) return reject(new EvaluatorEndedError(new Error(CLOSED)))
        const sum = waiting.reduce((total, each) => total + each.cost, 0)
        if (sum + cost > WAITING * limits.cost || waiting.length >= MAX_WAITING) {
          return reject(new EvaluatorBusyError(waiting.length))
        }
        const cancelled = new Int32Array(new SharedArrayBuffer(4))
        const cancel = (): void => {
          Atomics.store(cancelled, 0, 1)
          const place = waiting.indexOf(job)
          if (place >= 0) waiting.splice(place, 1)
          job.reject(new RequestCancelledError())
        }
        const leave = (): void => signal?.removeEventListener('abort', cancel)
        const job: Waiting = {
          args,
          cost,
          cancelled,
          resolve: (evaluated) => (leave(), resolve(evaluated)),
          reject: (error) => (leave(), reject(error)),
        }
        signal?.addEventListener('abort', cancel, { once: true })
        waiting.push(job)
        next()
      }),
    start() {
      if (!isClosed) thread ??= begin()
    },
    async close() {
      isClosed = true
      const ended = thread
      thread = undefined
      for (const { reject } of [...(current ? [current] : []), ...waiting.splice(0)]) {
        reject(new EvaluatorEndedError(new Error(CLOSED)))
      }
      current = undefined
      await ended?.terminate()
    },
  }
}

/** The thread beside this file: a `.ts` in the repository, a `.js` in the package. */
function threadUrl(): URL {
  return new URL(`./evaluatorThread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

const texts = new WeakMap<DocumentNode, string>()

function textOf(document: DocumentNode): string {
  let text = texts.get(document)
  if (text === undefined) texts.set(document, (text = document.loc?.source.body ?? print(document)))
  return text
}

/** The result of an operation from what the thread sent. */
function resultOf({ data, errors, extensions }: EvaluatorAnswer, { document }: ExecutionArgs): ExecutionResult {
  const source = document.loc?.source
  const result: ExecutionResult & { stringify?: (sent: ExecutionResult) => string } = {
    ...(errors && {
      errors: errors.map(({ message, ...error }) => new GraphQLError(message, { ...error, source })),
    }),
    ...(data !== undefined && { data: data && unpackData(data) }),
    ...(extensions && { extensions }),
  }
  // GraphQL Yoga asks the result for its text.
  result.stringify = ({ stringify: _, ...sent }: ExecutionResult & { stringify?: unknown }) => stringifyJson(sent)
  return result
}

/** Thrown when too many operations that take long wait already. */
export class EvaluatorBusyError extends StemmaError {
  override name = 'EvaluatorBusyError'
  override readonly kind = 'unavailable'
  constructor(waiting: number) {
    super(
      'EVALUATOR_BUSY',
      `The server is busy: ${waiting} large requests wait. Ask again in ${RETRY_AFTER} seconds, or ask for less at once.`,
    )
  }
}

/** Thrown when the thread of large operations has ended while one ran, as when its memory was used up. The cause is for the operator. */
export class EvaluatorEndedError extends StemmaError {
  override name = 'EvaluatorEndedError'
  override readonly kind = 'unavailable'
  constructor(cause: Error) {
    super(
      'EVALUATOR_ENDED',
      'The server could not finish the request, as when it needs too much memory. Ask for less at once, or try again.',
      { cause },
    )
  }
}
