import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { expect } from 'chai'

import { KEYS, PASSWORD, startWorld, type World } from './world.ts'

describe('stemma: keys', function () {
  let world: World
  const password = { STEMMA_KEYSTORE_PASSWORD: PASSWORD }

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
  })

  after(() => world.stop())

  /** A person at a terminal who gives these answers. */
  function person(...answers: string[]) {
    const questions: string[] = []
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
    const askSecret = (question: string): Promise<string> => {
      questions.push(question)
      return Promise.resolve(answers.shift()!)
    }
    return { questions, terminal: { stream, askSecret, confirm: () => Promise.reject(new Error('nobody confirms')) } }
  }

  it('makes a keystore that only its owner may read, and never replaces one', async function () {
    const { address } = await world.ok('keystore create new.json', { env: password })
    expect(address).to.match(/^0x[0-9a-f]{40}$/)
    expect((await stat(join(world.cwd, 'new.json'))).mode & 0o777).to.equal(0o600)
    expect(await world.ok('keystore show new.json', { as: null })).to.deep.equal({ address, path: 'new.json' })
    const before = await readFile(join(world.cwd, 'new.json'), 'utf8')
    expect(await world.fails('keystore create new.json', { env: password })).to.deep.equal([2, 'FILE'])
    expect(await readFile(join(world.cwd, 'new.json'), 'utf8')).to.equal(before)
    expect((await readdir(world.cwd)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([])
  })

  it('imports the key of the environment, and signs with it', async function () {
    const env = { ...password, STEMMA_PRIVATE_KEY: KEYS.beta.privateKey }
    const { address } = await world.ok('keystore create beta.json --import', { env })
    expect(address).to.equal(KEYS.beta.address.toLowerCase())
    const { model } = await world.ok('register acme__base --terms none', {
      env: { ...password, STEMMA_KEYSTORE: 'beta.json' },
    })
    expect((await world.ok(`show ${model}`)).models[0].registration.publisher).to.equal(address)
  })

  it('asks a person for the password, twice for a new one', async function () {
    const { questions, terminal } = person('long enough', 'long enough', 'long enough')
    await world.ok('keystore create asked.json', { env: {}, terminal })
    expect(questions).to.deep.equal(['New password: ', 'Repeat the password: '])
    const dry = 'publisher operators add 0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc --until 1d --dry-run'
    await world.ok(dry, { env: { STEMMA_KEYSTORE: 'asked.json' }, terminal })
    expect(questions[2]).to.equal('Password of "asked.json": ')
    expect(await world.fails('keystore create x.json', { env: {}, ...person('long enough', 'other') })).to.deep.equal([
      2,
      'USAGE',
    ])
    expect(await world.fails('keystore create x.json', { env: {}, ...person('short') })).to.deep.equal([2, 'USAGE'])
  })

  it('refuses to sign without a key, before it asks the node', async function () {
    const args = 'register acme__base --terms none --rpc http://127.0.0.1:1'
    expect(await world.fails(args, { as: null })).to.deep.equal([2, 'MISSING_KEY'])
    for (const key of ['0x12', 'f'.repeat(64), '0'.repeat(64), `${KEYS.acme.privateKey}00`]) {
      const { code, stderr, stdout } = await world.run(`${args} --json`, { env: { STEMMA_PRIVATE_KEY: key } })
      expect([code, JSON.parse(stdout).error.code]).to.deep.equal([2, 'USAGE'])
      expect(stderr + stdout).to.not.contain(key.replace('0x', '').slice(0, 64))
    }
  })

  it('refuses keystores that are open to others, locked, missing or none', async function () {
    await world.ok('keystore create mine.json', { env: password })
    const text = await readFile(join(world.cwd, 'mine.json'), 'utf8')
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      await writeFile(join(world.cwd, 'open.json'), text)
      await chmod(join(world.cwd, 'open.json'), mode)
      const env = { ...password, STEMMA_KEYSTORE: 'open.json' }
      expect(await world.fails('register acme__base', { env })).to.deep.equal([2, 'KEYSTORE_NOT_PRIVATE'])
      expect(await world.fails('keystore show open.json')).to.deep.equal([2, 'KEYSTORE_NOT_PRIVATE'])
    }
    await writeFile(join(world.cwd, 'none.json'), '{}', { mode: 0o600 })
    for (const [env, code] of [
      [{ STEMMA_KEYSTORE: 'mine.json', STEMMA_KEYSTORE_PASSWORD: 'wrong password' }, 'KEYSTORE_PASSWORD'],
      [{ STEMMA_KEYSTORE: 'mine.json' }, 'USAGE'],
      [{ ...password, STEMMA_KEYSTORE: 'none.json' }, 'INVALID_KEYSTORE'],
      [{ ...password, STEMMA_KEYSTORE: 'acme__base' }, 'INVALID_KEYSTORE'],
      [{ ...password, STEMMA_KEYSTORE: 'nowhere.json' }, 'FILE'],
    ] as const) {
      expect(await world.fails('register acme__base', { env })).to.deep.equal([2, code])
    }
    expect(await world.fails('keystore create x.json --import', { env: password })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('keystore create x.json', { env: {} })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('keystore create x.json', { env: { STEMMA_KEYSTORE_PASSWORD: 'short' } })).to.deep.equal([
      2,
      'USAGE',
    ])
  })

  it('has no option that takes a key or a password', async function () {
    const help = (await world.run('register --help')).stdout + (await world.run('keystore create --help')).stdout
    expect(help).to.not.match(/--(private-)?key|--password|--passphrase|--secret/)
  })
})
