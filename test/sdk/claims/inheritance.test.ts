import { expect } from 'chai'

import type { Digest } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { acceptClaim } from '../../../src/sdk/claims/acceptClaim.ts'
import { contestInheritance } from '../../../src/sdk/claims/contestInheritance.ts'
import { discloseEvidence } from '../../../src/sdk/claims/discloseEvidence.ts'
import { extendClaim } from '../../../src/sdk/claims/extendClaim.ts'
import { fileClaim } from '../../../src/sdk/claims/fileClaim.ts'
import { inheritClaim } from '../../../src/sdk/claims/inheritClaim.ts'
import { isExtended } from '../../../src/sdk/claims/isExtended.ts'
import { listAttestedParents } from '../../../src/sdk/claims/listAttestedParents.ts'
import { listExtensions } from '../../../src/sdk/claims/listExtensions.ts'
import { listInheritances } from '../../../src/sdk/claims/listInheritances.ts'
import { readClaim } from '../../../src/sdk/claims/readClaim.ts'
import { readInheritance } from '../../../src/sdk/claims/readInheritance.ts'
import { ruleClaim } from '../../../src/sdk/claims/ruleClaim.ts'
import { ruleInheritance } from '../../../src/sdk/claims/ruleInheritance.ts'
import { setEvidenceUri } from '../../../src/sdk/claims/setEvidenceUri.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers
const WEIGHTS = digestOf('weights of the product')
const [SHARED, OTHER] = [digestOf('shared tensors'), digestOf('other tensors')]

/** {@link deployModels}, with three models by `tuner`, and an upheld claim about the weights of one of them as a product. */
async function deployUpheld() {
  const world = await deployModels()
  const { admin, stranger, tuner, base } = world
  const registrations = [
    { weights: WEIGHTS, tensors: OTHER },
    { weights: digestOf('one'), tensors: SHARED },
    { weights: digestOf('two'), tensors: SHARED },
  ].map((digests) => registrationOf(tuner.address, digests))
  const evidence = digestOf('evidence')
  const { kept } = await fileClaim(stranger.ledger, {
    subject: WEIGHTS,
    product: true,
    parent: base,
    relation: 'merge',
    evidence,
  })
  const { claim, salt } = kept
  await discloseEvidence(stranger.ledger, { claim, evidence, salt, uri: 'ipfs://first' })
  for (const registration of registrations) await registerModel(tuner.ledger, { registration })
  await acceptClaim(admin.ledger, { claim })
  const [copy, one, two] = registrations.map(modelIdOf) as [typeof base, typeof base, typeof base]
  return { ...world, claim, evidence, copy, one, two }
}

/** The claim of {@link deployUpheld}, upheld. */
async function deployRuled() {
  const world = await deployUpheld()
  const { contestUntil } = await readClaim(world.reader, { claim: world.claim })
  await time.increaseTo(contestUntil)
  await ruleClaim(world.admin.ledger, { claim: world.claim, upheld: true })
  return world
}

