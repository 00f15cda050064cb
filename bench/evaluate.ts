/**
 * Measures how long `evaluate` and `verify` take, and how much memory, on the lineages that once cost the square of their size: a plain
 * row, and a row of cycles in which each model is also made from its child. Each model has a finding. Needs no chain.
 *
 *     npm run bench:evaluate [-- --row 20000] [--cycle 8000] [--json]
 */
import { exitForUsage, readOptions } from '../scripts/options.ts'
import { evaluate, EVERYBODY } from '../src/core/evaluate.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../src/core/hex.ts'
import type { Lineage, LineageEdge, LineageModel } from '../src/core/lineage.ts'
import type { LedgerReader } from '../src/core/ports.ts'
import type { TermsBody } from '../src/core/termsBody.ts'
import { METRICS } from '../src/core/topics.ts'
import { ALL_RIGHTS, rightsMask } from '../src/core/vocabulary.ts'
import { verify } from '../src/verify/verify.ts'

const { values } = readOptions({
  row: { type: 'string', default: '20000' },
  cycle: { type: 'string', default: '8000' },
  json: { type: 'boolean', default: false },
})
const [row, cycle] = [Number(values.row), Number(values.cycle)]
if (![row, cycle].every((size) => Number.isInteger(size) && size >= 2 && size <= 100_000)) {
  exitForUsage('--row and --cycle are whole numbers from 2 to 100,000.')
}

/** The most that a row or a cycle of the default size may take. */
const LIMITS = { seconds: 1, mebibytes: 300 }
const TERMS = `0x0b${'0'.repeat(62)}` as TermsId
const BODY: TermsBody = {
  rights: ALL_RIGHTS,
  unstated: 0,
  flags: 0,
  family: 0,
  outbound: 0n,
  duties: 0n,
  thresholds: [
    {
      metric: METRICS.monthlyActiveUsers,
      subject: 0,
      limit: 1n,
      withdraws: rightsMask(['commercial']),
      adds: 0,
      uses: 0,
      param: 0,
      flags: 0,
    },
  ],
}

const ASKED = { ...EVERYBODY, licensee: ZERO_ADDRESS, uses: rightsMask(['commercial']), time: 1 }
const QUESTION = { model: idOf(0), use: 'commercial' } as const

/** MiB of the process before it measures anything. */
const IDLE = process.memoryUsage().rss / 2 ** 20

type Row = { models: number; seconds: number; mebibytes: number }
const rows: Record<string, Row> = {
  'verify, a row': await measure(
    lineageOf(row, false),
    async (lineage) => void (await verify(readerOf(lineage), QUESTION)),
  ),
  'evaluate, a row': await measure(lineageOf(row, false), (lineage) => void evaluate(lineage, ASKED)),
  'evaluate, a row of cycles': await measure(lineageOf(cycle, true), (lineage) => void evaluate(lineage, ASKED)),
  'verify, a row of cycles': await measure(
    lineageOf(cycle, true),
    async (lineage) => void (await verify(readerOf(lineage), QUESTION)),
  ),
}
if (values.json) console.log(JSON.stringify(rows, null, 2))
else print()

/** Times a run, in seconds of this process, and how far the process has grown since its start, at most. */
async function measure(lineage: Lineage, run: (lineage: Lineage) => void | Promise<void>): Promise<Row> {
  const start = process.cpuUsage()
  await run(lineage)
  const { user, system } = process.cpuUsage(start)
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024 - IDLE)
  return { models: lineage.models.length, seconds: Number(((user + system) / 1e6).toFixed(2)), mebibytes }
}

function print(): void {
  console.log(`${'run'.padEnd(28)}${'models'.padStart(8)}${'seconds'.padStart(9)}${'MiB'.padStart(6)}`)
  for (const [name, { models, seconds, mebibytes }] of Object.entries(rows)) {
    const met = seconds <= LIMITS.seconds && mebibytes <= LIMITS.mebibytes
    const figures = [String(models).padStart(8), seconds.toFixed(2).padStart(9), String(mebibytes).padStart(6)]
    console.log(`${name.padEnd(28)}${figures.join('')}  ${met ? 'met' : 'MISSED'}`)
  }
  console.log(`At most ${LIMITS.seconds} s and ${LIMITS.mebibytes} MiB each.`)
}

function idOf(number: number): ModelId {
  return `0x0a${number.toString(16).padStart(62, '0')}` as ModelId
}

/** A row of models of two publishers; in cycles, each is also made from its child. */
function lineageOf(size: number, cycles: boolean): Lineage {
  const models = Array.from({ length: size }, (_, number): LineageModel => {
    const from = [number + 1, ...(cycles ? [number - 1] : [])].filter((other) => other >= 0 && other < size)
    return {
      model: idOf(number),
      publisher: publisherOf(number),
      registeredAt: 1,
      verifiedFrom: 0,
      verifiedUntil: 0,
      status: 'active',
      recalled: false,
      terms: TERMS,
      parents: from.map((other): LineageEdge => {
        const grade = other > number ? 'declared' : 'acknowledged'
        return { model: idOf(other), relation: 'finetune', grade, undisclosed: false }
      }),
      credentials: [],
    }
  })
  return { models, terms: new Map([[TERMS, BODY]]) }
}

function publisherOf(number: number): Address {
  return `0x${String(1 + (number % 2)).padStart(40, '0')}` as Address
}

/** A source that has read the lineage already. */
function readerOf(lineage: Lineage): LedgerReader {
  const registrations = new Map(
    lineage.models.map(({ model, publisher, terms, parents }) => [
      model,
      {
        publisher,
        weights: ZERO_DIGEST,
        tensors: ZERO_DIGEST,
        annex: ZERO_DIGEST,
        datasets: ZERO_DIGEST,
        method: ZERO_DIGEST,
        terms,
        parents: parents.filter(({ grade }) => grade === 'declared'),
        uri: '',
      },
    ]),
  )
  const state = { lineage, block: 1, timestamp: 1, chainId: 1 }
  const reader: Partial<LedgerReader> = {
    source: 'node',
    readLineage: () => Promise.resolve(state),
    readRegistrations: () => Promise.resolve(registrations),
    readTermsLabels: () => Promise.resolve(new Map()),
  }
  return reader as LedgerReader
}
