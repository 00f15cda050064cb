import { execFile } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect } from 'chai'
import { JsonRpcProvider, Wallet } from 'ethers'
import hre from 'hardhat'

import {
  deploy as deployTo,
  JournalOfAnotherChainError,
  type DeployOptions,
  type DeployParameters,
} from '../../scripts/deploy.ts'
import { parseAddress, type Address } from '../../src/core/hex.ts'
import { ROLES, type Role } from '../../src/core/roles.ts'
import { treasury } from '../../src/abi/lineageClaims.ts'
import { minBlocks } from '../../src/abi/reviewGate.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { methodOf } from '../../src/sdk/contracts.ts'
import { readRoles } from '../../src/sdk/governance/readRoles.ts'
import type { Deployment } from '../../src/core/deployment.ts'

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
    provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 })
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

  it('leaves the deployer without a role, grants each role to the named account or the administrator, and sets the parameters', async function () {
    const deployment = await deploy({ rpcUrl: url, name: 'whole', reset: true, parameters: parameters() })
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
  })

  for (const [when, name, share] of [
    ['after its first transaction', 'early', 0],
    ['half-way', 'halfway', 0.5],
    ['before its last transaction, in which the deployer gives up', 'last', 1],
  ] as const) {
    it(`resumes where it was interrupted ${when}, and sends nothing twice`, async function () {
      const begun = await sentBy(accounts[0]!)
      proxy.failAfter(Math.max(1, Math.floor(share * (transactions - 1))))
      let failure: unknown
      await deploy({ rpcUrl: proxy.url, name, reset: true, parameters: parameters() }).catch((error: unknown) => {
        failure = error
      })
      expect(failure).to.be.an('error')
      expect((await sentBy(accounts[0]!)) - begun).to.equal(Math.max(1, Math.floor(share * (transactions - 1))))
      const deployment = await deploy({ rpcUrl: url, name, parameters: parameters() })
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
    const members = await membersOf(await deploy({ rpcUrl: url, ...options }))
    expect(members).to.deep.equal(expected())
  })

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
        { cwd: root, env: { ...process.env, NODE_OPTIONS: '', STEMMA_PRIVATE_KEY: privateKey } },
      )
      expect(stderr).to.match(/^Published \d+ licenses as terms\.\n$/)
      expect((await membersOf(JSON.parse(stdout) as Deployment))[0]).to.deep.equal([parseAddress(address)])
    } finally {
      await rm(join(root, 'ignition/deployments', name), { recursive: true, force: true })
      await rm(join(root, `.stemma/deployments/${name}.json`), { force: true })
    }
  })

  it('reports a node that does not answer', async function () {
    const failure = await deploy({ rpcUrl: 'http://127.0.0.1:1', name: 'nowhere' }).catch((error: unknown) => error)
    expect((failure as { code?: string }).code).to.equal('NODE_UNREACHABLE')
  })
})

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
