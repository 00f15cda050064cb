import { parentPort, workerData } from 'node:worker_threads'

import type { Sealer } from './sealer.ts'

/** Arguments of the thread. */
export type SealWorkerData = { folder: string }
/** A call of a method of the sealer. Calls are answered in order. */
export type SealCall = { method: SealMethod; parameters: readonly unknown[] }
/** The methods of the sealer that the thread answers. */
export type SealMethod = Exclude<keyof Sealer, 'unsealed'>
/** The answer to a call: a value, or a failure in a form that can cross threads. */
export type SealAnswer = { value: unknown } | { failure: SealFailure }
/** A failure by its name, its code where it is one of ours, and its kind. */
export type SealFailure = { name: string; message: string; code?: string; kind?: string }

const { folder } = workerData as SealWorkerData
// The rows of SQLite are not for the event loop of a server to wait for.
const [{ Sealer: Opened }, { readReceiptKey }] = await Promise.all([import('./sealer.ts'), import('./receiptKey.ts')])
let sealer: Sealer | undefined

try {
  sealer = await Opened.open({ folder, key: (await readReceiptKey(folder))! })
  parentPort!.postMessage({ value: sealer.unsealed } satisfies SealAnswer)
} catch (error) {
  parentPort!.postMessage({ failure: failureOf(error as Error) } satisfies SealAnswer)
}

parentPort!.on('message', ({ method, parameters }: SealCall) => {
  parentPort!.postMessage(answerTo(method, parameters))
})

function answerTo(method: SealMethod, parameters: readonly unknown[]): SealAnswer {
  try {
    const run = sealer![method] as (...parameters: readonly unknown[]) => unknown
    return { value: run.apply(sealer, [...parameters]) }
  } catch (error) {
    return { failure: failureOf(error as Error) }
  }
}

function failureOf({ name, message, code, kind }: Error & { code?: string; kind?: string }): SealFailure {
  return { name, message, ...(code === undefined ? {} : { code }), ...(kind === undefined ? {} : { kind }) }
}
