import { chmod, lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import {
  InvalidKeysError,
  newKey,
  readKeyFile,
  writeKeyFile,
  type KeyRecord,
} from '../../../packages/server/src/gateway/keyFile.ts'
import { openKeys, type Keys } from '../../../packages/server/src/gateway/keys.ts'
import type { Address, ModelId, TierId } from '../../../src/core/hex.ts'
import { credentialIdOf } from '../../../src/core/tier.ts'

const [HOLDER, MODEL, TIER] = [
  `0x${'11'.repeat(20)}` as Address,
  `0x${'22'.repeat(32)}` as ModelId,
  `0x${'33'.repeat(32)}` as TierId,
]
const ENTRY = {
  holder: HOLDER,
  model: MODEL,
  tier: TIER,
  credential: credentialIdOf(MODEL, TIER, HOLDER),
  use: 'commercial',
  rate: { callsPerMinute: 60 },
} as const

describe('gateway: keys', function () {
  let folder: string
  let path: string
  const open: Keys[] = []

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-keys-'))
    path = join(folder, 'keys.json')
  })
  afterEach(async function () {
    for (const keys of open.splice(0)) keys.close()
    await rm(folder, { recursive: true, force: true })
  })

  const opened = async (onFailure?: (failure: Error) => void): Promise<Keys> => {
    const keys = await openKeys({ path, ...(onFailure && { onFailure }) })
    open.push(keys)
    return keys
  }

  it('are found by the key, never by its hash or a part', async function () {
    const { secret, record } = newKey(ENTRY, 1)
    await writeKeyFile(path, [record])
    const keys = await opened()
    expect(keys.find(secret)).to.deep.equal(record)
    for (const wrong of ['', record.hash, secret.slice(0, -1), `${secret} `, 'x'.repeat(1e6)]) {
      expect(keys.find(wrong), wrong.slice(0, 60)).to.equal(undefined)
    }
  })

  it('are none where there is no file, and come with the first', async function () {
    const keys = await opened()
    expect(keys.all()).to.deep.equal([])
    const changed = new Promise<void>((resolve) => keys.onChange(resolve))
    const { secret, record } = newKey(ENTRY, 1)
    await writeKeyFile(path, [record])
    await changed
    expect(keys.find(secret)).to.deep.equal(record)
  })

  const good = newKey(ENTRY, 1).record
  const breaking: [what: string, break_: () => Promise<unknown>][] = [
    ['half-written', () => writeFile(path, JSON.stringify({ format: 'stemma-gateway-keys' }).slice(0, 20))],
    ['foreign', () => writeFile(path, '{"users":[]}')],
    ['writable for others', () => chmod(path, 0o666)],
    ['gone', () => rename(path, `${path}.old`)],
    ['a folder', () => rm(path).then(() => mkdir(path))],
  ]
  for (const [what, breakIt] of breaking) {
    it(`keep what was read when the file is ${what}, and say so`, async function () {
      await writeKeyFile(path, [good])
      let failed: (failure: Error) => void = () => {}
      const failure = new Promise<Error>((resolve) => (failed = resolve))
      const keys = await opened(failed)
      await breakIt()
      await keys.reload()
      expect(await failure).to.be.instanceOf(InvalidKeysError)
      expect(keys.all()).to.deep.equal([good])
    })
  }

  it('are read again until that succeeds where the system cannot open the file for a time', async function () {
    await writeKeyFile(path, [good])
    let failures = 0
    let isShort = false
    const read = async (file: string): Promise<KeyRecord[]> => {
      if (!isShort) return readKeyFile(file)
      const cause = Object.assign(new Error('too many open files'), { code: 'EMFILE', syscall: 'open' })
      throw new InvalidKeysError(file, 'it cannot be read (EMFILE)', cause)
    }
    const keys = await openKeys({ path, read, onFailure: () => (failures += 1), interval: 2 ** 30 })
    open.push(keys)
    isShort = true
    await writeKeyFile(path, [{ ...good, ended: 2 }])
    for (let look = 0; look < 3; look++) await keys.reload()
    expect(failures).to.equal(1)
    expect(keys.get(good.id)!.ended).to.equal(undefined)
    isShort = false
    await keys.reload()
    expect(keys.get(good.id)!.ended).to.equal(2)
  })

  it('are read and written through a link, which stays one', async function () {
    const real = join(folder, 'real.json')
    await writeKeyFile(real, [])
    await symlink(real, path)
    const keys = await opened()
    await writeKeyFile(path, [good])
    await keys.reload()
    expect(keys.all()).to.deep.equal([good])
    expect(await readKeyFile(real)).to.deep.equal([good])
    expect((await lstat(path)).isSymbolicLink()).to.equal(true)
  })

  const fields: [what: string, change: object][] = [
    ['a credential of another holder', { holder: `0x${'44'.repeat(20)}` }],
    ['an unknown field', { admin: true }],
    ['an unknown use', { use: 'everything' }],
    ['a rate that is not a number', { rate: { callsPerMinute: 'many' } }],
    ['a rate of zero', { rate: { parallelCalls: 0 } }],
    ['a hash that is not one', { hash: '0x12' }],
    ['an id that is not one', { id: '../key' }],
    ['a time that is not one', { ended: -1 }],
  ]
  for (const [what, change] of fields) {
    it(`refuse ${what}, and name it`, async function () {
      const text = JSON.stringify({ format: 'stemma-gateway-keys', version: 1, keys: [{ ...good, ...change }] })
      await writeFile(path, text, { mode: 0o600 })
      const error = await readKeyFile(path).then(
        () => undefined,
        (refused: unknown) => refused as Error,
      )
      expect(error).to.be.instanceOf(InvalidKeysError)
      expect(error!.message).to.contain('stemma-server gateway key')
    })
  }

  it('are not written where they could not be read again', async function () {
    await writeKeyFile(path, [good])
    const twice: KeyRecord[] = [good, good]
    const error = await writeKeyFile(path, twice).then(
      () => undefined,
      (refused: unknown) => refused as Error,
    )
    expect(error!.message).to.contain('two keys have the same id')
    expect(await readKeyFile(path)).to.deep.equal([good])
  })
})
