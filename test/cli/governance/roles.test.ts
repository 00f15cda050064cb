import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { NOBODY_MAY, ROLE_DELAYS, ROLES } from '../../../src/core/roles.ts'
import { AccessManager__factory } from '../../../typechain-types/index.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const ACME = KEYS.acme.address.toLowerCase()
const GAMMA = KEYS.gamma.address.toLowerCase()

describe('stemma roles', function () {
  let world: World
  let provider: JsonRpcProvider

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  })

  after(async function () {
    provider.destroy()
    await world.stop()
  })

  it('says who has each role and what it may call, in JSON', async function () {
    const { roles, nobodyMay } = await world.ok('roles', { as: null })
    expect(roles.map(({ id, name }: { id: string; name: string }) => [id, name])).to.deep.equal([
      ['0', 'administrator'],
      ...Object.entries(ROLES).map(([name, id]) => [String(id), name]),
    ])
    for (const { members } of roles) {
      expect(members.map(({ account }: { account: string }) => account)).to.deep.equal([ACME])
    }
    expect(nobodyMay).to.deep.equal(NOBODY_MAY)
  })

  it('says it for people, with what nobody may do', async function () {
    const { stdout, code } = await world.run('roles', { as: null })
    expect(code).to.equal(0)
    expect(stdout).to.match(/^roles at block \d+, \d{4}-/)
    expect(stdout).to.contain('\nadjudicator\n  given by the administrator, and then had after 0 seconds (from ')
    const plain = stdout.replaceAll(/\s+/g, ' ')
    expect(plain).to.contain(
      'lineageClaims.accept, lineageClaims.rule, lineageClaims.extend, lineageClaims.ruleInheritance',
    )
    for (const { what, because } of NOBODY_MAY) expect(plain).to.contain(`${what}: ${because}`)
  })

  it('says of a grant that waits from when on it holds, and what was so before it', async function () {
    await provider.send('evm_increaseTime', [5 * 86_400])
    const manager = AccessManager__factory.connect(world.deployment.contracts.manager, await provider.getSigner(0))
    const block = await provider.getBlockNumber()
    await (await manager.grantRole(ROLES.certifier, GAMMA, 0)).wait()
    const { timestamp } = (await provider.getBlock('latest'))!
    const since = timestamp + ROLE_DELAYS.certifier
    const { stdout } = await world.run('roles', { as: null })
    const time = new Date(since * 1000).toISOString().replace('.000Z', 'Z').replace('T', ' ')
    expect(stdout).to.contain(`  ${GAMMA} NOT BEFORE ${time}\n`)
    const certifiers = async (args: string) =>
      (await world.ok(args, { as: null })).roles[Number(ROLES.certifier)].members.map(
        ({ account }: { account: string }) => account,
      )
    expect(await certifiers('roles')).to.deep.equal([ACME, GAMMA])
    expect(await certifiers(`roles --block ${block}`)).to.deep.equal([ACME])
  })

  it('refuses an invalid block number, and a block that does not exist', async function () {
    expect(await world.fails('roles --block latest', { as: null })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('roles --block 99999999', { as: null })).to.deep.equal([3, 'NODE_ANSWER'])
  })
})
