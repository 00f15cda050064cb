import { expect } from 'chai'

import {
  parseAddress,
  type Address,
  type CredentialId,
  type Digest,
  type ModelId,
  type TierId,
} from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { credentialIdOf } from '../../../src/core/tier.ts'
import { rightsMask, type Right } from '../../../src/core/vocabulary.ts'
import { cancelOffer } from '../../../src/sdk/licensing/cancelOffer.ts'
import { acceptOffer } from '../../../src/sdk/licensing/acceptOffer.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { grantCredential } from '../../../src/sdk/licensing/grantCredential.ts'
import { grantUnder } from '../../../src/sdk/licensing/grantUnder.ts'
import { listCredentialRequests } from '../../../src/sdk/licensing/listCredentialRequests.ts'
import { listTiers } from '../../../src/sdk/licensing/listTiers.ts'
import { renounceCredential } from '../../../src/sdk/licensing/renounceCredential.ts'
import { requestCredential } from '../../../src/sdk/licensing/requestCredential.ts'
import { isCredentialValid } from '../../../src/sdk/licensing/isCredentialValid.ts'
import { listCredentials } from '../../../src/sdk/licensing/listCredentials.ts'
import { obtainCredential } from '../../../src/sdk/licensing/obtainCredential.ts'
import { offerTier } from '../../../src/sdk/licensing/offerTier.ts'
import { CredentialNotFoundError, readCredential } from '../../../src/sdk/licensing/readCredential.ts'
import { readLineage } from '../../../src/sdk/registry/readLineage.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { releaseTier } from '../../../src/sdk/licensing/releaseTier.ts'
import { reinstateCredential } from '../../../src/sdk/licensing/reinstateCredential.ts'
import { renewCredential } from '../../../src/sdk/licensing/renewCredential.ts'
import { revokeCredential } from '../../../src/sdk/licensing/revokeCredential.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { signOffer } from '../../../src/sdk/licensing/signOffer.ts'
import { suspendCredential } from '../../../src/sdk/licensing/suspendCredential.ts'
import { withdrawTier } from '../../../src/sdk/licensing/withdrawTier.ts'
import { ethers, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployCredential, deployTiers, expectError, expectRefusal, nextBlockAt, provider } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers
const DAY = 86_400
const UNKNOWN = `0x${'77'.repeat(32)}`

describe('grantCredential', function () {
  it('grants a tier to a holder, to be read and listed', async function () {
    const { publisher, holder, reader, base, gated, credential, issuedAt, validUntil } =
      await loadFixture(deployCredential)
    expect(credential).to.equal(credentialIdOf(base, gated, holder.address))
    const read = await readCredential(reader, { credential })
    expect(read).to.deep.equal({
      id: credential,
      model: base,
      tier: gated,
      holder: holder.address,
      publisher: publisher.address,
      validFrom: issuedAt,
      validUntil,
      gapFrom: 0,
      gapUntil: 0,
      state: 'active',
      parent: null,
      payment: null,
      agreement: null,
      lifts: [],
    })
    for (const filter of [{ model: base }, { holder: holder.address }, { model: base, holder: holder.address }, {}]) {
      expect(await listCredentials(reader, filter)).to.deep.equal([read])
    }
    expect(await listCredentials(reader, { holder: publisher.address })).to.deep.equal([])
  })

  it('refuses who may not, the same again, and a window that is empty or too long', async function () {
    const { publisher, stranger, holder, base, gated, credential } = await loadFixture(deployCredential)
    const grant = { model: base, tier: gated, holder: stranger.address }
    const account = stranger.address
    await expectRefusal(grantCredential(stranger.ledger, grant), 'LicenseCredentialUnauthorized', {
      publisher: publisher.address,
      account,
    })
    const now = await time.latest()
    const again = { ...grant, holder: holder.address, validUntil: now + 100 * DAY }
    await expectRefusal(grantCredential(publisher.ledger, again), 'LicenseCredentialAlreadyIssued', {
      credential: BigInt(credential),
    })
    const [validFrom, validUntil] = [now + 10 * DAY, now + 10 * DAY]
    await expectRefusal(
      grantCredential(publisher.ledger, { ...grant, validFrom, validUntil }),
      'LicenseCredentialEmptyWindow',
      { validFrom: BigInt(validFrom), validUntil: BigInt(validUntil) },
    )
    await expectRefusal(
      grantCredential(publisher.ledger, { ...grant, validFrom, validUntil: validFrom + 200 * DAY + 1 }),
      'LicenseCredentialTooLong',
      { duration: BigInt(200 * DAY + 1), maxDuration: BigInt(200 * DAY) },
    )
    const tier = UNKNOWN as TierId
    await expectRefusal(grantCredential(publisher.ledger, { ...grant, tier }), 'LicenseRegistryUnknownTier', {
      model: base,
      tier,
    })
    await withdrawTier(publisher.ledger, { model: base, tier: gated })
    await expectRefusal(grantCredential(publisher.ledger, grant), 'LicenseRegistryTierWithdrawn', {
      model: base,
      tier: gated,
    })
  })
})

