import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import type { ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Parent } from '../../../src/core/registration.ts'
import { claimBy, DEPOSIT, deployClaims, fileArguments, fileClaim, GRADE } from '../../fixtures/claims.ts'
import { digestOf, eventsOf, networkHelpers, plain, registrationOf, registrationStruct } from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers
const FINETUNE = 1n
const [EXTERNAL, ANOTHER] = ['nobody/base', 'nobody/other'].map((name) => externalIdOf(externalNameOnHub(name))) as [
  ModelId,
  ModelId,
]

/** Claims, and a model of another publisher that names `a` and two external parents. */
async function deployChild() {
  const base = await deployClaims()
  const { ledger, other, a } = base
  const parents: Parent[] = [
    { model: a, relation: 'finetune' },
    { model: EXTERNAL, relation: 'merge', external: true },
    { model: ANOTHER, relation: 'merge', external: true },
  ]
  const registration = registrationOf(other.address, { weights: digestOf('child'), parents })
  await ledger.connect(other).register(registrationStruct(registration))
  return { ...base, child: modelIdOf(registration), registration }
}

describe('LineageClaims: external parents', function () {
  describe('file', function () {
    it('takes the external parent that the claim would replace, as part of its id', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, child, b } = base
      const filed = await claimBy(claimant, { subject: child, parent: b, replaces: EXTERNAL })
      const events = await eventsOf(claims.connect(claimant).file(...fileArguments(filed), { value: DEPOSIT }), claims)
      expect(events[0]!.slice(0, 8)).to.deep.equal([
        'ClaimFiled',
        filed.claim,
        child,
        b,
        claimant.address,
        false,
        FINETUNE,
        EXTERNAL,
      ])
      expect((await claims.claimOf(filed.claim)).replaces).to.equal(EXTERNAL)
      const { claim } = await claimBy(claimant, { subject: child, parent: b })
      expect(claim).to.not.equal(filed.claim)
    })

    it('reverts for what the registration does not name, a registered parent, a product, and the model itself', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, child, a, b, c } = base
      const refuses = async (draft: Parameters<typeof claimBy>[1], error: string, ...args: unknown[]) => {
        const filed = await claimBy(claimant, draft)
        await expect(claims.connect(claimant).file(...fileArguments(filed), { value: DEPOSIT }))
          .to.be.revertedWithCustomError(claims, error)
          .withArgs(...args)
      }
      const unknown = digestOf('named by nobody') as string as ModelId
      await refuses({ subject: child, parent: b, replaces: unknown }, 'LineageClaimsUnknownEdge', child, unknown)
      await refuses({ subject: c, parent: b, replaces: EXTERNAL }, 'LineageClaimsUnknownEdge', c, EXTERNAL)
      await refuses({ subject: child, parent: b, replaces: a }, 'LineageClaimsNotExternal', child, a)
      await refuses({ subject: child, parent: child, replaces: EXTERNAL }, 'LineageClaimsSelfParent', child)
      const subject = digestOf('a product')
      const product = { subject, product: true, parent: b, replaces: EXTERNAL }
      await refuses(product, 'LineageClaimsUnknownEdge', subject, EXTERNAL)
    })

    it('reverts once a ruling replaced the parent, and not for the other or a parent that is declared beside it', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, adjudicator, other, child, a, b } = base
      const { claim } = await fileClaim(base, claimant, { subject: child, parent: b, replaces: EXTERNAL }, 'accepted')
      await claims.connect(other).contest(claim, '')
      await claims.connect(adjudicator).rule(claim, true, '')
      const again = await claimBy(claimant, { subject: child, parent: a, replaces: EXTERNAL })
      await expect(claims.connect(claimant).file(...fileArguments(again), { value: DEPOSIT }))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyReplaced')
        .withArgs(child, EXTERNAL)
      await fileClaim(base, claimant, { subject: child, parent: a, replaces: ANOTHER })
      await fileClaim(base, claimant, { subject: child, parent: b, replaces: ANOTHER })
    })
  })

  describe('acknowledge', function () {
    it('adds the edge and replaces nothing, so that a friend cannot launder a parent', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, other, child, b } = base
      const { claim } = await fileClaim(base, claimant, { subject: child, parent: b, replaces: EXTERNAL })
      const events = await eventsOf(claims.connect(other).acknowledge(claim), claims)
      expect(events.map(([name]) => name)).to.deep.equal(['ClaimAcknowledged', 'ParentAttested', 'DepositCredited'])
      expect(await claims.replacedParentsOf(child)).to.equal(0n)
      // Somebody else can still have it ruled on.
      const { copier } = base
      await fileClaim(base, copier, { subject: child, parent: b, replaces: EXTERNAL }, 'accepted')
    })
  })

  describe('rule', function () {
    it('replaces the parent by an adjudicated one, also where the edge stands already', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, copier, adjudicator, other, child, b } = base
      const upheld = async (by: typeof claimant, replaces: ModelId) => {
        const { claim } = await fileClaim(base, by, { subject: child, parent: b, replaces }, 'accepted')
        await claims.connect(other).contest(claim, '')
        return { claim, events: await eventsOf(claims.connect(adjudicator).rule(claim, true, ''), claims) }
      }
      const first = await upheld(claimant, ANOTHER)
      expect(first.events.slice(1, 3)).to.deep.equal([
        ['ParentAttested', child, b, first.claim, FINETUNE, GRADE.adjudicated, true],
        ['ExternalReplaced', child, ANOTHER, first.claim],
      ])
      expect(await claims.replacedParentsOf(child)).to.equal(0b100n)
      const second = await upheld(copier, EXTERNAL)
      expect(second.events.map(([name]) => name)).to.deep.equal(['ClaimRuled', 'ExternalReplaced', 'DepositCredited'])
      expect(await claims.replacedParentsOf(child)).to.equal(0b110n)
      expect(plain(await claims.attestedParentsOf(child))).to.have.length(1)
    })

    it('replaces nothing when it rejects, and says so once of two claims', async function () {
      const base = await loadFixture(deployChild)
      const { claims, claimant, copier, adjudicator, other, child, b, c } = base
      const filed = await Promise.all(
        [
          [claimant, b],
          [copier, c],
          [claimant, c],
        ].map(async ([by, parent], index) => {
          const draft = { subject: child, parent: parent as ModelId, replaces: EXTERNAL, name: `evidence ${index}` }
          return { by: by as typeof claimant, draft }
        }),
      )
      const claimIds: string[] = []
      for (const { by, draft } of filed) {
        const { claim } = await fileClaim(base, by, draft, 'accepted')
        await claims.connect(other).contest(claim, '')
        claimIds.push(claim)
      }
      const [rejected, first, second] = claimIds as [string, string, string]
      await claims.connect(adjudicator).rule(rejected, false, '')
      expect(await claims.replacedParentsOf(child)).to.equal(0n)
      await claims.connect(adjudicator).rule(first, true, '')
      const events = await eventsOf(claims.connect(adjudicator).rule(second, true, ''), claims)
      expect(events.map(([name]) => name)).to.deep.equal(['ClaimRuled', 'DepositCredited'])
      expect(await claims.replacedParentsOf(child)).to.equal(0b010n)
    })

    it('is about one model: one that inherits the claim keeps its external parent', async function () {
      const base = await loadFixture(deployChild)
      const { claims, ledger, claimant, adjudicator, other, child, b, registration } = base
      const twin = { ...registration, weights: digestOf('twin'), tensors: digestOf('tensors') }
      await ledger.connect(other).register(registrationStruct(twin))
      const { claim } = await fileClaim(base, claimant, { subject: child, parent: b, replaces: EXTERNAL }, 'accepted')
      await claims.connect(other).contest(claim, '')
      await claims.connect(adjudicator).rule(claim, true, '')
      await claims.connect(adjudicator).extend(claim, twin.tensors)
      await claims.inherit(registrationStruct(twin), claim)
      await networkHelpers.time.increase(8 * 86_400)
      await claims.inherit(registrationStruct(twin), claim)
      expect(plain(await claims.attestedParentsOf(modelIdOf(twin)))).to.have.length(1)
      expect(await claims.replacedParentsOf(modelIdOf(twin))).to.equal(0n)
    })
  })

  describe('stateBinding', function () {
    it('is an event by the controller of the publisher, which can take it back', async function () {
      const { claims, ledger, publisher, controller, a } = await loadFixture(deployChild)
      for (const bound of [true, false]) {
        const sent = claims.connect(publisher).stateBinding(publisher, EXTERNAL, a, bound, digestOf('why'))
        expect(await eventsOf(sent, claims)).to.deep.equal([
          ['BindingStated', EXTERNAL, a, publisher.address, publisher.address, bound, digestOf('why')],
        ])
      }
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      const sent = claims.connect(controller).stateBinding(publisher, EXTERNAL, a, true, ZeroHash)
      expect(await eventsOf(sent, claims)).to.deep.equal([
        ['BindingStated', EXTERNAL, a, publisher.address, controller.address, true, ZeroHash],
      ])
    })

    it('reverts for operators, strangers and a key that was replaced', async function () {
      const { claims, ledger, publisher, controller, operator, stranger, a } = await loadFixture(deployChild)
      await ledger.connect(publisher).setOperator(publisher, operator, 31, 2n ** 40n - 1n)
      const refused = [operator, stranger]
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      for (const account of [...refused, publisher]) {
        await expect(claims.connect(account).stateBinding(publisher, EXTERNAL, a, true, ZeroHash))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
          .withArgs(publisher, account)
      }
    })

    it('reverts for no external parent, and for a model that nobody registered', async function () {
      const { claims, publisher, a } = await loadFixture(deployChild)
      const by = claims.connect(publisher)
      await expect(by.stateBinding(publisher, ZeroHash, a, true, ZeroHash)).to.be.revertedWithCustomError(
        claims,
        'LineageClaimsMissingSubject',
      )
      await expect(by.stateBinding(publisher, EXTERNAL, ANOTHER, true, ZeroHash))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownModel')
        .withArgs(ANOTHER)
    })
  })
})
