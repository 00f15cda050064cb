import { expect } from 'chai'

import { VERDICTS } from '../../../src/core/evaluate.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { termsIdOf, type Terms } from '../../../src/core/terms.ts'
import { parseMeasure, topicOf } from '../../../src/core/topics.ts'
import { deployClaims, fileClaim } from '../../fixtures/claims.ts'
import { loads, MARGIN, MIN_BLOCKS, passClock, reportOf, SCAN, uses, SMALL } from '../../fixtures/gate.ts'
import {
  digestOf,
  ethers,
  networkHelpers,
  registrationOf,
  registrationStruct,
  TERMS,
  termsStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const RESEARCH = uses('research')
const COMMERCIAL = uses('commercial')
/** Every measure that the terms ask about is below its limit. */
const FACTS = [...SMALL, { topic: topicOf(parseMeasure('monthlyRevenueUsd/product')), value: 0n }]
/** Terms that permit derivatives, but no commercial use. */
const UNSOLD: Terms = {
  ...TERMS,
  name: 'Stemma-Test-Unsold',
  rights: ['research', 'modify', 'redistribute'],
  thresholds: [],
}

/** The gate and the claims as deployed, a model whose review can be cleared, and one without commercial use. */
async function deployReviewed() {
  const base = await deployClaims()
  const { manager, ledger, recalls, credentials, claims, publisher, other, termsId, a } = base
  const lens = await ethers.deployContract('ComplianceLens', [ledger, ledger, credentials, claims, recalls])
  const gate = await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, MARGIN, MIN_BLOCKS])
  const loading = await ethers.deployContract('LoadCheck', [ledger, gate, lens, recalls])
  const scanner = (await ethers.getSigners())[20]!
  await manager.grantRole(ROLES.scanner, scanner, 0)

  await ledger.publishTerms(termsStruct(UNSOLD))
  const parent = registrationOf(other.address, { weights: digestOf('not for sale'), terms: termsIdOf(UNSOLD) })
  await ledger.connect(other).register(registrationStruct(parent))

  const registration = registrationOf(publisher.address, { weights: digestOf('a'), terms: termsId })
  expect(modelIdOf(registration)).to.equal(a)
  await gate.requestReview(registrationStruct(registration), '')
  await gate
    .connect(scanner)
    .attestScan(reportOf(registration.weights, BigInt(await time.latest()), { verdict: SCAN.passed }))
  const { readyAt, readyBlock } = await gate.reviewOf(a)
  await passClock(readyAt, readyBlock)
  return { ...base, gate, registration, ...loads(loading), unsold: modelIdOf(parent), weights: registration.weights }
}

describe('ReviewGate with the claims of LineageClaims', function () {
  it('does not wait for a claim that is not accepted', async function () {
    const base = await loadFixture(deployReviewed)
    const { gate, registration, isLoadable, claimant, unsold, a } = base
    await fileClaim(base, claimant, { subject: a, parent: unsold }, 'disclosed')
    await gate.clear(a)
    expect(await isLoadable(registration, COMMERCIAL, { facts: FACTS })).to.equal(true)
  })

  it('waits for an accepted claim about the model or its weights until it is rejected or withdrawn', async function () {
    const base = await loadFixture(deployReviewed)
    const { gate, registration, isLoadable, claims, claimant, adjudicator, publisher, unsold, weights, a } = base
    const about = await fileClaim(base, claimant, { subject: a, parent: unsold }, 'accepted')
    const product = { subject: weights, product: true, parent: unsold }
    const aboutWeights = await fileClaim(base, claimant, product, 'accepted')
    const refuse = (count: bigint) =>
      expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen').withArgs(a, count)
    await refuse(2n)
    await claims.connect(claimant).withdraw(aboutWeights.claim)
    await refuse(1n)
    await claims.connect(publisher).contest(about.claim, '')
    await refuse(1n)
    await claims.connect(adjudicator).rule(about.claim, false, '')
    await gate.clear(a)
    expect(await isLoadable(registration, COMMERCIAL, { facts: FACTS })).to.equal(true)
  })

  it('does not let a cleared model be loaded for a use that a parent revealed by a claim withholds', async function () {
    const base = await loadFixture(deployReviewed)
    const { gate, registration, check, isLoadable, claims, claimant, publisher, unsold, a } = base
    const { claim } = await fileClaim(base, claimant, { subject: a, parent: unsold }, 'accepted')
    await claims.connect(publisher).acknowledge(claim)
    await gate.clear(a)
    const { license, loadable } = await check(registration, COMMERCIAL)
    expect([license, loadable]).to.deep.equal([BigInt(VERDICTS.indexOf('not-permitted')), false])
    expect(await isLoadable(registration, RESEARCH)).to.equal(true)
  })

  it('stops loading for such a use at once when the claim is upheld after the clearing', async function () {
    const base = await loadFixture(deployReviewed)
    const { gate, registration, isLoadable, claims, claimant, adjudicator, publisher, unsold, a } = base
    await gate.clear(a)
    const { claim } = await fileClaim(base, claimant, { subject: a, parent: unsold }, 'accepted')
    await claims.connect(publisher).contest(claim, '')
    expect(await isLoadable(registration, COMMERCIAL, { facts: FACTS })).to.equal(true)
    await claims.connect(adjudicator).rule(claim, true, '')
    expect(await isLoadable(registration, COMMERCIAL, { facts: FACTS })).to.equal(false)
    expect(await isLoadable(registration, RESEARCH)).to.equal(true)
  })
})