describe('grantUnder', function () {
  /** A licensee with a credential of a tier that allows sub-credentials, for 100 days. */
  async function deployLicensee() {
    const world = await deployTiers()
    const { publisher, holder, base, tiers } = world
    const { tier } = await offerTier(publisher.ledger, {
      tier: { ...tiers.gated, name: 'Resale', subCredentials: true },
    })
    const issuedAt = (await time.latest()) + 10
    await nextBlockAt(issuedAt)
    const validUntil = issuedAt + 100 * DAY
    const granted = { model: base, tier, holder: holder.address, validUntil }
    const { credential: parent } = await grantCredential(publisher.ledger, granted)
    return { ...world, tier, parent, issuedAt, validUntil }
  }

  it('issues under a credential of the sender, and names it', async function () {
    const { holder, stranger, reader, base, tier, parent, validUntil } = await loadFixture(deployLicensee)
    const issued = { model: base, tier, licensee: holder.address, holder: stranger.address, validUntil }
    const sent = await grantUnder(holder.ledger, issued)
    expect(sent.parent).to.equal(parent)
    const read = await readCredential(reader, { credential: sent.credential })
    expect([read.parent, read.holder, read.validUntil]).to.deep.equal([parent, stranger.address, validUntil])
    expect((await readCredential(reader, { credential: parent })).parent).to.equal(null)
    expect(
      (await listTiers(reader, { model: base })).map(({ tier: { subCredentials } }) => subCredentials),
    ).to.deep.equal([false, false, true])
    const { lineage } = await readLineage(reader, { model: base, licensee: stranger.address })
    expect(lineage.models[0]!.credentials.map(({ credential }) => credential.validUntil)).to.deep.equal([validUntil])
  })

  it('refuses what the tier and the parent do not allow, in words', async function () {
    const { holder, stranger, base, gated, tier, parent, validUntil } = await loadFixture(deployLicensee)
    const issued = { model: base, tier, licensee: holder.address, holder: stranger.address, validUntil }
    await expectRefusal(grantUnder(stranger.ledger, issued), 'LicenseCredentialNotHolder', {
      holder: holder.address,
      account: stranger.address,
    })
    await expectRefusal(grantUnder(holder.ledger, { ...issued, tier: gated }), 'LicenseCredentialNoSubCredentials', {
      model: base,
      tier: gated,
    })
    await expectRefusal(
      grantUnder(holder.ledger, { ...issued, validUntil: validUntil + 1 }),
      'LicenseCredentialBeyondParent',
      { validUntil: BigInt(validUntil + 1), parentUntil: BigInt(validUntil) },
    )
    const { credential } = await grantUnder(holder.ledger, issued)
    await expectRefusal(
      grantUnder(stranger.ledger, { ...issued, licensee: stranger.address, holder: base.slice(0, 42) as Address }),
      'LicenseCredentialIsSubCredential',
      { credential: BigInt(credential) },
    )
    await renounceCredential(holder.ledger, { credential: parent })
    await expectRefusal(
      grantUnder(holder.ledger, { ...issued, holder: base.slice(0, 42) as Address }),
      'LicenseCredentialInvalidParent',
      { credential: BigInt(parent) },
    )
  })

  it('answers for every time by the histories of a sub-credential and of its parent', async function () {
    const { publisher, holder, stranger, reader, base, tier, parent, issuedAt, validUntil } =
      await loadFixture(deployLicensee)
    const issued = { model: base, tier, licensee: holder.address, holder: stranger.address, validUntil }
    await nextBlockAt(issuedAt + 100)
    const { credential } = await grantUnder(holder.ledger, issued)
    const at = async (...after: number[]) =>
      Promise.all(after.map((each) => isCredentialValid(reader, { credential, time: issuedAt + each })))
    await nextBlockAt(issuedAt + 200)
    await suspendCredential(holder.ledger, { credential })
    await nextBlockAt(issuedAt + 300)
    await reinstateCredential(holder.ledger, { credential })
    await nextBlockAt(issuedAt + 400)
    await suspendCredential(publisher.ledger, { credential: parent })
    await nextBlockAt(issuedAt + 500)
    await reinstateCredential(publisher.ledger, { credential: parent })
    await nextBlockAt(issuedAt + 600)
    await revokeCredential(holder.ledger, { credential })
    await nextBlockAt(issuedAt + 700)
    await grantUnder(holder.ledger, issued)
    expect(await at(99, 100, 199, 200, 299, 300, 399, 400, 499, 500, 599, 600, 699, 700)).to.deep.equal([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
    ])
    await nextBlockAt(issuedAt + 800)
    await renounceCredential(holder.ledger, { credential: parent })
    expect(await at(799, 800)).to.deep.equal([true, false])
    await nextBlockAt(issuedAt + 900)
    await grantCredential(publisher.ledger, { model: base, tier, holder: stranger.address, validUntil })
    expect(await at(799, 800, 899, 900)).to.deep.equal([true, false, false, true])
    const [listed] = await listCredentials(reader, { holder: stranger.address })
    expect([listed?.parent, listed?.state, listed?.validFrom]).to.deep.equal([null, 'active', issuedAt + 900])
    expect(await isCredentialValid(reader, { credential: parent, time: issuedAt + 800 })).to.equal(false)
  })
})

