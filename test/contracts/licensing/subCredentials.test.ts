import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { STATE, UNSTATED } from '../../fixtures/credentials.ts'
import {
  ALL_SCOPES,
  credentialsDomain,
  DAY,
  deployTiers,
  digestOf,
  eventsOf,
  FOREVER,
  grantOf,
  networkHelpers,
  offerOf,
  OFFER_TYPES,
  plain,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

/** A tier that allows sub-credentials, and a licensee with a credential of it for ten days. */
async function deployLicensee() {
  const base = await deployTiers()
  const { ledger, credentials, publisher, holder: licensee, other: holder, a, termsId } = base
  const struct = tierStruct(a, termsId, { name: 'Resale', subCredentials: true, maxDuration: 0n })
  const tier = await ledger.connect(publisher).offerTier.staticCall(struct)
  await ledger.connect(publisher).offerTier(struct)
  const until = BigInt(await time.latest()) + 10n * DAY
  await credentials.connect(publisher).grant(grantOf(a, tier, licensee, 0, until))
  const [parent, id] = await Promise.all(
    [licensee, holder].map((account) => credentials.hashCredential(a, tier, account)),
  )
  const by = credentials.connect(licensee)
  return { ...base, licensee, holder, tier, until, parent: parent!, id: id!, by }
}

/** The same, and a sub-credential until the parent's end. */
async function deploySub() {
  const base = await deployLicensee()
  await base.by.grantUnder(base.a, base.tier, base.licensee, base.holder, 0, base.until)
  return base
}

describe('LicenseCredential: sub-credentials', function () {
  describe('grantUnder', function () {
    it('issues a credential of the same tier under that of the licensee, and emits the events', async function () {
      const { credentials, publisher, licensee, holder, by, a, tier, until, parent, id } =
        await loadFixture(deployLicensee)
      const now = BigInt(await time.latest()) + 10n
      expect(await by.grantUnder.staticCall(a, tier, licensee, holder, 0, until)).to.equal(id)
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(by.grantUnder(a, tier, licensee, holder, 0, until), credentials)).to.deep.equal([
        ['Transfer', ZeroAddress, holder.address, id],
        ['Locked', id],
        ['CredentialIssued', id, a, holder.address, tier, publisher.address, now, until, parent, ...UNSTATED.slice(1)],
      ])
      expect(await credentials.parentOf(id)).to.equal(parent)
      expect(await credentials.parentOf(parent)).to.equal(0n)
      expect(plain(await credentials.credentialOf(id))).to.deep.equal([
        publisher.address,
        now,
        until,
        0n,
        0n,
        STATE.active,
        0n,
      ])
      expect(await credentials.isValid(id)).to.equal(true)
    })

    it('lets an operator of the licensee issue in the scope grant, and nobody in another scope', async function () {
      const { ledger, credentials, licensee, holder, stranger, a, tier, until, id } = await loadFixture(deployLicensee)
      const issue = () => credentials.connect(stranger).grantUnder(a, tier, licensee, holder, 0, until)
      await ledger.connect(licensee).setOperator(licensee, stranger, ALL_SCOPES & ~4, FOREVER)
      await expect(issue()).to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotHolder')
      await ledger.connect(licensee).setOperator(licensee, stranger, 4, FOREVER)
      await issue()
      expect(await credentials.isValid(id)).to.equal(true)
    })

    it('reverts for anybody else: a stranger, the publisher, the future holder, and a former key of the licensee', async function () {
      const { ledger, credentials, publisher, licensee, holder, stranger, controller, a, tier, until } =
        await loadFixture(deployLicensee)
      await ledger.connect(licensee).proposeController(licensee, controller)
      await ledger.connect(controller).acceptController(licensee)
      for (const account of [stranger, publisher, holder, licensee]) {
        await expect(credentials.connect(account).grantUnder(a, tier, licensee, holder, 0, until))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotHolder')
          .withArgs(licensee.address, account.address)
      }
      await credentials.connect(controller).grantUnder(a, tier, licensee, holder, 0, until)
    })

    it('reverts for a tier that does not allow it, one that is withdrawn, and a licensee without a credential', async function () {
      const { ledger, credentials, publisher, licensee, holder, stranger, by, a, gated, tier, until } =
        await loadFixture(deployLicensee)
      await expect(by.grantUnder(a, gated, licensee, holder, 0, until))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNoSubCredentials')
        .withArgs(a, gated)
      await expect(credentials.connect(stranger).grantUnder(a, tier, stranger, holder, 0, until))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnknown')
        .withArgs(await credentials.hashCredential(a, tier, stranger))
      await expect(by.grantUnder(a, tier, licensee, ZeroAddress, 0, until)).to.be.revertedWithCustomError(
        credentials,
        'LicenseCredentialMissingHolder',
      )
      await ledger.connect(publisher).withdrawTier(a, tier)
      await expect(by.grantUnder(a, tier, licensee, holder, 0, until))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, tier)
    })

    it('reverts for a window that is empty or ends after the parent’s, and allows one that begins later', async function () {
      const { credentials, licensee, holder, by, a, tier, until, id } = await loadFixture(deployLicensee)
      for (const end of [until + 1n, FOREVER]) {
        await expect(by.grantUnder(a, tier, licensee, holder, 0, end))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialBeyondParent')
          .withArgs(end, until)
      }
      await expect(by.grantUnder(a, tier, licensee, holder, until, until))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialEmptyWindow')
        .withArgs(until, until)
      await by.grantUnder(a, tier, licensee, holder, until - 1n, until)
      expect(await credentials.isValidAt(id, until - 2n)).to.equal(false)
      expect(await credentials.isValidAt(id, until - 1n)).to.equal(true)
      expect(await credentials.isValidAt(id, until)).to.equal(false)
    })

    it('reverts under a credential that is not valid: not yet, suspended, expired, revoked, or given up', async function () {
      const refuse = async (prepare: (base: Awaited<ReturnType<typeof deployLicensee>>) => Promise<unknown>) => {
        const base = await loadFixture(deployLicensee)
        const { credentials, licensee, holder, by, a, tier, parent } = base
        await prepare(base)
        await expect(by.grantUnder(a, tier, licensee, holder, 0, FOREVER))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidParent')
          .withArgs(parent)
      }
      await refuse(({ credentials, publisher, parent }) => credentials.connect(publisher).suspend(parent, ''))
      await refuse(({ until }) => time.increaseTo(until))
      await refuse(({ credentials, publisher, parent }) => credentials.connect(publisher).revoke(parent, ''))
      await refuse(({ by, parent }) => by.renounce(parent))
      const { credentials, publisher, stranger, holder, a, tier } = await loadFixture(deployLicensee)
      await credentials.connect(publisher).grant(grantOf(a, tier, stranger, FOREVER - 1n, FOREVER))
      await expect(
        credentials.connect(stranger).grantUnder(a, tier, stranger, holder, FOREVER - 1n, FOREVER),
      ).to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidParent')
    })

    it('reverts under a sub-credential: there is one level', async function () {
      const { credentials, holder, stranger, a, tier, until, id } = await loadFixture(deploySub)
      await expect(credentials.connect(holder).grantUnder(a, tier, holder, stranger, 0, until))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialIsSubCredential')
        .withArgs(id)
    })

    it('reverts for a holder that has a credential: its own, a sub-credential, or the licensee', async function () {
      const { credentials, publisher, licensee, holder, stranger, by, a, tier, until } = await loadFixture(deploySub)
      await credentials.connect(publisher).grant(grantOf(a, tier, stranger, 0, until))
      for (const account of [licensee, holder, stranger]) {
        await expect(by.grantUnder(a, tier, licensee, account, 0, until))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
          .withArgs(await credentials.hashCredential(a, tier, account))
      }
    })
  })

  describe('what becomes of the parent becomes of it', function () {
    it('is suspended and reinstated with it, and keeps the gap', async function () {
      const { credentials, publisher, until, parent, id } = await loadFixture(deploySub)
      const now = BigInt(await time.latest()) + 100n
      await time.setNextBlockTimestamp(now)
      await credentials.connect(publisher).suspend(parent, '')
      expect(await credentials.isValid(id)).to.equal(false)
      expect((await credentials.credentialOf(id)).state).to.equal(STATE.suspended)
      await time.setNextBlockTimestamp(now + 50n)
      await credentials.connect(publisher).reinstate(parent)
      expect(await credentials.isValid(id)).to.equal(true)
      const { gapFrom, gapUntil, state, validUntil } = await credentials.credentialOf(id)
      expect([gapFrom, gapUntil, state, validUntil]).to.deep.equal([now, now + 50n, STATE.active, until])
      for (const [moment, valid] of [
        [now - 1n, true],
        [now, false],
        [now + 49n, false],
        [now + 50n, true],
      ] as const) {
        expect(await credentials.isValidAt(id, moment)).to.equal(valid)
      }
    })

    for (const first of ['parent', 'sub-credential'] as const) {
      it(`has one gap over those of both, and of the time between, where that of the ${first} was first`, async function () {
        const { credentials, publisher, parent, id } = await loadFixture(deploySub)
        const by = credentials.connect(publisher)
        const now = BigInt(await time.latest()) + 100n
        for (const [index, target] of (first === 'parent' ? [parent, id] : [id, parent]).entries()) {
          const from = now + 100n * BigInt(index)
          await time.setNextBlockTimestamp(from)
          await by.suspend(target, '')
          await time.setNextBlockTimestamp(from + 50n)
          await by.reinstate(target)
        }
        const { gapFrom, gapUntil, state } = await credentials.credentialOf(id)
        expect([gapFrom, gapUntil, state]).to.deep.equal([now, now + 150n, STATE.active])
        for (const [moment, valid] of [
          [now - 1n, true],
          [now, false],
          [now + 75n, false],
          [now + 149n, false],
          [now + 150n, true],
        ] as const) {
          expect(await credentials.isValidAt(id, moment)).to.equal(valid)
        }
        expect(await credentials.isValid(id)).to.equal(true)
      })
    }

    it('does not have a gap of the parent that was over before it began', async function () {
      const { credentials, publisher, licensee, holder, by, a, tier, until, parent, id } =
        await loadFixture(deployLicensee)
      await credentials.connect(publisher).suspend(parent, '')
      await credentials.connect(publisher).reinstate(parent)
      await by.grantUnder(a, tier, licensee, holder, 0, until)
      expect((await credentials.credentialOf(id)).gapUntil).to.equal(0n)
      expect(await credentials.isValid(id)).to.equal(true)
    })

    it('ends with it for good when it is revoked or given up', async function () {
      for (const end of ['revoke', 'renounce'] as const) {
        const { credentials, publisher, by, parent, id, a, tier, holder, until } = await loadFixture(deploySub)
        const now = BigInt(await time.latest()) + 100n
        await time.setNextBlockTimestamp(now)
        await (end === 'revoke' ? credentials.connect(publisher).revoke(parent, '') : by.renounce(parent))
        const { validUntil, state } = await credentials.credentialOf(id)
        expect([validUntil, state]).to.deep.equal([now, STATE.revoked])
        expect(await credentials.isValidAt(id, now - 1n)).to.equal(true)
        expect(await credentials.isValid(id)).to.equal(false)
        await expect(by.renew(a, tier, holder, until + 1n))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidParent')
          .withArgs(parent)
      }
    })

    it('does not outlive it, and lives again only when it is renewed and so is its parent', async function () {
      const { credentials, publisher, licensee, holder, by, a, tier, until, parent, id } = await loadFixture(deploySub)
      await time.increaseTo(until)
      expect(await credentials.isValid(id)).to.equal(false)
      await expect(by.renew(a, tier, holder, until + DAY))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidParent')
        .withArgs(parent)
      await credentials.connect(publisher).renew(a, tier, licensee, until + DAY)
      expect(await credentials.isValid(id)).to.equal(false)
      await expect(by.renew(a, tier, holder, until + DAY + 1n))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialBeyondParent')
        .withArgs(until + DAY + 1n, until + DAY)
      await expect(by.renew(a, tier, holder, until + DAY))
        .to.emit(credentials, 'CredentialRenewed')
        .withArgs(id, licensee, until + DAY)
      expect(await credentials.isValid(id)).to.equal(true)
      expect(await credentials.isValidAt(id, until)).to.equal(false)
    })
  })

  describe('who may change it', function () {
    it('is renewed by the licensee, and not by the publisher, its holder or a stranger', async function () {
      const { credentials, publisher, licensee, holder, stranger, by, a, tier, until } =
        await loadFixture(deployLicensee)
      await by.grantUnder(a, tier, licensee, holder, 0, until - DAY)
      for (const account of [publisher, holder, stranger]) {
        await expect(credentials.connect(account).renew(a, tier, holder, until))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotHolder')
          .withArgs(licensee.address, account.address)
      }
      await by.renew(a, tier, holder, until)
    })

    it('is suspended and revoked by the licensee or the publisher, and by nobody else', async function () {
      const { credentials, publisher, licensee, holder, stranger, id } = await loadFixture(deploySub)
      for (const account of [holder, stranger]) {
        for (const act of ['suspend', 'revoke'] as const) {
          await expect(credentials.connect(account)[act](id, ''))
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
            .withArgs(publisher.address, account.address)
        }
      }
      for (const account of [licensee, publisher]) {
        const by = credentials.connect(account)
        await expect(by.suspend(id, 'why')).to.emit(credentials, 'CredentialSuspended').withArgs(id, account, 'why')
        expect(await credentials.isValid(id)).to.equal(false)
        await expect(by.reinstate(id)).to.emit(credentials, 'CredentialReinstated').withArgs(id, account)
        expect(await credentials.isValid(id)).to.equal(true)
      }
    })

    it('keeps the licensee from ending a suspension by the publisher, also one that it takes over', async function () {
      for (const takesOver of [false, true]) {
        const { credentials, publisher, licensee, by, id } = await loadFixture(deploySub)
        if (takesOver) await by.suspend(id, '')
        await credentials.connect(publisher).suspend(id, '')
        await expect(by.reinstate(id))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
          .withArgs(publisher.address, licensee.address)
        await expect(by.suspend(id, ''))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
          .withArgs(id, STATE.suspended)
        await credentials.connect(publisher).reinstate(id)
        expect(await credentials.isValid(id)).to.equal(true)
      }
    })

    it('does not let the licensee touch its own credential, or one that the publisher granted', async function () {
      const { credentials, publisher, licensee, stranger, by, a, tier, until, parent } = await loadFixture(deploySub)
      await credentials.connect(publisher).grant(grantOf(a, tier, stranger, 0, until))
      for (const target of [parent, await credentials.hashCredential(a, tier, stranger)]) {
        for (const act of ['suspend', 'revoke'] as const) {
          await expect(by[act](target, ''))
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
            .withArgs(publisher.address, licensee.address)
        }
      }
    })
  })

  describe('a credential in its place', function () {
    it('can be granted by the publisher, which ends the parent’s part in it', async function () {
      const { credentials, publisher, holder, by, a, tier, until, parent, id } = await loadFixture(deploySub)
      const now = BigInt(await time.latest()) + 100n
      await time.setNextBlockTimestamp(now)
      const granted = grantOf(a, tier, holder, 0, until + DAY)
      expect(await eventsOf(credentials.connect(publisher).grant(granted), credentials)).to.deep.equal([
        ['CredentialIssued', id, a, holder.address, tier, publisher.address, now, until + DAY, ...UNSTATED],
      ])
      await credentials.connect(publisher).revoke(parent, '')
      expect([await credentials.isValid(id), await credentials.parentOf(id)]).to.deep.equal([true, 0n])
      expect(await credentials.isValidAt(id, now - 1n)).to.equal(false)
      await expect(by.revoke(id, '')).to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
    })

    it('can be obtained from an open tier, also after the sub-credential has ended, and is not its renewal', async function () {
      const { ledger, credentials, publisher, licensee, holder, a, termsId } = await loadFixture(deployTiers).then(
        (base) => ({ ...base, licensee: base.holder, holder: base.other }),
      )
      const struct = tierStruct(a, termsId, { name: 'Free', open: true, subCredentials: true, maxDuration: 10n * DAY })
      const tier = await ledger.connect(publisher).offerTier.staticCall(struct)
      await ledger.connect(publisher).offerTier(struct)
      await credentials.connect(licensee).obtain(a, tier)
      const until = BigInt(await time.latest()) + DAY
      await credentials.connect(licensee).grantUnder(a, tier, licensee, holder, 0, until)
      const id = await credentials.hashCredential(a, tier, holder)
      expect(await credentials.parentOf(id)).to.equal(await credentials.hashCredential(a, tier, licensee))
      await time.setNextBlockTimestamp(until)
      expect(await eventsOf(credentials.connect(holder).obtain(a, tier), credentials)).to.deep.equal([
        ['CredentialIssued', id, a, holder.address, tier, publisher.address, until, until + 10n * DAY, ...UNSTATED],
      ])
      expect([await credentials.parentOf(id), await credentials.isValid(id)]).to.deep.equal([0n, true])
      expect(await credentials.isValidAt(id, until - 1n)).to.equal(false)
    })

    it('is not kept from anybody by an unasked sub-credential that was revoked, suspended or renounced', async function () {
      for (const block of ['suspend', 'revoke', 'renounce'] as const) {
        const { credentials, publisher, holder, by, a, tier, until, id } = await loadFixture(deploySub)
        if (block === 'renounce') await credentials.connect(holder).renounce(id)
        else await by[block](id, '')
        await credentials.connect(publisher).grant(grantOf(a, tier, holder, 0, until))
        expect(await credentials.isValid(id)).to.equal(true)
      }
    })

    it('is kept from a holder whose sub-credential the publisher has suspended or revoked', async function () {
      for (const [sanction, then] of [
        ['suspend', undefined],
        ['suspend', 'revoke'],
        ['suspend', 'renounce'],
        ['revoke', undefined],
      ] as const) {
        const { ledger, credentials, publisher, licensee, holder, by, a, tier, until, id } =
          await loadFixture(deploySub)
        await credentials.connect(publisher)[sanction](id, '')
        if (then === 'revoke') await by.revoke(id, '')
        if (then === 'renounce') await credentials.connect(holder).renounce(id)
        const offer = { ...grantOf(a, tier, holder.address, 0, until), epoch: 0n, deadline: until }
        const signature = await publisher.signTypedData(await credentialsDomain(credentials), OFFER_TYPES, offer)
        for (const attempt of [
          () => credentials.connect(holder).accept(offerOf(offer), publisher, signature),
          () => by.grantUnder(a, tier, licensee, holder, 0, until),
        ]) {
          await expect(attempt())
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
            .withArgs(id)
        }
        expect(await ledger.tiersOf(a)).to.include(tier)
      }
    })

    it('is refused for good once the publisher revokes what the licensee had revoked', async function () {
      const { credentials, publisher, licensee, holder, by, a, tier, until, id } = await loadFixture(deploySub)
      await by.revoke(id, '')
      await expect(by.revoke(id, '')).to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
      await credentials.connect(publisher).revoke(id, 'breach')
      await expect(by.grantUnder(a, tier, licensee, holder, 0, until)).to.be.revertedWithCustomError(
        credentials,
        'LicenseCredentialAlreadyIssued',
      )
      await expect(credentials.connect(publisher).revoke(id, '')).to.be.revertedWithCustomError(
        credentials,
        'LicenseCredentialUnexpectedState',
      )
    })

    it('can be a sub-credential again after a revocation by the licensee', async function () {
      const { credentials, licensee, holder, by, a, tier, until, id } = await loadFixture(deploySub)
      await by.revoke(id, '')
      await by.grantUnder(a, tier, licensee, holder, 0, until)
      expect([await credentials.isValid(id), await credentials.ownerOf(id)]).to.deep.equal([true, holder.address])
    })
  })
})

