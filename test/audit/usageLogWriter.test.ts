import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { WriteFailedError } from '../../src/audit/durableFile.ts'
import { createUsageLog, openUsageLog, readUsageLog, UsageLogWriter } from '../../src/audit/usageLog.ts'
import type { Address, CredentialId } from '../../src/core/hex.ts'
import { callOf } from '../fixtures/calls.ts'
import { FaultyFiles, type Fault } from '../fixtures/faultyFiles.ts'

const OWNER = {
  operator: `0x${'1'.repeat(40)}` as Address,
  credential: `0x${'2'.repeat(64)}` as CredentialId,
  epoch: 0,
}

describe('UsageLogWriter', function () {
  let folder: string
  let path: string

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-writer-'))
    path = join(folder, 'calls.log')
    await createUsageLog(path, OWNER)
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** A writer on the log, over files with faults. */
  async function faulty(files: FaultyFiles): Promise<UsageLogWriter> {
    const { log } = await readUsageLog(path)
    const file = await open(path, 'r+')
    return new UsageLogWriter(log, path, files.wrap(file), (await file.stat()).size)
  }

  it('writes a line for each of ten appends that come at once, in their order', async function () {
    const writer = await openUsageLog(path)
    await Promise.all(Array.from({ length: 10 }, (_, number) => writer.append([callOf(number)])))
    expect(writer.log.tree.size).to.equal(10)
    await writer.close()
    const calls: (string | undefined)[] = []
    const { log } = await readUsageLog(path, { onRecord: ({ call }) => calls.push(call) })
    expect(log.stateAt()).to.deep.equal(writer.log.stateAt())
    expect(calls).to.deep.equal(Array.from({ length: 10 }, (_, number) => callOf(number).call))
  })

  it('syncs once for all that came at once', async function () {
    const files = new FaultyFiles()
    const writer = await faulty(files)
    await Promise.all(Array.from({ length: 10 }, (_, number) => writer.append([callOf(number)])))
    expect(files.operations).to.equal(2)
    await writer.close()
  })

  it('leaves out one that is wrong, and keeps those that came with it', async function () {
    const writer = await openUsageLog(path)
    const appends = [callOf(5), callOf(4), callOf(6, { block: -1 }), callOf(7)].map((each) =>
      writer.append([each]).then(
        () => 'kept',
        ({ code }) => code,
      ),
    )
    expect(await Promise.all(appends)).to.deep.equal(['kept', 'INVALID_USAGE_LOG', 'INVALID_RECORD', 'kept'])
    await writer.close()
    expect((await readUsageLog(path)).log.stateAt()).to.deep.include({ size: 2n, tokens: 232n })
  })

  it('has a record in memory only once it is on the disk', async function () {
    const writer = await openUsageLog(path)
    const appended = writer.append([callOf(0)])
    expect(writer.log.tree.size).to.equal(0)
    await appended
    expect(writer.log.tree.size).to.equal(1)
    await writer.close()
  })

  it('goes on where a write stopped short', async function () {
    const files = new FaultyFiles('short', (operation) => operation < 20)
    const writer = await faulty(files)
    await writer.append([callOf(0), callOf(1)])
    await writer.append([callOf(2)])
    await writer.close()
    expect(files.isHit).to.equal(true)
    expect((await readUsageLog(path)).log.stateAt().root).to.equal(writer.log.stateAt().root)
    expect((await readUsageLog(path)).log.tree.size).to.equal(3)
  })

  for (const [fault, name] of [
    ['EIO', 'write'],
    ['ENOSPC', 'write'],
    ['nothing', 'write'],
    ['EIO', 'datasync'],
  ] as const satisfies [Fault, string][]) {
    it(`accepts nothing more after a ${name} failed by ${fault}, though it would succeed again`, async function () {
      const files: FaultyFiles = new FaultyFiles(
        fault,
        (operation, what) => operation >= 2 && what === name && !files.isHit,
      )
      const writer = await faulty(files)
      await writer.append([callOf(0)])
      const failures = await Promise.all(
        [1, 2].map((number) => writer.append([callOf(number)]).catch((error: unknown) => error)),
      )
      failures.push(await writer.append([callOf(3)]).catch((error: unknown) => error))
      for (const failure of failures) {
        expect(failure).to.be.instanceOf(WriteFailedError).and.to.equal(writer.failure)
        expect(failure).to.have.property('message').that.contains(path)
      }
      expect([writer.log.tree.size, files.operations]).to.deep.equal([1, name === 'write' ? 3 : 4])
      await writer.close()
      expect((await readFile(path, 'utf8')).split('\n')[1]).to.contain(callOf(0).call)
    })
  }
})
