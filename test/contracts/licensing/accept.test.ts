import { expect } from 'chai'
import { Signature, Wallet, ZeroAddress, type Signer, type TypedDataDomain } from 'ethers'

import { NO_TIER, STATE } from '../../fixtures/credentials.ts'
import {
  ALL_SCOPES,
  credentialsDomain,
  DAY,
  deployTiers,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  malleable,
  networkHelpers,
  OFFER_TYPES,
  offerOf,
  plain,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

describe('LicenseCredential.accept', function () {
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
      payment: digestOf('receipt'),
      agreement: digestOf('agreement'),
      lifts: 5n,
      epoch: 0n,
      deadline: now + 3600n,
    }
    const sign = async (signer: Signer = publisher, named = offer, domain: TypedDataDomain = {}) =>
      signer.signTypedData({ ...(await credentialsDomain(credentials)), ...domain }, OFFER_TYPES, named)
    const accept = (signature: string, { sender = holder, signer = publisher.address, named = offer } = {}) =>
      credentials.connect(sender).accept(offerOf(named), signer, signature)
    const refuse = async (sent: ReturnType<typeof accept>, signer: string = publisher.address) =>
      expect(sent).to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidSignature').withArgs(signer)
    const id = await credentials.hashCredential(a, gated, holder)
    return { ...base, offer, sign, accept, refuse, id }
  }

  it('issues a credential that a key offered, to its holder', async function () {
    const { credentials, publisher, holder, a, gated, offer, sign, accept, id } = await offering()
    const signature = await sign()
    const now = BigInt(await time.latest()) + 10n
    expect(await credentials.connect(holder).accept.staticCall(offerOf(offer), publisher, signature)).to.equal(id)
    await time.setNextBlockTimestamp(now)
    expect(await eventsOf(accept(signature), credentials)).to.deep.equal([
      ['Transfer', ZeroAddress, holder.address, id],
      ['Locked', id],
      [
        'CredentialIssued',
        id,
        a,
        holder.address,
        gated,
        publisher.address,
        now,
        offer.validUntil,
        0n,
        offer.payment,
        offer.agreement,
        offer.lifts,
      ],
    ])
    expect(plain(await credentials.credentialOf(id))).to.deep.equal([
      publisher.address,
      now,
      offer.validUntil,
      0n,
      0n,
      STATE.active,
      offer.lifts,
    ])
  })

  it('issues offers of an operator, and of the controller after a handover', async function () {
    const { ledger, publisher, operator, controller, other, offer, sign, accept, refuse } = await offering()
    await accept(await sign(operator), { signer: operator.address })
    await ledger.connect(publisher).proposeController(publisher, controller)
    await ledger.connect(controller).acceptController(publisher)
    const named = { ...offer, holder: other.address, epoch: 1n }
    await refuse(
      accept(await sign(publisher, named), { sender: other, signer: controller.address, named }),
      controller.address,
    )
    await accept(await sign(controller, named), { sender: other, signer: controller.address, named })
  })

  it('takes no offer of an earlier epoch, even if control comes back and the operator is named again', async function () {
    const { ledger, credentials, publisher, operator, controller, offer, sign, accept, refuse } = await offering()
    const signed = [
      [publisher, await sign()],
      [operator, await sign(operator)],
    ] as const
    for (const [from, to] of [
      [publisher, controller],
      [controller, publisher],
    ] as const) {
      await ledger.connect(from).proposeController(publisher, to)
      await ledger.connect(to).acceptController(publisher)
    }
    await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, FOREVER)
    for (const [{ address }, signature] of signed) {
      await expect(accept(signature, { signer: address }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialOtherEpoch')
        .withArgs(publisher.address, 0n, 2n)
      await refuse(accept(signature, { signer: address, named: { ...offer, epoch: 2n } }), address)
    }
    const renewed = { ...offer, epoch: 2n }
    await accept(await sign(operator, renewed), { signer: operator.address, named: renewed })
  })

  it('takes no offer of an operator, and no acceptance by one, in other scopes', async function () {
    const { ledger, credentials, publisher, holder, other, sign, accept } = await offering()
    await ledger.connect(publisher).setOperator(publisher, other, ALL_SCOPES - 4, FOREVER)
    await expect(accept(await sign(other), { signer: other.address }))
      .to.be.revertedWithCustomError(credentials, 'LicenseCredentialUnauthorized')
      .withArgs(publisher.address, other.address)
    await ledger.connect(holder).setOperator(holder, other, ALL_SCOPES - 4, FOREVER)
    await expect(accept(await sign(), { sender: other }))
      .to.be.revertedWithCustomError(credentials, 'LicenseCredentialNotHolder')
      .withArgs(holder.address, other.address)
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

  it('reverts for a second acceptance, and after a revocation', async function () {
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

  it('accepts a caller that may act for the holder, and rejects the holder of another offer', async function () {
    const { ledger, credentials, holder, other, publisher, offer, sign, accept, refuse, id } = await offering()
    const signature = await sign()
    await refuse(accept(signature, { sender: other, named: { ...offer, holder: other.address } }))
    await ledger.connect(holder).setOperator(holder, other, ALL_SCOPES, FOREVER)
    await accept(signature, { sender: other })
    expect(await credentials.ownerOf(id)).to.equal(holder.address)
    expect((await credentials.credentialOf(id)).publisher).to.equal(publisher.address)
  })

  it('lets the holder accept for itself, even after it handed control to another account', async function () {
    const { ledger, credentials, holder, other, sign, accept, id } = await offering()
    await ledger.connect(holder).proposeController(holder, other)
    await ledger.connect(other).acceptController(holder)
    await accept(await sign())
    expect(await credentials.ownerOf(id)).to.equal(holder.address)
  })

  it('reverts for a signature of another offer', async function () {
    const { offer, publisher, b, sign, accept, refuse } = await offering()
    for (const change of [
      { model: b },
      { tier: NO_TIER },
      { holder: publisher.address },
      { validFrom: 1n },
      { validUntil: offer.validUntil - 1n },
      { epoch: 1n },
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
    it(`${accepted ? 'accepts' : 'rejects'} an offer ${offset} s from its deadline`, async function () {
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

  it('checks an offer against the tier: withdrawn, too long, empty', async function () {
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
    await ledger.connect(publisher).setOperator(publisher, owned, ALL_SCOPES, FOREVER)
    await refuse(accept(await sign(publisher), { signer }), signer)
    for (const way of [0, 1, 2, 4, 5, 6, 8, 9, 10]) {
      const hostile = await ethers.deployContract('HostileWallet', [way])
      const address = await hostile.getAddress()
      await ledger.connect(publisher).setOperator(publisher, hostile, ALL_SCOPES, FOREVER)
      await expect(credentials.connect(holder).accept(offerOf(offer), address, '0x', { gasLimit: 16_000_000 }))
        .to.be.revertedWithCustomError(credentials, 'LicenseCredentialInvalidSignature')
        .withArgs(address)
    }
    await accept(await sign(key), { signer })
    expect(await credentials.ownerOf(id)).to.equal(holder.address)
  })
})
