/** A thread that reads a bundle some times, one after the other, and answers how long each took. See ../bundle.ts. */
import { parentPort, workerData } from 'node:worker_threads'

import { parseBundleFile } from '../../src/bundle/bundleFile.ts'
import { openBundle } from '../../src/bundle/openBundle.ts'
import type { ModelId } from '../../src/core/hex.ts'
import { verify } from '../../src/verify/verify.ts'

/** What is read: the file of a bundle with what its reader trusts, and the model that is asked about. */
export type TimedBundle = { file: Uint8Array<ArrayBuffer>; model: ModelId } & openBundle.Trust

const { file, model, deployment, trustedBlock, count } = workerData as TimedBundle & { count: number }
const times: number[] = []
for (let turn = 0; turn < count; ++turn) {
  const before = performance.now()
  const { reader } = await openBundle(await parseBundleFile(file), { deployment, trustedBlock })
  await verify(reader, { model, use: 'commercial' })
  times.push(performance.now() - before)
}
parentPort!.postMessage(times)
