import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'chai'
import { recoverAddress } from 'ethers'

import type { CallId, CallRecord } from '../../src/core/callRecord.ts'
import { openStoreWith, openUsageStore } from '../../src/audit/openUsageStore.ts'
import { verifyReceipt } from '../../src/audit/receipt.ts'
import { readReceiptKey } from '../../src/audit/receiptKey.ts'
import { Sealer } from '../../src/audit/sealer.ts'
import type { ThreadedSealer } from '../../src/audit/sealThread.ts'
import { readUsageLog } from '../../src/audit/usageLog.ts'
import { holds } from '../../src/core/usageProof.ts'
import type { UsageStore } from '../../src/audit/usageStore.ts'
import { ZERO_DIGEST } from '../../src/core/hex.ts'
import { FaultyFiles } from '../fixtures/faultyFiles.ts'
import { Random } from '../fixtures/random.ts'
import { callId, credentialOf, endOf, intentOf, NOW, OPERATOR, signReceiptKey } from './calls.ts'

const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Date.now() % 2 ** 31)
/** How often a process is killed. */
const KILLS = process.env.STEMMA_DEEP ? 100 : 2

describe('the usage store', function () {
  let folder: string
  let store: UsageStore | undefined

  beforeEach(async function () {
    folder = join(await mkdtemp(join(tmpdir(), 'stemma-store-')), 'store')
  })

  afterEach(async function () {
    await close()
    await rm(join(folder, '..'), { recursive: true })
  })

  async function open(settings: Partial<openUsageStore.Settings> = {}): Promise<UsageStore> {
    const fixed = { folder, operator: OPERATOR, signReceiptKey, clock: () => NOW + 1000, sealEvery: 0.01 }
    return (store = await openUsageStore({ ...fixed, ...settings }))
  }

  async function close(): Promise<void> {
    await store?.close()
    store = undefined
  }

  async function keep(kept: UsageStore, from: number, to: number): Promise<void> {
    const one = async (number: number): Promise<void> => {
      await kept.begin(intentOf(number))
      await kept.end(endOf(number))
    }
    await Promise.all(Array.from({ length: to - from }, (_, at) => one(from + at)))
  }

  /** Resolves when a call is sealed. */
  async function sealed(kept: UsageStore, call: CallId): Promise<void> {
    while (!(await kept.find(call))?.place) {
      await new Promise<void>((resolve) => {
        const stop = kept.onSealed(() => {
          stop()
          resolve()
        })
      })
    }
  }

  /** The records of all logs by their calls, each once; the logs are checked while they are read. */
  async function readAll(): Promise<Map<CallId, CallRecord>> {
    const records = new Map<CallId, CallRecord>()
    for (const name of await readdir(join(folder, 'logs'))) {
      const onRecord = (record: CallRecord): void => {
        expect(records.has(record.call!), `call ${record.call} twice`).to.equal(false)
        records.set(record.call!, record)
      }
      await readUsageLog(join(folder, 'logs', name, 'usage.log'), { onRecord })
    }
    return records
  }

  it('keeps calls, counts them at once, and seals them into logs with proofs and receipts', async function () {
    const kept = await open()
    await keep(kept, 0, 300)
    let [calls, tokens] = [0, 0]
    for (let number = 0; number < 300; number += 3) {
      const { outcome, inputTokens, outputTokens } = endOf(number)
      calls += outcome === 'served' ? 1 : 0
      tokens += inputTokens + outputTokens
    }
    expect(kept.countsOf(credentialOf(1))).to.deep.equal({ calls, tokens })
    expect(kept.countsOf(credentialOf(9))).to.deep.equal({ calls: 0, tokens: 0 })
    await sealed(kept, callId(299))
    const head = (await kept.heads()).find(({ owner }) => owner.credential === credentialOf(1))!
    expect(head.checkpoint).to.include({ size: 100n, calls: BigInt(calls), tokens: BigInt(tokens) })
    const proof = await kept.prove(callId(150))
    expect([holds(proof), proof.root]).to.deep.equal([true, head.checkpoint.root])
    expect(verifyReceipt((await kept.receiptOf(callId(150)))!, recoverAddress)).to.equal(true)
    expect(await kept.stateAt(head.owner, 100)).to.deep.equal(head.checkpoint)
    expect(await kept.stateAt({ ...head.owner, operator: `0x${'1'.repeat(40)}` as typeof OPERATOR }, 0)).to.include({
      size: 0n,
    })
    expect(await kept.heads(new Map([[proof.log, 100]]))).to.have.length(2)
    await close()
    expect((await readAll()).size).to.equal(300)
  })

  it('finds a call as soon as it has ended, and not before', async function () {
    const kept = await open({ sealEvery: 3600 })
    await kept.begin(intentOf(1))
    expect(await kept.find(callId(1))).to.equal(undefined)
    await kept.end(endOf(1))
    const found = (await kept.find(callId(1)))!
    expect(found.place).to.equal(undefined)
    expect(found.record).to.include({ call: callId(1), block: 101, outcome: 'served' })
    await expectCode(kept.prove(callId(1)), 'CALL_STATE')
    expect(await kept.receiptOf(callId(1))).to.equal(undefined)
  })

  it('takes each call once, and only calls that a record can hold', async function () {
    const kept = await open()
    await expectCode(kept.end(endOf(1)), 'CALL_STATE')
    const begun = kept.begin(intentOf(1))
    await expectCode(kept.begin(intentOf(1)), 'CALL_STATE')
    const ended = kept.end(endOf(1))
    await expectCode(kept.end(endOf(1)), 'CALL_STATE')
    await Promise.all([begun, ended])
    await expectCode(kept.end(endOf(1)), 'CALL_STATE')
    await expectCode(kept.begin(intentOf(2, { call: 'call-2' })), 'INVALID_RECORD')
    await expectCode(kept.begin(intentOf(2, { block: -1 })), 'INVALID_RECORD')
    await expectCode(kept.begin(intentOf(2, { epoch: 0.5 })), 'INVALID_RECORD')
    await kept.begin(intentOf(2))
    await expectCode(kept.end(endOf(2, { outputTokens: 2 ** 32 })), 'INVALID_RECORD')
    await kept.end(endOf(2))
    await close()
    expect([...(await readAll()).keys()]).to.have.members([callId(1), callId(2)])
  })

  it('keeps no end of a call that it refused to begin, though both came at once', async function () {
    const files = new FaultyFiles()
    files.free = 0
    const kept = await open({ journal: { files } })
    // The disk is looked at beside the calls.
    for (let number = 0; ; ++number) {
      const both = [kept.begin(intentOf(number)), kept.end(endOf(number))]
      const [begun, ended] = await Promise.allSettled(both)
      expect(ended!.status).to.equal(begun!.status)
      if (begun!.status === 'fulfilled') continue
      expect([begun, ended].map((each) => (each as PromiseRejectedResult).reason.code)).to.deep.equal([
        'JOURNAL_FULL',
        'JOURNAL_FULL',
      ])
      break
    }
    await close()
    await open()
  })

  it('ends calls as failed that were open when it closed, once, and knows its counts when it opens again', async function () {
    let kept = await open()
    await keep(kept, 0, 30)
    await kept.begin(intentOf(30))
    await kept.begin(intentOf(31))
    const counts = kept.countsOf(credentialOf(1))
    for (let round = 0; round < 2; ++round) {
      await close()
      kept = await open()
    }
    expect(kept.countsOf(credentialOf(1))).to.deep.equal(counts)
    const cut = (await kept.find(callId(30)))!
    expect(cut.record).to.deep.include({ request: ZERO_DIGEST, response: ZERO_DIGEST, outcome: 'failed' })
    expect(cut.record).to.include({ inputTokens: 0, outputTokens: 0, counted: 'estimated', block: 130 })
    await close()
    expect((await readAll()).size).to.equal(32)
  })

  it('lets the journal go, also while a call takes long', async function () {
    const kept = await open({ journal: { segmentBytes: 64 * 1024 }, rewriteAfter: 50 })
    await kept.begin(intentOf(5000))
    for (let from = 0; from < 1000; from += 100) {
      await keep(kept, from, from + 100)
      await sealed(kept, callId(from + 99))
    }
    await kept.end(endOf(5000))
    await sealed(kept, callId(5000))
    const sizes = await Promise.all(
      (await readdir(join(folder, 'journal'))).map(async (name) => (await stat(join(folder, 'journal', name))).size),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.lessThan(6 * 64 * 1024)
    await close()
    expect((await readAll()).get(callId(5000))).to.include({ outcome: endOf(5000).outcome, inputTokens: 5100 })
  })

  it('is for its owner only, and for one process and one operator', async function () {
    await open()
    for (const name of ['.', 'journal', 'logs']) expect((await stat(join(folder, name))).mode & 0o777).to.equal(0o700)
    for (const name of ['receipt-key.json', 'index.sqlite', 'index.sqlite-wal']) {
      expect((await stat(join(folder, name))).mode & 0o777, name).to.equal(0o600)
    }
    const first = store
    await expectCode(open(), 'FOLDER_LOCKED')
    store = first
    await close()
    await expectCode(open({ operator: `0x${'1'.repeat(40)}` as typeof OPERATOR }), 'RECEIPT_KEY')
  })

  it('fails when it cannot seal, accepts nothing more, and loses nothing', async function () {
    let writes = 0
    const writeSync = ((...parameters: Parameters<typeof fs.writeSync>) => {
      writes += 1
      if (writes === 9) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      return fs.writeSync(...parameters)
    }) as typeof fs.writeSync
    const settings = { folder, operator: OPERATOR, signReceiptKey, sealEvery: 0.001 }
    const kept = (store = await openStoreWith((at) => inThisThread(at, { ...fs, writeSync }), settings))
    let number = 0
    while (!kept.failure) {
      await Promise.allSettled([keep(kept, number, (number += 7)), new Promise(setImmediate)])
    }
    expect(kept.failure).to.include({ code: 'USAGE_STORE_FAILED', kind: 'unavailable' })
    expect(kept.failure.message).to.contain('no space left')
    await expectCode(kept.begin(intentOf(9999)), 'USAGE_STORE_FAILED')
    const acknowledged = [1, 2, 3].map((each) => kept.countsOf(credentialOf(each)))
    await close()
    const again = await open()
    const found = [1, 2, 3].map((each) => again.countsOf(credentialOf(each)))
    expect(found.map(({ calls }) => calls)).to.deep.equal(acknowledged.map(({ calls }) => calls))
    await close()
    await readAll()
  })

  it('does not start with an index that is older than the logs, and starts when that is moved away', async function () {
    await keep(await open(), 0, 30)
    await close()
    await cp(join(folder, 'index.sqlite'), join(folder, '..', 'older'))
    await keep(await open(), 30, 60)
    await close()
    await cp(join(folder, '..', 'older'), join(folder, 'index.sqlite'))
    await rm(join(folder, 'journal'), { recursive: true })
    await expectCode(open(), 'USAGE_STORE_DAMAGED')
    await rm(join(folder, 'index.sqlite'))
    expect((await (await open()).find(callId(45)))!.place).to.include({ sealedSize: 20 })
    await close()
    expect((await readAll()).size).to.equal(60)
  })

  it(`loses no call and doubles none when it is killed ${KILLS} times under load (seed ${SEED})`, async function () {
    this.timeout(600_000)
    const random = new Random(SEED)
    const [begun, ended] = [new Set<number>(), new Set<number>()]
    for (let round = 0; round < KILLS; ++round) {
      const seals = random.integer(0, 6)
      await runAndKill(round * 1_000_000, random.integer(1, 300), seals, (what, number) => {
        if (what === 'begun') begun.add(number)
        if (what === 'ended') ended.add(number)
      })
    }
    const kept = await open()
    for (const { owner, checkpoint } of await kept.heads()) {
      expect(await kept.stateAt(owner, Number(checkpoint.size))).to.deep.equal(checkpoint)
    }
    // What the killed process had not sealed is sealed in the background: receipts are there after it.
    await kept.seal()
    for (const number of random.sample([...ended], 20)) {
      expect(verifyReceipt((await kept.receiptOf(callId(number)))!, recoverAddress)).to.equal(true)
    }
    const heads = await kept.heads()
    await close()
    const records = await readAll()
    expect(heads.reduce((sum, { checkpoint }) => sum + Number(checkpoint.size), 0)).to.equal(records.size)
    for (const number of ended) {
      const { call, ...end } = endOf(number)
      expect(records.get(call), `call ${number}`).to.include(end)
    }
    for (const number of begun) {
      if (!ended.has(number)) expect(records.get(callId(number)), `call ${number}`).to.not.equal(undefined)
      if (number % 50 === 0) expect(records.get(callId(number))).to.include({ outcome: 'failed', inputTokens: 0 })
    }
  })

  /** Keeps calls in another process until so many have ended and it has sealed so often, kills it, and takes what it had printed. */
  async function runAndKill(
    first: number,
    ends: number,
    seals: number,
    take: (what: string, number: number) => void,
  ): Promise<void> {
    const program = join(import.meta.dirname, 'endlessCalls.ts')
    const child = spawn(process.execPath, ['--conditions=source', program, folder, String(first)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.on('data', (text) => (errors += text))
    let [leftEnds, leftSeals] = [ends, seals]
    for await (const line of createInterface(child.stdout)) {
      const [what, number] = line.split(' ')
      if (what === 'sealed') leftSeals -= 1
      else if (number !== undefined) take(what!, Number(number))
      if (what === 'ended') leftEnds -= 1
      if (leftEnds <= 0 && leftSeals <= 0 && !child.killed) child.kill('SIGKILL')
    }
    expect(child.killed, errors).to.equal(true)
  }
})

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const { reason } = (await Promise.allSettled([promise]))[0] as PromiseRejectedResult
  expect(reason).to.have.property('code', code)
}

/** A sealer without a thread, whose calls of the system are given. */
async function inThisThread(folder: string, files: typeof fs): Promise<ThreadedSealer> {
  const sealer = await Sealer.open({ folder, key: (await readReceiptKey(folder))!, files })
  return {
    unsealed: sealer.unsealed,
    stage: async (calls) => sealer.stage(calls),
    seal: async (now) => sealer.seal(now),
    sealedAmong: async (calls) => sealer.sealedAmong(calls),
    counts: async () => sealer.counts(),
    find: async (call) => sealer.find(call),
    prove: async (call, size) => sealer.prove(call, size),
    receiptOf: async (call) => sealer.receiptOf(call),
    heads: async (since) => sealer.heads(since),
    stateAt: async (owner, size) => sealer.stateAt(owner, size),
    close: async () => sealer.close(),
  }
}
