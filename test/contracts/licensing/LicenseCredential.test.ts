import { expect } from 'chai'
import { Signature, Wallet, ZeroAddress, ZeroHash, type Signer, type TypedDataDomain } from 'ethers'

import type { Hex, ModelId } from '../../../src/core/hex.ts'
import {
  credentialsDomain,
  DAY,
  deployCredential,
  deployLedger,
  deployTiers,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  malleable,
  networkHelpers,
  OFFER_TYPES,
  plain,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const STATE = { none: 0n, active: 1n, suspended: 2n, revoked: 3n } as const
const NO_MODEL = digestOf('nobody registered this') as Hex as ModelId
const NO_TIER = digestOf('nobody offered this')

/** The credential of the fixture, and how its publisher moves it at a time of choice. */
async function living() {
  const base = await loadFixture(deployCredential)
  const { credentials, publisher, holder, a, gated, credential } = base
  const by = credentials.connect(publisher)
  const at = (moment: bigint) => time.setNextBlockTimestamp(moment)
  return {
    ...base,
    by,
    suspendAt: async (moment: bigint) => (await at(moment), by.suspend(credential, '')),
    reinstateAt: async (moment: bigint) => (await at(moment), by.reinstate(credential)),
    renewAt: async (moment: bigint, until: bigint) => (await at(moment), by.renew(a, gated, holder, until)),
    revokeAt: async (moment: bigint) => (await at(moment), by.revoke(credential, '')),
    /** Asserts the second before each change of validity, and the second of the change. */
    expectValid: async (changes: [moment: bigint, valid: boolean][]) => {
      for (const [moment, valid] of changes) {
        expect(await credentials.isValidAt(credential, moment - 1n), `${moment} - 1 s`).to.equal(!valid)
        expect(await credentials.isValidAt(credential, moment), `${moment}`).to.equal(valid)
      }
    },
  }
}

/** Accounts that may not act for the publisher of the fixture: a stranger, the holder, and all that once could. */
async function deployFormer() {
  const base = await deployCredential()
  const { ledger, publisher, operator, controller, stranger, holder, authority, admin } = base
  await ledger.connect(publisher).proposeController(publisher, controller)
  await ledger.connect(controller).acceptController(publisher)
  return { ...base, unauthorized: [publisher, operator, stranger, holder, authority, admin] }
}

describe('LicenseCredential', function () {
  describe('grant', function () {
    it('issues a credential that begins now, keeps it, binds it, and says so', async function () {
      const { credentials, publisher, holder, a, gated } = await loadFixture(deployTiers)
      const id = await credentials.hashCredential(a, gated, holder)
      expect(id).to.equal(
        BigInt(
          ethers.keccak256(
            ethers.AbiCoder.defaultAbiCoder().encode(['bytes32', 'bytes32', 'address'], [a, gated, holder.address]),
          ),
        ),
      )
      const now = BigInt(await time.latest()) + 10n
      const until = now + DAY
      const by = credentials.connect(publisher)
      expect(await by.grant.staticCall(a, gated, holder, 0, until)).to.equal(id)
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(by.grant(a, gated, holder, 0, until), credentials)).to.deep.equal([
        ['Transfer', ZeroAddress, holder.address, id],
        ['Locked', id],
        ['CredentialIssued', id, a, holder.address, gated, publisher.address, now, until],
      ])
      expect(plain(await credentials.credentialOf(id))).to.deep.equal([
        publisher.address,
        now,
        until,
        0n,
        0n,
        STATE.active,
      ])
      expect(await credentials.ownerOf(id)).to.equal(holder.address)
      expect(await credentials.balanceOf(holder)).to.equal(1n)
      expect(await credentials.isValid(id)).to.equal(true)
    })

    it('lets an operator issue', async function () {
      const { credentials, operator, publisher, holder, a, gated } = await loadFixture(deployTiers)
      const until = BigInt(await time.latest()) + DAY
      const id = await credentials.hashCredential(a, gated, holder)
      await credentials.connect(operator).grant(a, gated, holder, 0, until)
      expect((await credentials.credentialOf(id)).publisher).to.equal(publisher.address)
    })

    for (const [offset, start] of [
      [-1n, 0n],
      [0n, 0n],
      [1n, 1n],
    ] as const) {
      it(`begins ${start} s from now when asked to begin ${offset} s from now`, async function () {
        const { credentials, publisher, holder, a, gated } = await loadFixture(deployTiers)
        const now = BigInt(await time.latest()) + 10n
        const id = await credentials.hashCredential(a, gated, holder)
        await time.setNextBlockTimestamp(now)
        await credentials.connect(publisher).grant(a, gated, holder, now + offset, now + DAY)
        expect((await credentials.credentialOf(id)).validFrom).to.equal(now + start)
        expect(await credentials.isValid(id)).to.equal(start === 0n)
        expect(await credentials.isValidAt(id, now - 1n)).to.equal(false)
        expect(await credentials.isValidAt(id, now + start)).to.equal(true)
      })
    }

    for (const [offset, accepted] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      it(`${accepted ? 'issues' : 'reverts for'} a window of ${offset} s, from now and from later`, async function () {
        const { credentials, publisher, holder, other, a, gated } = await loadFixture(deployTiers)
        const by = credentials.connect(publisher)
        for (const [account, delay] of [
          [holder, 0n],
          [other, 500n],
        ] as const) {
          const now = BigInt(await time.latest()) + 10n
          const start = now + delay
          await time.setNextBlockTimestamp(now)
          const sent = by.grant(a, gated, account, start, start + offset)
          if (accepted) await sent
          else {
            await expect(sent)
              .to.be.revertedWithCustomError(credentials, 'LicenseCredentialEmptyWindow')
              .withArgs(start, start + offset)
          }
        }
      })
    }

    for (const [offset, accepted] of [
      [-1n, true],
      [0n, true],
      [1n, false],
    ] as const) {
      it(`${accepted ? 'issues' : 'reverts for'} a window ${offset} s longer than the tier allows`, async function () {
        const { credentials, publisher, holder, other, a, gated, maxDuration } = await loadFixture(deployTiers)
        const by = credentials.connect(publisher)
        for (const [account, delay] of [
          [holder, 0n],
          [other, 500n],
        ] as const) {
          const now = BigInt(await time.latest()) + 10n
          const start = now + delay
          await time.setNextBlockTimestamp(now)
          const sent = by.grant(a, gated, account, start, start + maxDuration + offset)
          if (accepted) await sent
          else {
            await expect(sent)
              .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
              .withArgs(maxDuration + 1n, maxDuration)
          }
        }
      })
    }

    it('issues without end where the tier has no bound', async function () {
      const { ledger, credentials, publisher, holder, a, termsId } = await loadFixture(deployTiers)
      const tier = tierStruct(a, termsId, { name: 'for ever', maxDuration: 0n })
      const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
      await ledger.connect(publisher).offerTier(tier)
      await credentials.connect(publisher).grant(a, tierId, holder, 0, FOREVER)
      const id = await credentials.hashCredential(a, tierId, holder)
      expect((await credentials.credentialOf(id)).validUntil).to.equal(FOREVER)
      expect(await credentials.isValidAt(id, FOREVER - 1n)).to.equal(true)
      expect(await credentials.isValidAt(id, FOREVER)).to.equal(false)
    })

    it('reverts for one that was issued before: active, expired, suspended or revoked', async function () {
      const { by, credentials, holder, a, gated, credential, until } = await living()
      const again = async () =>
        expect(by.grant(a, gated, holder, 0, until + DAY))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
          .withArgs(credential)
      await again()
      await by.suspend(credential, '')
      await again()
      await time.increaseTo(until)
      await again()
      await by.revoke(credential, '')
      await again()
    })

    it('reverts for the zero address', async function () {
      const { credentials, publisher, a, gated } = await loadFixture(deployTiers)
      await expect(
        credentials.connect(publisher).grant(a, gated, ZeroAddress, 0, FOREVER),
      ).to.be.revertedWithCustomError(credentials, 'LicenseCredentialMissingHolder')
    })

    it('reverts for a tier that is unknown, another model’s, or withdrawn, and for an unknown model', async function () {
      const { ledger, credentials, publisher, holder, a, b, gated } = await loadFixture(deployTiers)
      const by = credentials.connect(publisher)
      for (const [model, tier] of [
        [a, NO_TIER],
        [b, gated],
        [NO_MODEL, gated],
      ] as const) {
        await expect(by.grant(model, tier, holder, 0, FOREVER))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTier')
          .withArgs(model, tier)
      }
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(by.grant(a, gated, holder, 0, FOREVER))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
    })

    it('is for those who may act for the model’s publisher, whatever role another has', async function () {
      const { credentials, publisher, controller, other, a, gated, unauthorized } = await loadFixture(deployFormer)
      const until = BigInt(await time.latest()) + DAY
      for (const account of unauthorized) {
        await expect(credentials.connect(account).grant(a, gated, other, 0, until))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
          .withArgs(publisher.address, account.address)
      }
      await credentials.connect(controller).grant(a, gated, other, 0, until)
    })

    it('never calls the holder, so a contract without a receiver’s hook can hold', async function () {
      const { credentials, ledger, publisher, a, gated } = await loadFixture(deployTiers)
      await credentials.connect(publisher).grant(a, gated, ledger, 0, BigInt(await time.latest()) + DAY)
      expect(await credentials.balanceOf(ledger)).to.equal(1n)
    })
  })

  describe('accept', function () {
    /** An offer to the holder, and how to sign and accept it. */
    async function offering() {
      const base = await loadFixture(deployTiers)
      const { credentials, publisher, holder, a, gated } = base
      const now = BigInt(await time.latest())
      const offer = {
        model: a as string,
        tier: gated,
        holder: holder.address,
        validFrom: 0n,
        validUntil: now + 30n * DAY,
        deadline: now + 3600n,
      }
      const sign = async (signer: Signer = publisher, named = offer, domain: TypedDataDomain = {}) =>
        signer.signTypedData({ ...(await credentialsDomain(credentials)), ...domain }, OFFER_TYPES, named)
      const accept = (signature: string, { sender = holder, signer = publisher.address, named = offer } = {}) =>
        credentials.connect(sender).accept(named, signer, signature)
      const refuse = async (sent: ReturnType<typeof accept>, signer: string = publisher.address) =>
        expect(sent).to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidSignature').withArgs(signer)
      const id = await credentials.hashCredential(a, gated, holder)
      return { ...base, offer, sign, accept, refuse, id }
    }

    it('issues what a key offered, to its holder', async function () {
      const { credentials, publisher, holder, a, gated, offer, sign, accept, id } = await offering()
      const signature = await sign()
      const now = BigInt(await time.latest()) + 10n
      expect(await credentials.connect(holder).accept.staticCall(offer, publisher, signature)).to.equal(id)
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(accept(signature), credentials)).to.deep.equal([
        ['Transfer', ZeroAddress, holder.address, id],
        ['Locked', id],
        ['CredentialIssued', id, a, holder.address, gated, publisher.address, now, offer.validUntil],
      ])
      expect(plain(await credentials.credentialOf(id))).to.deep.equal([
        publisher.address,
        now,
        offer.validUntil,
        0n,
        0n,
        STATE.active,
      ])
    })

    it('issues what an operator offered, and what the controller did after a hand-over', async function () {
      const { ledger, publisher, operator, controller, other, offer, sign, accept, refuse } = await offering()
      await accept(await sign(operator), { signer: operator.address })
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      const named = { ...offer, holder: other.address }
      await refuse(
        accept(await sign(publisher, named), { sender: other, signer: controller.address, named }),
        controller.address,
      )
      await accept(await sign(controller, named), { sender: other, signer: controller.address, named })
    })

    it('reverts for an offer of a former controller or a former operator', async function () {
      const { ledger, credentials, publisher, operator, controller, sign, accept } = await offering()
      const offers = [await sign(publisher), await sign(operator)] as const
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      for (const [i, former] of [publisher, operator].entries()) {
        await expect(accept(offers[i]!, { signer: former.address }))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
          .withArgs(publisher.address, former.address)
      }
    })

    it('reverts for the second of two accepts, and after a revocation', async function () {
      const { credentials, publisher, sign, accept, id } = await offering()
      const signature = await sign()
      await accept(signature)
      const again = async () =>
        expect(accept(signature))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
          .withArgs(id)
      await again()
      await credentials.connect(publisher).revoke(id, '')
      await again()
    })

    it('reverts for anybody but the holder', async function () {
      const { credentials, publisher, holder, stranger, sign, accept } = await offering()
      for (const sender of [stranger, publisher]) {
        await expect(accept(await sign(), { sender }))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotHolder')
          .withArgs(holder.address, sender.address)
      }
    })

    it('lets those accept who may act for the holder, and not the holder of another offer', async function () {
      const { ledger, credentials, holder, other, publisher, offer, sign, accept, refuse, id } = await offering()
      const signature = await sign()
      await refuse(accept(signature, { sender: other, named: { ...offer, holder: other.address } }))
      await ledger.connect(holder).setOperator(holder, other, FOREVER)
      await accept(signature, { sender: other })
      expect(await credentials.ownerOf(id)).to.equal(holder.address)
      expect((await credentials.credentialOf(id)).publisher).to.equal(publisher.address)
    })

    it('reverts for a signature of another offer', async function () {
      const { offer, publisher, b, sign, accept, refuse } = await offering()
      for (const change of [
        { model: b },
        { tier: NO_TIER },
        { holder: publisher.address },
        { validFrom: 1n },
        { validUntil: offer.validUntil - 1n },
        { deadline: offer.deadline - 1n },
      ]) {
        await refuse(accept(await sign(publisher, { ...offer, ...change })))
      }
    })

    it('reverts for a signature for another chain, contract, name or version', async function () {
      const { ledger, publisher, offer, sign, accept, refuse } = await offering()
      for (const domain of [
        { chainId: 1n },
        { verifyingContract: await ledger.getAddress() },
        { name: 'Stemma' },
        { version: '2' },
      ]) {
        await refuse(accept(await sign(publisher, offer, domain)))
      }
    })

    it('reverts for another signer, who may or may not act for the publisher', async function () {
      const { credentials, publisher, operator, holder, sign, accept, refuse } = await offering()
      await refuse(accept(await sign(holder)))
      await refuse(accept(await sign(operator)))
      await expect(accept(await sign(holder), { signer: holder.address }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
        .withArgs(publisher.address, holder.address)
    })

    it('reverts for signatures in other forms: high s, compact, empty, too short, too long, all zero', async function () {
      const { sign, accept, refuse } = await offering()
      const good = await sign()
      for (const form of [
        malleable(good),
        Signature.from(good).compactSerialized,
        '0x',
        good.slice(0, -2),
        `${good}00`,
        `0x${'00'.repeat(65)}`,
        `0x${'ab'.repeat(5000)}`,
      ]) {
        await refuse(accept(form))
      }
      await accept(good)
    })

    for (const [offset, accepted] of [
      [-1n, true],
      [0n, true],
      [1n, false],
    ] as const) {
      it(`${accepted ? 'takes' : 'refuses'} an offer ${offset} s from its deadline`, async function () {
        const { credentials, offer, sign, accept } = await offering()
        const signature = await sign()
        await time.setNextBlockTimestamp(offer.deadline + offset)
        if (accepted) await accept(signature)
        else {
          await expect(accept(signature))
            .to.be.revertedWithCustomError(credentials, 'LicenseCredentialOfferExpired')
            .withArgs(offer.deadline)
        }
      })
    }

    it('holds an offer to the tier: withdrawn, too long, empty', async function () {
      const { ledger, credentials, publisher, a, gated, offer, maxDuration, sign, accept } = await offering()
      const long = { ...offer, validFrom: offer.validUntil, validUntil: offer.validUntil + maxDuration + 1n }
      await expect(accept(await sign(publisher, long), { named: long }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
        .withArgs(maxDuration + 1n, maxDuration)
      const empty = { ...offer, validFrom: offer.validUntil }
      await expect(accept(await sign(publisher, empty), { named: empty }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialEmptyWindow')
        .withArgs(offer.validUntil, offer.validUntil)
      const signature = await sign()
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(accept(signature))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
    })

    it('asks an ERC-1271 signer, and reverts when it refuses or burns all gas', async function () {
      const { ledger, publisher, holder, credentials, offer, sign, accept, refuse, id } = await offering()
      const key = Wallet.createRandom()
      const owned = await ethers.deployContract('OwnedWallet', [key.address])
      const signer = await owned.getAddress()
      await ledger.connect(publisher).setOperator(publisher, owned, FOREVER)
      await refuse(accept(await sign(publisher), { signer }), signer)
      for (const way of [0, 1, 2, 4, 5, 6, 8, 9, 10]) {
        const hostile = await ethers.deployContract('HostileWallet', [way])
        const address = await hostile.getAddress()
        await ledger.connect(publisher).setOperator(publisher, hostile, FOREVER)
        await expect(credentials.connect(holder).accept(offer, address, '0x', { gasLimit: 16_000_000 }))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidSignature')
          .withArgs(address)
      }
      await accept(await sign(key), { signer })
      expect(await credentials.ownerOf(id)).to.equal(holder.address)
    })
  })

  describe('obtain', function () {
    it('issues an open tier to the caller, from now for the longest duration', async function () {
      const { credentials, publisher, stranger, a, open, maxDuration } = await loadFixture(deployTiers)
      const id = await credentials.hashCredential(a, open, stranger)
      const now = BigInt(await time.latest()) + 10n
      expect(await credentials.connect(stranger).obtain.staticCall(a, open)).to.equal(id)
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(credentials.connect(stranger).obtain(a, open), credentials)).to.deep.equal([
        ['Transfer', ZeroAddress, stranger.address, id],
        ['Locked', id],
        ['CredentialIssued', id, a, stranger.address, open, publisher.address, now, now + maxDuration],
      ])
      expect(await credentials.isValidAt(id, now + maxDuration - 1n)).to.equal(true)
      expect(await credentials.isValidAt(id, now + maxDuration)).to.equal(false)
    })

    it('issues without end where the tier has no bound, or one that reaches beyond all time', async function () {
      const { ledger, credentials, publisher, stranger, a, termsId } = await loadFixture(deployTiers)
      for (const maxDuration of [0n, FOREVER]) {
        const tier = tierStruct(a, termsId, { name: `at most ${maxDuration}`, open: true, maxDuration })
        const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
        await ledger.connect(publisher).offerTier(tier)
        await credentials.connect(stranger).obtain(a, tierId)
        const id = await credentials.hashCredential(a, tierId, stranger)
        expect((await credentials.credentialOf(id)).validUntil).to.equal(FOREVER)
      }
    })

    it('reverts for a gated tier, a withdrawn one, a second time, and after a revocation', async function () {
      const { ledger, credentials, publisher, stranger, a, open, gated } = await loadFixture(deployTiers)
      const by = credentials.connect(stranger)
      await expect(by.obtain(a, gated))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTierNotOpen')
        .withArgs(a, gated)
      await by.obtain(a, open)
      const id = await credentials.hashCredential(a, open, stranger)
      const again = async () =>
        expect(by.obtain(a, open))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
          .withArgs(id)
      await again()
      await credentials.connect(publisher).revoke(id, '')
      await again()
      await ledger.connect(publisher).withdrawTier(a, open)
      await expect(by.obtain(a, open))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, open)
    })
  })

  describe('renew', function () {
    it('lengthens a credential before it ends, without a gap', async function () {
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

    it('makes one gap of a lapse and all before it', async function () {
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

    it('keeps a suspension, which ends by a reinstatement alone', async function () {
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

    it('does not make the time between an expiry and a suspension that is over valid', async function () {
      const { credentials, credential, until, suspendAt, renewAt, reinstateAt } = await living()
      await suspendAt(until + 100n)
      await reinstateAt(until + 200n)
      await renewAt(until + 300n, until + 10n * DAY)
      expect(await credentials.isValidAt(credential, until + 50n)).to.equal(false)
      expect(await credentials.isValid(credential)).to.equal(true)
    })

    it('reverts for what does not lengthen', async function () {
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
      it(`${accepted ? 'takes' : 'refuses'} an end ${offset} s from now, after an expiry`, async function () {
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
      it(`${accepted ? 'takes' : 'refuses'} an end ${offset} s beyond what the tier allows from now`, async function () {
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

    it('measures a credential that has not begun from its beginning', async function () {
      const { credentials, publisher, other, a, gated, maxDuration } = await loadFixture(deployTiers)
      const by = credentials.connect(publisher)
      const start = BigInt(await time.latest()) + 50n * DAY
      await by.grant(a, gated, other, start, start + DAY)
      await by.renew(a, gated, other, start + maxDuration)
      await expect(by.renew(a, gated, other, start + maxDuration + 1n))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
        .withArgs(maxDuration + 1n, maxDuration)
    })

    it('reverts for one that is unknown, revoked, or of a tier that was withdrawn', async function () {
      const { ledger, credentials, publisher, by, holder, other, a, gated, credential, until } = await living()
      await expect(by.renew(a, gated, other, until + DAY))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnknown')
        .withArgs(await credentials.hashCredential(a, gated, other))
      await by.revoke(credential, '')
      await expect(by.renew(a, gated, holder, until + DAY))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnexpectedState')
        .withArgs(credential, STATE.revoked)
      await by.grant(a, gated, other, 0, until)
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(by.renew(a, gated, other, until + DAY))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
      expect(await credentials.isValid(await credentials.hashCredential(a, gated, other))).to.equal(true)
    })
  })

  describe('suspend and reinstate', function () {
    it('open and close a gap, to the second, and say so', async function () {
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
      ])
      expect(await credentials.isValid(credential)).to.equal(false)
      expect(await credentials.isValidAt(credential, until - 1n)).to.equal(false)

      await time.setNextBlockTimestamp(to)
      expect(await eventsOf(by.reinstate(credential), credentials)).to.deep.equal([
        ['CredentialReinstated', credential, publisher.address],
      ])
      expect(plain(await credentials.credentialOf(credential))).to.deep.equal([...record, from, to, STATE.active])
      expect(await credentials.isValid(credential)).to.equal(true)
      await expectValid([
        [issuedAt, true],
        [from, false],
        [to, true],
        [until, false],
      ])
    })

    it('make one gap of several, from the first to the last', async function () {
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
    it('ends a credential from its own second, for good, and says so', async function () {
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

    it('ends one that has not begun before it begins', async function () {
      const { credentials, publisher, other, a, gated } = await loadFixture(deployTiers)
      const start = BigInt(await time.latest()) + DAY
      const id = await credentials.hashCredential(a, gated, other)
      await credentials.connect(publisher).grant(a, gated, other, start, start + DAY)
      await credentials.connect(publisher).revoke(id, '')
      for (const moment of [start - 1n, start, start + 1n]) {
        expect(await credentials.isValidAt(id, moment)).to.equal(false)
      }
    })

    it('still works on a tier that was withdrawn', async function () {
      const { ledger, credentials, publisher, by, a, gated, credential } = await living()
      await ledger.connect(publisher).withdrawTier(a, gated)
      expect(await credentials.isValid(credential)).to.equal(true)
      await by.suspend(credential, '')
      await by.reinstate(credential)
      await by.revoke(credential, '')
    })
  })

  describe('renew, suspend, reinstate and revoke', function () {
    it('are for those who may act for the publisher now, whatever role another has', async function () {
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

    it('take a reason of 2,048 bytes and none of 2,049', async function () {
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

  describe('validity', function () {
    it('is false at any time for a credential that does not exist', async function () {
      const { credentials } = await loadFixture(deployLedger)
      expect(plain(await credentials.credentialOf(1n))).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n, STATE.none])
      expect(await credentials.isValid(1n)).to.equal(false)
      for (const moment of [0n, 1n, FOREVER]) expect(await credentials.isValidAt(1n, moment)).to.equal(false)
    })

    for (const [offset, valid] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`is ${valid} now, ${offset} s from the end`, async function () {
        const { credentials, credential, until } = await living()
        await time.increaseTo(until + offset)
        expect(await credentials.isValid(credential)).to.equal(valid)
      })
    }

    for (const [offset, valid] of [
      [-1n, false],
      [0n, true],
      [1n, true],
    ] as const) {
      it(`is ${valid} now, ${offset} s from the beginning`, async function () {
        const { credentials, publisher, other, a, gated } = await loadFixture(deployTiers)
        const start = BigInt(await time.latest()) + DAY
        await credentials.connect(publisher).grant(a, gated, other, start, start + DAY)
        await time.increaseTo(start + offset)
        expect(await credentials.isValid(await credentials.hashCredential(a, gated, other))).to.equal(valid)
      })
    }

    it('is of one holder, one tier and one model alone', async function () {
      const { credentials, holder, other, a, b, gated, open } = await living()
      for (const [model, tier, account] of [
        [b, gated, holder],
        [a, open, holder],
        [a, gated, other],
      ] as const) {
        expect(await credentials.isValid(await credentials.hashCredential(model, tier, account))).to.equal(false)
      }
    })
  })

  describe('as a token', function () {
    it('cannot be transferred by its holder', async function () {
      const { credentials, holder, other, credential } = await living()
      const by = credentials.connect(holder)
      for (const sent of [
        () => by.transferFrom(holder, other, credential),
        () => by['safeTransferFrom(address,address,uint256)'](holder, other, credential),
        () => by['safeTransferFrom(address,address,uint256,bytes)'](holder, other, credential, '0x'),
        () => by.transferFrom(holder, holder, credential),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(credentials, 'LicenseCredentialSoulbound')
      }
      expect(await credentials.ownerOf(credential)).to.equal(holder.address)
    })

    it('cannot be transferred by its publisher or a stranger', async function () {
      const { credentials, publisher, holder, other, stranger, credential } = await living()
      for (const account of [publisher, stranger]) {
        await expect(credentials.connect(account).transferFrom(holder, other, credential))
          .to.be.revertedWithCustomError(credentials, 'ERC721InsufficientApproval')
          .withArgs(account.address, credential)
      }
    })

    it('cannot be approved, by anybody, for anybody', async function () {
      const { credentials, holder, stranger, other, credential } = await living()
      for (const account of [holder, stranger]) {
        const by = credentials.connect(account)
        for (const sent of [
          () => by.approve(other, credential),
          () => by.approve(ZeroAddress, credential),
          () => by.setApprovalForAll(other, true),
          () => by.setApprovalForAll(other, false),
        ]) {
          await expect(sent()).to.be.revertedWithCustomError(credentials, 'LicenseCredentialSoulbound')
        }
      }
      expect(await credentials.getApproved(credential)).to.equal(ZeroAddress)
      expect(await credentials.isApprovedForAll(holder, other)).to.equal(false)
    })

    it('is locked, and reverts for a token that does not exist', async function () {
      const { credentials, by, credential } = await living()
      expect(await credentials.locked(credential)).to.equal(true)
      await by.revoke(credential, '')
      expect(await credentials.locked(credential)).to.equal(true)
      for (const read of [() => credentials.locked(1n), () => credentials.ownerOf(1n)]) {
        await expect(read()).to.be.revertedWithCustomError(credentials, 'ERC721NonexistentToken').withArgs(1n)
      }
    })

    it('has a name, a symbol and the interfaces of ERC-165, ERC-721 and ERC-5192', async function () {
      const { credentials } = await loadFixture(deployLedger)
      expect(await credentials.name()).to.equal('Stemma License Credential')
      expect(await credentials.symbol()).to.equal('STEMMA')
      for (const [id, supported] of [
        ['0x01ffc9a7', true],
        ['0x80ac58cd', true],
        ['0x5b5e139f', true],
        ['0xb45a3c0e', true],
        ['0x780e9d63', false], // enumerable
        ['0xffffffff', false],
      ] as const) {
        expect(await credentials.supportsInterface(id), id).to.equal(supported)
      }
    })
  })

  describe('the domain', function () {
    it('is Stemma License Credential, version 1, of this chain and contract', async function () {
      const { credentials } = await loadFixture(deployLedger)
      const { chainId } = await ethers.provider.getNetwork()
      expect(plain(await credentials.eip712Domain.staticCallResult())).to.deep.equal([
        '0x0f',
        'Stemma License Credential',
        '1',
        chainId,
        await credentials.getAddress(),
        ZeroHash,
        [],
      ])
    })
  })
})
