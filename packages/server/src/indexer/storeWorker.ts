import { parentPort, workerData } from 'node:worker_threads'

import { DatabaseError } from './database.ts'
import type { Store } from './store.ts'

/** Arguments of the thread: the path of a SQLite file, or a PostgreSQL URL. */
export type StoreWorkerData = { kind: 'sqlite' | 'postgres'; where: string }
/** A call of a method of the store. Calls are answered in order. */
export type StoreCall = { method: keyof Store; parameters: readonly unknown[] }
/** The answer to a call: a value, or a failure in a form that can cross threads. */
export type StoreAnswer = { value: unknown } | { failure: StoreFailure }
/** A failure of a store, by the name of its class. */
export type StoreFailure = { name: string; message: string; isTransient: boolean }

const { kind, where } = workerData as StoreWorkerData
const store =
  kind === 'sqlite'
    ? (await import('./sqliteStore.ts')).createSqliteStore(where)
    : (await import('./postgresStore.ts')).createPostgresStore(where)
let turn = Promise.resolve()

parentPort!.on('message', ({ method, parameters }: StoreCall) => {
  turn = turn.then(async () => parentPort!.postMessage(await answerTo(method, parameters)))
})

async function answerTo(method: keyof Store, parameters: readonly unknown[]): Promise<StoreAnswer> {
  try {
    const run = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>
    return { value: await run(...parameters) }
  } catch (error) {
    const { name, message } = error as Error
    return { failure: { name, message, isTransient: error instanceof DatabaseError && error.isTransient } }
  }
}
