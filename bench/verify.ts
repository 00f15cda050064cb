/**
 * Measures how long `verifyModel` by id takes, and its HTTP requests and JSON-RPC calls. It asks a Hardhat node over
 * HTTP about lineages of 10, 100 and 1,000 ancestors, in which each model is made from the previous two.
 *
 * `first` starts without knowledge: one round trip for the state (one call to the lens), and one for the registrations
 * and terms in the answer. `again` uses a reader that verified the lineage before, so only the state is read. `chain`
 * is `readLineage`: the state without the evaluation.
 *
 *     node bench/verify.ts [--ancestors 10,100,1000] [--runs 5] [--json]     (after `hardhat build`)
 */
import { parseAddress, type Digest, type ModelId } from '../src/core/hex.ts'
import { modelIdOf, type Registration } from '../src/core/registration.ts'
import type { Terms } from '../src/core/terms.ts'
import { openLedger, type Ledger } from '../src/sdk/connect.ts'
import { nodeProvider } from '../src/sdk/nodeProvider.ts'
import { nodeReader } from '../src/sdk/compliance/nodeReader.ts'
import { publishTerms } from '../src/sdk/licensing/publishTerms.ts'
import { readLineage } from '../src/sdk/registry/readLineage.ts'
import { registerModels } from '../src/sdk/registry/registerModels.ts'
import { verifyModel } from '../src/sdk/compliance/verifyModel.ts'
import { verify } from '../src/verify/verify.ts'
import { countedNode } from '../test/fixtures/countedNode.ts'
import { startHttpNode } from '../test/fixtures/httpNode.ts'
import { readSizes } from './readSizes.ts'

/** Median of the runs in milliseconds, and the requests of one run. */
type Cost = { ms: number; requests: number; calls: number }
type Row = { ancestors: number; first: Cost; again: Cost; chain: Cost }

const TERMS: Terms = {
  name: 'LicenseRef-bench',
  uri: 'https://example.org/license',
  text: `0x${'11'.repeat(32)}` as Digest,
  rights: ['research', 'commercial', 'modify', 'redistribute'],
  duties: { notice: ['redistribute', 'redistribute-derivatives', 'sublicense'] },
  thresholds: [],
}

const { sizes, runs, json } = readSizes('ancestors', '10,100,1000', '5')
const node = await startHttpNode()
const { request, take } = countedNode(node.url)
const provider = nodeProvider(request, node.deployment, { pollingInterval: 20 })
try {
  const writer = openLedger(await provider.getSigner(0), node.deployment)
  const lineage = await registerLineage(writer, Math.max(...sizes) + 1)
  const rows: Row[] = []
  for (const ancestors of sizes) rows.push(await measure(openLedger(provider, node.deployment), lineage, ancestors))
  if (json) console.log(JSON.stringify({ runs, rows }, null, 2))
  else print(rows)
} finally {
  provider.destroy()
  await node.close()
}

async function measure(ledger: Ledger, lineage: readonly ModelId[], ancestors: number): Promise<Row> {
  const question = { model: lineage[ancestors]!, use: 'commercial' } as const
  const reader = nodeReader(ledger)
  await verify(reader, question)
  return {
    ancestors,
    first: await costOf(() => verifyModel(ledger, question)),
    again: await costOf(() => verify(reader, question)),
    chain: await costOf(() => readLineage(ledger, { model: question.model })),
  }
}

async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const times: number[] = []
  take()
  for (let turn = 0; turn < runs; ++turn) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const { requests, methods } = take()
  const median = times.toSorted((a, b) => a - b)[Math.floor(runs / 2)]!
  return { ms: Number(median.toFixed(1)), requests: requests / runs, calls: methods.length / runs }
}

/** Registers models, each made from the previous two, so that the model at index n has n ancestors. */
async function registerLineage(ledger: Ledger, count: number): Promise<ModelId[]> {
  const publisher = parseAddress(await provider.getSigner(0).then(({ address }) => address))
  const { terms } = await publishTerms(ledger, { terms: TERMS })
  const registrations: Registration[] = []
  const models: ModelId[] = []
  for (let index = 0; index < count; ++index) {
    const digest = `0x${(index + 1).toString(16).padStart(64, '0')}` as Digest
    const registration: Registration = {
      publisher,
      weights: digest,
      tensors: digest,
      annex: digest,
      datasets: digest,
      method: digest,
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
  console.log(`verifyModel by id over HTTP, median of ${runs} runs: milliseconds, HTTP requests / JSON-RPC calls`)
  const format = ({ ms, requests, calls }: Cost): string => `${ms.toFixed(1)} ms  ${requests} / ${calls}`
  const lines = [
    ['ancestors', 'first', 'again', 'chain part alone'],
    ...rows.map(({ ancestors, first, again, chain }) => [String(ancestors), ...[first, again, chain].map(format)]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  for (const line of lines) console.log(line.map((cell, column) => cell.padStart(widths[column]!)).join('   '))
}
