import fs from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { recoverAddress } from 'ethers'

import { verifyReceipt } from '../../src/audit/receipt.ts'
import { contradicts } from '../../src/core/receipt.ts'
import { openReceiptKey, type ReceiptKey } from '../../src/audit/receiptKey.ts'
import { Sealer, type EndedCall } from '../../src/audit/sealer.ts'
import type { SealFiles } from '../../src/audit/sealFiles.ts'
import { readUsageLog, type UsageLog } from '../../src/audit/usageLog.ts'
import { holds } from '../../src/core/usageProof.ts'
import type { CallId } from '../../src/core/callRecord.ts'
import { logIdOf } from '../../src/core/usage.ts'
import { Random } from '../fixtures/random.ts'
import { callId, credentialOf, endOf, intentOf, NOW, OPERATOR, signReceiptKey } from './calls.ts'

function endedCall(number: number): EndedCall {
  const { credential, epoch, call, time, block, use } = intentOf(number)
  const { call: _call, ...end } = endOf(number)
  return { credential, epoch, record: { call, time, block, use, ...end } }
}

function endedCalls(from: number, to: number): EndedCall[] {
  return Array.from({ length: to - from }, (_, at) => endedCall(from + at))
}

const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Date.now() % 2 ** 31)
/** Calls of the system that fail, each in a run of its own. */
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 5)

function seal(sealer: Sealer, calls: readonly EndedCall[], now: number): void {
  sealer.stage(calls)
  sealer.seal(now)
}

const LOGS = [1, 2, 3].map((number) => logIdOf(OPERATOR, credentialOf(number), 0))

