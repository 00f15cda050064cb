import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { openHoldJournal, type HoldJournal } from '../../src/guard/holdJournal.ts'
import { holdModel, readHeld, recoverHolds, releaseModel, restoreModel } from '../../src/guard/holdModel.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { guardedModel, snapshot, writeModel } from './models.ts'

const KILLS = Number(process.env.STEMMA_KILLS ?? inDepth(1, 100))
const FILES = inDepth(2000, 10_000)
const NOBODY = 65534
const isRoot = process.geteuid?.() === 0

describe('holdModel', function () {
  let top: string
  let root: string
  let journal: HoldJournal

  beforeEach(function () {
    top = mkdtempSync(join(tmpdir(), 'stemma-hold-'))
    root = join(top, 'places/model')
    writeModel(root, { 'config.json': '{}', 'model.safetensors': 'weights', 'code/extra.py': 'pass' })
    chmodSync(join(root, 'config.json'), 0o640)
    chmodSync(join(root, 'model.safetensors'), 0o444)
    utimesSync(join(root, 'config.json'), 1_000_000_000, 1_000_000_000.25)
    journal = openHoldJournal(join(top, 'state'))
  })
  afterEach(function () {
    rmSync(top, { recursive: true, force: true })
  })

  const places = () => join(top, 'places')
  const modeOf = (path: string) => lstatSync(path).mode & 0o7777
  const hold = async (path = root, move = false) => {
    const model = await guardedModel(path)
    return { model, outcome: await holdModel(model, { move, reason: 'not verified', journal, now: () => 1_000_000 }) }
  }
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: { code?: string }) => error.code,
    )

  it('takes the permissions of the files and the folder in place, and gives them back', async function () {
    const before = snapshot(places())
    const { model, outcome } = await hold()
    expect([outcome.how, outcome.files]).to.deep.equal(['mode', 3])
    expect(outcome.remains.join(' '))
      .to.match(/root reads|Root can/)
      .and.match(/open, or mapped/)
    for (const { path } of model.files) expect(modeOf(path)).to.equal(0)
    expect(modeOf(root)).to.equal(0)
    const [held] = readHeld(journal)
    expect([held!.digest, held!.root, held!.at, held!.since, held!.bytes]).to.deep.equal([
      model.digest,
      model.root,
      model.root,
      1000,
      13n,
    ])
    const [given] = await releaseModel(model.digest, { journal })
    expect([given!.files, given!.stillHeld, given!.changed]).to.deep.equal([3, 0, []])
    expect(given!.contents.map(({ state }) => state)).to.deep.equal(
      (await guardedModel(root)).files.map(({ state }) => state),
    )
    expect(snapshot(places())).to.deep.equal(before)
    expect(readHeld(journal)).to.deep.equal([])
  })

  it('moves them only on request, within the file system, and puts them back', async function () {
    const before = snapshot(places())
    const { model, outcome } = await hold(root, true)
    expect([outcome.how, existsSync(root)]).to.deep.equal(['moved', false])
    const [folder] = readdirSync(places())
    expect(modeOf(join(places(), folder!))).to.equal(0o700)
    expect(readHeld(journal)[0]!.at).to.equal(join(places(), folder!, 'model'))
    await releaseModel(model.digest, { journal })
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('holds a single file, moved or not, and does not touch its folder', async function () {
    for (const move of [false, true]) {
      const before = snapshot(places())
      const { model } = await hold(join(root, 'model.safetensors'), move)
      expect(modeOf(root)).to.not.equal(0)
      expect(existsSync(join(root, 'model.safetensors'))).to.equal(!move)
      await restoreModel(model.digest, { journal })
      expect(snapshot(places())).to.deep.equal(before)
    }
  })

  it('touches nothing in a shared store or of another user', async function () {
    const before = snapshot(places())
    for (const place of ['shared-store', 'foreign'] as const) {
      const model = await guardedModel(root, place)
      const outcome = await holdModel(model, { move: true, reason: 'test', journal })
      expect([outcome.how, outcome.files]).to.deep.equal(['untouched', 0])
      expect(outcome.remains).to.have.length(2)
    }
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('restores to another path, and never overwrites', async function () {
    for (const move of [false, true]) {
      const before = snapshot(root)
      const { model } = await hold(root, move)
      const held = readHeld(journal)[0]!.at
      const taken = join(top, 'taken')
      mkdirSync(taken, { recursive: true })
      const error = await restoreModel(model.digest, { journal, to: taken }).catch((each: Error) => each)
      expect(error).to.have.property('code', 'RESTORE_REFUSED')
      expect((error as Error).message).to.contain(held)
      expect(readHeld(journal)[0]!.at).to.equal(held)
      const [given] = await restoreModel(model.digest, { journal, to: join(top, `other-${move}`) })
      expect(given!.at).to.equal(join(top, `other-${move}`))
      expect(snapshot(given!.at)).to.deep.equal(before)
      renameSync(given!.at, root)
    }
  })

  it('refuses the place of the model when something else is there, an empty folder too', async function () {
    const { model } = await hold(root, true)
    mkdirSync(root)
    expect(await codeOf(releaseModel(model.digest, { journal }))).to.equal('RESTORE_REFUSED')
    rmSync(root, { recursive: true })
    writeFileSync(root, 'mine')
    expect(await codeOf(restoreModel(model.digest, { journal }))).to.equal('RESTORE_REFUSED')
    expect(readFileSync(root, 'utf8')).to.equal('mine')
    rmSync(root)
    await restoreModel(model.digest, { journal })
    expect(readFileSync(join(root, 'model.safetensors'), 'utf8')).to.equal('weights')
  })

  it('keeps a file held that is part of two held models, until both are released', async function () {
    const other = join(top, 'places/other')
    mkdirSync(other)
    linkSync(join(root, 'model.safetensors'), join(other, 'same.safetensors'))
    const before = snapshot(places())
    const models = [await guardedModel(root), await guardedModel(other)]
    for (const model of models) await holdModel(model, { move: false, reason: 'test', journal })
    const [first] = await releaseModel(models[0]!.digest, { journal })
    expect([first!.files, first!.stillHeld]).to.deep.equal([2, 1])
    expect(modeOf(join(root, 'model.safetensors'))).to.equal(0)
    await releaseModel(models[1]!.digest, { journal })
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('holds once what two guards hold', async function () {
    const before = snapshot(places())
    const model = await guardedModel(root)
    const two = [journal, openHoldJournal(join(top, 'state'))]
    await Promise.all(two.map((each) => holdModel(model, { move: false, reason: 'test', journal: each })))
    expect(readHeld(journal)).to.have.length(1)
    await releaseModel(model.digest, { journal })
    expect(snapshot(places())).to.deep.equal(before)
    expect(await codeOf(releaseModel(model.digest, { journal }))).to.equal('NOT_HELD')
  })

  it('leaves what somebody changed meanwhile, and reports it', async function () {
    const { model } = await hold()
    chmodSync(root, 0o700)
    chmodSync(join(root, 'config.json'), 0o400)
    writeFileSync(join(root, 'new'), 'theirs', { mode: 0o600 })
    renameSync(join(root, 'new'), join(root, 'model.safetensors'))
    const [given] = await releaseModel(model.digest, { journal })
    expect(given!.changed.map(({ what }) => what)).to.have.members([
      'has the mode 700 now',
      'has the mode 400 now',
      'is another file now',
    ])
    expect(readFileSync(join(root, 'model.safetensors'), 'utf8')).to.equal('theirs')
    expect(modeOf(join(root, 'config.json'))).to.equal(0o400)
  })

  it('refuses a file that changed after it was hashed, with nothing half done', async function () {
    const model = await guardedModel(root)
    writeFileSync(join(root, 'config.json'), '{"a":1}')
    const before = snapshot(places())
    for (const move of [false, true])
      expect(await codeOf(holdModel(model, { move, reason: 'test', journal }))).to.equal('FILE_CHANGED')
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('refuses to hold the folder that its journal is in', async function () {
    const model = await guardedModel(places())
    const inside = openHoldJournal(join(places(), 'state'))
    expect(await codeOf(holdModel(model, { move: false, reason: 'test', journal: inside }))).to.equal(
      'JOURNAL_IN_MODEL',
    )
  })

  it('does not depend on the clock', async function () {
    const before = snapshot(places())
    const model = await guardedModel(root)
    await holdModel(model, { move: true, reason: 'test', journal, now: () => 2e12 })
    await releaseModel(model.digest, { journal })
    await holdModel(await guardedModel(root), { move: true, reason: 'test', journal, now: () => 0 })
    expect(readHeld(journal)[0]!.since).to.equal(0)
    await releaseModel(model.digest, { journal })
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('holds a sparse file of 20 GiB without reading it', async function () {
    const big = join(root, 'big.gguf')
    writeFileSync(big, '')
    truncateSync(big, 20 * 2 ** 30)
    const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(big, { bigint: true })
    const state = { device: dev, inode: ino, size, mtimeNs, ctimeNs }
    const digest = '1'.repeat(64)
    const model = {
      root: big,
      digest: `0x${digest}` as never,
      files: [{ path: big, name: 'big.gguf', digest, state }],
      place: 'own' as const,
    }
    await holdModel(model, { move: true, reason: 'test', journal })
    expect(readHeld(journal)[0]!.bytes).to.equal(20n * 2n ** 30n)
    await releaseModel(model.digest, { journal })
    expect([lstatSync(big).size, lstatSync(big).blocks]).to.deep.equal([20 * 2 ** 30, 0])
  })

  it('holds many files and gives them back', async function () {
    for (let index = 0; index < FILES; index++) writeFileSync(join(root, `${index}`), '')
    const before = snapshot(places())
    const { model, outcome } = await hold(root, true)
    expect(outcome.files).to.equal(FILES + 3)
    await releaseModel(model.digest, { journal })
    expect(snapshot(places())).to.deep.equal(before)
  })

  it('undoes what a read-only file system or an immutable file refuses', async function () {
    if (!isRoot) return
    const before = snapshot(places())
    const model = await guardedModel(root)
    const target = join(root, 'model.safetensors')
    const isImmutable = spawnSync('chattr', ['+i', target]).status === 0
    try {
      for (const move of isImmutable ? [false, true] : [])
        expect(await codeOf(holdModel(await guardedModel(root), { move, reason: 'test', journal }))).to.equal(
          'HOLD_FAILED',
        )
    } finally {
      spawnSync('chattr', ['-i', target])
    }
    expect(snapshot(places())).to.deep.equal(before)
    const isMounted = ['--bind', '-o remount,bind,ro'].every(
      (options) => spawnSync('mount', [...options.split(' '), root, root]).status === 0,
    )
    try {
      for (const move of isMounted ? [false, true] : [])
        expect(await codeOf(holdModel(await guardedModel(root), { move, reason: 'test', journal }))).to.equal(
          'HOLD_FAILED',
        )
    } finally {
      spawnSync('umount', [root])
    }
    expect(snapshot(places())).to.deep.equal(before)
    expect(readHeld(journal)).to.deep.equal([])
    expect(model.files).to.have.length(3)
  })

  for (const user of isRoot ? [undefined, NOBODY] : [undefined])
    it(`gives all back after kills at random moments${user === undefined ? '' : ' of another user'}`, async function () {
      this.timeout(KILLS * 20_000)
      for (let index = 0; index < 100; index++) writeFileSync(join(root, `part-${index}`), `${index}`)
      const state = join(top, 'state-of-user')
      mkdirSync(state, { mode: 0o700 })
      if (user !== undefined) {
        chmodSync(top, 0o755)
        for (const path of [
          state,
          places(),
          ...readdirSync(places(), { recursive: true, encoding: 'utf8' }).map((each) => join(places(), each)),
        ])
          chownSync(path, user, user)
      }
      const before = snapshot(places())
      for (let kill = 0; kill < KILLS; kill++) {
        await killedInTheMiddle(state, kill % 2 === 0 ? 'move' : 'mode', user)
        const script = `import { openHoldJournal } from '${import.meta.dirname}/../../src/guard/holdJournal.ts'
import { recoverHolds, readHeld, restoreModel } from '${import.meta.dirname}/../../src/guard/holdModel.ts'
${user === undefined ? '' : `process.setgid(${user}); process.setuid(${user})`}
const journal = openHoldJournal(${JSON.stringify(state)})
await recoverHolds(journal)
for (const { digest } of readHeld(journal)) await restoreModel(digest, { journal })`
        const ended = spawnSync(process.execPath, ['-C', 'source', '--input-type=module-typescript', '-e', script], {
          encoding: 'utf8',
        })
        expect(ended.stderr).to.equal('')
        expect(snapshot(places())).to.deep.equal(before)
      }
    })

  async function killedInTheMiddle(state: string, how: string, user: number | undefined): Promise<void> {
    const script = join(import.meta.dirname, 'holdForever.ts')
    const args = ['-C', 'source', script, state, root, how, ...(user === undefined ? [] : [`${user}`])]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    await once(child.stdout, 'data')
    const wait = Math.random() * 60
    await new Promise((resolve) => setTimeout(resolve, wait))
    child.kill('SIGKILL')
    await exited
  }

  describe('recoverHolds', function () {
    it('does nothing where nothing was begun', async function () {
      expect(await recoverHolds(journal)).to.deep.equal([])
    })
  })
})
