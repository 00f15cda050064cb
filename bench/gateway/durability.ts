import { randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

import { Wallet } from 'ethers'

import { openUsageStore } from '../../src/audit/openUsageStore.ts'
import { parseAddress, parseCredentialId, parseDigest, type Hex } from '../../src/core/hex.ts'

/** Durable records a second, with 50 writers: our store, which keeps two for a call, and lines that are appended and synced in batches. */
export type Durability = { ours: number; bare: number }

const WRITERS = 50
/** As long as a record of the journal. */
const LINE = Buffer.alloc(268, 'x')

/** Measures both ways on the same disk, one after the other. */
export async function durabilityOf(folder: string, seconds: number): Promise<Durability> {
  const bare = await bareCommit(join(folder, 'bare.log'), seconds)
  const ours = await usageStore(join(folder, 'durability'), seconds)
  return { ours, bare }
}

/** How long the disk takes for a line that is written and synced, in milliseconds: the median of 200. */
export function syncOf(folder: string): number {
  const file = openSync(join(folder, 'sync.log'), 'w')
  const times = Array.from({ length: 200 }, () => {
    const began = performance.now()
    writeSync(file, LINE)
    fdatasyncSync(file)
    return performance.now() - began
  })
  closeSync(file)
  return times.toSorted((a, b) => a - b)[100]!
}

/** The least that a group commit can do: while one batch is on its way, the next gathers. */
async function bareCommit(path: string, seconds: number): Promise<number> {
  const file = await open(path, 'w')
  let waiting: (() => void)[] = []
  let running = false
  const commit = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await file.write(Buffer.alloc(LINE.length * batch.length, LINE))
      await file.datasync()
      for (const done of batch) done()
    }
    running = false
  }
  const rate = await rateOf(seconds, 1, () => {
    const written = new Promise<void>((done) => waiting.push(done))
    if (!running) void commit()
    return written
  })
  await file.close()
  return rate
}

async function usageStore(folder: string, seconds: number): Promise<number> {
  const wallet = Wallet.createRandom()
  const operator = parseAddress(wallet.address)
  const store = await openUsageStore({
    folder,
    operator,
    signReceiptKey: async ({ domain, types, message }) => (await wallet.signTypedData(domain, types, message)) as Hex,
  })
  const credential = parseCredentialId(`0x${randomBytes(32).toString('hex')}`)
  const digest = parseDigest(`0x${randomBytes(32).toString('hex')}`)
  const time = Math.floor(Date.now() / 1000)
  let made = 0
  const rate = await rateOf(seconds, 2, async () => {
    made += 1
    const call = `01900000-0000-7000-8000-${made.toString(16).padStart(12, '0')}`
    await store.begin({ call, credential, epoch: 0, time, block: 1, use: 'commercial', reserved: 500 })
    const end = { call, request: digest, response: digest, inputTokens: 400, outputTokens: 100 }
    await store.end({ ...end, outcome: 'served', counted: 'reported' })
  })
  await store.close()
  return rate
}

/** How many records a second the writers keep, each of which waits for its own. */
async function rateOf(seconds: number, recordsEach: number, write: () => Promise<void>): Promise<number> {
  const began = performance.now()
  const until = began + seconds * 1000
  let written = 0
  const writer = async (): Promise<void> => {
    while (performance.now() < until) {
      await write()
      written += recordsEach
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  return written / ((performance.now() - began) / 1000)
}
