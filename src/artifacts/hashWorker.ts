import { parentPort, workerData } from 'node:worker_threads'

import type { PartRanges } from '../interop/partHasher.ts'
import { hashFile, READ_BYTES, type HashOutcome } from './hashFile.ts'
import type { FileState } from './listFiles.ts'

/** A request to a worker; with the descriptor of a file that is open already. */
export type HashRequest = { index: number; path: string; state: FileState; ranges: PartRanges; held?: number }
/** An answer of a worker: the bytes since the last answer while it reads a file, and then the outcome. */
export type HashAnswer = { index: number; bytes: number } | { index: number; outcome: HashOutcome }
/** The data that a worker starts with. The first element of `stop` is set to 1 when it must stop. */
export type HashWorkerData = { stop: Int32Array }

/** Bytes between two reports of progress. */
const REPORT_BYTES = 32 * READ_BYTES

if (parentPort !== null) serve(parentPort, (workerData as HashWorkerData).stop)

function serve(port: NonNullable<typeof parentPort>, stop: Int32Array): void {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  port.on('message', ({ index, path, state, ranges, held }: HashRequest) => {
    let unreported = 0
    const report = (bytes: number): boolean => {
      unreported += bytes
      if (unreported >= REPORT_BYTES) {
        port.postMessage({ index, bytes: unreported } satisfies HashAnswer)
        unreported = 0
      }
      return Atomics.load(stop, 0) === 0
    }
    const outcome = hashFile(path, state, ranges, report, buffer, held)
    if (unreported > 0) port.postMessage({ index, bytes: unreported } satisfies HashAnswer)
    port.postMessage({ index, outcome } satisfies HashAnswer)
  })
}