describe('LicenseCredential: what is stated with a grant', function () {
  const [payment, agreement] = [digestOf('receipt'), digestOf('agreement')]

  it('keeps the lifted rights through a suspension, a renewal and a revocation, and the rest in the event', async function () {
    const { credentials, publisher, holder, a, gated } = await loadFixture(deployTiers)
    const by = credentials.connect(publisher)
    const until = BigInt(await time.latest()) + 10n * DAY
    const granted = grantOf(a, gated, holder, 0, until, { payment, agreement, lifts: 2047n })
    const events = await eventsOf(by.grant(granted), credentials)
    expect(events.at(-1)!.slice(-4)).to.deep.equal([0n, payment, agreement, 2047n])
    const id = await credentials.hashCredential(a, gated, holder)
    const lifts = async () => (await credentials.credentialOf(id)).lifts
    expect([await lifts(), (await credentials.credentialOf(id)).gapUntil]).to.deep.equal([2047n, 0n])
    await by.suspend(id, '')
    expect(await lifts()).to.equal(2047n)
    await by.reinstate(id)
    await by.renew(a, gated, holder, until + DAY)
    expect([await lifts(), await credentials.isValid(id)]).to.deep.equal([2047n, true])
    await by.revoke(id, '')
    expect([await lifts(), await credentials.isValid(id)]).to.deep.equal([2047n, false])
  })

  it('reverts for an agreement that lifts nothing, rights without one, and undefined rights', async function () {
    const { credentials, publisher, holder, a, gated } = await loadFixture(deployTiers)
    const until = BigInt(await time.latest()) + DAY
    const grant = (stated: { agreement?: string; lifts?: bigint }) =>
      credentials.connect(publisher).grant(grantOf(a, gated, holder, 0, until, stated))
    for (const stated of [{ agreement }, { lifts: 1n }]) {
      await expect(grant(stated))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialIncompleteAgreement')
        .withArgs(stated.agreement ?? ZeroHash, stated.lifts ?? 0n)
    }
    for (const lifts of [2048n, 2049n, 0xffffn]) {
      await expect(grant({ agreement, lifts }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUndefinedRights')
        .withArgs(lifts)
    }
  })

  it('is part of what a publisher signs: an offer with another statement is not its own', async function () {
    const { credentials, publisher, holder, a, gated } = await loadFixture(deployTiers)
    const until = BigInt(await time.latest()) + DAY
    const offer = { ...grantOf(a, gated, holder.address, 0, until, { payment }), epoch: 0n, deadline: until }
    const signature = await publisher.signTypedData(await credentialsDomain(credentials), OFFER_TYPES, offer)
    for (const other of [{ payment: agreement }, { agreement, lifts: 1n }, { payment: ZeroHash }]) {
      await expect(credentials.connect(holder).accept(offerOf({ ...offer, ...other }), publisher, signature))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidSignature')
        .withArgs(publisher.address)
    }
    await credentials.connect(holder).accept(offerOf(offer), publisher, signature)
  })
})

describe('LicenseCredential.request', function () {
  it('emits what anybody asks for, again and again, and stores nothing', async function () {
    const { credentials, stranger, a, gated } = await loadFixture(deployTiers)
    const by = credentials.connect(stranger)
    for (let i = 0; i < 2; ++i) {
      expect(await eventsOf(by.request(a, gated, digestOf('why'), 'ipfs://why'), credentials)).to.deep.equal([
        ['CredentialRequested', a, gated, stranger.address, digestOf('why'), 'ipfs://why'],
      ])
    }
    const id = await credentials.hashCredential(a, gated, stranger)
    expect((await credentials.credentialOf(id)).state).to.equal(STATE.none)
  })

  it('reverts for a tier that is unknown or withdrawn, and for a URI of more than 2,048 bytes', async function () {
    const { ledger, credentials, publisher, stranger, a, gated } = await loadFixture(deployTiers)
    const by = credentials.connect(stranger)
    await by.request(a, gated, ZeroHash, 'x'.repeat(2048))
    await expect(by.request(a, gated, ZeroHash, 'x'.repeat(2049)))
      .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTextTooLong')
      .withArgs(2049)
    await expect(by.request(a, digestOf('no tier'), ZeroHash, '')).to.be.revertedWithCustomError(
      ledger,
      'LicenseRegistryUnknownTier',
    )
    await ledger.connect(publisher).withdrawTier(a, gated)
    await expect(by.request(a, gated, ZeroHash, '')).to.be.revertedWithCustomError(
      ledger,
      'LicenseRegistryTierWithdrawn',
    )
  })
})
