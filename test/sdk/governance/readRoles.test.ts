import { expect } from 'chai'
import { concat, hexlify, toUtf8Bytes } from 'ethers'

import type { Deployment } from '../../../src/core/deployment.ts'
import { parseAddress } from '../../../src/core/hex.ts'
import { RESTRICTED_FUNCTIONS, ROLE_DELAYS, ROLES, TARGET_DELAY, type Role } from '../../../src/core/roles.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { NodeAnswerError } from '../../../src/sdk/nodeErrors.ts'
import { readRoles } from '../../../src/sdk/governance/readRoles.ts'
import { connection, deployWithRoles } from '../../fixtures/roles.ts'

const { ethers, networkHelpers } = connection
const { loadFixture, time } = networkHelpers
const SETBACK = 5 * 86_400

/** The deployed ledger, with a way to ask who may do what. */
async function setUp() {
  const base = await loadFixture(deployWithRoles)
  const deployment: Deployment = { name: 'test', chainId: 31337, firstBlock: 0, contracts: base.addresses }
  const ledger = openLedger(ethers.provider, deployment)
  const read = (block?: number) => readRoles(ledger, block === undefined ? {} : { block })
  return { ...base, asAdmin: base.manager.connect(base.admin), read }
}

const roleOf = ({ roles }: readRoles.ReturnType, id: bigint) => roles.find((role) => role.id === id)!

