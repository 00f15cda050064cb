import { expect } from 'chai'
import type { BaseContract } from 'ethers'

import { ROLE_DELAYS, ROLES, TARGET_DELAY, type Role } from '../../../src/core/roles.ts'
import { connection, deployWithRoles, refusalOf, writesOf } from '../../fixtures/roles.ts'

const { networkHelpers } = connection
const { loadFixture, time } = networkHelpers
const ADMIN = 0n
const HOUR = 3600n
/** How long the AccessManager defers a change of a delay. */
const SETBACK = 5n * 24n * HOUR

const PAUSE = ['pauseWrites', 'resumeWrites']
/** Which role may call which of the restricted functions. */
const MAY: Readonly<Record<string, Readonly<Partial<Record<Role, readonly string[]>>>>> = {
  ledger: { verifier: ['verifyPublisher'], authority: ['recallByAuthority'], guardian: PAUSE },
  licenseCredential: { guardian: PAUSE },
  lineageClaims: { adjudicator: ['accept', 'rule'], guardian: PAUSE },
  complianceLens: {},
  usageAudit: { guardian: PAUSE },
  reviewGate: {
    authority: ['recallSubject', 'setReviewPeriod', 'setQuorum', 'setOrganization'],
    certifier: ['certify', 'certifyArtefact'],
    guardian: PAUSE,
  },
}
/** What an administrator may do with the manager. Its other functions concern an account's own roles and operations. */
const ADMINISTRATION = [
  'grantRole',
  'labelRole',
  'revokeRole',
  'setGrantDelay',
  'setRoleAdmin',
  'setRoleGuardian',
  'setTargetAdminDelay',
  'setTargetClosed',
  'setTargetFunctionRole',
  'updateAuthority',
]

