import { expect } from 'chai'
import type { BaseContract } from 'ethers'

import { modelIdOf } from '../../../src/core/registration.ts'
import { ADMIN_DELAY, EXECUTION_DELAYS, ROLE_DELAYS, ROLES, TARGET_DELAY, type Role } from '../../../src/core/roles.ts'
import type { Ledger, ReviewGate } from '../../../typechain-types/index.ts'
import { emptyCall } from '../../fixtures/emptyCall.ts'
import { registrationOf, registrationStruct } from '../../fixtures/ledger.ts'
import { connection, deployWithDelays, deployWithRoles, refusalOf, writesOf } from '../../fixtures/roles.ts'

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
  lineageClaims: { adjudicator: ['accept', 'extend', 'rule', 'ruleInheritance'], guardian: PAUSE },
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

  for (const [name, may] of Object.entries(MAY)) {
    for (const [role, functions] of Object.entries(may) as [Role, readonly string[]][]) {
      it(`call ${name} as ${role} directly, never as the manager, which events would name`, async function () {
        const { contracts, manager, holders } = await loadFixture(deployWithRoles)
        const contract: BaseContract = contracts[name as keyof typeof contracts]
        for (const each of functions) {
          const data = emptyCall(
            contract,
            writesOf(contract).find((fragment) => fragment.name === each)!,
          )
          await expect(manager.connect(holders[role]).execute(contract, data))
            .to.be.revertedWithCustomError(contract, 'DirectAccessThroughManager')
            .withArgs(manager)
        }
      })
    }
  }
})

describe('Roles of a ledger that others rely on', function () {
  const REASON = 'the training data was not theirs to use'
  /** A ledger with delays, and the call by which the authority sets the quorum. */
  async function deployed() {
    const base = await deployWithDelays()
    const gate = base.contracts.reviewGate as ReviewGate
    return { ...base, gate, data: gate.interface.encodeFunctionData('setQuorum', [3]) }
  }

  it('have their delays from the first block on', async function () {
    const { manager, holders, admin } = await loadFixture(deployWithDelays)
    expect(await manager.hasRole(ADMIN, admin)).to.deep.equal([true, BigInt(ADMIN_DELAY)])
    for (const role of Object.keys(ROLES) as Role[]) {
      const expected = [true, BigInt(EXECUTION_DELAYS[role])]
      expect([role, await manager.hasRole(ROLES[role], holders[role])]).to.deep.equal([role, expected])
    }
  })

  it('let no authority recall in one block, and let it recall by its own name after the delay', async function () {
    const { manager, contracts, holders, stranger } = await loadFixture(deployWithDelays)
    const ledger = contracts.ledger as Ledger
    const connected = ledger.connect(holders.authority)
    const registration = registrationOf(stranger.address)
    const model = modelIdOf(registration)
    await ledger.connect(stranger).register(registrationStruct(registration))
    await expect(connected.recallByAuthority(model, REASON)).to.be.revertedWithCustomError(
      manager,
      'AccessManagerNotScheduled',
    )
    const data = ledger.interface.encodeFunctionData('recallByAuthority', [model, REASON])
    await manager.connect(holders.authority).schedule(ledger, data, 0)
    const ready = BigInt(await time.latest()) + BigInt(EXECUTION_DELAYS.authority)
    await time.setNextBlockTimestamp(ready - 1n)
    await expect(connected.recallByAuthority(model, REASON)).to.be.revertedWithCustomError(
      manager,
      'AccessManagerNotReady',
    )
    await time.setNextBlockTimestamp(ready)
    await expect(connected.recallByAuthority(model, REASON))
      .to.emit(ledger, 'ModelRecalled')
      .withArgs(model, holders.authority, REASON)
  })

  it('let a guardian cancel what another role scheduled, and nobody without that role', async function () {
    const { manager, holders, gate, data, stranger } = await loadFixture(deployed)
    const { authority, guardian, scanner, certifier } = holders
    await manager.connect(authority).schedule(gate, data, 0)
    for (const account of [stranger, scanner, certifier]) {
      await expect(manager.connect(account).cancel(authority, gate, data))
        .to.be.revertedWithCustomError(manager, 'AccessManagerUnauthorizedCancel')
        .withArgs(account, authority, gate, data.slice(0, 10))
    }
    await manager.connect(guardian).cancel(authority, gate, data)
    await time.increase(EXECUTION_DELAYS.authority)
    await expect(gate.connect(authority).setQuorum(3)).to.be.revertedWithCustomError(
      manager,
      'AccessManagerNotScheduled',
    )
  })

  for (const role of Object.keys(ROLES) as Role[]) {
    it(`have the guardian over the role ${role}, but not over its own`, async function () {
      const { manager } = await loadFixture(deployWithDelays)
      expect(await manager.getRoleGuardian(ROLES[role])).to.equal(role === 'guardian' ? ADMIN : ROLES.guardian)
    })
  }

  it('let no stolen administrator evict another one, or add its own, in the same block', async function () {
    const { manager, admin: stolen, stranger: honest, deployer: thief } = await loadFixture(deployWithDelays)
    const byThief = manager.connect(stolen)
    const grant = manager.interface.encodeFunctionData('grantRole', [ADMIN, honest.address, ADMIN_DELAY])
    await byThief.schedule(manager, grant, 0)
    await time.increase(SETBACK)
    await byThief.execute(manager, grant)
    // The grant waits too, from the fifth day on.
    expect((await manager.hasRole(ADMIN, honest))[0]).to.equal(false)
    await time.increase(ADMIN_DELAY)
    expect((await manager.hasRole(ADMIN, honest))[0]).to.equal(true)

    for (const call of [
      manager.interface.encodeFunctionData('revokeRole', [ADMIN, honest.address]),
      manager.interface.encodeFunctionData('grantRole', [ADMIN, thief.address, 0]),
    ]) {
      const operation = await manager.hashOperation(stolen, manager, call)
      await expect(stolen.sendTransaction({ to: await manager.getAddress(), data: call }))
        .to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
        .withArgs(operation)
      await byThief.schedule(manager, call, 0)
      await time.increase(ADMIN_DELAY - 10)
      await expect(byThief.execute(manager, call))
        .to.be.revertedWithCustomError(manager, 'AccessManagerNotReady')
        .withArgs(operation)
      // Meanwhile the other administrator cancels it, at once.
      await manager.connect(honest).cancel(stolen, manager, call)
      await time.increase(ADMIN_DELAY)
      await expect(byThief.execute(manager, call)).to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
    }
    expect((await manager.hasRole(ADMIN, honest))[0]).to.equal(true)
    expect((await manager.hasRole(ADMIN, thief))[0]).to.equal(false)
  })
})