describe('what is stated with a grant', function () {
  it('is read again: payment, agreement, and the rights that it lifts', async function () {
    const { publisher, holder, reader, base, gated } = await loadFixture(deployTiers)
    const [payment, agreement] = [UNKNOWN, `0x${'78'.repeat(32)}`] as [Digest, Digest]
    const validUntil = (await time.latest()) + DAY
    const grant = { model: base, tier: gated, holder: holder.address, validUntil, payment }
    await expectRefusal(
      grantCredential(publisher.ledger, { ...grant, agreement }),
      'LicenseCredentialIncompleteAgreement',
      { agreement, lifts: 0n },
    )
    const lifts: Right[] = ['commercial', 'sublicense']
    const { credential } = await grantCredential(publisher.ledger, { ...grant, agreement, lifts })
    expect(await readCredential(reader, { credential })).to.deep.include({ payment, agreement, lifts })
    const { lineage } = await readLineage(reader, { model: base, licensee: holder.address })
    expect(lineage.models[0]!.credentials[0]!.credential.lifts).to.equal(rightsMask(lifts))
  })
})

describe('requestCredential', function () {
  it('is listed by model, tier and account until it is granted or refused', async function () {
    const { publisher, holder, stranger, reader, base, tuned, gated, open } = await loadFixture(deployTiers)
    const details = UNKNOWN as Digest
    await requestCredential(holder.ledger, { model: base, tier: gated })
    await requestCredential(stranger.ledger, { model: base, tier: open })
    const { block } = await requestCredential(holder.ledger, { model: base, tier: gated, details, uri: 'ipfs://why' })
    const all = await listCredentialRequests(reader, { model: base })
    expect(all.map(({ holder: asked, tier }) => [asked, tier])).to.deep.equal([
      [holder.address, gated],
      [stranger.address, open],
    ])
    const credential = credentialIdOf(base, gated, holder.address)
    expect(all[0]).to.deep.include({ model: base, credential, details, uri: 'ipfs://why', block })
    expect(await listCredentialRequests(reader, { model: base, first: 1 })).to.deep.equal([all[0]])
    expect(await listCredentialRequests(reader, { model: base, tier: open })).to.deep.equal([all[1]])
    expect(await listCredentialRequests(reader, { model: base, holder: holder.address })).to.deep.equal([all[0]])
    expect(await listCredentialRequests(reader, { model: tuned })).to.deep.equal([])
    const granted = { model: base, tier: gated, holder: holder.address, validUntil: (await time.latest()) + DAY }
    await grantCredential(publisher.ledger, granted)
    await cancelOffer(publisher.ledger, { model: base, tier: open, holder: stranger.address })
    expect(await listCredentialRequests(reader, { model: base })).to.deep.equal([])
  })
})