describe('Roles, as they are deployed', function () {
  for (const [name, may] of Object.entries(MAY)) {
    it(`let each role call only its own functions of ${name}, and nobody else any of them`, async function () {
      const { contracts, admin, deployer, stranger, holders } = await loadFixture(deployWithRoles)
      const contract: BaseContract = contracts[name as keyof typeof contracts]
      const callers = { admin, deployer, stranger, ...holders }
      const allowed: Record<string, string[]> = {}
      for (const fragment of writesOf(contract)) {
        const refused = async (account: string) =>
          (await refusalOf(contract, fragment, account)) === 'AccessManagedUnauthorized'
        if (!(await refused(stranger.address))) continue
        const found: string[] = []
        for (const [caller, { address }] of Object.entries(callers)) if (!(await refused(address))) found.push(caller)
        allowed[fragment.name] = found
      }
      const expected = Object.entries(may).flatMap(([role, names]) => names.map((each) => [each, [role]] as const))
      // Only a contract's manager may change its manager.
      const managed = name === 'complianceLens' ? [] : [['setAuthority', []] as const]
      expect(allowed).to.deep.equal(Object.fromEntries([...expected, ...managed]))
    })
  }

  it('leave the administration of the manager to the administrator, not to a role or the deployer', async function () {
    const { contracts, admin, deployer, stranger, holders } = await loadFixture(deployWithRoles)
    const { manager } = contracts
    const refused = async (name: string, account: string) => {
      const fragment = writesOf(manager).find((each) => each.name === name)!
      return (await refusalOf(manager, fragment, account)) === 'AccessManagerUnauthorizedAccount'
    }
    for (const [who, { address }] of Object.entries({ deployer, stranger, ...holders })) {
      const names: string[] = []
      for (const { name } of writesOf(manager)) if (await refused(name, address)) names.push(name)
      expect([who, names.toSorted()]).to.deep.equal([who, ADMINISTRATION])
    }
    for (const name of ADMINISTRATION) expect([name, await refused(name, admin.address)]).to.deep.equal([name, false])
  })

  it('leave nothing to a deployer that gave up the administration', async function () {
    const { manager, deployer, admin } = await loadFixture(deployWithRoles)
    for (const role of [ADMIN, ...Object.values(ROLES)]) {
      expect([role, (await manager.hasRole(role, deployer))[0]]).to.deep.equal([role, false])
    }
    expect(await manager.hasRole(ADMIN, admin)).to.deep.equal([true, 0n])
  })

  it('cannot be granted by their members', async function () {
    const { manager, holders, stranger } = await loadFixture(deployWithRoles)
    for (const [role, holder] of Object.entries(holders)) {
      await expect(manager.connect(holder).grantRole(ROLES[role as Role], stranger, 0))
        .to.be.revertedWithCustomError(manager, 'AccessManagerUnauthorizedAccount')
        .withArgs(holder, ADMIN)
    }
  })

  it('take effect at once in the first five days, after which the delays apply', async function () {
    const { manager, admin, stranger } = await loadFixture(deployWithRoles)
    expect(await manager.getRoleGrantDelay(ROLES.authority)).to.equal(0n)
    await manager.connect(admin).grantRole(ROLES.authority, stranger, 0)
    expect((await manager.hasRole(ROLES.authority, stranger))[0]).to.equal(true)
    await time.increase(SETBACK)
    for (const role of Object.keys(ROLES) as Role[]) {
      expect([role, await manager.getRoleGrantDelay(ROLES[role])]).to.deep.equal([role, BigInt(ROLE_DELAYS[role])])
    }
  })

  for (const role of Object.keys(ROLES) as Role[]) {
    it(`delay a new member of the role ${role}, to the second`, async function () {
      const { manager, admin, stranger } = await loadFixture(deployWithRoles)
      await time.increase(SETBACK)
      const since = BigInt(await time.latest()) + 100n + BigInt(ROLE_DELAYS[role])
      await time.setNextBlockTimestamp(since - BigInt(ROLE_DELAYS[role]))
      await expect(manager.connect(admin).grantRole(ROLES[role], stranger, 0))
        .to.emit(manager, 'RoleGranted')
        .withArgs(ROLES[role], stranger, 0, since, true)
      await time.increaseTo(since - 1n)
      expect((await manager.hasRole(ROLES[role], stranger))[0]).to.equal(false)
      await time.increaseTo(since)
      expect((await manager.hasRole(ROLES[role], stranger))[0]).to.equal(true)
    })
  }

  it('are revoked at once', async function () {
    const { manager, admin, holders } = await loadFixture(deployWithRoles)
    await time.increase(SETBACK)
    await manager.connect(admin).revokeRole(ROLES.authority, holders.authority)
    expect((await manager.hasRole(ROLES.authority, holders.authority))[0]).to.equal(false)
  })

  it('keep their old delay for five days when an administrator shortens it', async function () {
    const { manager, admin } = await loadFixture(deployWithRoles)
    await time.increase(SETBACK)
    await manager.connect(admin).setGrantDelay(ROLES.authority, 0)
    const set = BigInt(await time.latest())
    await time.increaseTo(set + SETBACK - 1n)
    expect(await manager.getRoleGrantDelay(ROLES.authority)).to.equal(ROLE_DELAYS.authority)
    await time.increaseTo(set + SETBACK)
    expect(await manager.getRoleGrantDelay(ROLES.authority)).to.equal(0n)
  })

  it('cannot be bypassed by giving a function to another role, which has to be scheduled ahead', async function () {
    const { manager, contracts, admin } = await loadFixture(deployWithRoles)
    await time.increase(SETBACK)
    const { lineageClaims } = contracts
    const selector = lineageClaims.interface.getFunction('rule')!.selector
    const asAdmin = manager.connect(admin)
    const target = await lineageClaims.getAddress()
    const data = manager.interface.encodeFunctionData('setTargetFunctionRole', [target, [selector], ADMIN])
    const operation = await manager.hashOperation(admin, manager, data)
    await expect(asAdmin.setTargetFunctionRole(target, [selector], ADMIN))
      .to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
      .withArgs(operation)
    await asAdmin.schedule(manager, data, 0)
    const ready = BigInt(await time.latest()) + BigInt(TARGET_DELAY)
    await time.setNextBlockTimestamp(ready - 1n)
    await expect(asAdmin.execute(manager, data))
      .to.be.revertedWithCustomError(manager, 'AccessManagerNotReady')
      .withArgs(operation)
    expect(await manager.getTargetFunctionRole(target, selector)).to.equal(ROLES.adjudicator)
    await time.setNextBlockTimestamp(ready)
    await asAdmin.execute(manager, data)
    expect(await manager.getTargetFunctionRole(target, selector)).to.equal(ADMIN)
  })

  for (const call of ['setTargetClosed', 'updateAuthority'] as const) {
    it(`cannot be bypassed by ${call} either`, async function () {
      const { manager, admin, addresses, stranger } = await loadFixture(deployWithRoles)
      await time.increase(SETBACK)
      const asAdmin = manager.connect(admin)
      for (const [name, target] of Object.entries(addresses)) {
        if (name === 'manager' || name === 'complianceLens') continue
        const sent =
          call === 'setTargetClosed' ? asAdmin.setTargetClosed(target, true) : asAdmin.updateAuthority(target, stranger)
        await expect(sent).to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
      }
    })
  }
})
