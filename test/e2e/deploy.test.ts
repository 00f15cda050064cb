import { execFile } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect } from 'chai'
import { Contract, getAddress, JsonRpcProvider, Wallet } from 'ethers'
import hre from 'hardhat'

import {
  acceptAdministration,
  deploy as deployTo,
  JournalOfAnotherChainError,
  type DeployOptions,
  type DeployParameters,
  type OutstandingAcceptance,
} from '../../scripts/deploy.ts'
import { parseAddress, type Address } from '../../src/core/hex.ts'
import { ADMIN_DELAY, ROLES, type Role } from '../../src/core/roles.ts'
import { accessManagerAbi } from '../../src/abi/accessManager.ts'
import { treasury } from '../../src/abi/lineageClaims.ts'
import { minBlocks } from '../../src/abi/reviewGate.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { methodOf } from '../../src/sdk/contracts.ts'
import { readRoles } from '../../src/sdk/governance/readRoles.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import type { AccessManager } from '../../typechain-types/index.ts'
import { inDepth, itInDepth } from '../fixtures/inDepth.ts'

describe('scripts/deploy.ts, with another administrator', function () {
  let url: string
  let provider: JsonRpcProvider
  let accounts: Address[]
  let close: () => Promise<void>
  let proxy: FaultyProxy
  let folder: string

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-deploy-'))
    const server = await hre.network.createServer('default', '127.0.0.1', 0)
    url = `http://127.0.0.1:${(await server.listen()).port}`
    provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    accounts = (await provider.listAccounts()).map(({ address }) => parseAddress(address))
    proxy = await startFaultyProxy(url)
    close = async () => {
      await proxy.close()
      provider.destroy()
      await server.close()
    }
  })

  after(async function () {
    await close()
    await rm(folder, { recursive: true, force: true })
  })

  const deploy = (options: DeployOptions) => deployTo({ ...options, folder })
  const parameters = (): DeployParameters => ({ admin: accounts[1]!, scanner: accounts[2]!, reviewBlocks: 7n })
  /** Deploys, lets the new administrator act, and runs the deployment again. */
  const deployWhole = async (options: DeployOptions): Promise<Deployment> => {
    const deployment = await deploy(options)
    const signer = await provider.getSigner(parameters().admin!)
    await acceptAdministration(openLedger(signer, deployment))
    return deploy({ ...options, reset: false })
  }
  const sentBy = async (account: Address) => provider.getTransactionCount(account)
  /** The members of each role, by the number of the role. */
  const membersOf = async (deployment: Deployment): Promise<Record<string, Address[]>> => {
    const { roles } = await readRoles(openLedger(provider, deployment))
    return Object.fromEntries(roles.map(({ id, members }) => [String(id), members.map(({ account }) => account)]))
  }
  /** The members after the deployer has given up. */
  const expected = (): Record<string, Address[]> => {
    const given = (Object.keys(ROLES) as Role[]).map((role) => [
      String(ROLES[role]),
      [role === 'scanner' ? accounts[2]! : accounts[1]!],
    ])
    return { 0: [accounts[1]!], ...Object.fromEntries(given) }
  }
  let transactions: number
  let head: number

  it('leaves the deployer without a role, grants each role to the named account or the administrator, and sets the parameters', async function () {
    // A long chain, which no reader of the ledger should have to read from its start.
    await provider.send('hardhat_mine', ['0x400'])
    head = await provider.getBlockNumber()
    const deployment = await deployWhole({ rpcUrl: url, name: 'whole', reset: true, parameters: parameters() })
    expect(deployment.firstBlock).to.be.within(head - 64, head + 1)
    transactions = await sentBy(accounts[0]!)
    expect(await membersOf(deployment)).to.deep.equal(expected())
    const ledger = openLedger(provider, deployment)
    expect(await methodOf(ledger, 'reviewGate', minBlocks)()).to.equal(7n)
    expect(parseAddress(await methodOf(ledger, 'lineageClaims', treasury)())).to.equal(accounts[1])
  })

  it('does nothing when run again', async function () {
    const before = await sentBy(accounts[0]!)
    const deployment = await deploy({ rpcUrl: url, name: 'whole', parameters: parameters() })
    expect([await sentBy(accounts[0]!), await membersOf(deployment)]).to.deep.equal([before, expected()])
    expect(deployment.firstBlock).to.be.within(head - 64, head + 1)
  })

  const interruptions = [
    ['before its last transaction, in which the deployer gives up', 'last', 1],
    ['after its first transaction', 'early', 0],
    ['half-way', 'halfway', 0.5],
  ] as const
  for (const [when, name, share] of interruptions.slice(0, inDepth(1, 3))) {
    it(`resumes where it was interrupted ${when}, and sends nothing twice`, async function () {
      const begun = await sentBy(accounts[0]!)
      proxy.failAfter(Math.max(1, Math.floor(share * (transactions - 1))))
      let failure: unknown
      await deploy({ rpcUrl: proxy.url, name, reset: true, parameters: parameters() }).catch((error: unknown) => {
        failure = error
      })
      expect(failure).to.be.an('error')
      expect((await sentBy(accounts[0]!)) - begun).to.equal(Math.max(1, Math.floor(share * (transactions - 1))))
      const deployment = await deployWhole({ rpcUrl: url, name, parameters: parameters() })
      expect(await membersOf(deployment)).to.deep.equal(expected())
      expect((await sentBy(accounts[0]!)) - begun).to.equal(transactions)
    })
  }

  it('refuses to hand over to another account than the first run named', async function () {
    proxy.failAfter(transactions - 1)
    const options = { name: 'other', parameters: parameters() }
    let failures = 0
    const failing = async (run: Promise<unknown>) => run.catch(() => void (failures += 1))
    await failing(deploy({ rpcUrl: proxy.url, reset: true, ...options }))
    await failing(deploy({ rpcUrl: url, name: 'other', parameters: { ...parameters(), admin: accounts[3]! } }))
    expect(failures).to.equal(2)
    const members = await membersOf(await deployWhole({ rpcUrl: url, ...options }))
    expect(members).to.deep.equal(expected())
  })

  const ways = [
    ['with delays, schedules', true],
    ['without delays, makes', false],
  ] as const
  for (const [what, delays] of ways.slice(0, inDepth(1, 2))) {
    it(`keeps the deployer until the new administrator, ${what} the removal`, async function () {
      const heard: OutstandingAcceptance[] = []
      const name = `steps-${delays ? 'delayed' : 'direct'}`
      const options: DeployOptions = {
        rpcUrl: url,
        name,
        delays,
        parameters: parameters(),
        onOutstanding: (outstanding) => heard.push(outstanding),
      }
      const deployment = await deploy({ ...options, reset: true })
      // A second run gives nothing up either: nobody has shown that they hold the key.
      await deploy(options)
      expect((await membersOf(deployment))[0]).to.deep.equal([accounts[0], accounts[1]])
      const [outstanding, again, ...more] = heard
      expect([outstanding, more.length]).to.deep.equal([again, 0])
      expect([outstanding!.admin, outstanding!.to]).to.deep.equal([accounts[1], deployment.contracts.manager])
      // A transaction of somebody else, or of the administrator to another end, does not count.
      await (await (await provider.getSigner(accounts[1]!)).sendTransaction({ to: accounts[1]!, value: 1n })).wait()
      await deploy(options)
      expect((await membersOf(deployment))[0]).to.deep.equal([accounts[0], accounts[1]])
      const { to, data } = outstanding!
      await (await (await provider.getSigner(accounts[1]!)).sendTransaction({ to, data })).wait()
      const before = heard.length
      await deploy(options)
      expect([(await membersOf(deployment))[0], heard.length]).to.deep.equal([[accounts[1]], before])
    })
  }

  it('lets the new administrator evict a deployer that never comes back', async function () {
    const name = 'gone'
    const deployment = await deploy({ rpcUrl: url, name, reset: true, parameters: parameters() })
    const signer = await provider.getSigner(accounts[1]!)
    await acceptAdministration(openLedger(signer, deployment))
    await provider.send('evm_increaseTime', [ADMIN_DELAY])
    const manager = new Contract(deployment.contracts.manager, accessManagerAbi, signer) as unknown as AccessManager
    await (await manager.revokeRole(0n, accounts[0]!)).wait()
    expect((await membersOf(deployment))[0]).to.deep.equal([accounts[1]])
  })

  itInDepth('lets nobody accept but a second administrator', async function () {
    const deployment = await deploy({ rpcUrl: url, name: 'accept', reset: true, parameters: parameters() })
    const failure = await acceptAdministration(openLedger(await provider.getSigner(accounts[4]!), deployment)).catch(
      (error: unknown) => error,
    )
    expect((failure as Error).message).to.contain(
      `${accounts[4]} has nothing to take over: the administrators are ${accounts[0]}, ${accounts[1]}.`,
    )
  })

  for (const name of ['treasury', 'admin', ...Object.keys(ROLES)].slice(0, inDepth(1, Infinity))) {
    it(`refuses a --${name} whose checksum does not match, before it sends anything`, async function () {
      const address = getAddress(accounts[1]!)
      const wrong = [...address].map((letter, at) => (at === address.search(/[a-f]/) ? letter.toUpperCase() : letter))
      const before = await sentBy(accounts[0]!)
      const { code, stderr } = await runDeploy(['--rpc', url, '--name', 'typo', `--${name}`, wrong.join('')])
      expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 2 && /checksum/.test(text))
      expect(await sentBy(accounts[0]!)).to.equal(before)
    })
  }

  for (const given of ['31536001', 'soon', '-1'].slice(0, inDepth(1, 3))) {
    it(`refuses the delay ${given}`, async function () {
      const { code, stderr } = await runDeploy(['--rpc', url, '--name', 'typo', `--authority-delay=${given}`])
      expect(code).to.equal(2)
      expect(stderr).to.contain(`Invalid --authority-delay "${given}": use a number of seconds from 0 to 31536000`)
    })
  }

  it('names --reset when the journal is of a chain that was reset, or of another chain', async function () {
    const server = await hre.network.createServer('default', '127.0.0.1', 0)
    const fresh = `http://127.0.0.1:${(await server.listen()).port}`
    try {
      const failure = await deploy({ rpcUrl: fresh, name: 'whole', parameters: parameters() }).catch(
        (error: unknown) => error,
      )
      expect(failure).to.be.an.instanceOf(JournalOfAnotherChainError)
      expect((failure as Error).message)
        .to.match(/deployed Stemma#\w+ at 0x\w{40}, where the chain has no code\. .* run again with --reset/)
        .and.to.contain(join(folder, 'ignition/deployments/whole'))
      const journal = join(folder, 'ignition/deployments/whole/journal.jsonl')
      const lines = await readFile(journal, 'utf8')
      await writeFile(journal, lines.replace('"chainId":31337', '"chainId":1'))
      const other = await deploy({ rpcUrl: url, name: 'whole', parameters: parameters() }).catch(
        (error: unknown) => error,
      )
      expect((other as Error).message).to.contain('was begun on chain 1, and the node is on chain 31337')
      await writeFile(journal, lines)
      // Another deployment at the same addresses, by the same account.
      await deploy({ rpcUrl: fresh, name: 'whole', journal: false, parameters: { ...parameters(), reviewBlocks: 9n } })
      const alike = await deploy({ rpcUrl: fresh, name: 'whole', parameters: parameters() }).catch(
        (error: unknown) => error,
      )
      expect(alike).to.be.an.instanceOf(JournalOfAnotherChainError)
      expect((alike as Error).message).to.match(
        /sent the transaction 0x\w{64} in block \d+, which the chain does not have/,
      )
      const deployment = await deploy({ rpcUrl: fresh, name: 'whole', reset: true, parameters: parameters() })
      expect(deployment.rpcUrl).to.equal(fresh)
    } finally {
      await server.close()
    }
  })

  it('deploys with the key in STEMMA_PRIVATE_KEY and publishes the license library with it', async function () {
    this.timeout(120_000)
    const { address, privateKey } = Wallet.createRandom()
    await (await (await provider.getSigner(3)).sendTransaction({ to: address, value: 10n ** 19n })).wait()
    const root = join(import.meta.dirname, '../..')
    const name = `keyed-${new URL(url).port}`
    try {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['--conditions=source', join(root, 'scripts/deploy.ts'), '--rpc', url, '--name', name, '--licenses'],
        {
          cwd: root,
          // Trusted there, and not in the configuration of who runs the tests.
          env: { ...process.env, XDG_CONFIG_HOME: folder, NODE_OPTIONS: '', STEMMA_PRIVATE_KEY: privateKey },
        },
      )
      expect(stderr).to.match(/^Published \d+ licenses as terms\.\n$/)
      expect((await membersOf(JSON.parse(stdout) as Deployment))[0]).to.deep.equal([parseAddress(address)])
    } finally {
      await rm(join(root, 'ignition/deployments', name), { recursive: true, force: true })
      await rm(join(root, `.stemma/deployments/${name}.json`), { force: true })
    }
  })

  it('has a Sourcify server verify the sources, and never fails for it', async function () {
    const sourcify = await startSourcify()
    const options = { rpcUrl: url, parameters: parameters(), journal: false }
    try {
      const none = await deploy({ ...options, name: 'unasked' })
      expect(new Set(Object.values(none.verification!))).to.deep.equal(new Set(['not verified: it was not asked for']))
      const { verification, contracts } = await deploy({ ...options, name: 'asked', sourcify: sourcify.url })
      expect(verification).to.deep.equal({
        manager: 'exact_match',
        ledger: 'match',
        recalls: 'exact_match',
        licenseCredential: 'not verified: the bytecode differs',
        lineageClaims: 'exact_match',
        complianceLens: 'not verified: Chain 31337 is not supported',
        usageAudit: 'exact_match',
        reviewGate: 'not verified: the server gave no reason',
        loadCheck: 'exact_match',
      })
      const written = await readFile(join(folder, '.stemma/deployments/asked.json'), 'utf8')
      expect((JSON.parse(written) as Deployment).verification).to.deep.equal(verification)
      const { path, body } = sourcify.requests.find(({ path: asked }) => asked.endsWith(contracts.ledger))!
      expect(path).to.equal(`/v2/verify/31337/${contracts.ledger}`)
      expect(body.contractIdentifier).to.match(/^project\/contracts\/Ledger\.sol:Ledger$/)
      expect(body.compilerVersion).to.match(/^0\.8\.37\+commit\./)
      expect(body.stdJsonInput.sources['project/contracts/Ledger.sol']!.content).to.contain('contract Ledger is')
    } finally {
      await sourcify.close()
    }
    const unreachable = await deploy({ ...options, name: 'unreachable', sourcify: sourcify.url })
    for (const result of Object.values(unreachable.verification!)) expect(result).to.match(/^not verified: \w/)
  })

  it('reports a node that does not answer', async function () {
    const failure = await deploy({ rpcUrl: 'http://127.0.0.1:1', name: 'nowhere' }).catch((error: unknown) => error)
    expect((failure as { code?: string }).code).to.equal('NODE_UNREACHABLE')
  })
})