describe('releaseTier', function () {
  it('ends the credentials of a tier for evaluations, which a withdrawal alone does not, and leaves them valid', async function () {
    const { publisher, holder, reader, base, gated, credential } = await loadFixture(deployCredential)
    const counted = async () => {
      const { lineage } = await readLineage(reader, { model: base, licensee: holder.address })
      return lineage.models[0]!.credentials.map(({ tier }) => tier)
    }
    expect(await counted()).to.deep.equal([gated])
    await withdrawTier(publisher.ledger, { model: base, tier: gated })
    expect(await counted()).to.deep.equal([gated])
    await releaseTier(publisher.ledger, { model: base, tier: gated })
    expect(await counted()).to.deep.equal([])
    expect(await isCredentialValid(reader, { credential })).to.equal(true)
  })
})

describe('obtainCredential', function () {
  it('takes an open tier for as long as it allows, and no tier that is granted one by one', async function () {
    const { stranger, reader, base, open, gated } = await loadFixture(deployTiers)
    const { credential, block } = await obtainCredential(stranger.ledger, { model: base, tier: open })
    const { timestamp } = (await provider.getBlock(block!))!
    const { holder, validFrom, validUntil } = await readCredential(reader, { credential })
    expect([holder, validFrom, validUntil]).to.deep.equal([stranger.address, timestamp, timestamp + DAY])
    await expectRefusal(
      obtainCredential(stranger.ledger, { model: base, tier: gated }),
      'LicenseCredentialTierNotOpen',
      { model: base, tier: gated },
    )
  })
})

