import { expect } from 'chai'

import { encodeRelation, REGISTRATION_TYPES, type Registration } from '../../../src/core/registration.ts'
import { bodyOf } from '../../../src/core/terms.ts'
import { rightsMask } from '../../../src/core/vocabulary.ts'
import { createChain } from '../../fixtures/chain.ts'
import { ID_VECTORS } from '../../vectors/ids.ts'

const { ethers, networkHelpers } = await createChain()
const { loadFixture } = networkHelpers

const structOf = (registration: Registration) => ({
  ...registration,
  parents: registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
})

async function ledgerFixture() {
  const [account] = await ethers.getSigners()
  const manager = await ethers.deployContract('AccessManager', [account!.address])
  const ledger = await ethers.deployContract('Ledger', [manager, await ethers.deployContract('Recalls', [manager])])
  const address = await ledger.getAddress()
  const credential = await ethers.deployContract('LicenseCredential', [address, address, address])
  return { ledger, address, credential, account: account! }
}

/** A ledger with all terms of the vectors published. */
async function termsFixture() {
  const fixture = await loadFixture(ledgerFixture)
  for (const { input } of ID_VECTORS.terms) {
    await fixture.ledger.publishTerms({ ...input, ...bodyOf(input), thresholds: [...bodyOf(input).thresholds] })
  }
  for (const { input } of ID_VECTORS.sets) await fixture.ledger.publishTermsSet(input)
  return fixture
}

describe('ids of the vectors', function () {
  it('are returned by hashRegistration', async function () {
    const { ledger } = await loadFixture(ledgerFixture)
    for (const { id, input } of ID_VECTORS.registrations) {
      expect(await ledger.hashRegistration(structOf(input))).to.equal(id)
    }
  })

  it('are returned by publishTerms', async function () {
    const { ledger } = await loadFixture(ledgerFixture)
    for (const { id, input } of ID_VECTORS.terms) {
      const struct = { ...input, ...bodyOf(input), thresholds: [...bodyOf(input).thresholds] }
      expect(await ledger.publishTerms.staticCall(struct)).to.equal(id)
    }
  })

  it('are returned by publishTermsSet', async function () {
    const { ledger } = await loadFixture(termsFixture)
    for (const { id } of [...ID_VECTORS.terms, ...ID_VECTORS.sets]) expect(await ledger.isPublished(id)).to.equal(true)
  })

  it('are returned by register, with a signature over the same types', async function () {
    const { ledger, address, account } = await loadFixture(termsFixture)
    const { chainId } = await ethers.provider.getNetwork()
    const domain = { name: 'Stemma', version: '1', chainId, verifyingContract: address }
    const types = {
      ...REGISTRATION_TYPES,
      Register: [
        { name: 'registration', type: 'Registration' },
        { name: 'epoch', type: 'uint32' },
        { name: 'deadline', type: 'uint48' },
      ],
    }
    const deadline = 2n ** 48n - 1n
    for (const { input } of ID_VECTORS.registrations.filter(({ input: { parents } }) => parents.length === 0)) {
      const registration = { ...structOf(input), publisher: account.address }
      const signature = await account.signTypedData(domain, types, { registration, epoch: 0, deadline })
      const expected = await ledger.hashRegistration(registration)
      const arguments_ = [registration, account.address, 0, deadline, signature] as const
      expect(await ledger.registerBySignature.staticCall(...arguments_)).to.equal(expected)
    }
  })

  it('are returned by offerTier', async function () {
    const { ledger } = await loadFixture(termsFixture)
    const models = new Set(ID_VECTORS.tiers.map(({ input }) => input.model))
    const registrations = ID_VECTORS.registrations.filter(({ id }) => models.has(id)).map(({ input }) => input)
    const { publisher } = registrations[0]!
    await networkHelpers.impersonateAccount(publisher)
    await networkHelpers.setBalance(publisher, 10n ** 20n)
    const sender = ledger.connect(await ethers.getSigner(publisher))
    await sender.registerMany(registrations.map(structOf))
    for (const { id, input } of ID_VECTORS.tiers) {
      const struct = { ...input, passThrough: rightsMask(input.passThrough) }
      expect(await sender.offerTier.staticCall(struct)).to.equal(id)
    }
  })

  it('are returned by hashCredential', async function () {
    const { credential } = await loadFixture(ledgerFixture)
    for (const { id, input } of ID_VECTORS.credentials) {
      expect(await credential.hashCredential(input.model, input.tier, input.holder)).to.equal(BigInt(id))
    }
  })
})