describe('claims that models inherit, by the SDK', function () {
  it('lists the URI of evidence as the claimant corrected it last, with the digest as disclosed', async function () {
    const { reader, stranger, publisher, claim, evidence } = await loadFixture(deployUpheld)
    const uris = ['ipfs://second', '', 'ipfs://third']
    for (const uri of uris) {
      await setEvidenceUri(stranger.ledger, { claim, uri })
      expect((await readClaim(reader, { claim })).evidence).to.deep.equal({ digest: evidence, uri })
    }
    await expectRefusal(setEvidenceUri(publisher.ledger, { claim, uri: '' }), 'LineageClaimsNotClaimant', {
      claim,
      account: publisher.address,
    })
  })

  it('extends an upheld claim to tensors, as an adjudicator, once', async function () {
    const { reader, admin, tuner, claim, one } = await loadFixture(deployRuled)
    expect(await isExtended(reader, { claim, tensors: SHARED })).to.equal(false)
    expect(await listExtensions(reader)).to.deep.equal([])
    const refused = { account: tuner.address }
    await expectRefusal(inheritClaim(tuner.ledger, { claim, model: one }), 'LineageClaimsNotInherited', {
      claim,
      weights: digestOf('one'),
      tensors: SHARED,
    })
    await expectRefusal(extendClaim(tuner.ledger, { claim, tensors: SHARED }), 'AccessManagedUnauthorized', {
      caller: refused.account,
    })
    await extendClaim(admin.ledger, { claim, tensors: SHARED })
    expect(await isExtended(reader, { claim, tensors: SHARED })).to.equal(true)
    const extension = { claim, tensors: SHARED, adjudicator: admin.address }
    for (const filter of [{}, { claims: [claim] }]) {
      expect(await listExtensions(reader, filter)).to.deep.equal([extension])
    }
    await expectRefusal(extendClaim(admin.ledger, { claim, tensors: SHARED }), 'LineageClaimsAlreadyExtended', {
      claim,
      tensors: SHARED,
    })
  })

  it('follows each inheritance from its first call to its end, and says the same as the contract', async function () {
    const { reader, admin, tuner, stranger, claim, copy, one, two, base } = await loadFixture(deployRuled)
    expect(await readInheritance(reader, { claim, model: copy })).to.deep.equal({ state: 'none', contestUntil: 0 })
    await extendClaim(admin.ledger, { claim, tensors: SHARED })
    for (const model of [copy, one, two]) await inheritClaim(stranger.ledger, { claim, model })
    await expectRefusal(contestInheritance(stranger.ledger, { claim, model: one }), 'LineageClaimsNotController', {
      publisher: tuner.address,
      account: stranger.address,
    })
    await contestInheritance(tuner.ledger, { claim, model: one, uri: 'ipfs://one' })
    await contestInheritance(tuner.ledger, { claim, model: two })
    await ruleInheritance(admin.ledger, { claim, model: one, upheld: false, uri: 'ipfs://ruling' })
    const stands = async () =>
      (await listInheritances(reader, { claims: [claim] })).map(({ model, state }) => [model, state])
    expect(await stands()).to.deep.equal([
      [copy, 'pending'],
      [one, 'rejected'],
      [two, 'contested'],
    ])
    await ruleInheritance(admin.ledger, { claim, model: two, upheld: true })
    const { contestUntil } = await readInheritance(reader, { claim, model: copy })
    await time.increaseTo(contestUntil)
    await inheritClaim(stranger.ledger, { claim, model: copy })
    const listed = await listInheritances(reader)
    expect(listed.map(({ model, state, answer, ruling }) => [model, state, answer, ruling])).to.deep.equal([
      [copy, 'applied', null, null],
      [
        one,
        'rejected',
        { account: tuner.address, uri: 'ipfs://one' },
        { adjudicator: admin.address, upheld: false, uri: 'ipfs://ruling' },
      ],
      [two, 'applied', { account: tuner.address, uri: '' }, { adjudicator: admin.address, upheld: true, uri: '' }],
    ])
    for (const { model, state, contestUntil: until } of listed) {
      expect(await readInheritance(reader, { claim, model })).to.deep.equal({ state, contestUntil: until })
      const parents = (await listAttestedParents(reader, { model })).map((edge) => edge.model)
      expect(parents).to.deep.equal(state === 'applied' ? [base] : [])
    }
    expect((await listInheritances(reader, { models: [two] })).map(({ model }) => model)).to.deep.equal([two])
    expect(await listInheritances(reader, { claims: [] })).to.deep.equal([])
  })

  it('applies at once to a model that is registered after the ruling', async function () {
    const { reader, tuner, claim, base } = await loadFixture(deployRuled)
    const late = registrationOf(tuner.address, { weights: WEIGHTS, tensors: digestOf('late') as Digest })
    await registerModel(tuner.ledger, { registration: late })
    const model = modelIdOf(late)
    await inheritClaim(tuner.ledger, { claim, model })
    const [listed] = await listInheritances(reader, { models: [model] })
    expect(listed).to.deep.equal({ claim, model, state: 'applied', contestUntil: 0, answer: null, ruling: null })
    expect(await readInheritance(reader, { claim, model })).to.deep.equal({ state: 'applied', contestUntil: 0 })
    expect((await listAttestedParents(reader, { model })).map((edge) => edge.model)).to.deep.equal([base])
  })
})