describe('signOffer and acceptOffer', function () {
  async function deployOffer() {
    const world = await deployTiers()
    const { publisher, holder, base, gated } = world
    const deadline = (await time.latest()) + 3600
    const offer = { model: base, tier: gated, holder: holder.address, validUntil: deadline + 100 * DAY, deadline }
    return { ...world, deadline, offer, signed: await signOffer(publisher.ledger, offer) }
  }

  it('gives the holder what the publisher signed, once', async function () {
    const { publisher, holder, reader, offer, signed } = await loadFixture(deployOffer)
    expect(signed).to.deep.include({ ...offer, validFrom: 0, signer: publisher.address })
    const { credential } = await acceptOffer(holder.ledger, signed)
    const read = await readCredential(reader, { credential })
    expect([read.holder, read.validUntil, read.state]).to.deep.equal([holder.address, offer.validUntil, 'active'])
    await expectRefusal(acceptOffer(holder.ledger, signed), 'LicenseCredentialAlreadyIssued', {
      credential: BigInt(credential),
    })
  })

  it('takes the signature of an operator, and of a contract that publishes (ERC-1271)', async function () {
    const { publisher, operator, holder, reader, base, tiers, contracts, offer } = await loadFixture(deployOffer)
    const byOperator = await signOffer(operator.ledger, offer)
    await expectRefusal(acceptOffer(holder.ledger, byOperator), 'LicenseCredentialUnauthorized', {
      publisher: publisher.address,
      account: operator.address,
    })
    await setOperator(publisher.ledger, {
      publisher: publisher.address,
      operator: operator.address,
      scopes: ['grant'],
      until: FOREVER,
    })
    await acceptOffer(holder.ledger, byOperator)

    const wallet = await ethers.deployContract('OwnedWallet', [publisher.address])
    const signer = parseAddress(await wallet.getAddress())
    // The wallet controls a publisher of its own.
    const call = async (data: string): Promise<void> => {
      await (await wallet.getFunction('execute')(await contracts.ledger.getAddress(), data)).wait()
    }
    await call(contracts.ledger.interface.encodeFunctionData('setOperator', [signer, publisher.address, 5, FOREVER]))
    const { model } = await registerModel(publisher.ledger, { registration: registrationOf(signer) })
    const { tier } = await offerTier(publisher.ledger, { tier: { ...tiers.gated, model } })
    const signed = await signOffer(publisher.ledger, { ...offer, model, tier, signer })
    const forged = await signOffer(holder.ledger, { ...offer, model, tier, signer })
    await expectRefusal(acceptOffer(holder.ledger, forged), 'LicenseCredentialInvalidSignature', { signer })
    const { credential } = await acceptOffer(holder.ledger, signed)
    expect((await readCredential(reader, { credential })).publisher).to.equal(signer)
    expect(model).to.not.equal(base)
  })

  it('refuses another holder, offer or chain than was signed, and a deadline that has passed', async function () {
    const { publisher, holder, stranger, deployment, offer, signed, deadline } = await loadFixture(deployOffer)
    await expectRefusal(acceptOffer(stranger.ledger, signed), 'LicenseCredentialNotHolder', {
      holder: holder.address,
      account: stranger.address,
    })
    const wrong = { signer: publisher.address }
    for (const changed of [
      { validUntil: offer.validUntil + 1 },
      { deadline: deadline + 1 },
      { validFrom: 1 },
      { payment: UNKNOWN as Digest },
      { agreement: UNKNOWN as Digest, lifts: ['research'] as const },
    ]) {
      const sent = acceptOffer(holder.ledger, { ...signed, ...changed })
      await expectRefusal(sent, 'LicenseCredentialInvalidSignature', wrong)
    }
    const elsewhere = openLedger(publisher.ledger.runner, { ...deployment, chainId: 1 })
    const other = await signOffer(elsewhere, offer)
    await expectRefusal(acceptOffer(holder.ledger, other), 'LicenseCredentialInvalidSignature', wrong)
    await nextBlockAt(deadline + 1)
    await networkHelpers.mine()
    await expectRefusal(acceptOffer(holder.ledger, signed), 'LicenseCredentialOfferExpired', {
      deadline: BigInt(deadline),
    })
  })
})

