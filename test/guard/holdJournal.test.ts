import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { defaultHoldFolder, lockModel, openHoldJournal } from '../../src/guard/holdJournal.ts'
import { holdModel, readHeld, recoverHolds, restoreModel } from '../../src/guard/holdModel.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { guardedModel, snapshot, writeModel } from './models.ts'

/** Longest step between two lengths of a torn journal. */
const STRIDE = inDepth(41, 7)

describe('openHoldJournal', function () {
  let top: string
  let path: string
  const state = () => join(top, 'state')

  beforeEach(async function () {
    top = mkdtempSync(join(tmpdir(), 'stemma-journal-'))
    writeModel(join(top, 'model'), { a: 'a', b: 'b' })
    path = join(state(), 'holds.log')
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  const journal = () => openHoldJournal(state())
  const hold = async () =>
    holdModel(await guardedModel(join(top, 'model')), { move: true, reason: 'test', journal: journal() })

  it('is in the folder for state of the user', function () {
    expect(defaultHoldFolder({ XDG_STATE_HOME: '/s' })).to.equal('/s/stemma/guard')
    expect(defaultHoldFolder({ HOME: '/h', XDG_STATE_HOME: 'relative' })).to.equal('/h/.local/state/stemma/guard')
  })

  it('recovers from every length at which a crash could have torn it', async function () {
    this.timeout(120_000)
    const before = snapshot(join(top, 'model'))
    await hold()
    const held = readHeld(journal())[0]!
    const bytes = readFileSync(path)
    const intended = bytes.indexOf('"type":"intent"')
    await restoreModel(held.digest, { journal: journal() })
    for (let length = 0; length < bytes.length; length += 1 + (length % STRIDE)) {
      writeFileSync(path, bytes.subarray(0, length))
      await recoverHolds(journal())
      const isIntended = length > intended + '"type":"intent","id":"0123456789abcdef"}'.length
      expect(readHeld(journal()), `${length} bytes`).to.have.length(isIntended ? 1 : 0)
      if (isIntended) await restoreModel(held.digest, { journal: journal() })
      expect(snapshot(join(top, 'model')), `${length} bytes`).to.deep.equal(before)
    }
  })

  it('refuses a line that is damaged and not the last, changes nothing, and says what to do', async function () {
    await hold()
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"name":"a"', '"name":"c"'))
    const damaged = readFileSync(path)
    for (const work of [() => recoverHolds(journal()), async () => readHeld(journal())]) {
      const error = (await work().catch((each: Error) => each)) as Error
      expect(error).to.have.property('code', 'HOLD_JOURNAL_DAMAGED')
      expect(error.message).to.contain('Line 3 of').and.contain('mv -n')
    }
    expect(readFileSync(path)).to.deep.equal(damaged)
  })

  it('takes garbage at the end as torn, whatever it is', async function () {
    await hold()
    for (const tail of ['x', '{}\n', '\0\0\0\n\0\n', `${'y'.repeat(200_000)}\n`]) {
      appendFileSync(path, tail)
      expect(readHeld(journal())).to.have.length(1)
      expect(await recoverHolds(journal())).to.deep.equal([])
    }
  })

  it('refuses a folder or a file that others could have written', async function () {
    await hold()
    chmodSync(state(), 0o755)
    expect(() => journal())
      .to.throw()
      .with.property('code', 'HOLD_JOURNAL_FOLDER')
    chmodSync(state(), 0o700)
    chmodSync(path, 0o644)
    expect(() => journal().read())
      .to.throw()
      .with.property('code', 'HOLD_JOURNAL_FOLDER')
    chmodSync(path, 0o600)
    linkSync(path, join(top, 'second'))
    expect(() => journal().read())
      .to.throw()
      .with.property('code', 'HOLD_JOURNAL_FOLDER')
    rmSync(path)
    symlinkSync(join(top, 'second'), path)
    expect(() => journal().read())
      .to.throw()
      .with.property('code', 'HOLD_JOURNAL_FOLDER')
    rmSync(path)
    mkdirSync(path)
    expect(() => journal().read())
      .to.throw()
      .with.property('code', 'HOLD_JOURNAL_FOLDER')
  })

  it('lets a second guard on a digest wait for the first', async function () {
    const digest = `0x${'1'.repeat(64)}` as never
    const order: string[] = []
    const release = await lockModel(journal(), digest)
    const second = lockModel(journal(), digest).then((free) => {
      order.push('second')
      free()
    })
    const other = await lockModel(journal(), `0x${'2'.repeat(64)}` as never)
    other()
    order.push('first')
    release()
    await second
    expect(order).to.deep.equal(['first', 'second'])
    const free = await lockModel(journal(), digest)
    const stop = AbortSignal.abort(new Error('stopped'))
    expect(await lockModel(journal(), digest, stop).catch((error: Error) => error.message)).to.equal('stopped')
    free()
  })

  it('says where it cannot write', function () {
    const file = join(top, 'file')
    writeFileSync(file, '')
    expect(() => openHoldJournal(join(file, 'state')))
      .to.throw()
      .with.property('code', 'GUARD_STATE_NOT_WRITABLE')
  })
})
