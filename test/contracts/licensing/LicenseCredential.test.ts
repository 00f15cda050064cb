import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { deployFormer, living, NO_MODEL, NO_TIER, STATE, UNSTATED } from '../../fixtures/credentials.ts'
import {
  DAY,
  deployLedger,
  deployTiers,
  ethers,
  eventsOf,
  FOREVER,
  grantOf,
  networkHelpers,
  plain,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

describe('LicenseCredential', function () {
  describe('grant', function () {
    it('issues a credential that begins now, stores it, binds it, and emits the events', async function () {
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
      expect(await by.grant.staticCall(grantOf(a, gated, holder, 0, until))).to.equal(id)
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(by.grant(grantOf(a, gated, holder, 0, until)), credentials)).to.deep.equal([
        ['Transfer', ZeroAddress, holder.address, id],
        ['Locked', id],
        ['CredentialIssued', id, a, holder.address, gated, publisher.address, now, until, ...UNSTATED],
      ])
      expect(plain(await credentials.credentialOf(id))).to.deep.equal([
        publisher.address,
        now,
        until,
        0n,
        0n,
        STATE.active,
        0n,
      ])
      expect(await credentials.ownerOf(id)).to.equal(holder.address)
      expect(await credentials.balanceOf(holder)).to.equal(1n)
      expect(await credentials.isValid(id)).to.equal(true)
    })

    for (const reverts of [true, false]) {
      it(`takes for "no" what a registry of publishers ${reverts ? 'reverts with' : 'says in less than a word'}`, async function () {
        const { ledger, publisher, holder, a, gated } = await loadFixture(deployTiers)
        const broken = await ethers.deployContract('BrokenPublishers', [reverts])
        const credentials = await ethers.deployContract('LicenseCredential', [await ledger.authority(), broken, ledger])
        await expect(credentials.connect(publisher).getFunction('grant')(grantOf(a, gated, holder, 0, FOREVER)))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
          .withArgs(publisher.address, publisher.address)
      })
    }

    it('lets an operator issue', async function () {
      const { credentials, operator, publisher, holder, a, gated } = await loadFixture(deployTiers)
      const until = BigInt(await time.latest()) + DAY
      const id = await credentials.hashCredential(a, gated, holder)
      await credentials.connect(operator).grant(grantOf(a, gated, holder, 0, until))
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
        await credentials.connect(publisher).grant(grantOf(a, gated, holder, now + offset, now + DAY))
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
          const sent = by.grant(grantOf(a, gated, account, start, start + offset))
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
          const sent = by.grant(grantOf(a, gated, account, start, start + maxDuration + offset))
          if (accepted) await sent
          else {
            await expect(sent)
              .to.be.revertedWithCustomError(credentials, 'LicenseCredentialTooLong')
              .withArgs(maxDuration + 1n, maxDuration)
          }
        }
      })
    }

    it('issues without end if the tier has no limit', async function () {
      const { ledger, credentials, publisher, holder, a, termsId } = await loadFixture(deployTiers)
      const tier = tierStruct(a, termsId, { name: 'without end', maxDuration: 0n })
      const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
      await ledger.connect(publisher).offerTier(tier)
      await credentials.connect(publisher).grant(grantOf(a, tierId, holder, 0, FOREVER))
      const id = await credentials.hashCredential(a, tierId, holder)
      expect((await credentials.credentialOf(id)).validUntil).to.equal(FOREVER)
      expect(await credentials.isValidAt(id, FOREVER - 1n)).to.equal(true)
      expect(await credentials.isValidAt(id, FOREVER)).to.equal(false)
    })

    it('reverts for a credential that was already issued: active, expired, suspended or revoked', async function () {
      const { by, credentials, holder, a, gated, credential, until } = await living()
      const again = async () =>
        expect(by.grant(grantOf(a, gated, holder, 0, until + DAY)))
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
        credentials.connect(publisher).grant(grantOf(a, gated, ZeroAddress, 0, FOREVER)),
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
        await expect(by.grant(grantOf(model, tier, holder, 0, FOREVER)))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTier')
          .withArgs(model, tier)
      }
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(by.grant(grantOf(a, gated, holder, 0, FOREVER)))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
    })

    it('requires a caller that may act for the model’s publisher, whatever role another has', async function () {
      const { credentials, publisher, controller, other, a, gated, unauthorized } = await loadFixture(deployFormer)
      const until = BigInt(await time.latest()) + DAY
      for (const account of unauthorized) {
        await expect(credentials.connect(account).grant(grantOf(a, gated, other, 0, until)))
          .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
          .withArgs(publisher.address, account.address)
      }
      await credentials.connect(controller).grant(grantOf(a, gated, other, 0, until))
    })

    it('never calls the holder, so a contract without a receiver’s hook can hold a credential', async function () {
      const { credentials, ledger, publisher, a, gated } = await loadFixture(deployTiers)
      await credentials.connect(publisher).grant(grantOf(a, gated, ledger, 0, BigInt(await time.latest()) + DAY))
      expect(await credentials.balanceOf(ledger)).to.equal(1n)
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
        ['CredentialIssued', id, a, stranger.address, open, publisher.address, now, now + maxDuration, ...UNSTATED],
      ])
      expect(await credentials.isValidAt(id, now + maxDuration - 1n)).to.equal(true)
      expect(await credentials.isValidAt(id, now + maxDuration)).to.equal(false)
    })

    it('issues without end if the tier has no limit, or one beyond the largest time', async function () {
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

    it('renews a credential that has ended, by its holder, from the second of its end on', async function () {
      const { credentials, publisher, stranger, a, open, maxDuration } = await loadFixture(deployTiers)
      const by = credentials.connect(stranger)
      await by.obtain(a, open)
      const id = await credentials.hashCredential(a, open, stranger)
      const { validFrom, validUntil } = await credentials.credentialOf(id)
      await time.setNextBlockTimestamp(validUntil - 1n)
      await expect(by.obtain(a, open))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
        .withArgs(id)
      const now = validUntil + DAY
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(by.obtain(a, open), credentials)).to.deep.equal([
        ['CredentialRenewed', id, stranger.address, now + maxDuration],
      ])
      expect(plain(await credentials.credentialOf(id))).to.deep.equal([
        publisher.address,
        validFrom,
        now + maxDuration,
        validUntil,
        now,
        STATE.active,
        0n,
      ])
      await credentials.connect(publisher).suspend(id, '')
      await time.setNextBlockTimestamp(now + maxDuration)
      await expect(by.obtain(a, open))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialAlreadyIssued')
        .withArgs(id)
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

  describe('validity', function () {
    it('is false at any time for a credential that does not exist', async function () {
      const { credentials } = await loadFixture(deployLedger)
      expect(plain(await credentials.credentialOf(1n))).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n, STATE.none, 0n])
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
        await credentials.connect(publisher).grant(grantOf(a, gated, other, start, start + DAY))
        await time.increaseTo(start + offset)
        expect(await credentials.isValid(await credentials.hashCredential(a, gated, other))).to.equal(valid)
      })
    }

    it('is limited to one holder, one tier and one model', async function () {
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