describe('the life of a credential', function () {
  it('is valid from its first second until before its end, now and at a time', async function () {
    const { reader, credential, issuedAt, validUntil } = await loadFixture(deployCredential)
    const at = (time: number) => isCredentialValid(reader, { credential, time })
    expect(await Promise.all([issuedAt - 1, issuedAt, validUntil - 1, validUntil].map(at))).to.deep.equal([
      false,
      true,
      true,
      false,
    ])
    expect(await isCredentialValid(reader, { credential })).to.equal(true)
    await time.increaseTo(validUntil)
    expect(await isCredentialValid(reader, { credential })).to.equal(false)
    expect(await isCredentialValid(reader, { credential: UNKNOWN as CredentialId })).to.equal(false)
    await expectError(readCredential(reader, { credential: UNKNOWN as CredentialId }), CredentialNotFoundError, UNKNOWN)
  })

  it('is renewed, later and within what the tier allows', async function () {
    const { publisher, stranger, holder, reader, base, gated, credential, validUntil } =
      await loadFixture(deployCredential)
    const renewal = { model: base, tier: gated, holder: holder.address }
    const renew = (until: number) => renewCredential(publisher.ledger, { ...renewal, validUntil: until })
    await renew(validUntil + 1)
    expect((await readCredential(reader, { credential })).validUntil).to.equal(validUntil + 1)
    await expectRefusal(renew(validUntil), 'LicenseCredentialNotLonger', {
      current: BigInt(validUntil + 1),
      validUntil: BigInt(validUntil),
    })
    await expectRefusal(
      renewCredential(stranger.ledger, { ...renewal, validUntil: validUntil + 2 }),
      'LicenseCredentialUnauthorized',
      { publisher: publisher.address, account: stranger.address },
    )
    await time.increaseTo(validUntil + 10)
    await renew(validUntil + DAY)
    const at = (time: number) => isCredentialValid(reader, { credential, time })
    expect([
      await at(validUntil),
      await at(validUntil + 5),
      await isCredentialValid(reader, { credential }),
    ]).to.deep.equal([true, false, true])
  })

  it('is suspended and reinstated, which leaves a gap, and is revoked for good', async function () {
    const { publisher, stranger, reader, credential, issuedAt } = await loadFixture(deployCredential)
    const state = async () => (await readCredential(reader, { credential })).state
    const refused = { publisher: publisher.address, account: stranger.address }
    const unexpected = (now: bigint) => ({ credential: BigInt(credential), state: now })
    for (const action of [suspendCredential, revokeCredential]) {
      await expectRefusal(action(stranger.ledger, { credential }), 'LicenseCredentialUnauthorized', refused)
    }
    await expectRefusal(
      reinstateCredential(publisher.ledger, { credential }),
      'LicenseCredentialUnexpectedState',
      unexpected(1n),
    )
    await nextBlockAt(issuedAt + 100)
    await suspendCredential(publisher.ledger, { credential, reason: 'unpaid' })
    expect([await state(), await isCredentialValid(reader, { credential })]).to.deep.equal(['suspended', false])
    await expectRefusal(
      suspendCredential(publisher.ledger, { credential }),
      'LicenseCredentialUnexpectedState',
      unexpected(2n),
    )
    await nextBlockAt(issuedAt + 200)
    await reinstateCredential(publisher.ledger, { credential })
    expect([await state(), await isCredentialValid(reader, { credential })]).to.deep.equal(['active', true])
    await nextBlockAt(issuedAt + 300)
    await revokeCredential(publisher.ledger, { credential, reason: 'breach' })
    expect([await state(), await isCredentialValid(reader, { credential })]).to.deep.equal(['revoked', false])
    const times = [99, 100, 199, 200, 299, 300].map((after) => issuedAt + after)
    const valid = await Promise.all(times.map((time) => isCredentialValid(reader, { credential, time })))
    expect(valid).to.deep.equal([true, false, false, true, true, false])
    for (const action of [suspendCredential, reinstateCredential, revokeCredential]) {
      await expectRefusal(action(publisher.ledger, { credential }), 'LicenseCredentialUnexpectedState', unexpected(3n))
    }
    const unknown = UNKNOWN as CredentialId
    await expectRefusal(revokeCredential(publisher.ledger, { credential: unknown }), 'LicenseCredentialUnknown', {
      credential: BigInt(unknown),
    })
    expect(await listCredentials(reader, { model: UNKNOWN as ModelId })).to.deep.equal([])
  })
})