describe('the sealer', function () {
  let folder: string
  let key: ReceiptKey
  let sealer: Sealer | undefined

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-sealer-'))
    key = await openReceiptKey(folder, { operator: OPERATOR, now: NOW, signReceiptKey })
  })

  afterEach(async function () {
    close()
    await rm(folder, { recursive: true })
  })

  async function open(files?: SealFiles): Promise<Sealer> {
    close()
    return (sealer = await Sealer.open({ folder, key, ...(files && { files }) }))
  }

  function close(): void {
    sealer?.close()
    sealer = undefined
  }

  function logPath(log: number): string {
    return join(folder, 'logs', LOGS[log]!, 'usage.log')
  }

  /** Each call of the logs' files, how often; and the logs, which are checked while they are read. */
  async function readAll(): Promise<{ logs: UsageLog[]; times: Map<CallId, number> }> {
    const times = new Map<CallId, number>()
    const logs: UsageLog[] = []
    for (const name of await readdir(join(folder, 'logs'))) {
      const onRecord = ({ call }: { call?: CallId }) => times.set(call!, (times.get(call!) ?? 0) + 1)
      logs.push((await readUsageLog(join(folder, 'logs', name, 'usage.log'), { onRecord })).log)
    }
    return { logs, times }
  }

  /** The numbers of calls that must stand in the logs once each, and all that is answered of them. */
  async function expectSealed(sealed: Sealer, count: number): Promise<void> {
    const { logs, times } = await readAll()
    expect([...times.keys()].toSorted()).to.deep.equal(Array.from({ length: count }, (_, number) => callId(number)))
    expect(new Set(times.values())).to.deep.equal(new Set([1]))
    for (const { owner, checkpoint } of sealed.heads()) {
      const log = logs.find(({ id }) => id === logIdOf(owner.operator, owner.credential, owner.epoch))!
      expect(checkpoint).to.deep.equal(log.stateAt())
    }
  }

  it('seals calls into logs, and answers for every call and every size as the whole log would', async function () {
    const sealed = await open()
    let count = 0
    for (const added of [1, 2, 250, 3, 600]) seal(sealed, endedCalls(count, (count += added)), NOW + 500)
    await expectSealed(sealed, count)
    const { logs } = await readAll()
    for (const log of logs) {
      for (let size = 0; size <= log.tree.size; size += 37) {
        expect(sealed.stateAt(log.owner, size)).to.deep.equal(log.stateAt(size))
      }
    }
    for (let number = 0; number < count; number += 53) {
      const found = sealed.find(callId(number))!
      const log = logs.find(({ owner }) => owner.credential === found.owner.credential)!
      expect(found.record).to.include({ call: callId(number), block: 100 + number })
      const proof = sealed.prove(callId(number))
      expect(holds(proof)).to.equal(true)
      expect(proof.root).to.equal(log.tree.root())
      const early = sealed.prove(callId(number), found.place!.index + 1)
      expect([holds(early), early.root]).to.deep.equal([true, log.tree.root(found.place!.index + 1)])
    }
    expect(sealed.counts().get(credentialOf(2))).to.deep.equal({
      calls: endedCalls(0, count).filter(
        ({ credential, record }) => credential === credentialOf(2) && record.outcome === 'served',
      ).length,
      tokens: endedCalls(0, count)
        .filter(({ credential }) => credential === credentialOf(2))
        .reduce((sum, { record }) => sum + record.inputTokens + record.outputTokens, 0),
    })
  })

  it('lets no time run backwards, and passes over what is sealed', async function () {
    const sealed = await open()
    seal(sealed, [endedCall(30), endedCall(0), endedCall(30)], NOW)
    seal(sealed, [endedCall(0), endedCall(3)], NOW)
    expect(sealed.heads()[0]!.checkpoint.size).to.equal(3n)
    expect(sealed.find(callId(0))!.record.time).to.equal(NOW + 3)
    await readAll()
  })

  it('rebuilds a missing index also where a crash left its newest pages in a file beside it', async function () {
    const sealed = await open()
    seal(sealed, endedCalls(0, 30), NOW)
    const pages = await readFile(join(folder, 'index.sqlite-wal'))
    seal(sealed, endedCalls(30, 600), NOW)
    close()
    await rm(join(folder, 'index.sqlite'))
    await writeFile(join(folder, 'index.sqlite-wal'), pages)
    await expectSealed(await open(), 600)
  })

  it('passes over files that somebody put beside the logs', async function () {
    seal(await open(), endedCalls(0, 30), NOW)
    await writeFile(join(folder, 'logs', '.DS_Store'), 'x')
    expect((await open()).find(callId(29))!.place).to.include({ index: 9 })
    close()
    await rm(join(folder, 'index.sqlite'))
    expect((await open()).find(callId(29))!.place).to.include({ index: 9 })
  })

  it('seals nothing into a log or tiles that were cut or removed while it ran', async function () {
    for (const harm of [
      () => truncate(logPath(1), 500),
      () => rm(logPath(1)),
      () => truncate(join(logPath(1), '..', 'tiles', '0'), 32),
    ]) {
      await rm(join(folder, 'logs'), { recursive: true, force: true })
      await rm(join(folder, 'index.sqlite'), { force: true })
      const sealed = await open()
      seal(sealed, endedCalls(0, 30), NOW)
      await harm()
      expect(() => seal(sealed, endedCalls(30, 60), NOW)).to.throw('shorter than what was written')
      expect(() => seal(sealed, endedCalls(60, 90), NOW)).to.throw('shorter than what was written')
    }
  })

  it('refuses sizes and calls that there are not', async function () {
    const sealed = await open()
    seal(sealed, endedCalls(0, 30), NOW)
    expect(sealed.find(callId(30))).to.equal(undefined)
    expect(sealed.receiptOf(callId(30))).to.equal(undefined)
    expect(() => sealed.prove(callId(30)))
      .to.throw('is not sealed')
      .with.property('code', 'CALL_STATE')
    expect(() => sealed.prove(callId(9), 3))
      .to.throw()
      .with.property('code', 'LOG_RANGE')
    expect(() => sealed.prove(callId(9), 11))
      .to.throw()
      .with.property('code', 'LOG_RANGE')
    expect(() => sealed.stateAt({ credential: credentialOf(1), epoch: 0 }, 11))
      .to.throw()
      .with.property('code', 'LOG_RANGE')
    expect(() => sealed.stateAt({ credential: credentialOf(1), epoch: 1 }, 1))
      .to.throw()
      .with.property('code', 'LOG_RANGE')
  })

  it('gives receipts that hold, and that an altered log contradicts', async function () {
    const sealed = await open()
    seal(sealed, endedCalls(0, 10), NOW + 1)
    seal(sealed, endedCalls(10, 300), NOW + 2)
    const { logs } = await readAll()
    for (const number of [0, 9, 10, 150, 299]) {
      const receipt = sealed.receiptOf(callId(number))!
      expect(verifyReceipt(receipt, recoverAddress)).to.equal(true)
      expect(receipt.batch).to.equal(number < 10 ? 10 : 300)
      const log = logs.find(({ id }) => id === receipt.call.log)!
      expect(logs.map((each) => contradicts(receipt, each))).to.deep.equal([false, false, false])
      expect(contradicts(receipt, { log: log.id, checkpoint: log.stateAt() })).to.equal(false)
    }
    // A log without its second record, with all later ones moved up.
    const text = await readFile(logPath(0), 'utf8')
    const lines = text.split('\n').toSpliced(2, 1)
    const moved = lines.map((line, at) => (at < 1 ? line : line.replace(/"index":\d+/, `"index":${at - 1}`)))
    await writeFile(join(folder, 'altered.log'), moved.join('\n'))
    const { log: altered } = await readUsageLog(join(folder, 'altered.log'))
    for (const number of [0, 9, 12, 297]) {
      const receipt = sealed.receiptOf(callId(number))!
      expect(contradicts(receipt, altered)).to.equal(true)
      if (number > 0 && receipt.call.size <= altered.tree.size) {
        const checkpoint = altered.stateAt(receipt.call.size)
        expect(contradicts(receipt, { log: altered.id, checkpoint })).to.equal(true)
      }
    }
  })

  it('goes on after it was opened again, with what it knew', async function () {
    let sealed = await open()
    seal(sealed, endedCalls(0, 400), NOW + 40)
    const before = sealed.receiptOf(callId(3))
    sealed = await open()
    expect(sealed.unsealed).to.deep.equal([])
    expect(sealed.receiptOf(callId(3))).to.deep.equal(before)
    seal(sealed, endedCalls(390, 500), NOW + 50)
    await expectSealed(sealed, 500)
    expect(sealed.sealedAmong([callId(499), callId(500)])).to.deep.equal([callId(499)])
    const sizes = new Map([
      [LOGS[0]!, 167],
      [LOGS[1]!, 100],
    ])
    expect(sealed.heads(sizes).map(({ owner }) => owner.credential)).to.deep.equal([credentialOf(2), credentialOf(3)])
  })

  describe('after a failed call of the system', function () {
    /** The calls of the system that change something, with a failure at one of them. */
    function failingAt(step: number, failure: string): { files: SealFiles; done(): boolean } {
      let steps = 0
      const guard = <T extends (...parameters: never[]) => unknown>(run: T, short?: T): T =>
        ((...parameters: Parameters<T>) => {
          steps += 1
          if (steps !== step) return run(...parameters)
          if (failure === 'short' && short) return short(...parameters)
          throw Object.assign(new Error(`${failure}: injected`), { code: failure })
        }) as T
      const half = ((file: number, bytes: Buffer, from: number, length: number, at: number) =>
        fs.writeSync(file, bytes, from, Math.ceil(length / 2), at)) as typeof fs.writeSync
      const files = {
        ...fs,
        writeSync: guard(fs.writeSync, half),
        fdatasyncSync: guard(fs.fdatasyncSync),
        fsyncSync: guard(fs.fsyncSync),
        ftruncateSync: guard(fs.ftruncateSync),
        mkdirSync: guard(fs.mkdirSync),
      }
      return { files, done: () => steps < step }
    }

    /** Fails at a step of two batches, opens again, and seals all that the journal has. Returns whether the step came. */
    async function failAt(step: number, failure: string): Promise<boolean> {
      const { files, done } = failingAt(step, failure)
      const failing = await open(files)
      try {
        seal(failing, endedCalls(0, 8), NOW)
        seal(failing, endedCalls(8, 60), NOW)
        expect(done()).to.equal(true)
        return false
      } catch (error) {
        expect((error as { code?: string }).code).to.equal(failure)
        expect(() => seal(failing, endedCalls(60, 61), NOW)).to.throw('injected')
      }
      const again = await open()
      seal(again, endedCalls(0, 40), NOW)
      seal(again, endedCalls(30, 60), NOW)
      await expectSealed(again, 60)
      return true
    }

    it(`seals nothing more, and loses and doubles nothing when it is opened again (seed ${SEED})`, async function () {
      this.timeout(600_000)
      const home = folder
      const random = new Random(SEED)
      // The deep run takes each step.
      const steps =
        CASES < 56
          ? random.sample(
              Array.from({ length: 56 }, (_, at) => at + 1),
              CASES,
            )
          : undefined
      for (let at = 0; steps === undefined || at < steps.length; ++at) {
        folder = join(home, `at-${at}`)
        await mkdir(folder)
        const hasFailed = await failAt(steps?.[at] ?? at + 1, random.pick(['EIO', 'ENOSPC']))
        close()
        await rm(folder, { recursive: true })
        folder = home
        if (!hasFailed) {
          expect(at).to.be.greaterThan(50)
          break
        }
      }
    })

    it('writes the remainder when the system wrote only a part', async function () {
      for (let step = 1; step < 9; ++step) {
        const { files } = failingAt(step, 'short')
        const sealed = await open({ ...fs, writeSync: files.writeSync })
        seal(sealed, endedCalls((step - 1) * 10, step * 10), NOW)
        await expectSealed(sealed, step * 10)
      }
    })
  })

  describe('with a damaged folder', function () {
    beforeEach(async function () {
      const sealed = await open()
      seal(sealed, endedCalls(0, 1000), NOW)
      close()
    })

    async function codeOf(run: () => unknown): Promise<string | undefined> {
      try {
        await run()
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }

    it('rebuilds an index that is missing, and signs for the logs again', async function () {
      const before = await open()
      const [state, proof] = [
        before.stateAt({ credential: credentialOf(1), epoch: 0 }, 100),
        before.prove(callId(500), 300),
      ]
      close()
      await rm(join(folder, 'index.sqlite'))
      const sealed = await open()
      expect(sealed.stateAt({ credential: credentialOf(1), epoch: 0 }, 100)).to.deep.equal(state)
      expect(sealed.prove(callId(500), 300)).to.deep.equal(proof)
      const receipt = sealed.receiptOf(callId(500))!
      expect(verifyReceipt(receipt, recoverAddress)).to.equal(true)
      seal(sealed, endedCalls(990, 1300), NOW)
      await expectSealed(sealed, 1300)
    })

    it('rebuilds tiles that are missing', async function () {
      const rows = join(folder, 'logs', LOGS[0]!, 'tiles')
      const before = await readFile(join(rows, '0'))
      await rm(rows, { recursive: true })
      const sealed = await open()
      expect(await readFile(join(rows, '0'))).to.deep.equal(before)
      expect(holds(sealed.prove(callId(0), 7))).to.equal(true)
    })

    it('finds tiles that are cut off, or of other bytes at the end, at the start', async function () {
      const row = join(folder, 'logs', LOGS[0]!, 'tiles', '0')
      const bytes = await readFile(row)
      await truncate(row, bytes.length - 1)
      expect(await codeOf(open)).to.equal('USAGE_STORE_DAMAGED')
      bytes[bytes.length - 5]! ^= 1
      await writeFile(row, bytes)
      expect(await codeOf(open)).to.equal('USAGE_STORE_DAMAGED')
      // As the message says.
      await rm(join(folder, 'logs', LOGS[0]!, 'tiles'), { recursive: true })
      await expectSealed(await open(), 1000)
    })

    it('finds other bytes in the middle of tiles, logs and index when they are used', async function () {
      const row = join(folder, 'logs', LOGS[0]!, 'tiles', '0')
      const bytes = await readFile(row)
      bytes[3]! ^= 1
      await writeFile(row, bytes)
      const lines = await readFile(logPath(1), 'utf8')
      await writeFile(logPath(1), lines.replace('"block":101', '"block":102'))
      const sealed = await open()
      expect(await codeOf(() => sealed.stateAt({ credential: credentialOf(1), epoch: 0 }, 5))).to.equal(
        'USAGE_STORE_DAMAGED',
      )
      expect(await codeOf(() => sealed.prove(callId(3)))).to.equal('USAGE_STORE_DAMAGED')
      expect(await codeOf(() => sealed.prove(callId(1)))).to.equal('USAGE_STORE_DAMAGED')
      expect(holds(sealed.prove(callId(4)))).to.equal(true)
    })

    it('does not start with a log that is missing or shorter than what was sealed', async function () {
      await truncate(logPath(2), (await stat(logPath(2))).size - 1)
      expect(await codeOf(open)).to.equal('USAGE_STORE_DAMAGED')
      await rename(logPath(2), join(folder, 'away'))
      expect(await codeOf(open)).to.equal('USAGE_STORE_DAMAGED')
    })

    it('names an index that is not one', async function () {
      await writeFile(join(folder, 'index.sqlite'), 'x'.repeat(8192))
      expect(await codeOf(open)).to.equal('USAGE_STORE_DAMAGED')
    })

    it('does not rebuild from a log that was altered', async function () {
      await rm(join(folder, 'index.sqlite'))
      const lines = await readFile(logPath(1), 'utf8')
      await writeFile(logPath(1), lines.replace('"block":101', '"block":0101'))
      expect(await codeOf(open)).to.equal('INVALID_RECORD')
    })

    it('lists the calls that the logs have and the index has not, without what is half written', async function () {
      const { index: _index, ...record } = { index: 0, ...endedCall(1002).record }
      await appendFile(logPath(0), `${JSON.stringify({ index: 334, ...record })}\n{"half":`)
      expect((await open()).unsealed).to.deep.equal([callId(1002)])
    })

    it('is refused to another operator', async function () {
      const other = { ...key, operator: `0x${'1'.repeat(40)}` as typeof OPERATOR }
      expect(await codeOf(() => Sealer.open({ folder, key: other }))).to.equal('USAGE_STORE_OPERATOR')
    })
  })
})