/** Runs the program, and returns its exit code and what it wrote to stderr. */
async function runDeploy(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const root = join(import.meta.dirname, '../..')
  const program = ['--conditions=source', join(root, 'scripts/deploy.ts'), ...args]
  return promisify(execFile)(process.execPath, program, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  )
}

type SourcifyRequest = {
  path: string
  body: {
    contractIdentifier: string
    compilerVersion: string
    stdJsonInput: { sources: Record<string, { content: string }> }
  }
}
type SourcifyServer = { url: string; requests: SourcifyRequest[]; close: () => Promise<void> }

/** A server that answers as the API v2 of Sourcify is documented to, another way for each contract. */
async function startSourcify(): Promise<SourcifyServer> {
  const requests: SourcifyRequest[] = []
  const polls = new Map<string, number>()
  const known: { address?: string } = {}
  const refused = (customCode: string, message: string) => ({ customCode, message, errorId: 'an id' })
  const begin = (path: string, { contractIdentifier }: SourcifyRequest['body']): [number, unknown] => {
    const contract = contractIdentifier.split(':')[1]!
    if (contract === 'ComplianceLens') return [400, refused('unsupported_chain', 'Chain 31337 is not supported')]
    if (contract === 'ReviewGate') return [500, {}]
    if (contract === 'UsageAudit') {
      known.address = path.split('/').at(-1)!
      return [409, refused('already_verified', 'The contract is already verified')]
    }
    return [202, { verificationId: contract }]
  }
  const poll = (id: string): [number, unknown] => {
    const count = (polls.get(id) ?? 0) + 1
    polls.set(id, count)
    if (count === 1) return [200, { isJobCompleted: false, verificationId: id }]
    if (id === 'LicenseCredential') {
      const error = refused('no_match', 'the bytecode differs')
      return [200, { isJobCompleted: true, verificationId: id, error, contract: { match: null } }]
    }
    const match = id === 'Ledger' ? 'match' : 'exact_match'
    return [200, { isJobCompleted: true, verificationId: id, contract: { match, chainId: '31337' } }]
  }
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      const path = request.url!
      const body = text === '' ? undefined : (JSON.parse(text) as SourcifyRequest['body'])
      if (body) requests.push({ path, body })
      const [status, answer] = body
        ? begin(path, body)
        : path === `/v2/contract/31337/${known.address}`
          ? [200, { match: 'exact_match', creationMatch: null, runtimeMatch: 'exact_match', chainId: '31337' }]
          : poll(path.split('/').at(-1)!)
      response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type FaultyProxy = { url: string; failAfter: (transactions: number) => void; close: () => Promise<void> }

/** A way to a node that is closed after some transactions, from the next question on. */
async function startFaultyProxy(node: string): Promise<FaultyProxy> {
  let left = Infinity
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const sends = /"method":"eth_send(Raw)?Transaction"/.test(body)
    if (sends) left -= 1
    if (left < 0 || (left === 0 && !sends)) {
      response.writeHead(503).end('the way to the node is closed')
      return
    }
    const headers = { 'content-type': 'application/json' }
    const answered = await fetch(node, { method: 'POST', headers, body })
    response.writeHead(answered.status, headers).end(await answered.text())
  }
  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failAfter: (transactions) => void (left = transactions),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
