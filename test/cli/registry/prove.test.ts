import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { publishLicenses } from '../../../scripts/local/publishLicenses.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { startProofHosts, type ProofHosts } from '../../fixtures/proofHosts.ts'
import { checkedReport, KEYS, startWorld, type Run, type World } from '../world.ts'

const HOUR = 3_600_000
const STRANGER = KEYS.stranger.address.toLowerCase()
const OPERATOR = KEYS.operator.address.toLowerCase()

describe('whose word counts, in the program', function () {
  this.timeout(300_000)
  let world: World
  let hosts: ProofHosts
  let stranger: string
  /** The clock of the next run. */
  let now = Date.now

  before(async function () {
    ;[world, hosts] = await Promise.all([startWorld(), startProofHosts()])
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
    await publishLicenses(openLedger(await provider.getSigner(0), world.deployment))
    provider.destroy()
    await world.folder('zed__clean', 'license: mit')
    stranger = (await world.ok('register zed__clean', { as: 'stranger' })).model
  })

  after(async function () {
    await Promise.all([world.stop(), hosts.stop()])
  })

  const run = (args: string): Promise<Run> => world.run(args, { fetch: hosts.fetch, now, as: 'stranger' })
  const verify = async (target: string, ...flags: string[]): Promise<[code: number, standing: string]> => {
    const { code, json } = await run(['verify', target, '--use', 'commercial', '--json', ...flags].join(' '))
    return [code, (await checkedReport(json())).publisherStanding]
  }

  it('writes the proof of a name, says where it belongs, and checks it both ways', async function () {
    const written = await run(`publisher prove zed/clean zed.example --publisher ${STRANGER}`)
    expect(written.code, written.stderr).to.equal(0)
    expect(written.stdout)
      .to.contain('  https://huggingface.co/zed/clean/raw/main/stemma.json\n')
      .and.to.contain('  https://zed.example/.well-known/stemma.json\n')
    const check = async (): Promise<[number, string[]]> => {
      const { code, json } = await run('publisher prove hf:zed/clean https://zed.example/x --check --json')
      return [code, json().names.map(({ state }: { state: string }) => state)]
    }
    expect(await check()).to.deep.equal([1, ['missing', 'missing']])
    const text = await readFile(join(world.cwd, 'stemma.json'), 'utf8')
    hosts.serveHub('zed/clean', text, 'repo-1')
    hosts.serve('zed.example/.well-known/stemma.json', text)
    expect(await check()).to.deep.equal([1, ['refused', 'refused']])
    await world.ok('publisher profile set stemma.json', { as: 'stranger' })
    expect(await check()).to.deep.equal([0, ['proved', 'proved']])
    hosts.serve('zed.example/.well-known/stemma.json', (_, response) => response.writeHead(503).end())
    expect(await check()).to.deep.equal([3, ['proved', 'unreachable']])
  })

  it('counts a publisher for the name that was typed, and not by id, digest or folder, nor strictly', async function () {
    expect(await verify('zed/clean')).to.deep.equal([0, 'named'])
    expect(await verify('Zed/Clean')).to.deep.equal([0, 'named'])
    const { stdout } = await run('verify zed/clean --use commercial')
    expect(stdout.replaceAll(/\s+/g, ' ')).to.contain(
      `Registered by ${STRANGER} (named: it proves that it holds the name, and no more).`,
    )
    const [{ registration }] = (await world.ok('show zed/clean')).models
    for (const target of [stranger, registration.weights, './zed__clean']) {
      expect(await verify(target), target).to.deep.equal([3, 'unverified'])
    }
    hosts.asked.length = 0
    expect(await verify('zed/clean', '--strict')).to.deep.equal([3, 'unverified'])
    expect(await verify('zed/clean', '--no-proofs')).to.deep.equal([3, 'unverified'])
    expect(hosts.asked).to.deep.equal([])
  })

  it('counts the same words when a model is to be loaded: of a name that was typed, never of a folder', async function () {
    const check = async (...flags: string[]): Promise<[license: string, model: string]> => {
      const { json } = await run(['review check ./zed__clean --use commercial --json', ...flags].join(' '))
      return [json().license, json().model]
    }
    hosts.asked.length = 0
    expect(await check()).to.deep.equal(['unknown', stranger])
    expect(await check(`--model ${stranger}`)).to.deep.equal(['unknown', stranger])
    expect(await check('--model zed/clean --no-proofs')).to.deep.equal(['unknown', stranger])
    expect(hosts.asked).to.deep.equal([])
    expect(await check('--model hf:Zed/Clean')).to.deep.equal(['permitted', stranger])
    expect(await check(`--licensee ${STRANGER}`)).to.deep.equal(['permitted', stranger])
    await run(`trust ${STRANGER}`)
    expect(await check()).to.deep.equal(['permitted', stranger])
    await run(`trust --remove ${STRANGER}`)
    expect(await check()).to.deep.equal(['unknown', stranger])
  })

  it('is not misled by strangers who register the name or the weights of a publisher that counts', async function () {
    await world.folder('base', 'license: mit')
    const own = (await world.ok(['register', 'base', '--name', 'acme/base'])).model
    await world.folder('harsh', 'license: cc-by-nc-4.0')
    await world.ok(['register', 'harsh', '--name', 'acme/base'], { as: 'stranger' })
    const named = await run('verify acme/base --use commercial --json')
    expect([named.code, named.json().model]).to.deep.equal([0, own])
    await world.ok(['register', 'base', '--name', 'zed/copy'], { as: 'stranger' })
    const { code, stderr, json } = await run('verify ./base --use commercial --json')
    expect([code, json().model, json().registrations.length]).to.deep.equal([0, own, 2])
    expect(stderr).to.contain('unverified-twin: ')
  })

  it('asks again after an hour, at the host and before that on chain, and remembers whom a name meant', async function () {
    hosts.asked.length = 0
    expect(await verify('zed/clean')).to.deep.equal([0, 'named'])
    expect(hosts.asked).to.deep.equal([])
    const text = await readFile(join(world.cwd, 'stemma.json'), 'utf8')
    now = () => Date.now() + 2 * HOUR
    hosts.clear()
    expect(await verify('zed/clean', '--max-age', '3h')).to.deep.equal([0, 'named'])
    const gone = await run('verify zed/clean --use commercial --max-age 100m --json')
    expect([gone.code, gone.stderr]).to.satisfy(
      ([code, stderr]: [number, string]) => code === 3 && /NODE_STALE/.test(stderr),
    )
    const withdrawn = await run('verify zed/clean --use commercial --max-age 0s --json')
    expect([withdrawn.code, withdrawn.json().publisherStanding]).to.deep.equal([3, 'unverified'])
    expect(withdrawn.stderr).to.contain('name-unproved: no publisher proves hf:zed/clean: nothing lies at ')
    // The name was deleted at the host, and somebody else registered it and proves it.
    await run(`publisher prove zed/clean --publisher ${OPERATOR} --output theirs.json`)
    await world.ok('publisher profile set theirs.json', { as: 'operator' })
    const theirs = await readFile(join(world.cwd, 'theirs.json'), 'utf8')
    await world.folder('theirs', 'license: mit')
    hosts.serveHub('zed/clean', theirs, 'repo-2')
    const moved = await run('verify zed/clean --use commercial --max-age 0s --json')
    expect([moved.code, moved.json().publisherStanding]).to.deep.equal([3, 'unverified'])
    expect(moved.stderr)
      .to.contain(`name-changed: hf:zed/clean is proved by ${OPERATOR} now.`)
      .and.to.contain(`it was ${STRANGER}, and another repository`)
    // The same publisher in another repository is not the same name either.
    hosts.serveHub('zed/clean', text, 'repo-3')
    expect((await run('verify zed/clean --use commercial --max-age 0s --json')).stderr).to.contain('name-changed')
    await world.ok('publisher prove zed/clean --forget')
    expect(await verify('zed/clean', '--max-age', '0s')).to.deep.equal([0, 'named'])
    now = Date.now
  })

  it('counts a publisher that the user trusts, until the user ends it, on that ledger alone', async function () {
    expect((await run(`trust ${STRANGER}`)).stdout).to.contain(`Trusted: publisher ${STRANGER} on the ledger`)
    expect(await verify('./zed__clean')).to.deep.equal([0, 'trusted'])
    expect(await verify('./zed__clean', '--strict')).to.deep.equal([0, 'trusted'])
    const { chainId, contracts } = world.deployment
    const entry = { publisher: STRANGER, chainId, ledger: contracts.ledger }
    expect((await run('trust --list --json')).json()).to.deep.include(entry)
    expect(await readdir(join(world.cwd, '.config/stemma/publishers'))).to.deep.equal([
      `${chainId}-${contracts.ledger}-${STRANGER}`,
    ])
    const policy = await world.file('others.json', { version: 1, trustedPublishers: [KEYS.acme.address] })
    expect((await run(`verify ./zed__clean --use commercial --policy ${policy}`)).code).to.equal(3)
    await world.ok(`trust --remove ${STRANGER}`)
    expect(await verify('./zed__clean')).to.deep.equal([3, 'unverified'])
    expect(await world.fails(`trust --remove ${STRANGER}`)).to.deep.equal([2, 'PUBLISHER_NOT_TRUSTED'])
  })

  it('refuses what nothing can prove, and options that exclude each other', async function () {
    expect(await world.fails(['publisher', 'prove', 'https://127.0.0.1/x', '--check'])).to.deep.equal([
      2,
      'INVALID_PROOF_NAME',
    ])
    expect(await world.fails('publisher prove zed/clean')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('publisher prove zed/clean --check --forget')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`publisher prove zed/clean --publisher ${STRANGER} --output no/where`)).to.deep.equal([
      2,
      'FILE',
    ])
    expect(await world.fails('trust --list --deployment local')).to.deep.equal([2, 'USAGE'])
  })
})
