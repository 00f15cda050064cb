/**
 * Measures offline bundles of lineages in which each model is made from the previous two, on a ledger that holds them all: the size of the
 * file, how long a reader takes from the file to the verdict (read, prove, verify), and how large the reader is in a browser, gzipped.
 * A warm reader has read a bundle before, and the limits are for it. A cold one is a thread of its own that has loaded its modules and run
 * nothing: most of its time goes to the compiler and to loading the streams of the platform.
 *
 * Usage: npm run bench:bundle [-- --models 5,100,1000 --runs 15 --json]   (after `hardhat build`)
 *   --json   { runs, reader: { initial, complete }, rows: [{ models, bytes, nodes, collectMs, coldMs, ms }] }
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { bundleFile } from '../src/bundle/bundleFile.ts'
import { collectBundle } from '../src/bundle/collectBundle.ts'
import { readBlockHeader } from '../src/core/blockHeader.ts'
import { parseAddress, ZERO_ADDRESS, type Digest, type ModelId } from '../src/core/hex.ts'
import { modelIdOf, type Registration } from '../src/core/registration.ts'
import { sha256Text } from '../src/core/sha256.ts'
import type { Terms } from '../src/core/terms.ts'
import { proofSource } from '../src/sdk/compliance/proofSource.ts'
import { openLedger, type Ledger } from '../src/sdk/connect.ts'
import { publishTerms } from '../src/sdk/licensing/publishTerms.ts'
import { nodeProvider } from '../src/sdk/nodeProvider.ts'
import { registerModels } from '../src/sdk/registry/registerModels.ts'
import { startHttpNode } from '../test/fixtures/httpNode.ts'
import { BUNDLES, measureBundle } from '../tools/bundles.ts'
import type { TimedBundle } from './bundle/reader.ts'
import { readSizes } from './readSizes.ts'

type Row = { models: number; bytes: number; nodes: number; collectMs: number; coldMs: number; ms: number }

/** The limits, by the number of models. */
const LIMITS: Readonly<Record<number, { bytes?: number; ms: number }>> = {
  5: { bytes: 10_000, ms: 20 },
  1000: { ms: 1000 },
}
const READER = BUNDLES.find(({ name }) => name === 'bundle reader')!
/** Cold readers that are measured for each size. */
const COLD_RUNS = 5

const TERMS: Terms = {
  name: 'LicenseRef-bench',
  uri: 'https://example.org/license',
  text: `0x${'11'.repeat(32)}` as Digest,
  rights: ['research', 'commercial', 'modify', 'redistribute'],
  duties: { notice: ['redistribute', 'redistribute-derivatives', 'sublicense'] },
  thresholds: [],
}

const { sizes, runs, json } = readSizes('models', '5,100,1000', '15')
const reader = await measureBundle(READER)
const node = await startHttpNode()
const provider = nodeProvider(node.url, node.deployment, { pollingInterval: 20 })
try {
  const ledger = openLedger(await provider.getSigner(0), node.deployment)
  const models = await registerLineage(ledger, Math.max(1000, ...sizes))
  const rows: Row[] = []
  for (const size of sizes) rows.push(await measure(ledger, models[size - 1]!, size))
  if (json) console.log(JSON.stringify({ runs, reader, rows }, null, 2))
  else print(rows)
} finally {
  provider.destroy()
  await node.close()
}

async function measure(ledger: Ledger, model: ModelId, models: number): Promise<Row> {
  const start = performance.now()
  const question = {
    models: [model],
    weights: null,
    uses: ['commercial' as const],
    licensee: ZERO_ADDRESS,
    operators: [],
  }
  const bundle = await collectBundle(proofSource(ledger), question)
  const collectMs = Math.round(performance.now() - start)
  const file = await bundleFile(bundle)
  const { hash: trustedBlock } = readBlockHeader(bundle.header)
  const timed: TimedBundle = { file, deployment: ledger.deployment, trustedBlock, model }
  const cold: number[] = []
  for (let turn = 0; turn < COLD_RUNS; ++turn) cold.push((await timesOf(timed, 1))[0]!)
  const [, ...warm] = await timesOf(timed, 1 + runs)
  return { models, bytes: file.length, nodes: bundle.nodes.length, collectMs, coldMs: median(cold), ms: median(warm) }
}

/** How long a thread of its own takes from the file to the verdict, each time (ms). */
async function timesOf(timed: TimedBundle, count: number): Promise<number[]> {
  const worker = new Worker(new URL('bundle/reader.ts', import.meta.url), { workerData: { ...timed, count } })
  const [times] = (await once(worker, 'message')) as [number[]]
  return times
}

function median(times: readonly number[]): number {
  return Number(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!.toFixed(1))
}

/** Registers models, each made from the previous two, so that the model at index n has n ancestors. */
async function registerLineage(ledger: Ledger, count: number): Promise<ModelId[]> {
  const publisher = parseAddress(await provider.getSigner(0).then(({ address }) => address))
  const { terms } = await publishTerms(ledger, { terms: TERMS })
  const registrations: Registration[] = []
  const models: ModelId[] = []
  for (let index = 0; index < count; ++index) {
    const digest = (what: string): Digest => sha256Text(`${what} ${index}`)
    const registration: Registration = {
      publisher,
      weights: digest('weights'),
      tensors: digest('tensors'),
      annex: digest('annex'),
      datasets: digest('datasets'),
      method: digest('method'),
      terms,
      parents: models.slice(-2).map((model) => ({ model, relation: 'merge' })),
      uri: `https://example.org/models/${index}`,
    }
    registrations.push(registration)
    models.push(modelIdOf(registration))
  }
  await registerModels(ledger, { registrations })
  return models
}

function print(rows: readonly Row[]): void {
  console.log(
    `Offline bundles on a ledger of ${Math.max(1000, ...sizes)} models, medians of ${runs} runs (cold: ${COLD_RUNS})`,
  )
  for (const { models, bytes, nodes, collectMs, coldMs, ms } of rows) {
    const limit = LIMITS[models]
    const met = limit && (bytes <= (limit.bytes ?? Infinity) && ms <= limit.ms ? 'met' : 'MISSED')
    const limits = limit
      ? `  at most ${[...(limit.bytes ? [`${limit.bytes} bytes`] : []), `${limit.ms} ms`].join(', ')}: ${met}`
      : ''
    console.log(
      `${models} models: ${bytes} bytes, ${nodes} nodes, ${ms} ms to the verdict (cold ${coldMs} ms), collected in ${collectMs} ms${limits}`,
    )
  }
  console.log(
    `reader in a browser: ${reader.initial} bytes gzipped  at most ${READER.limit}: ${reader.initial <= READER.limit ? 'met' : 'MISSED'}`,
  )
}
