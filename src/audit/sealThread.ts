import { Worker } from 'node:worker_threads'

import { StemmaError, type ErrorKind } from '../core/errors.ts'
import type { SealAnswer, SealCall, SealFailure, SealMethod, SealWorkerData } from './sealWorker.ts'
import type { Sealer } from './sealer.ts'

/** A sealer that answers later: one in a thread. */
export type ThreadedSealer = { readonly unsealed: Sealer['unsealed'] } & {
  [Method in SealMethod]: (...parameters: Parameters<Sealer[Method]>) => Promise<Awaited<ReturnType<Sealer[Method]>>>
}

/** Most memory of the thread's objects, in MiB: it holds a batch at a time, and a kilobyte for each log. */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 512 }

type Waiting = { resolve(value: never): void; reject(error: Error): void }

/**
 * Opens the sealer of a store in a thread, because it hashes, waits for the disk and blocks on SQLite.
 *
 * @throws what `Sealer.open` throws
 */
export async function startSealer(folder: string): Promise<ThreadedSealer> {
  const thread = new Worker(workerUrl(), { workerData: { folder } satisfies SealWorkerData, resourceLimits: LIMITS })
  const waiting: Waiting[] = []
  let ended: Error | undefined
  const fail = (cause: Error): void => {
    ended ??= new Error(`the thread that seals has ended: ${cause.message}`, { cause })
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  thread.on('message', (answer: SealAnswer) => {
    const { resolve, reject } = waiting.shift()!
    // Between calls, the thread does not keep the program alive.
    if (waiting.length === 0) thread.unref()
    if ('value' in answer) resolve(answer.value as never)
    else reject(errorOf(answer.failure))
  })
  thread.on('error', fail)
  thread.on('exit', (code) => fail(new Error(`exit code ${code}`)))

  const answered = <T>(): Promise<T> => new Promise<T>((resolve, reject) => waiting.push({ resolve, reject }))
  const call = async <T>(method: SealMethod, ...parameters: readonly unknown[]): Promise<T> => {
    if (ended) throw ended
    thread.ref()
    thread.postMessage({ method, parameters } satisfies SealCall)
    return answered<T>()
  }
  const stop = async (): Promise<void> => void (await thread.terminate())

  let unsealed: Sealer['unsealed']
  try {
    unsealed = await answered()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    unsealed,
    stage: (calls) => call('stage', calls),
    seal: (now) => call('seal', now),
    sealedAmong: (calls) => call('sealedAmong', calls),
    counts: () => call('counts'),
    find: (id) => call('find', id),
    prove: (id, size) => call('prove', id, size),
    receiptOf: (id) => call('receiptOf', id),
    heads: (since) => call('heads', since),
    stateAt: (owner, size) => call('stateAt', owner, size),
    async close() {
      if (!ended) await call('close')
      await stop()
    },
  }
}

/** The worker beside this file: a `.ts` in the repository, a `.js` in the package. */
function workerUrl(): URL {
  return new URL(`./sealWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

/** The error of a failure. One of ours keeps its code; any other is a failure of the system, or a bug. */
function errorOf({ name, message, code, kind }: SealFailure): Error {
  if (kind === undefined) return Object.assign(new Error(message), { name, code })
  return Object.assign(new StemmaError(code!, message), { name, kind: kind as ErrorKind })
}
