import { parentPort, workerData } from 'node:worker_threads'

import { DatabaseError } from './database.ts'
import type { Store } from './store.ts'

/** What a thread is started with: the path of a file of SQLite, or an URL of PostgreSQL. */
export type StoreWorkerData = { kind: 'sqlite' | 'postgres'; where: string }
/** A call of a method of the store. They are answered in their order. */
export type StoreCall = { method: keyof Store; parameters: readonly unknown[] }
/** What came of it: a value, or a failure, in a form that may go from one thread to another. */
export type StoreAnswer = { value: unknown } | { failure: StoreFailure }
/** A failure of a store. Without a code it is a mistake of ours. */
export type StoreFailure = { code?: string | undefined; message: string; isTransient: boolean }

const { kind, where } = workerData as StoreWorkerData
const store =
  kind === 'sqlite'
    ? (await import('./sqlite.ts')).createSqliteStore(where)
    : (await import('./postgres.ts')).createPostgresStore(where)
let turn = Promise.resolve()

parentPort!.on('message', ({ method, parameters }: StoreCall) => {
  turn = turn.then(async () => parentPort!.postMessage(await answerTo(method, parameters)))
})

async function answerTo(method: keyof Store, parameters: readonly unknown[]): Promise<StoreAnswer> {
  try {
    const run = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>
    return { value: await run(...parameters) }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { failure: { code, message, isTransient: error instanceof DatabaseError && error.isTransient } }
  }
}
