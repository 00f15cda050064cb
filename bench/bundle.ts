/**
 * Measures offline bundles of lineages in which each model is made from the previous two, on a ledger that holds them all: the size of the
 * file, how long a warm reader takes from the file to the verdict (read, prove, verify), and how large the reader is in a browser, gzipped.
 *
 * Usage: npm run bench:bundle [-- --models 5,100,1000 --runs 15 --json]   (after `hardhat build`)
 *   --json   { runs, reader: { initial, complete }, rows: [{ models, bytes, nodes, collectMs, ms }] }
 */
import { exitForUsage, readOptions } from '../scripts/options.ts'
import { bundleFile, parseBundleFile } from '../src/bundle/bundleFile.ts'
import { collectBundle } from '../src/bundle/collectBundle.ts'
import { openBundle } from '../src/bundle/openBundle.ts'
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
import { verify } from '../src/verify/verify.ts'
import { startHttpNode } from '../test/fixtures/httpNode.ts'
import { measureBundle } from '../tools/bundles.ts'

type Row = { models: number; bytes: number; nodes: number; collectMs: number; ms: number }

/** The limits, by the number of models; and that of the reader, in bytes. */
const LIMITS: Readonly<Record<number, { bytes?: number; ms: number }>> = {
  5: { bytes: 10_000, ms: 20 },
  1000: { ms: 1000 },
}
const READER_LIMIT = 14_000
const READER = ['parseBundleFile', 'openBundle']

const TERMS: Terms = {
  name: 'LicenseRef-bench',
  uri: 'https://example.org/license',
  text: `0x${'11'.repeat(32)}` as Digest,
  rights: ['research', 'commercial', 'modify', 'redistribute'],
  duties: { notice: ['redistribute', 'redistribute-derivatives', 'sublicense'] },
  thresholds: [],
}

const { sizes, runs, json } = readArguments()
const reader = await measureBundle({ from: 'stemma/bundle', imports: READER })
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
  const times: number[] = []
  for (let turn = 0; turn < runs; ++turn) {
    const before = performance.now()
    const { reader } = await openBundle(await parseBundleFile(file), { deployment: ledger.deployment, trustedBlock })
    await verify(reader, { model, use: 'commercial' })
    times.push(performance.now() - before)
  }
  const ms = Number(times.toSorted((a, b) => a - b)[Math.floor(runs / 2)]!.toFixed(1))
  return { models, bytes: file.length, nodes: bundle.nodes.length, collectMs, ms }
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
  console.log(`Offline bundles on a ledger of ${Math.max(1000, ...sizes)} models, median of ${runs} runs`)
  for (const { models, bytes, nodes, collectMs, ms } of rows) {
    const limit = LIMITS[models]
    const met = limit && (bytes <= (limit.bytes ?? Infinity) && ms <= limit.ms ? 'met' : 'MISSED')
    const limits = limit
      ? `  at most ${[...(limit.bytes ? [`${limit.bytes} bytes`] : []), `${limit.ms} ms`].join(', ')}: ${met}`
      : ''
    console.log(
      `${models} models: ${bytes} bytes, ${nodes} nodes, ${ms} ms to the verdict, collected in ${collectMs} ms${limits}`,
    )
  }
  console.log(
    `reader in a browser: ${reader.initial} bytes gzipped  at most ${READER_LIMIT}: ${reader.initial <= READER_LIMIT ? 'met' : 'MISSED'}`,
  )
}

function readArguments(): { sizes: number[]; runs: number; json: boolean } {
  const { values } = readOptions({
    models: { type: 'string', default: '5,100,1000' },
    runs: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  })
  const sizes = values.models.split(',').map(Number)
  const times = Number(values.runs)
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 10_000
  if (![...sizes, times].every(isCount)) {
    exitForUsage('--models are whole numbers from 1 to 10,000 with commas between, --runs is one.')
  }
  return { sizes, runs: times, json: values.json }
}