describe('readRoles', function () {
  it('tells of each role who has it, what it is called and what it may call', async function () {
    const { read, holders, admin, addresses } = await setUp()
    const found = await read()
    expect(found.roles.map(({ id }) => id)).to.deep.equal([0n, 1n, 2n, 3n, 4n, 5n, 6n])
    expect(roleOf(found, 0n).members).to.deep.equal([
      {
        account: parseAddress(admin.address),
        since: roleOf(found, 0n).members[0]!.since,
        pending: false,
        executionDelay: 0,
        nextDelay: null,
      },
    ])
    for (const [name, id] of Object.entries(ROLES)) {
      const role = roleOf(found, id)
      expect([role.label, role.admin, role.guardian]).to.deep.equal([
        name,
        0n,
        name === 'guardian' ? 0n : ROLES.guardian,
      ])
      expect(role.members.map(({ account }) => account)).to.deep.equal([parseAddress(holders[name as Role].address)])
      expect(
        role.functions.map(({ contract, signature }) => ({ contract, signature, role: name })),
      ).to.have.deep.members(RESTRICTED_FUNCTIONS.filter((each) => each.role === name))
    }
    expect(found.contracts.map(({ contract, address }) => [contract, address])).to.have.deep.members(
      Object.entries(addresses),
    )
    expect(found.scheduled).to.deep.equal([])
  })

  it('tells delays that are to come, and from when on', async function () {
    const { read } = await setUp()
    const before = await read()
    const { grantDelay, nextGrantDelay } = roleOf(before, ROLES.authority)
    expect(grantDelay).to.equal(0)
    expect(nextGrantDelay!.delay).to.equal(ROLE_DELAYS.authority)
    expect(nextGrantDelay!.since).to.be.within(before.time + SETBACK - 100, before.time + SETBACK)
    const claims = before.contracts.find(({ contract }) => contract === 'lineageClaims')!
    expect([claims.adminDelay, claims.nextAdminDelay!.delay]).to.deep.equal([0, TARGET_DELAY])
    await time.increase(SETBACK)
    const after = await read()
    expect(roleOf(after, ROLES.authority)).to.deep.include({ grantDelay: ROLE_DELAYS.authority, nextGrantDelay: null })
    expect(after.contracts.find(({ contract }) => contract === 'lineageClaims')).to.deep.include({
      adminDelay: TARGET_DELAY,
      nextAdminDelay: null,
    })
  })

  it('tells who will have a role, and from the second on at which it has it', async function () {
    const { read, asAdmin, stranger } = await setUp()
    await time.increase(SETBACK)
    await asAdmin.grantRole(ROLES.certifier, stranger, 3600)
    const account = parseAddress(stranger.address)
    const memberAt = async () =>
      roleOf(await read(), ROLES.certifier).members.find((member) => member.account === account)!
    const since = (await time.latest()) + ROLE_DELAYS.certifier
    expect(await memberAt()).to.deep.equal({ account, since, pending: true, executionDelay: 3600, nextDelay: null })
    await time.increaseTo(since - 1)
    expect((await memberAt()).pending).to.equal(true)
    await time.increaseTo(since)
    expect((await memberAt()).pending).to.equal(false)
    await asAdmin.grantRole(ROLES.certifier, stranger, 0)
    const effect = (await time.latest()) + 3600
    expect((await memberAt()).nextDelay).to.deep.equal({ delay: 0, since: effect })
  })

  it('leaves out who lost a role or gave it up, and tells of an earlier block what was so then', async function () {
    const { read, asAdmin, manager, holders } = await setUp()
    const { block } = await read()
    await asAdmin.revokeRole(ROLES.authority, holders.authority)
    await manager.connect(holders.guardian).renounceRole(ROLES.guardian, holders.guardian)
    const now = await read()
    expect([roleOf(now, ROLES.authority).members, roleOf(now, ROLES.guardian).members]).to.deep.equal([[], []])
    const then = await read(block)
    expect(roleOf(then, ROLES.authority).members).to.have.length(1)
    expect(roleOf(then, ROLES.guardian).members).to.have.length(1)
  })

  it('tells of roles, functions and contracts that the code does not know', async function () {
    const { read, asAdmin, stranger } = await setUp()
    await asAdmin.labelRole(77n, 'auditor')
    await asAdmin.setRoleAdmin(77n, ROLES.authority)
    await asAdmin.setRoleGuardian(77n, ROLES.guardian)
    await asAdmin.setTargetFunctionRole(stranger, ['0x12345678'], 77n)
    const role = roleOf(await read(), 77n)
    expect(role).to.deep.include({ label: 'auditor', admin: ROLES.authority, guardian: ROLES.guardian, members: [] })
    expect(role.functions).to.deep.equal([
      { contract: null, address: parseAddress(stranger.address), selector: '0x12345678', signature: null, role: 77n },
    ])
  })

  it('moves a function to the role that it takes now', async function () {
    const { read, asAdmin, contracts } = await setUp()
    const { selector } = contracts.recalls.interface.getFunction('recall')!
    await asAdmin.setTargetFunctionRole(contracts.recalls, [selector], 0n)
    const found = await read()
    expect(roleOf(found, 0n).functions.map(({ signature }) => signature)).to.deep.equal([
      'recall(uint8,bytes32,string)',
    ])
    expect(roleOf(found, ROLES.authority).functions).to.have.length(5)
  })

  it('tells of a contract that is closed', async function () {
    const { read, asAdmin, contracts } = await setUp()
    await asAdmin.setTargetClosed(contracts.reviewGate, true)
    const closed = (await read()).contracts.filter((each) => each.closed).map(({ contract }) => contract)
    expect(closed).to.deep.equal(['reviewGate'])
  })

  it('tells what is scheduled, until it is done, cancelled or too old', async function () {
    const { read, asAdmin, manager, contracts, admin } = await setUp()
    await time.increase(SETBACK)
    const schedule = async (closed: boolean) => {
      const data = manager.interface.encodeFunctionData('setTargetClosed', [
        await contracts.ledger.getAddress(),
        closed,
      ])
      await asAdmin.schedule(manager, data, 0)
      return data
    }
    const data = await schedule(true)
    const readyAt = (await time.latest()) + TARGET_DELAY
    const found = (await read()).scheduled
    expect(found).to.deep.equal([
      {
        operation: await manager.hashOperation(admin, manager, data),
        caller: parseAddress(admin.address),
        contract: 'manager',
        target: parseAddress(await manager.getAddress()),
        call: 'setTargetClosed(address,bool)',
        readyAt,
      },
    ])
    await asAdmin.cancel(admin, manager, data)
    expect((await read()).scheduled).to.deep.equal([])
    await schedule(true)
    await time.increase(TARGET_DELAY)
    await asAdmin.execute(manager, data)
    expect((await read()).scheduled).to.deep.equal([])
    await schedule(false)
    await time.increase(TARGET_DELAY + 7 * 86_400)
    expect((await read()).scheduled).to.deep.equal([])
  })

  it('makes labels harmless, and tolerates one that is not valid text', async function () {
    const { read, asAdmin, manager } = await setUp()
    await asAdmin.labelRole(ROLES.verifier, `a\u001b[2Jb\u202e${'c'.repeat(100)}`)
    expect(roleOf(await read(), ROLES.verifier).label).to.equal(`a\u{fffd}[2Jb\u{fffd}${'c'.repeat(56)}…`)
    const data = manager.interface.encodeFunctionData('labelRole', [ROLES.verifier, '~'])
    const spoiled = data.replace(hexlify(toUtf8Bytes('~')).slice(2).padEnd(64, '0'), 'ff'.padEnd(64, '0'))
    await asAdmin.runner!.sendTransaction!({ to: await manager.getAddress(), data: concat([spoiled]) })
    expect(roleOf(await read(), ROLES.verifier).label).to.equal('')
  })

  it('refuses a block that the node does not have', async function () {
    const { read } = await setUp()
    const failure = await read(1_000_000).catch((error: unknown) => error)
    expect(failure).to.be.an.instanceof(NodeAnswerError)
    expect((failure as Error).message).to.contain('it has no block 1000000')
  })
})
