import { expect } from 'chai'
import { ZeroAddress } from 'ethers'

import { ZERO_DIGEST } from '../../../src/core/hex.ts'
import {
  ALL_SCOPES,
  DAY,
  deployLedger,
  digestOf,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
} from '../../fixtures/ledger.ts'
import { ROLES } from '../../../src/core/roles.ts'

const { loadFixture, time } = networkHelpers
const PROFILE = digestOf('profile')

/** Now, and a time that a slow machine does not reach during a test: blocks take the time that passes. */
async function soon() {
  const now = BigInt(await time.latest())
  return { now, until: now + 10n * DAY }
}

async function deployHandedOver() {
  const base = await deployLedger()
  const { ledger, publisher, controller, operator } = base
  const until = BigInt(await time.latest()) + 1_000_000n
  await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, until)
  await ledger.connect(publisher).proposeController(publisher, controller)
  await ledger.connect(controller).acceptController(publisher)
  return { ...base, until }
}

describe('PublisherRegistry', function () {
  describe('publisherOf', function () {
    it('returns a publisher without a profile that controls itself, for any address', async function () {
      const { ledger, stranger } = await loadFixture(deployLedger)
      expect(plain(await ledger.publisherOf.staticCallResult(stranger))).to.deep.equal([
        [stranger.address, 0n, ZeroAddress, 0n, 0n, ZeroAddress, ZERO_DIGEST],
      ])
    })
  })

  describe('setProfile', function () {
    it('stores the profile, and emits the event', async function () {
      const { ledger, publisher } = await loadFixture(deployLedger)
      expect(
        await eventsOf(ledger.connect(publisher).setProfile(publisher, PROFILE, 'models.example'), ledger),
      ).to.deep.equal([['ProfileSet', publisher.address, PROFILE, 'models.example']])
      expect((await ledger.publisherOf(publisher)).profile).to.equal(PROFILE)
    })

    it('ends the verification of the earlier profile, even if it is the same, and keeps an offer of control', async function () {
      const { ledger, publisher, verifier, controller } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setProfile(publisher, PROFILE, 'models.example')
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(verifier).verifyPublisher(publisher, PROFILE, 1n, until)
      expect(plain(await ledger.publisherOf.staticCallResult(publisher))).to.deep.equal([
        [publisher.address, 0n, controller.address, 1n, until, verifier.address, PROFILE],
      ])
      await ledger.connect(publisher).setProfile(publisher, PROFILE, 'other.example')
      expect(plain(await ledger.publisherOf.staticCallResult(publisher))).to.deep.equal([
        [publisher.address, 0n, controller.address, 0n, 0n, ZeroAddress, PROFILE],
      ])
    })

    it('accepts a domain of 253 bytes, and rejects 254', async function () {
      const { ledger, publisher } = await loadFixture(deployLedger)
      await ledger.connect(publisher).setProfile(publisher, PROFILE, 'd'.repeat(253))
      await expect(ledger.connect(publisher).setProfile(publisher, PROFILE, 'd'.repeat(254)))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryDomainTooLong')
        .withArgs(254)
    })

    it('reverts for anybody but the controller: an operator, a stranger, or the publisher after a handover', async function () {
      const { ledger, publisher, controller, operator, stranger, until } = await loadFixture(deployHandedOver)
      await ledger.connect(controller).setOperator(publisher, operator, ALL_SCOPES, until)
      for (const account of [publisher, operator, stranger]) {
        await expect(ledger.connect(account).setProfile(publisher, PROFILE, ''))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
          .withArgs(publisher.address, account.address)
      }
      await ledger.connect(controller).setProfile(publisher, PROFILE, '')
      expect((await ledger.publisherOf(publisher)).profile).to.equal(PROFILE)
    })
  })

  describe('verifyPublisher', function () {
    it('verifies the current profile until a time, and withdraws the verification', async function () {
      const { ledger, publisher, verifier } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setProfile(publisher, PROFILE, '')
      expect(
        await eventsOf(ledger.connect(verifier).verifyPublisher(publisher, PROFILE, 1n, until), ledger),
      ).to.deep.equal([['PublisherVerified', publisher.address, verifier.address, PROFILE, 1n, until]])
      expect((await ledger.publisherOf(publisher)).verifiedUntil).to.equal(until)
      expect(await eventsOf(ledger.connect(verifier).verifyPublisher(publisher, PROFILE, 0, 0), ledger)).to.deep.equal([
        ['PublisherVerified', publisher.address, verifier.address, PROFILE, 0n, 0n],
      ])
      expect((await ledger.publisherOf(publisher)).verifiedUntil).to.equal(0n)
    })

    it('clears times and verifier when it is withdrawn', async function () {
      const { ledger, publisher, verifier } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, 1n, until)
      await ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, 0n, 0n)
      expect(plain(await ledger.publisherOf.staticCallResult(publisher))).to.deep.equal([
        [publisher.address, 0n, ZeroAddress, 0n, 0n, ZeroAddress, ZERO_DIGEST],
      ])
    })

    it('numbers verifiers in the order in which they first verified, and never again', async function () {
      const { ledger, manager, publisher, holder, verifier, other } = await loadFixture(deployLedger)
      await manager.grantRole(ROLES.verifier, other, 0)
      expect(await ledger.verifierOf(1)).to.equal(ZeroAddress)
      const verify = async (by: typeof verifier, whom: typeof verifier): Promise<void> => {
        await ledger.connect(by).verifyPublisher(whom, ZERO_DIGEST, 1n, FOREVER)
        expect((await ledger.publisherOf(whom)).verifier).to.equal(by.address)
      }
      await ledger.connect(other).verifyPublisher(publisher, ZERO_DIGEST, 0n, 0n)
      for (const by of [verifier, other, verifier]) for (const whom of [publisher, holder]) await verify(by, whom)
      const numbered = await Promise.all([0, 1, 2, 3, 65_535].map((number) => ledger.verifierOf(number)))
      expect(numbered).to.deep.equal([ZeroAddress, verifier.address, other.address, ZeroAddress, ZeroAddress])
    })

    for (const [from, offset] of [
      ['the end', 0n],
      ['a second after the end', 1n],
    ] as const) {
      it(`reverts for a verification from ${from}`, async function () {
        const { ledger, publisher, verifier } = await loadFixture(deployLedger)
        const { until } = await soon()
        await expect(ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, until + offset, until))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryEmptyVerification')
          .withArgs(until + offset, until)
      })
    }

    it('reverts for a withdrawal that states a beginning, and takes one second', async function () {
      const { ledger, publisher, verifier } = await loadFixture(deployLedger)
      await expect(ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, 1n, 0n))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryEmptyVerification')
        .withArgs(1n, 0n)
      const { until } = await soon()
      await ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, until - 1n, until)
      expect((await ledger.publisherOf(publisher)).verifiedFrom).to.equal(until - 1n)
    })

    it('reverts for a profile that changed since it was checked', async function () {
      const { ledger, publisher, verifier } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setProfile(publisher, PROFILE, '')
      await expect(ledger.connect(verifier).verifyPublisher(publisher, digestOf('seen'), 1n, until))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryProfileMismatch')
        .withArgs(publisher.address, digestOf('seen'), PROFILE)
    })

    for (const [offset, accepted] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      it(`${accepted ? 'accepts' : 'rejects'} an end ${offset} s from now`, async function () {
        const { ledger, publisher, verifier } = await loadFixture(deployLedger)
        const { until } = await soon()
        await time.setNextBlockTimestamp(until)
        const sent = ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, 1n, until + offset)
        if (accepted) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(ledger, 'PublisherRegistryExpired')
            .withArgs(until + offset)
        }
      })
    }

    it('reverts for anybody without the role: the publisher, a stranger, another role or the administrator', async function () {
      const { ledger, publisher, stranger, authority, admin } = await loadFixture(deployLedger)
      for (const account of [publisher, stranger, authority, admin]) {
        await expect(ledger.connect(account).verifyPublisher(publisher, ZERO_DIGEST, 0, 0))
          .to.be.revertedWithCustomError(ledger, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
    })

    it('reverts for a verifier whose role was revoked', async function () {
      const { ledger, manager, publisher, verifier } = await loadFixture(deployLedger)
      await manager.revokeRole(ROLES.verifier, verifier)
      await expect(ledger.connect(verifier).verifyPublisher(publisher, ZERO_DIGEST, 0, 0))
        .to.be.revertedWithCustomError(ledger, 'AccessManagedUnauthorized')
        .withArgs(verifier.address)
    })

    it('waits out the execution delay of a role that has one', async function () {
      const { ledger, manager, publisher, other } = await loadFixture(deployLedger)
      await manager.grantRole(ROLES.verifier, other, 3600)
      const call = ledger.interface.encodeFunctionData('verifyPublisher', [publisher.address, ZERO_DIGEST, 0, 0])
      await expect(ledger.connect(other).verifyPublisher(publisher, ZERO_DIGEST, 0, 0)).to.be.revertedWithCustomError(
        manager,
        'AccessManagerNotScheduled',
      )
      await manager.connect(other).schedule(ledger, call, 0)
      const ready = BigInt(await time.latest()) + 3600n
      await time.setNextBlockTimestamp(ready - 1n)
      await expect(ledger.connect(other).verifyPublisher(publisher, ZERO_DIGEST, 0, 0)).to.be.revertedWithCustomError(
        manager,
        'AccessManagerNotReady',
      )
      await time.setNextBlockTimestamp(ready)
      await expect(ledger.connect(other).verifyPublisher(publisher, ZERO_DIGEST, 0, 0)).to.emit(
        ledger,
        'PublisherVerified',
      )
    })
  })

  describe('setOperator', function () {
    it('lets an operator act until its expiry, emits the event, and removes it at once', async function () {
      const { ledger, publisher, operator } = await loadFixture(deployLedger)
      const { until } = await soon()
      const set = (scopes: number, end: bigint) =>
        eventsOf(ledger.connect(publisher).setOperator(publisher, operator, scopes, end), ledger)
      expect(await set(5, until)).to.deep.equal([['OperatorSet', publisher.address, operator.address, 5n, until]])
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([5n, until, 0n])
      expect(await ledger.hasScope(publisher, operator, 5)).to.equal(true)
      expect(await set(0, 0n)).to.deep.equal([['OperatorSet', publisher.address, operator.address, 0n, 0n]])
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0n, 0n, 31n])
      expect(await ledger.hasScope(publisher, operator, 5)).to.equal(false)
      expect(await ledger.hasScope(publisher, operator, 0)).to.equal(false)
    })

    it('lets an operator act in each of its scopes and in no other, and the controller in all', async function () {
      const { ledger, publisher, operator } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setOperator(publisher, operator, 0b01010, until)
      const asked = [0, 1, 2, 4, 8, 16, 0b01010, 0b01011, 0b11010, 31, 32, 65_535]
      const answers = await Promise.all(asked.map((scopes) => ledger.hasScope(publisher, operator, scopes)))
      expect(asked.filter((_, i) => answers[i])).to.deep.equal([0, 2, 8, 0b01010])
      for (const scopes of asked) expect(await ledger.hasScope(publisher, publisher, scopes)).to.equal(true)
      expect(await ledger.canControl(publisher, publisher)).to.equal(true)
      expect(await ledger.canControl(publisher, operator)).to.equal(false)
    })

    it('reverts for a mask with bits without a scope', async function () {
      const { ledger, publisher, operator } = await loadFixture(deployLedger)
      const { until } = await soon()
      for (const scopes of [32, 33, 65_535]) {
        await expect(ledger.connect(publisher).setOperator(publisher, operator, scopes, until))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUndefinedScopes')
          .withArgs(scopes)
      }
    })

    for (const [by, scopes, end] of [
      ['no scopes', 0n, FOREVER],
      ['a zero end', 3n, 0n],
      ['both', 0n, 0n],
    ] as const) {
      it(`removes an operator by ${by}, which cannot be named again in the epoch, in any scope`, async function () {
        const { ledger, publisher, operator, stranger } = await loadFixture(deployLedger)
        const { until } = await soon()
        const set = (account: typeof operator, named: bigint, last: bigint) =>
          ledger.connect(publisher).setOperator(publisher, account, named, last)
        await set(operator, 3n, until)
        for (const account of [operator, stranger]) {
          expect(await eventsOf(set(account, scopes, end), ledger)).to.deep.equal([
            ['OperatorSet', publisher.address, account.address, 0n, 0n],
          ])
          await set(account, scopes, end)
          for (const scope of [1n, 16n, 31n]) {
            await expect(set(account, scope, until))
              .to.be.revertedWithCustomError(ledger, 'PublisherRegistryWithdrawnScopes')
              .withArgs(publisher.address, account.address, scope)
          }
          expect(plain(await ledger.operatorOf(publisher, account))).to.deep.equal([0n, 0n, 31n])
        }
        await ledger.connect(publisher).proposeController(publisher, publisher)
        await ledger.connect(publisher).acceptController(publisher)
        await set(operator, 3n, until)
        expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([3n, until, 0n])
      })
    }

    it('does not give back a scope that was left out, also after the expiry, and adds others', async function () {
      const { ledger, publisher, operator } = await loadFixture(deployLedger)
      const { until } = await soon()
      const set = (scopes: bigint, end: bigint) =>
        ledger.connect(publisher).setOperator(publisher, operator, scopes, end)
      await set(0b00011n, until)
      await set(0b00110n, until)
      const refused = async (scopes: bigint) =>
        expect(set(scopes, FOREVER))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryWithdrawnScopes')
          .withArgs(publisher.address, operator.address, 1n)
      await refused(0b00111n)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0b00110n, until, 1n])
      await time.increaseTo(until)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0n, 0n, 1n])
      await refused(0b00001n)
      await set(0b10110n, FOREVER)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0b10110n, FOREVER, 1n])
    })

    for (const [offset, authorized] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`${authorized ? 'lets' : 'does not let'} an operator act ${offset} s from its end`, async function () {
        const { ledger, publisher, operator } = await loadFixture(deployLedger)
        const { until } = await soon()
        await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, until)
        await time.increaseTo(until + offset)
        expect(await ledger.hasScope(publisher, operator, ALL_SCOPES)).to.equal(authorized)
      })
    }

    for (const [offset, accepted] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      it(`${accepted ? 'accepts' : 'rejects'} an end ${offset} s from now`, async function () {
        const { ledger, publisher, operator } = await loadFixture(deployLedger)
        const { until } = await soon()
        await time.setNextBlockTimestamp(until)
        const sent = ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, until + offset)
        if (accepted) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(ledger, 'PublisherRegistryExpired')
            .withArgs(until + offset)
        }
      })
    }

    it('reverts for anybody but the controller: an operator cannot appoint another or extend itself', async function () {
      const { ledger, publisher, operator, stranger } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, until)
      for (const account of [operator, stranger]) {
        await expect(ledger.connect(account).setOperator(publisher, account, ALL_SCOPES, until + 100n))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
          .withArgs(publisher.address, account.address)
      }
    })

    it('does not let an operator of one publisher act for another', async function () {
      const { ledger, publisher, operator, other } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, until)
      expect(await ledger.hasScope(other, operator, ALL_SCOPES)).to.equal(false)
      expect(await ledger.hasScope(operator, publisher, ALL_SCOPES)).to.equal(false)
    })
  })

  describe('proposeController', function () {
    it('proposes the next controller, which may do nothing yet', async function () {
      const { ledger, publisher, controller } = await loadFixture(deployLedger)
      expect(await eventsOf(ledger.connect(publisher).proposeController(publisher, controller), ledger)).to.deep.equal([
        ['ControllerProposed', publisher.address, controller.address],
      ])
      expect((await ledger.publisherOf(publisher)).pendingController).to.equal(controller.address)
      expect((await ledger.publisherOf(publisher)).controller).to.equal(publisher.address)
      expect(await ledger.hasScope(publisher, controller, ALL_SCOPES)).to.equal(false)
      await expect(ledger.connect(controller).proposeController(publisher, controller))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
        .withArgs(publisher.address, controller.address)
    })

    it('withdraws the offer with the zero address', async function () {
      const { ledger, publisher, controller } = await loadFixture(deployLedger)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(publisher).proposeController(publisher, ZeroAddress)
      await expect(ledger.connect(controller).acceptController(publisher))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotPendingController')
        .withArgs(publisher.address, controller.address, ZeroAddress)
    })

    it('reverts for anybody but the controller', async function () {
      const { ledger, publisher, operator, stranger } = await loadFixture(deployHandedOver)
      for (const account of [publisher, operator, stranger]) {
        await expect(ledger.connect(account).proposeController(publisher, account))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
          .withArgs(publisher.address, account.address)
      }
    })
  })

  describe('operatorOf', function () {
    it('is zero once the right has ended', async function () {
      const { ledger, publisher, operator } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setOperator(publisher, operator, 7, until)
      await time.increaseTo(until - 1n)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([7n, until, 0n])
      await time.increaseTo(until)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0n, 0n, 0n])
    })
  })

  describe('acceptController', function () {
    it('hands over control, ends the offer, and emits the event', async function () {
      const { ledger, publisher, controller } = await loadFixture(deployLedger)
      await ledger.connect(publisher).proposeController(publisher, controller)
      expect(await eventsOf(ledger.connect(controller).acceptController(publisher), ledger)).to.deep.equal([
        ['ControllerChanged', publisher.address, publisher.address, controller.address],
      ])
      const after = await ledger.publisherOf(publisher)
      expect(after.controller).to.equal(controller.address)
      expect(after.pendingController).to.equal(ZeroAddress)
      expect(await ledger.hasScope(publisher, controller, ALL_SCOPES)).to.equal(true)
      expect(await ledger.hasScope(publisher, publisher, ALL_SCOPES)).to.equal(false)
      expect([after.epoch, await ledger.epochOf(publisher), await ledger.epochOf(controller)]).to.deep.equal([
        1n,
        1n,
        0n,
      ])
      await expect(ledger.connect(controller).acceptController(publisher))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotPendingController')
        .withArgs(publisher.address, controller.address, ZeroAddress)
    })

    it('removes every operator, and an earlier operator does not return when control is handed back', async function () {
      const { ledger, publisher, controller, operator } = await loadFixture(deployHandedOver)
      expect(await ledger.hasScope(publisher, operator, ALL_SCOPES)).to.equal(false)
      expect(plain(await ledger.operatorOf(publisher, operator))).to.deep.equal([0n, 0n, 0n])
      await ledger.connect(controller).proposeController(publisher, publisher)
      expect(await eventsOf(ledger.connect(publisher).acceptController(publisher), ledger)).to.deep.equal([
        ['ControllerChanged', publisher.address, controller.address, publisher.address],
      ])
      expect((await ledger.publisherOf(publisher)).controller).to.equal(publisher.address)
      expect(await ledger.hasScope(publisher, publisher, ALL_SCOPES)).to.equal(true)
      expect(await ledger.hasScope(publisher, controller, ALL_SCOPES)).to.equal(false)
      expect(await ledger.hasScope(publisher, operator, ALL_SCOPES)).to.equal(false)
    })

    it('reverts for anybody but the proposed account: a stranger, or an account proposed earlier', async function () {
      const { ledger, publisher, controller, stranger, other } = await loadFixture(deployLedger)
      await expect(ledger.connect(stranger).acceptController(publisher))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotPendingController')
        .withArgs(publisher.address, stranger.address, ZeroAddress)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(publisher).proposeController(publisher, other)
      await expect(ledger.connect(controller).acceptController(publisher))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotPendingController')
        .withArgs(publisher.address, controller.address, other.address)
    })

    it('begins an epoch without operators for a controller that takes over from itself', async function () {
      const { ledger, publisher, controller, operator, until } = await loadFixture(deployHandedOver)
      await ledger.connect(controller).setOperator(publisher, operator, ALL_SCOPES, until)
      await ledger.connect(controller).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      expect(await ledger.epochOf(publisher)).to.equal(2n)
      expect(await ledger.hasScope(publisher, controller, ALL_SCOPES)).to.equal(true)
      expect(await ledger.hasScope(publisher, operator, ALL_SCOPES)).to.equal(false)
    })

    it('keeps the profile, and ends its verification: who takes over was not verified', async function () {
      const { ledger, publisher, controller, verifier } = await loadFixture(deployLedger)
      const { until } = await soon()
      await ledger.connect(publisher).setProfile(publisher, PROFILE, '')
      await ledger.connect(verifier).verifyPublisher(publisher, PROFILE, 1n, until)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      expect(plain(await ledger.publisherOf.staticCallResult(publisher))).to.deep.equal([
        [controller.address, 1n, ZeroAddress, 0n, 0n, ZeroAddress, PROFILE],
      ])
    })
  })

  describe('authority', function () {
    it('is the access manager, and only it can name another', async function () {
      const { ledger, manager, admin } = await loadFixture(deployLedger)
      expect(await ledger.authority()).to.equal(await manager.getAddress())
      await expect(ledger.connect(admin).setAuthority(admin))
        .to.be.revertedWithCustomError(ledger, 'AccessManagedUnauthorized')
        .withArgs(admin.address)
    })
  })
})
