import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import { deploy, type DeployParameters } from '../../scripts/deploy.ts'
import { parseAddress, type Address } from '../../src/core/hex.ts'
import { ROLES, type Role } from '../../src/core/roles.ts'
import { treasury } from '../../src/abi/lineageClaims.ts'
import { minBlocks } from '../../src/abi/reviewGate.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { methodOf } from '../../src/sdk/contracts.ts'
import { readRoles } from '../../src/sdk/governance/readRoles.ts'
import type { Deployment } from '../../src/core/deployment.ts'

const root = join(import.meta.dirname, '../..')

describe('scripts/deploy.ts, with another administrator', function () {
  let url: string
  let provider: JsonRpcProvider
  let accounts: Address[]
  let close: () => Promise<void>
  let proxy: FaultyProxy
  const names = ['whole', 'early', 'halfway', 'last', 'other'].map((name) => `test-deploy-${process.pid}-${name}`)
  const [whole, early, halfway, last, other] = names as [string, string, string, string, string]

  before(async function () {
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
    for (const name of names) {
      await rm(join(root, 'ignition/deployments', name), { recursive: true, force: true })
      await rm(join(root, '.stemma/deployments', `${name}.json`), { force: true })
    }
  })

  const parameters = (): DeployParameters => ({ admin: accounts[1]!, scanner: accounts[2]!, reviewBlocks: 7n })
  const sentBy = async (account: Address) => provider.getTransactionCount(account)
  /** Who has which role, by the numbers of the roles. */
  const membersOf = async (deployment: Deployment): Promise<Record<string, Address[]>> => {
    const { roles } = await readRoles(openLedger(provider, deployment))
    return Object.fromEntries(roles.map(({ id, members }) => [String(id), members.map(({ account }) => account)]))
  }
  /** What {@link membersOf} is after the deployer has given up. */
  const expected = (): Record<string, Address[]> => {
    const given = (Object.keys(ROLES) as Role[]).map((role) => [
      String(ROLES[role]),
      [role === 'scanner' ? accounts[2]! : accounts[1]!],
    ])
    return { 0: [accounts[1]!], ...Object.fromEntries(given) }
  }
  let transactions: number

  it('leaves the deployer without any role, gives each to who is named, else to the administrator, and sets what it is told', async function () {
    const deployment = await deploy({ rpcUrl: url, name: whole, reset: true, parameters: parameters() })
    transactions = await sentBy(accounts[0]!)
    expect(await membersOf(deployment)).to.deep.equal(expected())
    const ledger = openLedger(provider, deployment)
    expect(await methodOf(ledger, 'reviewGate', minBlocks)()).to.equal(7n)
    expect(parseAddress(await methodOf(ledger, 'lineageClaims', treasury)())).to.equal(accounts[1])
  })

  it('does nothing when it is run again', async function () {
    const before = await sentBy(accounts[0]!)
    const deployment = await deploy({ rpcUrl: url, name: whole, parameters: parameters() })
    expect([await sentBy(accounts[0]!), await membersOf(deployment)]).to.deep.equal([before, expected()])
  })

  for (const [when, name, share] of [
    ['after its first transaction', early, 0],
    ['half-way', halfway, 0.5],
    ['before its last transaction, in which the deployer gives up', last, 1],
  ] as const) {
    it(`goes on where it was interrupted ${when}, and sends nothing twice`, async function () {
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

  it('does not hand over to another account than the one with which it was begun', async function () {
    proxy.failAfter(transactions - 1)
    const options = { name: other, parameters: parameters() }
    let failures = 0
    const failing = async (run: Promise<unknown>) => run.catch(() => void (failures += 1))
    await failing(deploy({ rpcUrl: proxy.url, reset: true, ...options }))
    await failing(deploy({ rpcUrl: url, name: other, parameters: { ...parameters(), admin: accounts[3]! } }))
    expect(failures).to.equal(2)
    const members = await membersOf(await deploy({ rpcUrl: url, ...options }))
    expect(members).to.deep.equal(expected())
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
