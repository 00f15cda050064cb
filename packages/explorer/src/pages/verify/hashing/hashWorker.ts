import type { Collected } from './collect.ts'
import { hashModel, type HashedFile, type HashedModel } from './hashModel.ts'

/** What the worker is sent. */
export type HashRequest = Pick<Collected, 'files' | 'isFolder' | 'leftOut'>
/** What happened to a file, by its index: `bytes` of it were read, or it was hashed. */
export type FileStep = { index: number; bytes: number } | { index: number; hashed: HashedFile }
/** What the worker answers: what happened since the last time, and at the end what the files are together, or why it stopped. */
export type HashAnswer = {
  steps: readonly FileStep[]
  model?: HashedModel
  failed?: { message: string; index: number }
}

/** Milliseconds between two answers: a page draws no faster. */
const PAUSE = 100

const scope = self as unknown as { postMessage: (answer: HashAnswer) => void; onmessage: unknown }

scope.onmessage = async ({ data }: MessageEvent<HashRequest>): Promise<void> => {
  let steps: FileStep[] = []
  let index = 0
  let sent = performance.now()
  const take = (step: FileStep): void => {
    index = step.index
    steps.push(step)
    if (performance.now() - sent < PAUSE) return
    scope.postMessage({ steps })
    steps = []
    sent = performance.now()
  }
  try {
    const model = await hashModel(data, {
      onBytes: (of, bytes) => take({ index: of, bytes }),
      onFile: (of, hashed) => take({ index: of, hashed }),
    })
    scope.postMessage({ steps, model })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    scope.postMessage({ steps, failed: { message, index } })
  }
}
