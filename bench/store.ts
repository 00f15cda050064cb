/**
 * How long a usage store takes to start with many sealed records and calls that a crash left in its journal, what it holds in memory, and
 * what sealing costs: records a second, and the longest time for which it keeps the event loop of the gateway.
 *
 *     node bench/store.ts [--records 1000000] [--logs 100] [--folder /tmp] [--json]
 *
 * Ends with 1 when the start takes more than 2 seconds, with 2 when it is used wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { Wallet } from 'ethers'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { openJournal, openUsageStore, type CallEnd, type CallIntent } from '../src/audit/index.ts'
import { openReceiptKey, type SignReceiptKey } from '../src/audit/receiptKey.ts'
import { Sealer } from '../src/audit/sealer.ts'
import { ZERO_DIGEST, type Address, type CredentialId } from '../src/core/hex.ts'

const GOAL_MS = 2000
const BATCH = 16_384
/** Calls of the journal that a crash left: so many ended, and so many did not. */
const LEFT = { ended: 5000, open: 100 }

const { values } = readOptions({
  records: { type: 'string', default: '1000000' },
  logs: { type: 'string', default: '100' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
})
const [records, logs] = [Number(values.records), Number(values.logs)]
if (![records, logs].every((each) => Number.isSafeInteger(each) && each > 0)) {
  exitForUsage('--records and --logs are whole numbers from 1 on.')
}

const wallet = new Wallet(`0x${'ab'.repeat(32)}`)
const operator = wallet.address.toLowerCase() as Address
const signReceiptKey: SignReceiptKey = ({ domain, types, message }) => wallet.signTypedData(domain, types, message)
const now = 1_800_000_000
const folder = mkdtempSync(join(values.folder, 'stemma-bench-'))
try {
  const building = await build()
  await leave()
  const before = process.memoryUsage.rss()
  const from = performance.now()
  const store = await openUsageStore({ folder, operator, signReceiptKey, clock: () => now })
  const startMs = performance.now() - from
  const startMb = (process.memoryUsage.rss() - before) / 2 ** 20
  const proofs = performance.now()
  for (let at = 0; at < 100; ++at) await store.prove(intentOf(Math.floor((at * records) / 100)).call)
  const proofMs = (performance.now() - proofs) / 100
  const stall = await stallOf(store)
  await store.close()
  const isMet = startMs <= GOAL_MS
  const rows = { records, logs, ...building, startMs, startMb, proofMs, ...stall }
  if (values.json) {
    const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, load: loadavg()[0]! }
    console.log(JSON.stringify({ ...about, goals: { startMs: GOAL_MS }, ok: isMet, ...rows }))
  } else {
    for (const [name, value] of Object.entries(rows)) console.log(`${name.padEnd(16)} ${value.toFixed(1).padStart(12)}`)
    console.log(isMet ? 'ok' : `The start took more than ${GOAL_MS} ms.`)
  }
  process.exitCode = isMet ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Seals the records. */
async function build(): Promise<{ sealedPerSecond: number }> {
  const sealer = await Sealer.open({ folder, key: await openReceiptKey(folder, { operator, now, signReceiptKey }) })
  const from = performance.now()
  for (let done = 0; done < records;) {
    const until = Math.min(records, done + BATCH)
    for (; done < until; ++done) {
      const { credential, epoch, call, time, block, use } = intentOf(done)
      sealer.stage([{ credential, epoch, record: { ...endOf(done), call, time, block, use } }])
    }
    sealer.seal(now)
  }
  const sealedPerSecond = records / ((performance.now() - from) / 1000)
  sealer.close()
  return { sealedPerSecond }
}

/** Leaves calls in the journal, as a crash does. */
async function leave(): Promise<void> {
  const journal = await openJournal(join(folder, 'journal'))
  const entries = Array.from({ length: LEFT.ended + LEFT.open }, async (_, at) => {
    await journal.append({ intent: intentOf(records + at) })
    if (at >= LEFT.open) await journal.append({ end: endOf(records + at) })
  })
  await Promise.all(entries)
  await journal.close()
}

/** What the event loop has to wait for while calls come and are sealed for some seconds, beside calls that are not sealed meanwhile. */
async function stallOf(
  store: Awaited<ReturnType<typeof openUsageStore>>,
): Promise<{ stallP99Ms: number; stallMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let next = records + LEFT.ended + LEFT.open
  let sealings = 0
  store.onSealed(() => (sealings += 1))
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      while (sealings < 4) {
        const number = next++
        await store.begin(intentOf(number))
        await store.end(endOf(number))
      }
    }),
  )
  delay.disable()
  return { stallP99Ms: delay.percentile(99) / 1e6, stallMs: delay.max / 1e6 }
}

function intentOf(number: number): CallIntent {
  const call = `01920000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
  const credential = `0x${(number % logs).toString(16).padStart(64, '0')}` as CredentialId
  return {
    call,
    credential,
    epoch: 0,
    time: now + Math.floor(number / 1000),
    block: number,
    use: 'commercial',
    reserved: 9,
  }
}

function endOf(number: number): CallEnd {
  const { call } = intentOf(number)
  const counts = { inputTokens: number % 5000, outputTokens: number % 900 }
  return { call, request: ZERO_DIGEST, response: ZERO_DIGEST, outcome: 'served', ...counts, counted: 'reported' }
}
