import { expect } from 'chai'

import { deployFormer, living, STATE } from '../../fixtures/credentials.ts'
import {
  ALL_SCOPES,
  DAY,
  deployTiers,
  eventsOf,
  FOREVER,
  grantOf,
  networkHelpers,
  plain,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

describe('LicenseCredential: changes of a credential', function () {
  describe('renew', function () {
    it('extends a credential before it ends, without a gap', async function () {
      const { credentials, publisher, by, holder, a, gated, credential, issuedAt, until } = await living()
      const longer = until + DAY
      expect(await eventsOf(by.renew(a, gated, holder, longer), credentials)).to.deep.equal([
        ['CredentialRenewed', credential, publisher.address, longer],
      ])
      expect(plain(await credentials.credentialOf(credential))).to.deep.equal([
        publisher.address,
        issuedAt,
        longer,
        0n,
        0n,
        STATE.active,
        0n,
      ])
    })

    for (const [offset, gap] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      it(`${gap ? 'leaves a gap' : 'leaves no gap'} ${offset} s from the end`, async function () {
        const { credentials, credential, issuedAt, until, renewAt, expectValid } = await living()
        await renewAt(until + offset, until + DAY)
        const { gapFrom, gapUntil } = await credentials.credentialOf(credential)
        expect([gapFrom, gapUntil]).to.deep.equal(gap ? [until, until + offset] : [0n, 0n])
        expect(await credentials.isValid(credential)).to.equal(true)
        await expectValid([
          [issuedAt, true],
          [until + DAY, false],
        ])
        expect(await credentials.isValidAt(credential, until - 1n)).to.equal(true)
        expect(await credentials.isValidAt(credential, until)).to.equal(!gap)
      })
    }

    it('joins a lapse and all earlier gaps', async function () {
      const { issuedAt, until, suspendAt, reinstateAt, renewAt, expectValid } = await living()
      await suspendAt(issuedAt + 100n)
      await reinstateAt(issuedAt + 200n)
      await renewAt(until + 50n, until + DAY)
      await expectValid([
        [issuedAt, true],
        [issuedAt + 100n, false],
        [until + 50n, true],
        [until + DAY, false],
      ])
    })

    it('keeps a suspension, which only a reinstatement ends', async function () {
      const { credentials, credential, issuedAt, until, suspendAt, renewAt, reinstateAt, expectValid } = await living()
      await suspendAt(issuedAt + 100n)
      await renewAt(until + 50n, until + 10n * DAY)
      expect(await credentials.isValid(credential)).to.equal(false)
      expect((await credentials.credentialOf(credential)).state).to.equal(STATE.suspended)
      await reinstateAt(until + 100n)
      expect(await credentials.isValid(credential)).to.equal(true)
      await expectValid([
        [issuedAt + 100n, false],
        [until + 100n, true],
        [until + 10n * DAY, false],
      ])
    })

    it('does not make the time between an expiry and a later suspension valid', async function () {
      const { credentials, credential, until, suspendAt, renewAt, reinstateAt } = await living()
      await suspendAt(until + 100n)
      expect(await credentials.isValidAt(credential, until + 50n)).to.equal(false)
      await renewAt(until + 200n, until + 10n * DAY)
      expect(await credentials.isValidAt(credential, until + 50n)).to.equal(false)
      await reinstateAt(until + 300n)
      expect(await credentials.isValidAt(credential, until + 50n)).to.equal(false)
      expect(await credentials.isValid(credential)).to.equal(true)
    })

    it('does not make the time between an expiry and a past suspension valid', async function () {
      const { credentials, credential, until, suspendAt, renewAt, reinstateAt } = await living()
      await suspendAt(until + 100n)
      await reinstateAt(until + 200n)
      await renewAt(until + 300n, until + 10n * DAY)
      expect(await credentials.isValidAt(credential, until + 50n)).to.equal(false)
      expect(await credentials.isValid(credential)).to.equal(true)
    })

    it('reverts for an end that is not later', async function () {
      const { credentials, by, holder, a, gated, until } = await living()
      for (const shorter of [0n, until - 1n, until]) {
        await expect(by.renew(a, gated, holder, shorter))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotLonger')
          .withArgs(until, shorter)
      }
      await by.renew(a, gated, holder, until + 1n)
    })

    for (const [offset, accepted] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      it(`${accepted ? 'accepts' : 'rejects'} an end ${offset} s from now, after an expiry`, async function () {
        const { credentials, until, renewAt } = await living()
        const now = until + DAY
        const sent = renewAt(now, now + offset)
        if (accepted) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialEmptyWindow')
            .withArgs(now, now + offset)
        }
      })
    }

    for (const [offset, accepted] of [
      [-1n, true],
      [0n, true],
      [1n, false],
    ] as const) {
      it(`${accepted ? 'accepts' : 'rejects'} an end ${offset} s beyond what the tier allows from now`, async function () {
        const { credentials, issuedAt, maxDuration, renewAt } = await living()
        const now = issuedAt + 100n
        const sent = renewAt(now, now + maxDuration + offset)
        if (accepted) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
            .withArgs(maxDuration + 1n, maxDuration)
        }
      })
    }

    it('measures a credential that has not begun from its start', async function () {
      const { credentials, publisher, other, a, gated, maxDuration } = await loadFixture(deployTiers)
      const by = credentials.connect(publisher)
      const start = BigInt(await time.latest()) + 50n * DAY
      await by.grant(grantOf(a, gated, other, start, start + DAY))
      await by.renew(a, gated, other, start + maxDuration)
      await expect(by.renew(a, gated, other, start + maxDuration + 1n))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
        .withArgs(maxDuration + 1n, maxDuration)
    })

    it('reverts for a credential that is unknown, revoked, or of a withdrawn tier', async function () {
      const { ledger, credentials, publisher, by, holder, other, a, gated, credential, until } = await living()
      await expect(by.renew(a, gated, other, until + DAY))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnknown')
        .withArgs(await credentials.hashCredential(a, gated, other))
      await by.revoke(credential, '')
      await expect(by.renew(a, gated, holder, until + DAY))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
        .withArgs(credential, STATE.revoked)
      await by.grant(grantOf(a, gated, other, 0, until))
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(by.renew(a, gated, other, until + DAY))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
      expect(await credentials.isValid(await credentials.hashCredential(a, gated, other))).to.equal(true)
    })
  })

  describe('suspend and reinstate', function () {
    it('open and close a gap, to the second, and emit the events', async function () {
      const { credentials, publisher, by, credential, issuedAt, until, expectValid } = await living()
      const [from, to] = [issuedAt + 100n, issuedAt + 200n]
      await time.setNextBlockTimestamp(from)
      expect(await eventsOf(by.suspend(credential, 'under review'), credentials)).to.deep.equal([
        ['CredentialSuspended', credential, publisher.address, 'under review'],
      ])
      const record = [publisher.address, issuedAt, until]
      expect(plain(await credentials.credentialOf(credential))).to.deep.equal([
        ...record,
        from,
        FOREVER,
        STATE.suspended,
        0n,
      ])
      expect(await credentials.isValid(credential)).to.equal(false)
      expect(await credentials.isValidAt(credential, until - 1n)).to.equal(false)

      await time.setNextBlockTimestamp(to)
      expect(await eventsOf(by.reinstate(credential), credentials)).to.deep.equal([
        ['CredentialReinstated', credential, publisher.address],
      ])
      expect(plain(await credentials.credentialOf(credential))).to.deep.equal([...record, from, to, STATE.active, 0n])
      expect(await credentials.isValid(credential)).to.equal(true)
      await expectValid([
        [issuedAt, true],
        [from, false],
        [to, true],
        [until, false],
      ])
    })

    it('join several gaps, from the first to the last', async function () {
      const { credentials, credential, issuedAt, suspendAt, reinstateAt, expectValid } = await living()
      await suspendAt(issuedAt + 100n)
      await reinstateAt(issuedAt + 200n)
      expect(await credentials.isValidAt(credential, issuedAt + 250n)).to.equal(true)
      await suspendAt(issuedAt + 300n)
      await reinstateAt(issuedAt + 400n)
      await expectValid([
        [issuedAt + 100n, false],
        [issuedAt + 400n, true],
      ])
    })

    it('leave an expired credential expired', async function () {
      const { credentials, credential, until, suspendAt, reinstateAt } = await living()
      await suspendAt(until - 10n)
      await reinstateAt(until + 10n)
      expect(await credentials.isValid(credential)).to.equal(false)
      expect(await credentials.isValidAt(credential, until - 11n)).to.equal(true)
      expect(await credentials.isValidAt(credential, until - 10n)).to.equal(false)
    })

    it('cannot be done twice', async function () {
      const { credentials, by, credential } = await living()
      await expect(by.reinstate(credential))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
        .withArgs(credential, STATE.active)
      await by.suspend(credential, '')
      await expect(by.suspend(credential, ''))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
        .withArgs(credential, STATE.suspended)
    })
  })

  describe('revoke', function () {
    it('ends a credential permanently from the second of the revocation, and emits the event', async function () {
      const { credentials, publisher, by, holder, credential, issuedAt, expectValid } = await living()
      const at = issuedAt + 100n
      await time.setNextBlockTimestamp(at)
      expect(await eventsOf(by.revoke(credential, 'breach'), credentials)).to.deep.equal([
        ['CredentialRevoked', credential, publisher.address, 'breach'],
      ])
      expect(plain(await credentials.credentialOf(credential))).to.deep.equal([
        publisher.address,
        issuedAt,
        at,
        0n,
        0n,
        STATE.revoked,
        0n,
      ])
      expect(await credentials.isValid(credential)).to.equal(false)
      await expectValid([
        [issuedAt, true],
        [at, false],
      ])
      expect(await credentials.ownerOf(credential)).to.equal(holder.address)
    })

    it('is final: nothing renews, suspends, reinstates or revokes again', async function () {
      const { credentials, by, holder, a, gated, credential, until } = await living()
      await by.revoke(credential, '')
      for (const sent of [
        () => by.renew(a, gated, holder, until + DAY),
        () => by.suspend(credential, ''),
        () => by.reinstate(credential),
        () => by.revoke(credential, ''),
      ]) {
        await expect(sent())
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
          .withArgs(credential, STATE.revoked)
      }
    })

    it('keeps the gap of a suspended credential, and the history before it', async function () {
      const { credentials, credential, issuedAt, suspendAt, revokeAt } = await living()
      await suspendAt(issuedAt + 100n)
      await revokeAt(issuedAt + 200n)
      const { gapFrom, gapUntil, validUntil } = await credentials.credentialOf(credential)
      expect([gapFrom, gapUntil, validUntil]).to.deep.equal([issuedAt + 100n, FOREVER, issuedAt + 200n])
      expect(await credentials.isValidAt(credential, issuedAt + 99n)).to.equal(true)
      expect(await credentials.isValidAt(credential, issuedAt + 100n)).to.equal(false)
    })

    it('does not move the end of an expired credential', async function () {
      const { credentials, credential, until, revokeAt } = await living()
      await revokeAt(until + 100n)
      expect((await credentials.credentialOf(credential)).validUntil).to.equal(until)
      expect(await credentials.isValidAt(credential, until - 1n)).to.equal(true)
    })

    it('ends a credential that has not begun', async function () {
      const { credentials, publisher, other, a, gated } = await loadFixture(deployTiers)
      const start = BigInt(await time.latest()) + DAY
      const id = await credentials.hashCredential(a, gated, other)
      await credentials.connect(publisher).grant(grantOf(a, gated, other, start, start + DAY))
      await credentials.connect(publisher).revoke(id, '')
      for (const moment of [start - 1n, start, start + 1n]) {
        expect(await credentials.isValidAt(id, moment)).to.equal(false)
      }
    })

    it('still works for a withdrawn tier', async function () {
      const { ledger, credentials, publisher, by, a, gated, credential } = await living()
      await ledger.connect(publisher).withdrawTier(a, gated)
      expect(await credentials.isValid(credential)).to.equal(true)
      await by.suspend(credential, '')
      await by.reinstate(credential)
      await by.revoke(credential, '')
    })
  })

  describe('renew, suspend, reinstate and revoke', function () {
    it('require a caller that may act for the publisher now, whatever role another has', async function () {
      const { credentials, publisher, controller, holder, a, gated, credential, until, unauthorized } =
        await loadFixture(deployFormer)
      const calls = (account: typeof holder) => [
        () => credentials.connect(account).renew(a, gated, holder, until + DAY),
        () => credentials.connect(account).suspend(credential, ''),
        () => credentials.connect(account).reinstate(credential),
        () => credentials.connect(account).revoke(credential, ''),
      ]
      for (const account of unauthorized) {
        for (const sent of calls(account)) {
          await expect(sent())
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
            .withArgs(publisher.address, account.address)
        }
      }
      for (const sent of calls(controller)) await sent()
    })

    it('revert for a credential that does not exist', async function () {
      const { credentials, by } = await living()
      for (const sent of [() => by.suspend(1n, ''), () => by.reinstate(1n), () => by.revoke(1n, '')]) {
        await expect(sent()).to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnknown').withArgs(1n)
      }
    })

    it('accept a reason of 2,048 bytes, and reject 2,049', async function () {
      const { credentials, by, credential } = await living()
      for (const sent of [
        () => by.suspend(credential, 'r'.repeat(2049)),
        () => by.revoke(credential, 'r'.repeat(2049)),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(credentials, 'LicenseCredentialTextTooLong').withArgs(2049)
      }
      await by.suspend(credential, 'r'.repeat(2048))
      await by.revoke(credential, 'r'.repeat(2048))
    })
  })

  describe('renounce', function () {
    it('is for the holder, who cannot refuse what is pushed on it, and final', async function () {
      const { credentials, publisher, by, holder, a, gated, credential, issuedAt, until } = await living()
      await expect(by.renounce(credential))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotRenouncer')
        .withArgs(holder.address, publisher.address)
      await time.setNextBlockTimestamp(issuedAt + 100n)
      expect(await eventsOf(credentials.connect(holder).renounce(credential), credentials)).to.deep.equal([
        ['CredentialRenounced', credential, holder.address],
      ])
      const { validUntil, state } = await credentials.credentialOf(credential)
      expect([validUntil, state]).to.deep.equal([issuedAt + 100n, STATE.revoked])
      expect(await credentials.isValidAt(credential, issuedAt + 99n)).to.equal(true)
      expect(await credentials.ownerOf(credential)).to.equal(holder.address)
      for (const again of [credentials.connect(holder).renounce(credential), by.renew(a, gated, holder, until + DAY)]) {
        await expect(again)
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
          .withArgs(credential, STATE.revoked)
      }
      await expect(by.grant(grantOf(a, gated, holder, 0, until)))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
        .withArgs(credential)
    })

    it('is possible for the controller of a holder, not for its operator, and not for an unknown credential', async function () {
      const { ledger, credentials, publisher, stranger, holder, credential } = await living()
      await ledger.connect(holder).setOperator(holder, publisher, ALL_SCOPES, FOREVER)
      await ledger.connect(holder).proposeController(holder, stranger)
      await ledger.connect(stranger).acceptController(holder)
      await expect(credentials.connect(publisher).renounce(credential))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotRenouncer')
        .withArgs(holder.address, publisher.address)
      await expect(credentials.connect(stranger).renounce(1n))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnknown')
        .withArgs(1n)
      await credentials.connect(stranger).renounce(credential)
      expect(await credentials.isValid(credential)).to.equal(false)
    })
  })

  describe('cancelOffer', function () {
    it('ends the offers to one holder before they are accepted, and nothing that was issued', async function () {
      const { credentials, publisher, stranger, by, holder, a, gated, credential, until } = await living()
      const offered = await credentials.hashCredential(a, gated, stranger)
      await expect(credentials.connect(stranger).cancelOffer(a, gated, stranger))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
        .withArgs(publisher.address, stranger.address)
      expect(await eventsOf(by.cancelOffer(a, gated, stranger), credentials)).to.deep.equal([
        ['OfferCanceled', offered, a, stranger.address, gated, publisher.address],
      ])
      expect(plain(await credentials.credentialOf(offered))).to.deep.equal([
        publisher.address,
        0n,
        0n,
        0n,
        0n,
        STATE.revoked,
        0n,
      ])
      expect(await credentials.isValid(offered)).to.equal(false)
      await expect(by.grant(grantOf(a, gated, stranger, 0, until)))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
        .withArgs(offered)
      await expect(by.cancelOffer(a, gated, holder))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
        .withArgs(credential)
      expect(await credentials.isValid(credential)).to.equal(true)
    })
  })
})
