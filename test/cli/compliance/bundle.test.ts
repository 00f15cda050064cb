import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { checkpointMessage } from '../../../src/core/blockCheckpoint.ts'
import type { Digest } from '../../../src/core/hex.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { signCheckpoint } from '../../../src/sdk/compliance/signCheckpoint.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const root = join(import.meta.dirname, '../../..')
const DAY = 86_400_000

describe('stemma export bundle, and verify --bundle', function () {
  this.timeout(600_000)
  let world: World
  let provider: JsonRpcProvider
  let base: string
  let tuned: string
  let block: string

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    await world.ok('terms publish apache-2.0')
    await world.folder('acme__base', 'license: apache-2.0')
    base = (await world.ok('register acme__base')).model
    await world.folder('beta__tuned', 'license: apache-2.0\nbase_model: acme/base')
    tuned = (await world.ok('register beta__tuned', { as: 'beta' })).model
    block = (await world.ok(`export bundle ${tuned} --use commercial --out tuned.bundle`)).hash
  })

  after(async () => {
    provider.destroy()
    await world.stop()
  })

  const verify = (more: string, options: Parameters<World['run']>[1] = {}) =>
    world.run(`verify --bundle tuned.bundle --trusted-block ${block} --json ${more}`.trim(), options)

  it("gives the node's answer by id, by folder and by the bundle's own question, and says what it cannot show", async function () {
    const asked = await world.run(`verify ${tuned} --use commercial --no-proofs --json`)
    const expected = asked.json()
    const none = 'http://127.0.0.1:1'
    for (const subject of ['', tuned, 'beta__tuned']) {
      for (const use of subject === '' ? ['', '--use commercial'] : ['--use commercial']) {
        const answered = await verify(`${subject} ${use}`.trim().replace(/ +/, ' '), {
          env: { HOME: world.cwd, STEMMA_RPC_URL: none },
        })
        expect(answered.code, answered.stderr).to.equal(asked.code)
        const { bundle, ...report } = answered.json()
        expect({ ...report, claims: [], source: 'node' }).to.deep.equal({
          ...expected,
          block: report.block,
          at: report.at,
        })
        expect(report.claims).to.equal(null)
        expect(bundle).to.include({ hash: block, block: report.block, timestamp: report.at })
        expect(bundle.limits).to.have.length.greaterThan(3)
        await checkedReport({ ...report, bundle })
      }
    }
    const { stdout } = await world.run(`verify --bundle tuned.bundle --trusted-block ${block}`)
    expect(stdout).to.contain(block).and.to.contain('ago').and.to.contain('It cannot show:')
  })

  it('refuses another block, another ledger, a question that it was not collected for, and what nobody can prove', async function () {
    const other = `0x${'11'.repeat(32)}`
    const cases: [args: string, code: number, error: string][] = [
      [`verify --bundle tuned.bundle --trusted-block ${other}`, 3, 'BUNDLE_UNTRUSTED_BLOCK'],
      [`verify ${other} --use host --bundle tuned.bundle --trusted-block ${block}`, 3, 'NOT_IN_BUNDLE'],
      [`verify beta/tuned --use host --bundle tuned.bundle --trusted-block ${block}`, 2, 'USAGE'],
      [`verify --bundle tuned.bundle`, 2, 'USAGE'],
      [`verify --bundle tuned.bundle --trusted-block 0x12`, 2, 'USAGE'],
      [`verify --bundle tuned.bundle --trusted-block ${block} --checkpoint c.json`, 2, 'USAGE'],
      [`verify --bundle tuned.bundle --trusted-block ${block} --rpc http://127.0.0.1:1`, 2, 'USAGE'],
      [`verify --bundle tuned.bundle --trusted-block ${block} --profile deployment`, 2, 'USAGE'],
      [`verify ${tuned} --use host --trusted-block ${block}`, 2, 'USAGE'],
      [`verify --bundle none.bundle --trusted-block ${block}`, 2, 'FILE'],
      [`verify --bundle beta__tuned/README.md --trusted-block ${block}`, 2, 'INVALID_BUNDLE'],
      [`verify ${tuned}`, 2, 'USAGE'],
      ['verify --use host', 2, 'USAGE'],
      [`export bundle ${tuned} --use host`, 2, 'USAGE'],
      [`export bundle ${tuned} --show tuned.bundle`, 2, 'USAGE'],
      [`export bundle ${other} --use host --out none.bundle`, 3, 'MODEL_NOT_REGISTERED'],
    ]
    for (const [args, code, error] of cases) expect(await world.fails(args), args).to.deep.equal([code, error])
    const { deployment } = world
    const contracts = { ...deployment.contracts, ledger: deployment.contracts.recalls }
    await world.file('other.json', { ...deployment, name: 'other', contracts })
    expect(
      await world.fails(`verify --bundle tuned.bundle --trusted-block ${block} --deployment ./other.json`),
    ).to.deep.equal([2, 'BUNDLE_OTHER_LEDGER'])
  })

  it('refuses a bundle whose block is older than a day, unless --max-age allows it', async function () {
    const late = { now: () => Date.now() + 2 * DAY }
    expect((await verify('', late)).json().error.code).to.equal('NODE_STALE')
    expect((await verify('--max-age 1h', { now: () => Date.now() + DAY / 2 })).json().error.code).to.equal('NODE_STALE')
    const allowed = await verify('--max-age 7d', late)
    expect(allowed.code, allowed.stderr).to.equal(0)
    expect(allowed.json().bundle.age).to.be.within(2 * 86_400 - 600, 2 * 86_400 + 600)
  })

  it('counts a checkpoint that enough accounts of the policy signed, by typed data or by text', async function () {
    const ledgerOf = (name: keyof typeof KEYS) => openLedger(KEYS[name].connect(provider), world.deployment)
    const { number } = (await provider.getBlock(block))!
    const { signature, ...signed } = await signCheckpoint(ledgerOf('acme'), { block: number })
    const text = await KEYS.beta.signMessage(checkpointMessage({ ...signed, hash: block as Digest }))
    const foreign = await signCheckpoint(ledgerOf('stranger'), { block: number })
    const one = { scheme: 'eip712', signature }
    const two = { scheme: 'eip191', signature: text }
    const stranger = { scheme: 'eip712', signature: foreign.signature }
    const junk = { scheme: 'eip712', signature: `0x${'00'.repeat(65)}` }
    const signers = [KEYS.acme.address, KEYS.beta.address]
    await world.file('policy.json', { version: 1, checkpoints: { signers, threshold: 2 } })
    const codeOf = async (checkpoint: object): Promise<string> => {
      await world.file('checkpoint.json', { version: 1, ...signed, ...checkpoint })
      const { code, json } = await world.run(
        'verify --bundle tuned.bundle --checkpoint checkpoint.json --policy policy.json --json',
      )
      return code === 0 ? json().verdict : json().error.code
    }
    expect(await codeOf({ signatures: [one, stranger, two] })).to.equal('permitted')
    for (const signatures of [[], [one], [one, one], [one, stranger], [one, junk], [stranger, two]]) {
      expect(await codeOf({ signatures })).to.equal('CHECKPOINT_NOT_COUNTED')
    }
    expect(await codeOf({ signatures: [one, two], block: number + 1 })).to.equal('CHECKPOINT_NOT_COUNTED')
    expect(await codeOf({ signatures: [one, two], chainId: 1 })).to.equal('CHECKPOINT_NOT_COUNTED')
    expect(await codeOf({ signatures: [one, two], hash: `0x${'22'.repeat(32)}` })).to.equal('CHECKPOINT_NOT_COUNTED')
    expect(await codeOf({ signatures: [one, { ...two, scheme: 'sign' }] })).to.equal('INVALID_CHECKPOINT')
    expect(await world.fails('verify --bundle tuned.bundle --checkpoint checkpoint.json')).to.deep.equal([2, 'USAGE'])
    for (const checkpoints of [
      { signers, threshold: 3 },
      { signers: [signers[0], signers[0]], threshold: 2 },
      { signers, threshold: 0 },
    ]) {
      await world.file('policy.json', { version: 1, checkpoints })
      expect(await codeOf({ signatures: [one, two] })).to.equal('INVALID_POLICY')
    }
  })

  it('holds all registrations of weights, and gives the answer by the one that counts, as the node does', async function () {
    const { model: twin } = await world.ok('register beta__tuned', { as: 'gamma' })
    const { hash, question } = await world.ok('export bundle beta__tuned --use commercial --out twins.bundle')
    expect(question.models).to.deep.equal([tuned, twin])
    const asked = 'verify beta__tuned --use commercial --no-proofs'
    const expected = await world.ok(asked)
    const { bundle, ...report } = await world.ok(`${asked} --bundle twins.bundle --trusted-block ${hash}`)
    expect(bundle.hash).to.equal(hash)
    expect({ ...report, claims: [], source: 'node' }).to.deep.equal(expected)
    expect(report.registrations).to.have.length(2)
  })

  it('shows what a bundle says of itself', async function () {
    const shown = await world.ok('export bundle --show tuned.bundle')
    expect(shown).to.include({ hash: block, registrations: 2, chainId: 31337 })
    expect(shown.question.models).to.deep.equal([tuned])
    const { stdout } = await world.run('export bundle --show tuned.bundle')
    expect(stdout).to.contain('beta/tuned').and.to.contain('acme/base').and.to.contain('the public')
    expect(base).to.not.equal(tuned)
  })

  it('opens no socket to answer: in a process in which none can be opened, the answer is the same', async function () {
    const path = join(world.cwd, 'refuse.mjs')
    await writeFile(path, NO_NETWORK)
    const env = { PATH: process.env.PATH, HOME: world.cwd, STEMMA_RPC_URL: world.rpcUrl }
    const run = (args: string) =>
      spawnSync(
        process.execPath,
        ['--conditions=source', '--import', path, join(root, 'src/cli/main.ts'), ...args.split(' ')],
        { cwd: world.cwd, env, encoding: 'utf8' },
      )
    const offline = run(`verify --bundle tuned.bundle --trusted-block ${block} --json`)
    expect(offline.status, offline.stderr).to.equal(0)
    expect(JSON.parse(offline.stdout).verdict).to.equal('permitted')
    // The same process cannot ask a node, so the guard works.
    const online = run(`verify ${tuned} --use commercial`)
    expect(online.status).to.equal(3)
    expect(online.stderr).to.contain('SOCKET OPENED')
  })

  it('refuses a file whose bytes were changed, whichever', async function () {
    const file = await readFile(join(world.cwd, 'tuned.bundle'))
    for (const at of [0, 12, 100, Math.floor(file.length / 2), file.length - 20, file.length - 1]) {
      const changed = Buffer.from(file)
      changed[at]! ^= 0x10
      await writeFile(join(world.cwd, 'changed.bundle'), changed)
      const [code] = await world.fails(`verify --bundle changed.bundle --trusted-block ${block}`)
      expect(code, String(at)).to.be.oneOf([2, 3])
    }
  })
})

/** Reports each asynchronous resource of the network that a process makes, and ends the process. */
const NO_NETWORK = `
import { createHook } from 'node:async_hooks'
import { writeSync } from 'node:fs'
const NETWORK = /^(TCP|TCPCONNECT|TCPSERVER|UDP|UDPSEND|GETADDRINFO|GETNAMEINFO|QUERY|TLS|PIPECONNECT|HTTPCLIENTREQUEST)/
createHook({
  init(id, type) {
    if (!NETWORK.test(type)) return
    writeSync(2, 'SOCKET OPENED: ' + type + '\\n')
    process.exit(3)
  },
}).enable()
`
