import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { hashOfKey } from '../../../packages/server/src/gateway/keyFile.ts'
import { openKeys } from '../../../packages/server/src/gateway/keys.ts'
import { KEYS, startWorld, type World } from '../../cli/world.ts'
import { serverRun } from './world.ts'

describe('stemma-server gateway key', function () {
  let world: World
  let model: string
  let tier: string
  let credential: string
  const holder = KEYS.beta.address

  before(async function () {
    world = await startWorld()
    await world.folder('acme__served', 'license: cc-by-nc-4.0')
    await world.ok('terms publish stemma-commercial-use')
    model = (await world.ok('register acme__served --terms none')).model
    const offer = ['tier', 'offer', model, '--terms', 'stemma-commercial-use', '--name', 'Metered', '--open']
    tier = (await world.ok([...offer, '--max-duration', '30d'])).tier
    credential = (await world.ok(['credential', 'obtain', model, 'Metered'], { as: 'beta' })).credential
    await configure('gateway.json', { folder: 'kept' })
  })
  after(() => world.stop())

  const configure = (name: string, settings: object): Promise<string> =>
    world.file(name, {
      rpc: [world.rpcUrl],
      upstream: { url: 'http://127.0.0.1:9' },
      models: [{ name: 'served', model: 'acme/served' }],
      ...settings,
    })
  const run = async (args: string) => {
    const result = await serverRun(world, ['gateway', 'key', ...args.split(' ')])
    return { ...result, json: () => JSON.parse(result.stdout) }
  }
  const fails = async (args: string): Promise<[number, string, string]> => {
    const { code, stdout, json } = await run(`${args} --json`)
    expect(code, stdout).to.not.equal(0)
    return [code, json().error.code, json().error.message]
  }
  const path = (): string => join(world.cwd, 'kept/keys.json')

  it('adds a key that is shown once, and keeps its hash for its owner alone', async function () {
    const args = `add --config gateway.json --holder ${holder} --tier Metered --calls-per-minute 60 --parallel 4`
    const { code, stderr, json } = await run(`${args} --json`)
    expect(code, stderr).to.equal(0)
    expect(stderr).to.contain('shown this once')
    const { key, id, deployment, ...bound } = json()
    expect(key).to.match(/^sk-stemma-[\w-]{43}$/)
    expect(id).to.match(/^key-[\da-f]{8}$/)
    expect(deployment.name).to.equal('local')
    const rate = { callsPerMinute: 60, parallelCalls: 4 }
    const entry = { holder: holder.toLowerCase(), model, tier, credential, use: 'commercial', rate }
    expect(bound).to.deep.equal(entry)
    const file = await readFile(path(), 'utf8')
    expect(file).to.not.contain(key)
    expect(file).to.contain(hashOfKey(key))
    expect((await stat(path())).mode & 0o777).to.equal(0o600)
  })

  it('takes the holder from a credential, and lists and ends keys of a gateway that runs', async function () {
    const { stdout } = await run(`add --config gateway.json --credential ${credential} --use research`)
    const [key] = /sk-stemma-[\w-]+/.exec(stdout)!
    const [id] = /key-[\da-f]{8}/.exec(stdout)!
    const keys = await openKeys({ path: path() })
    expect(keys.find(key)).to.deep.include({ id, holder: holder.toLowerCase(), use: 'research' })
    const ended = new Promise<void>((resolve) => keys.onChange(resolve))
    expect((await run(`end ${id} --config gateway.json`)).stdout).to.equal(`Ended ${id}.\n`)
    await ended
    expect(keys.find(key)!.ended).to.be.a('number')
    keys.close()
    const listed = (await run('list --config gateway.json --json')).json()
    expect(listed.map((each: { use: string }) => each.use)).to.deep.equal(['commercial', 'research'])
    expect(listed[0]).to.not.have.any.keys('ended', 'hash')
    expect(listed[1].ended).to.be.a('number')
    expect((await run('list --config gateway.json')).stdout).to.match(new RegExp(`^${id} .* research {2}ended 20`, 'm'))
    expect(await fails(`end ${id} --config gateway.json`)).to.deep.include('USAGE')
  })

  it('says so when the credential is not valid now', async function () {
    await world.ok(['credential', 'suspend', credential, '--reason', 'late'])
    const { code, stderr } = await run(`add --config gateway.json --credential ${credential}`)
    expect([code, stderr.includes('not valid now (suspended)')]).to.deep.equal([0, true])
    await world.ok(['credential', 'reinstate', credential])
  })

  const other = `0x${'12'.repeat(32)}`
  const refusals: [what: string, args: () => string, code: string, words: RegExp][] = [
    ['a tier that nobody offers', () => `--holder ${holder} --tier Gold`, 'KEY_BINDING', /no tier "Gold".*"Metered"/],
    [
      'a holder without the credential',
      () => `--holder ${KEYS.gamma.address} --tier Metered`,
      'KEY_BINDING',
      /has no credential of this tier/,
    ],
    ['an unknown credential', () => `--credential ${other}`, 'KEY_BINDING', /no credential 0x1212/],
    [
      "a credential that is not the holder's",
      () => `--holder ${KEYS.gamma.address} --credential ${credential}`,
      'KEY_BINDING',
      /is held by 0x/,
    ],
    ['a mistyped address', () => `--holder ${holder.replace(/.$/, 'c')} --tier Metered`, 'KEY_BINDING', /checksum/],
    ['a model that is not served', () => `--holder ${holder} --tier Metered --model x`, 'USAGE', /serves "served"/],
    ['neither tier nor credential', () => `--holder ${holder}`, 'USAGE', /--tier/],
    ['a tier without a holder', () => '--tier Metered', 'USAGE', /--holder/],
    ['an unknown use', () => `--credential ${'CREDENTIAL'} --use sell`, 'UNKNOWN_WORD', /sell/],
    ['no calls a minute', () => `--credential ${other} --calls-per-minute 0`, 'USAGE', /--calls-per-minute/],
  ]
  for (const [what, args, code, words] of refusals) {
    it(`refuses ${what}, and writes nothing`, async function () {
      const before = await readFile(path(), 'utf8')
      const [exit, actual, message] = await fails(
        `add --config gateway.json ${args().replace('CREDENTIAL', credential)}`,
      )
      expect([exit, actual]).to.deep.equal([2, code])
      expect(message).to.match(words)
      expect(await readFile(path(), 'utf8')).to.equal(before)
    })
  }

  it('refuses while another command changes the keys, and a file that is broken', async function () {
    await writeFile(`${path()}.lock`, JSON.stringify({ pid: process.pid, what: 'another' }))
    const [exit, code] = await fails(`add --config gateway.json --credential ${credential}`)
    expect([exit, code]).to.deep.equal([2, 'LOCKED'])
    await writeFile(`${path()}.lock`, '{}')
    const good = await readFile(path(), 'utf8')
    await writeFile(path(), good.slice(0, -20))
    expect((await fails(`add --config gateway.json --credential ${credential}`)).slice(0, 2)).to.deep.equal([
      2,
      'INVALID_KEYS',
    ])
    await writeFile(path(), good)
    expect((await run(`add --config gateway.json --credential ${credential}`)).code).to.equal(0)
  })

  it('needs no node to list and to end, and one to add', async function () {
    await configure('away.json', { folder: 'kept', rpc: ['http://127.0.0.1:1'] })
    expect((await run('list --config away.json')).code).to.equal(0)
    const [exit, code] = await fails(`add --config away.json --credential ${credential}`)
    expect([exit, code]).to.deep.equal([3, 'NODE_UNREACHABLE'])
  })
})
