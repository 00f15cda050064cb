import { expect } from 'chai'
import type { BaseContract } from 'ethers'

import { deployClaims, fileClaim } from '../fixtures/claims.ts'
import {
  digestOf,
  ethers,
  networkHelpers,
  registrationOf,
  registrationStruct,
  TERMS,
  termsStruct,
  tierStruct,
} from '../fixtures/ledger.ts'
import { someInDepth } from '../fixtures/inDepth.ts'

const { loadFixture } = networkHelpers
/** A megabyte of zeros, because a megabyte of other bytes would cost more gas than a transaction may use. */
const LONG = '\0'.repeat(1_000_000)
const ROOT = digestOf('root')

/** The contracts that take texts, prepared for accounts that may write them. */
async function deployAll() {
  const base = await deployClaims()
  const { manager, ledger, claims, publisher } = base
  const gate = await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, 3600, 32])
  return { ...base, gate: gate.connect(publisher) }
}

type All = Awaited<ReturnType<typeof deployAll>>
type Write = [name: string, contract: BaseContract, error: string, call: () => Promise<unknown>]

/** A function of each contract that takes texts, and each kind of text, called with a megabyte of it. */
async function writesOf(all: All): Promise<Write[]> {
  const { ledger, credentials, claims, gate, publisher, claimant, a, b, termsId } = all
  const { claim } = await fileClaim(all, claimant, { subject: a, parent: b })
  const byPublisher = ledger.connect(publisher)
  const registration = registrationStruct(registrationOf(publisher.address, { uri: LONG }))
  const terms = termsStruct({ ...TERMS, name: LONG })
  const tier = tierStruct(a, termsId, { uri: LONG })
  return [
    ['register', ledger, 'ModelRegistryTextTooLong', () => byPublisher.register.staticCall(registration)],
    ['publishTerms', ledger, 'LicenseRegistryTextLength', () => byPublisher.publishTerms.staticCall(terms)],
    ['offerTier', ledger, 'LicenseRegistryTextLength', () => byPublisher.offerTier.staticCall(tier)],
    ['suspend', credentials, 'LicenseCredentialTextTooLong', () => credentials.suspend.staticCall(1n, LONG)],
    ['contest', claims, 'LineageClaimsTextTooLong', () => claims.connect(publisher).contest.staticCall(claim, LONG)],
    ['requestArtefactReview', gate, 'ReviewGateTextTooLong', () => gate.requestArtefactReview.staticCall(ROOT, LONG)],
  ]
}

describe('A megabyte of text', function () {
  it('is rejected by every function that takes texts, with an error that names its length', async function () {
    for (const [name, contract, error, call] of someInDepth(await writesOf(await loadFixture(deployAll)), 2)) {
      await expect(call(), name).to.be.revertedWithCustomError(contract, error).withArgs(LONG.length)
    }
  })
})
