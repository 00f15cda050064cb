import { Worker } from 'node:worker_threads'

import { DatabaseEncodingError, DatabaseError, InvalidDatabaseError } from './database.ts'
import { DatabaseLockedError, ForeignDatabaseError, type Store } from './store.ts'
import type { StoreAnswer, StoreCall, StoreFailure, StoreWorkerData } from './storeWorker.ts'
import { NewerDatabaseError } from './upgrades.ts'

/** Most memory of the thread's objects, in MiB: it holds one batch at a time. */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 }

type Waiting = { resolve(value: unknown): void; reject(error: Error): void }

/**
 * Makes a store that writes in a thread of its own, because half of the work of catching up is the database's: SQLite blocks its
 * caller, and PostgreSQL waits for a client that is slow to read. The thread lives from {@link Store.start} to
 * {@link Store.close}. Errors call the database `name`.
 */
export function createThreadedStore(kind: StoreWorkerData['kind'], where: string, name: string): Store {
  let thread: Worker | undefined
  const waiting: Waiting[] = []

  const begin = (): Worker => {
    const begun = new Worker(workerUrl(), {
      workerData: { kind, where } satisfies StoreWorkerData,
      resourceLimits: LIMITS,
    })
    const fail = (cause: Error): void => {
      if (thread === begun) thread = undefined
      const message = `The thread that writes to the database ${name} has ended: ${cause.message}.`
      for (const { reject } of waiting.splice(0)) reject(new DatabaseError(message, { cause, isTransient: false }))
    }
    begun.on('message', (answer: StoreAnswer) => {
      const { resolve, reject } = waiting.shift()!
      if (waiting.length === 0) begun.unref()
      if ('value' in answer) resolve(answer.value)
      else reject(errorOf(answer.failure))
    })
    begun.on('error', fail)
    begun.on('exit', (code) => fail(new Error(`exit code ${code}`)))
    return begun
  }
  const call = (method: keyof Store, ...parameters: readonly unknown[]): Promise<never> =>
    new Promise<unknown>((resolve, reject) => {
      if (!thread) {
        const message = `The database ${name} is not open.`
        return reject(new DatabaseError(message, { cause: undefined, isTransient: true }))
      }
      waiting.push({ resolve, reject })
      // Between calls, the thread does not keep the program alive.
      thread.ref()
      thread.postMessage({ method, parameters } satisfies StoreCall)
    }) as Promise<never>

  return {
    start(identity, rebuild) {
      thread ??= begin()
      return call('start', identity, rebuild)
    },
    marks: () => call('marks'),
    mark: (marks) => call('mark', marks),
    keysOf: (table, naturals) => call('keysOf', table, naturals),
    lastKey: (table) => call('lastKey', table),
    rowsOf: (table, column, keys) => call('rowsOf', table, column, keys),
    heads: () => call('heads'),
    newestEventBlock: (upTo) => call('newestEventBlock', upTo),
    append: (batch) => call('append', batch),
    undo: (checkpoint) => call('undo', checkpoint),
    makeIndexes: () => call('makeIndexes'),
    async close() {
      if (!thread) return
      await call('close')
      const ended = thread
      thread = undefined
      await ended?.terminate()
    },
  }
}

/** The worker beside this file: a `.ts` in the repository, a `.js` in the package. */
function workerUrl(): URL {
  return new URL(`./storeWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

/** The classes of errors that a store throws, by their names. */
const ERRORS: Readonly<Record<string, new (...parameters: never[]) => Error>> = {
  DatabaseLockedError,
  ForeignDatabaseError,
  NewerDatabaseError,
  InvalidDatabaseError,
  DatabaseEncodingError,
}

/** Turns a failure back into an error of its class. */
function errorOf({ name, message, isTransient }: StoreFailure): Error {
  if (name === 'DatabaseError') return new DatabaseError(message, { cause: undefined, isTransient })
  const known = ERRORS[name]
  // Any other error is a bug of ours.
  const error = known ? new (known as new (what: string) => Error)('') : new Error(message)
  error.message = message
  return error
}
