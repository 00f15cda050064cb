import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId, type TermsId, type TierId } from '../../../src/core/hex.ts'
import { termsIdOf, type Terms } from '../../../src/core/terms.ts'
import { termsSetIdOf } from '../../../src/core/termsBody.ts'
import { tierIdOf, type Tier } from '../../../src/core/tier.ts'
import { rightsMask } from '../../../src/core/vocabulary.ts'
import { listTerms } from '../../../src/sdk/licensing/listTerms.ts'
import { listTiers } from '../../../src/sdk/licensing/listTiers.ts'
import { offerTier } from '../../../src/sdk/licensing/offerTier.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { publishTermsSet } from '../../../src/sdk/licensing/publishTermsSet.ts'
import { releaseTier } from '../../../src/sdk/licensing/releaseTier.ts'
import { withdrawTier } from '../../../src/sdk/licensing/withdrawTier.ts'
import { networkHelpers, TERMS } from '../../fixtures/ledger.ts'
import { deployLedger, deployModels, deployTiers, expectRefusal, tierOf } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const UNKNOWN = `0x${'77'.repeat(32)}`
const NONE = ZERO_DIGEST as string as TermsId

describe('publishTerms, publishTermsSet and listTerms', function () {
  it('publishes terms and sets of them, to be listed as they were stated, all or by id', async function () {
    const { stranger, reader } = await loadFixture(deployLedger)
    const { terms } = await publishTerms(stranger.ledger, { terms: TERMS })
    const set = { weights: terms, code: NONE, outputs: terms }
    const { terms: setId } = await publishTermsSet(stranger.ledger, { set })
    expect([terms, setId]).to.deep.equal([termsIdOf(TERMS), termsSetIdOf(set)])
    const [template, both] = [
      { id: terms, terms: TERMS },
      { id: setId, set },
    ]
    expect(await listTerms(reader)).to.deep.equal([template, both])
    expect(await listTerms(reader, { ids: [setId] })).to.deep.equal([both])
    expect(await listTerms(reader, { ids: [terms, UNKNOWN as TermsId] })).to.deep.equal([template])
    expect(await listTerms(reader, { ids: [] })).to.deep.equal([])
  })

  it('rejects published and malformed terms', async function () {
    const { publisher, terms } = await loadFixture(deployModels)
    const publish = (changed: Partial<Terms>) => publishTerms(publisher.ledger, { terms: { ...TERMS, ...changed } })
    await expectRefusal(publish({}), 'LicenseRegistryAlreadyPublished', { terms })
    await expectRefusal(publish({ name: '' }), 'LicenseRegistryTextLength', { length: 0n })
    await expectRefusal(publish({ name: 'x'.repeat(65) }), 'LicenseRegistryTextLength', { length: 65n })
    const idle = { measure: 'monthlyRevenueUsd' as const, limit: 1n, withdraws: [], adds: [] }
    await expectRefusal(publish({ thresholds: [...TERMS.thresholds, idle] }), 'LicenseRegistryIdleThreshold', {
      index: 1n,
    })
    const [threshold] = TERMS.thresholds
    const nine = Array.from({ length: 9 }, () => threshold!)
    await expectRefusal(publish({ thresholds: nine }), 'LicenseRegistryTooManyThresholds', { count: 9n })
  })

  it('refuses a set of nothing, of sets, or of terms that are not published', async function () {
    const { publisher, terms } = await loadFixture(deployModels)
    const publish = (weights: TermsId, code = NONE, outputs = NONE) =>
      publishTermsSet(publisher.ledger, { set: { weights, code, outputs } })
    await expectRefusal(publish(NONE), 'LicenseRegistryInvalidSet', { weights: NONE, code: NONE, outputs: NONE })
    const unknown = UNKNOWN as TermsId
    await expectRefusal(publish(terms, unknown), 'LicenseRegistryUnknownTerms', { terms: unknown })
    const { terms: set } = await publish(terms)
    await expectRefusal(publish(set), 'LicenseRegistryInvalidSet', { weights: set, code: NONE, outputs: NONE })
    await expectRefusal(publish(terms), 'LicenseRegistryAlreadyPublished', { terms: set })
  })
})

describe('offerTier, withdrawTier and listTiers', function () {
  it('lists tiers as they were offered, and which were withdrawn and released', async function () {
    const { publisher, reader, base, tuned, tiers, gated, open } = await loadFixture(deployTiers)
    expect([gated, open]).to.deep.equal([tierIdOf(tiers.gated), tierIdOf(tiers.open)])
    const listed = (withdrawn: boolean, released = false) => [
      { id: gated, tier: tiers.gated, withdrawn, released },
      { id: open, tier: tiers.open, withdrawn: false, released: false },
    ]
    await expectRefusal(releaseTier(publisher.ledger, { model: base, tier: gated }), 'LicenseRegistryTierOffered', {
      model: base,
      tier: gated,
    })
    expect(await listTiers(reader, { model: base })).to.deep.equal(listed(false))
    await withdrawTier(publisher.ledger, { model: base, tier: gated })
    expect(await listTiers(reader, { model: base })).to.deep.equal(listed(true))
    await releaseTier(publisher.ledger, { model: base, tier: gated })
    expect(await listTiers(reader, { model: base })).to.deep.equal(listed(true, true))
    await expectRefusal(releaseTier(publisher.ledger, { model: base, tier: gated }), 'LicenseRegistryTierReleased', {
      model: base,
      tier: gated,
    })
    expect(await listTiers(reader, { model: tuned })).to.deep.equal([])
  })

  it('refuses who may not, the same again, and what cannot be offered', async function () {
    const { publisher, stranger, base, terms, tiers, gated } = await loadFixture(deployTiers)
    const offer = (changed: Partial<Tier>, { ledger } = publisher) =>
      offerTier(ledger, { tier: tierOf(base, terms, changed) })
    await expectRefusal(offer({}, stranger), 'PublisherRegistryUnauthorized', {
      publisher: publisher.address,
      account: stranger.address,
      scope: 4n,
    })
    await expectRefusal(offer(tiers.gated), 'LicenseRegistryAlreadyOffered', { model: base, tier: gated })
    const model = UNKNOWN as ModelId
    await expectRefusal(offer({ model }), 'ModelRegistryUnknownModel', { model })
    const unknown = UNKNOWN as TermsId
    await expectRefusal(offer({ terms: unknown }), 'LicenseRegistryUnknownTerms', { terms: unknown })
    await expectRefusal(offer({ name: '' }), 'LicenseRegistryTextLength', { length: 0n })
    await expectRefusal(offer({ passThrough: ['research', 'sublicense'] }), 'LicenseRegistryExcessPassThrough', {
      passThrough: BigInt(rightsMask(['research', 'sublicense'])),
      rights: BigInt(rightsMask(TERMS.rights)),
    })
  })

  it('withdraws once, what was offered, by who may', async function () {
    const { publisher, stranger, base, gated } = await loadFixture(deployTiers)
    await expectRefusal(withdrawTier(stranger.ledger, { model: base, tier: gated }), 'PublisherRegistryUnauthorized', {
      publisher: publisher.address,
      account: stranger.address,
      scope: 4n,
    })
    const unknown = { model: base, tier: UNKNOWN as TierId }
    await expectRefusal(withdrawTier(publisher.ledger, unknown), 'LicenseRegistryUnknownTier', unknown)
    await withdrawTier(publisher.ledger, { model: base, tier: gated })
    const again = withdrawTier(publisher.ledger, { model: base, tier: gated })
    await expectRefusal(again, 'LicenseRegistryTierWithdrawn', { model: base, tier: gated })
  })
})
