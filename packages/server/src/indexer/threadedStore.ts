import { Worker } from 'node:worker_threads'

import { DatabaseError } from './database.ts'
import { DatabaseLockedError, ForeignDatabaseError, type Store } from './store.ts'
import type { StoreAnswer, StoreCall, StoreFailure, StoreWorkerData } from './storeWorker.ts'

/** Most memory of the thread's own objects, in MiB: it holds a batch at a time. */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 }

type Waiting = { resolve(value: unknown): void; reject(error: Error): void }

/**
 * A database to write to by a thread of its own, as half of the work of catching up is the database's: SQLite works while it is called,
 * and PostgreSQL waits for whoever is too busy to read its answers. The thread begins with {@link Store.start} and ends with
 * {@link Store.close}. In errors the database is named `shown`.
 */
export function createThreadedStore(kind: StoreWorkerData['kind'], where: string, shown: string): Store {
  let thread: Worker | undefined
  const waiting: Waiting[] = []

  const begin = (): Worker => {
    const begun = new Worker(workerUrl(), {
      workerData: { kind, where } satisfies StoreWorkerData,
      resourceLimits: LIMITS,
    })
    const fail = (cause: Error): void => {
      if (thread === begun) thread = undefined
      const message = `The thread that writes to the database ${shown} has ended: ${cause.message}.`
      for (const { reject } of waiting.splice(0)) reject(new DatabaseError(message, { cause, isTransient: false }))
    }
    begun.on('message', (answer: StoreAnswer) => {
      const { resolve, reject } = waiting.shift()!
      if (waiting.length === 0) begun.unref()
      if ('value' in answer) resolve(answer.value)
      else reject(errorOf(answer.failure, shown))
    })
    begun.on('error', fail)
    begun.on('exit', (code) => fail(new Error(`exit code ${code}`)))
    return begun
  }
  const call = (method: keyof Store, ...parameters: readonly unknown[]): Promise<never> =>
    new Promise<unknown>((resolve, reject) => {
      if (!thread) {
        const message = `The database ${shown} is not open.`
        return reject(new DatabaseError(message, { cause: undefined, isTransient: true }))
      }
      waiting.push({ resolve, reject })
      // A program may end when nothing is under way.
      thread.ref()
      thread.postMessage({ method, parameters } satisfies StoreCall)
    }) as Promise<never>

  return {
    start(identity) {
      thread ??= begin()
      return call('start', identity)
    },
    keysOf: (table, naturals) => call('keysOf', table, naturals),
    lastKey: (table) => call('lastKey', table),
    rowsOf: (table, column, keys) => call('rowsOf', table, column, keys),
    heads: () => call('heads'),
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

/** The worker beside this file, which is a `.ts` in the repository and a `.js` in the package. */
function workerUrl(): URL {
  return new URL(`./storeWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

/** The failure as an error of its class again. */
function errorOf({ code, message, isTransient }: StoreFailure, shown: string): Error {
  const error =
    code === 'DATABASE_LOCKED'
      ? new DatabaseLockedError(shown)
      : code === 'FOREIGN_DATABASE'
        ? new ForeignDatabaseError('')
        : code === 'DATABASE'
          ? new DatabaseError(message, { cause: undefined, isTransient })
          : new Error(message)
  error.message = message
  return error
}
