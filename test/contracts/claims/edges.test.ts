import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import type { ClaimId } from '../../../src/core/claim.ts'
import type { Digest, ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import {
  CLAIM,
  claimBy,
  CONTEST_PERIOD,
  DEPOSIT,
  deployClaims,
  fileArguments,
  fileClaim,
  GRADE,
  URI,
} from '../../fixtures/claims.ts'
import {
  digestOf,
  ethers,
  eventsOf,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const FINETUNE = 1n
const MERGE = 3n
const VERSION = 10n
const UNASKED = ZeroHash
/** States of an inheritance as the contract numbers them. */
const INHERITANCE = { pending: 1n, contested: 2n, applied: 3n, rejected: 4n } as const
const NOBODY = digestOf('nobody registered this') as string as ModelId

type Base = Awaited<ReturnType<typeof deployChildren>>

/** Claims, and two models of another publisher: `child` declares `a` as its parent, `loose` declares none. */
async function deployChildren() {
  const base = await deployClaims()
  const { ledger, other, a } = base
  const registrations = [
    registrationOf(other.address, { weights: digestOf('child'), parents: [{ model: a, relation: 'finetune' }] }),
    registrationOf(other.address, { weights: digestOf('loose') }),
  ]
  await ledger.connect(other).registerMany(registrations.map(registrationStruct))
  const [child, loose] = registrations.map(modelIdOf) as [ModelId, ModelId]
  return { ...base, child, loose, registrations }
}

/** A unique model without parents. */
async function root({ ledger, other }: Base, name: string): Promise<ModelId> {
  const registration = registrationOf(other.address, { weights: digestOf(name) })
  await ledger.connect(other).register(registrationStruct(registration))
  return modelIdOf(registration)
}

/** Upholds a claim that `loose` was made from `parent`. */
async function uphold(base: Base, parent: ModelId, relation: 'finetune' | 'merge' = 'finetune'): Promise<ClaimId> {
  const { claims, claimant, adjudicator, other, loose } = base
  const name = `${parent} ${relation}`
  const { claim } = await fileClaim(base, claimant, { subject: loose, parent, relation, name }, 'accepted')
  await claims.connect(other).contest(claim, '')
  await claims.connect(adjudicator).rule(claim, true, '')
  return claim
}

describe('LineageClaims: edges', function () {
  describe('attestParent', function () {
    it('adds a disclosed parent of grade acknowledged', async function () {
      const { claims, other, loose, a } = await loadFixture(deployChildren)
      const now = BigInt(await time.latest()) + 10n
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(claims.connect(other).attestParent(loose, a, MERGE), claims)).to.deep.equal([
        ['ParentAttested', loose, a, UNASKED, MERGE, GRADE.acknowledged, false],
      ])
      expect(plain(await claims.attestedParentsOf(loose))).to.deep.equal([[a, MERGE, GRADE.acknowledged, false, now]])
    })

    it('may close a cycle, which readers must handle', async function () {
      const { claims, publisher, child, a } = await loadFixture(deployChildren)
      await claims.connect(publisher).attestParent(a, child, FINETUNE)
      expect((await claims.attestedParentsOf(a))[0]!.model).to.equal(child)
    })

    it('accepts a recalled parent, because the truth must be stated', async function () {
      const { ledger, claims, publisher, other, loose, a } = await loadFixture(deployChildren)
      await ledger.connect(publisher).recall(a, '')
      await claims.connect(other).attestParent(loose, a, MERGE)
      expect((await claims.attestedParentsOf(loose)).length).to.equal(1)
    })

    it('rejects an unknown, own, declared or attested parent, a missing relation, and another caller', async function () {
      const { claims, other, publisher, child, loose, a, b } = await loadFixture(deployChildren)
      const by = claims.connect(other)
      await by.attestParent(loose, b, MERGE)
      const refused = (sent: Promise<unknown>, error: string, ...args: unknown[]) =>
        expect(sent)
          .to.be.revertedWithCustomError(claims, error)
          .withArgs(...args)
      await refused(by.attestParent(NOBODY, a, MERGE), 'LineageClaimsUnknownModel', NOBODY)
      await refused(by.attestParent(loose, NOBODY, MERGE), 'LineageClaimsUnknownModel', NOBODY)
      await refused(by.attestParent(loose, loose, MERGE), 'LineageClaimsSelfParent', loose)
      await refused(by.attestParent(child, a, FINETUNE), 'LineageClaimsAlreadyDeclared', child, a)
      await refused(by.attestParent(loose, b, VERSION), 'LineageClaimsAlreadyAttested', loose, b)
      await expect(by.attestParent(loose, a, 0)).to.be.revertedWithCustomError(claims, 'LineageClaimsMissingRelation')
      await refused(
        claims.connect(publisher).attestParent(loose, a, MERGE),
        'LineageClaimsNotController',
        other.address,
        publisher.address,
      )
    })

    it('is for the controller alone: a key of CI hangs nothing above a base', async function () {
      const { claims, publisher, operator, a, loose } = await loadFixture(deployChildren)
      await expect(claims.connect(operator).attestParent(a, loose, MERGE))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
        .withArgs(publisher.address, operator.address)
    })

    it('corrects the relation of a declared parent: both edges count, and the grade is that of the better one', async function () {
      const { claims, publisher, other, child, a } = await loadFixture(deployChildren)
      await claims.connect(publisher).countersign(child, a)
      await claims.connect(other).attestParent(child, a, MERGE)
      const [edge] = await claims.attestedParentsOf(child)
      expect([edge!.model, edge!.relation, edge!.grade]).to.deep.equal([a, MERGE, GRADE.acknowledged])
      expect(await claims.gradeOf(child, a)).to.equal(GRADE.countersigned)
      expect(await eventsOf(claims.connect(publisher).countersign(child, a), claims)).to.deep.equal([
        ['ParentCountersigned', child, a, publisher.address],
        ['ParentAttested', child, a, UNASKED, MERGE, GRADE.countersigned, false],
      ])
      await expect(claims.connect(publisher).countersign(child, a))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyCountersigned')
        .withArgs(child, a)
    })
  })

  describe('detachParent', function () {
    it('takes back what the controller attested, frees the room, and keeps the order of the others', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, other, loose, a, b, c } = base
      for (const parent of [a, b, c]) await claims.connect(other).attestParent(loose, parent, MERGE)
      expect(await eventsOf(claims.connect(other).detachParent(loose, a), claims)).to.deep.equal([
        ['ParentDetached', loose, a, other.address],
      ])
      expect((await claims.attestedParentsOf(loose)).map(({ model }) => model)).to.deep.equal([b, c])
      await expect(claims.gradeOf(loose, a)).to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownEdge')
      for (let i = 0; i < 6; i++) await claims.connect(other).attestParent(loose, await root(base, `more ${i}`), MERGE)
      await claims.connect(other).detachParent(loose, c)
      await claims.connect(other).attestParent(loose, a, VERSION)
      expect((await claims.attestedParentsOf(loose)).length).to.equal(8)
    })

    it('leaves a declared edge beside the detached one', async function () {
      const { claims, other, child, a } = await loadFixture(deployChildren)
      await claims.connect(other).attestParent(child, a, MERGE)
      await claims.connect(other).detachParent(child, a)
      expect(await claims.gradeOf(child, a)).to.equal(GRADE.declared)
    })

    it('requires the controller, and an edge that is its own word only', async function () {
      const base = await loadFixture(deployChildren)
      const { ledger, claims, claimant, publisher, other, stranger, child, loose, a, b, c } = base
      const refused = (sent: Promise<unknown>, error: string, ...args: unknown[]) =>
        expect(sent)
          .to.be.revertedWithCustomError(claims, error)
          .withArgs(...args)
      const by = claims.connect(other)
      await by.attestParent(loose, a, MERGE)
      await ledger.connect(other).setOperator(other, stranger, 31, BigInt(await time.latest()) + 1000n)
      for (const account of [publisher, stranger]) {
        const sent = claims.connect(account).detachParent(loose, a)
        await refused(sent, 'LineageClaimsNotController', other.address, account.address)
      }
      await refused(by.detachParent(child, a), 'LineageClaimsUnknownEdge', child, a)
      await refused(by.detachParent(NOBODY, a), 'LineageClaimsUnknownModel', NOBODY)
      await claims.connect(publisher).countersign(loose, a)
      await refused(by.detachParent(loose, a), 'LineageClaimsNotDetachable', loose, a)
      await uphold(base, b)
      await refused(by.detachParent(loose, b), 'LineageClaimsNotDetachable', loose, b)
      const { claim } = await fileClaim(base, claimant, { subject: loose, parent: c })
      await by.acknowledge(claim)
      await refused(by.detachParent(loose, c), 'LineageClaimsNotDetachable', loose, c)
    })
  })

  describe('file', function () {
    it('accepts a claim of another relation than the registration declares, and its ruling adds the edge', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, adjudicator, other, child, a } = base
      const { claim } = await fileClaim(base, claimant, { subject: child, parent: a, relation: 'merge' }, 'accepted')
      await claims.connect(other).contest(claim, '')
      await claims.connect(adjudicator).rule(claim, true, '')
      const [edge] = await claims.attestedParentsOf(child)
      expect([edge!.model, edge!.relation, edge!.grade, edge!.undisclosed]).to.deep.equal([
        a,
        MERGE,
        GRADE.adjudicated,
        true,
      ])
      expect(await claims.gradeOf(child, a)).to.equal(GRADE.adjudicated)
    })

    it('rejects a claim of a parent that is declared, or attested, by the same relation', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, other, child, loose, a, b } = base
      await claims.connect(other).attestParent(loose, b, MERGE)
      const by = claims.connect(claimant)
      const declared = await claimBy(claimant, { subject: child, parent: a, relation: 'finetune' })
      await expect(by.file(...fileArguments(declared), { value: DEPOSIT }))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyDeclared')
        .withArgs(child, a)
      const attested = await claimBy(claimant, { subject: loose, parent: b, relation: 'merge' })
      await expect(by.file(...fileArguments(attested), { value: DEPOSIT }))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyAttested')
        .withArgs(loose, b)
    })

    it('accepts a claim of another relation than a publisher attested, and its ruling counts', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, other, loose, b } = base
      await claims.connect(other).attestParent(loose, b, VERSION)
      const { attestedAt } = (await claims.attestedParentsOf(loose))[0]!
      await uphold(base, b, 'finetune')
      expect(plain(await claims.attestedParentsOf(loose))).to.deep.equal([
        [b, FINETUNE, GRADE.adjudicated, true, attestedAt],
      ])
      const again = await claimBy(base.claimant, { subject: loose, parent: b, relation: 'merge' })
      await expect(claims.connect(base.claimant).file(...fileArguments(again), { value: DEPOSIT }))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyAttested')
        .withArgs(loose, b)
    })

    it('lets a publisher acknowledge another relation than it had attested', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, other, loose, b } = base
      await claims.connect(other).attestParent(loose, b, VERSION)
      const { claim } = await fileClaim(base, claimant, { subject: loose, parent: b, relation: 'merge' })
      await claims.connect(other).acknowledge(claim)
      const [edge] = await claims.attestedParentsOf(loose)
      expect([edge!.relation, edge!.grade, edge!.undisclosed]).to.deep.equal([MERGE, GRADE.acknowledged, true])
    })
  })

  describe('an edge that is attested while a claim is pending', function () {
    it('is strengthened by the claim, is not duplicated, and stays undisclosed', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, adjudicator, other, loose, b } = base
      const { claim } = await fileClaim(base, claimant, { subject: loose, parent: b }, 'accepted')
      await claims.connect(other).attestParent(loose, b, VERSION)
      await claims.connect(other).contest(claim, '')
      expect(await eventsOf(claims.connect(adjudicator).rule(claim, true, ''), claims)).to.deep.equal([
        ['ClaimRuled', claim, adjudicator.address, true, ''],
        ['ParentAttested', loose, b, claim, FINETUNE, GRADE.adjudicated, true],
        ['DepositCredited', claim, claimant.address, DEPOSIT],
      ])
      expect((await claims.attestedParentsOf(loose)).length).to.equal(1)
    })

    it('can be ruled on after the publisher acknowledged another claim of it', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, adjudicator, other, loose, b } = base
      const draft = { subject: loose, parent: b } as const
      const acknowledged = await fileClaim(base, claimant, { ...draft, name: 'first' })
      const { claim } = await fileClaim(base, claimant, { ...draft, name: 'second' }, 'accepted')
      await claims.connect(other).acknowledge(acknowledged.claim)
      const { attestedAt } = (await claims.attestedParentsOf(loose))[0]!
      await claims.connect(other).contest(claim, '')
      await expect(claims.connect(adjudicator).rule(claim, true, ''))
        .to.emit(claims, 'ParentAttested')
        .withArgs(loose, b, claim, FINETUNE, GRADE.adjudicated, true)
      expect(plain(await claims.attestedParentsOf(loose))).to.deep.equal([
        [b, FINETUNE, GRADE.adjudicated, true, attestedAt],
      ])
    })

    it('keeps a higher grade and its relation when the publisher acknowledges later', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, publisher, other, loose, b } = base
      const { claim } = await fileClaim(base, claimant, { subject: loose, parent: b })
      await claims.connect(other).attestParent(loose, b, MERGE)
      await claims.connect(publisher).countersign(loose, b)
      await claims.connect(other).acknowledge(claim)
      const [edge, ...others] = await claims.attestedParentsOf(loose)
      expect([edge!.relation, edge!.grade, edge!.undisclosed, others]).to.deep.equal([
        MERGE,
        GRADE.countersigned,
        true,
        [],
      ])
    })
  })

  describe('countersign', function () {
    it('confirms a declared edge', async function () {
      const { claims, publisher, child, a } = await loadFixture(deployChildren)
      expect(await claims.gradeOf(child, a)).to.equal(GRADE.declared)
      expect(await eventsOf(claims.connect(publisher).countersign(child, a), claims)).to.deep.equal([
        ['ParentCountersigned', child, a, publisher.address],
      ])
      expect(await claims.gradeOf(child, a)).to.equal(GRADE.countersigned)
      expect(await claims.attestedParentsOf(child)).to.deep.equal([])
    })

    it('confirms an attested edge, which stays undisclosed if it was', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, publisher, operator, other, loose, b } = base
      const { claim } = await fileClaim(base, claimant, { subject: loose, parent: b })
      await claims.connect(other).acknowledge(claim)
      await expect(claims.connect(operator).countersign(loose, b))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
        .withArgs(publisher.address, operator.address)
      expect(await eventsOf(claims.connect(publisher).countersign(loose, b), claims)).to.deep.equal([
        ['ParentCountersigned', loose, b, publisher.address],
        ['ParentAttested', loose, b, UNASKED, FINETUNE, GRADE.countersigned, true],
      ])
      await expect(claims.connect(publisher).countersign(loose, b))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyCountersigned')
        .withArgs(loose, b)
    })

    it('requires the publisher of the parent and an existing edge, works once, and not after a ruling', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, publisher, other, child, loose, a, b } = base
      await expect(claims.connect(other).countersign(child, a))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
        .withArgs(publisher.address, other.address)
      await expect(claims.connect(publisher).countersign(loose, a))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownEdge')
        .withArgs(loose, a)
      await expect(claims.connect(publisher).countersign(child, NOBODY))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownModel')
        .withArgs(NOBODY)
      await claims.connect(publisher).countersign(child, a)
      await uphold(base, b)
      for (const [model, parent] of [
        [child, a],
        [loose, b],
      ] as const) {
        await expect(claims.connect(publisher).countersign(model, parent))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyCountersigned')
          .withArgs(model, parent)
      }
    })
  })

  describe('gradeOf', function () {
    it('reverts for an edge that does not exist', async function () {
      const { claims, child, loose, a, b } = await loadFixture(deployChildren)
      for (const [model, parent] of [
        [loose, a],
        [child, b],
        [NOBODY, a],
        [a, a],
      ] as const) {
        await expect(claims.gradeOf(model, parent))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownEdge')
          .withArgs(model, parent)
      }
    })
  })

  describe('room', function () {
    it('for the publisher is not used up by rulings', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, other, loose, b } = base
      await uphold(base, b)
      const parents: ModelId[] = []
      for (let i = 0; i < 8; i++) parents.push(await root(base, `parent ${i}`))
      for (const parent of parents) await claims.connect(other).attestParent(loose, parent, MERGE)
      expect((await claims.attestedParentsOf(loose)).map(({ model }) => model)).to.deep.equal([b, ...parents])
    })

    it('is for 8 parents by the publisher and 32 in total, so that no publisher can block a ruling', async function () {
      this.timeout(120_000)
      const base = await loadFixture(deployChildren)
      const { claims, claimant, adjudicator, other, loose } = base
      const parents: ModelId[] = []
      for (let i = 0; i < 34; i++) parents.push(await root(base, `parent ${i}`))
      const pending = await fileClaim(base, claimant, { subject: loose, parent: parents[33]! }, 'accepted')
      for (const parent of parents.slice(0, 8)) await claims.connect(other).attestParent(loose, parent, MERGE)
      for (const send of [
        () => claims.connect(other).attestParent(loose, parents[8]!, MERGE),
        () => claims.connect(other).acknowledge(pending.claim),
      ]) {
        await expect(send()).to.be.revertedWithCustomError(claims, 'LineageClaimsTooManyParents').withArgs(loose)
      }
      for (const parent of parents.slice(8, 32)) await uphold(base, parent)
      expect((await claims.attestedParentsOf(loose)).map(({ model }) => model)).to.deep.equal(parents.slice(0, 32))

      // One more can be claimed, but not upheld. Its claimant can still withdraw, and existing edges can still be
      // strengthened.
      await fileClaim(base, claimant, { subject: loose, parent: parents[32]! })
      await claims.connect(other).contest(pending.claim, '')
      await expect(claims.connect(adjudicator).rule(pending.claim, true, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsTooManyParents')
        .withArgs(loose)
      await claims.connect(claimant).withdraw(pending.claim)
      expect((await claims.claimOf(pending.claim)).state).to.equal(CLAIM.withdrawn)
      await uphold(base, parents[0]!)
      expect(await claims.gradeOf(loose, parents[0]!)).to.equal(GRADE.adjudicated)
    })
  })

  describe('inherit', function () {
    const WEIGHTS = digestOf('product weights')

    /** An upheld claim about weights, and two publishers that register them afterwards. */
    async function deployUpheld() {
      const base = await deployChildren()
      const { ledger, claims, claimant, adjudicator, other, publisher, b } = base
      const draft = { subject: WEIGHTS, product: true, parent: b, relation: 'finetune' } as const
      const { claim } = await fileClaim(base, claimant, draft, 'accepted')
      await time.increaseTo((await claims.claimOf(claim)).contestUntil)
      await claims.connect(adjudicator).rule(claim, true, '')
      const registrations = [other, publisher].map(({ address }) => registrationOf(address, { weights: WEIGHTS }))
      for (const [index, account] of [other, publisher].entries()) {
        await ledger.connect(account).register(registrationStruct(registrations[index]!))
      }
      return { ...base, claim, registrations: registrations as [Registration, Registration] }
    }

    it('applies the claim to every publisher of the weights, for any caller', async function () {
      const { claims, stranger, b, claim, registrations } = await loadFixture(deployUpheld)
      for (const registration of registrations) {
        const model = modelIdOf(registration)
        const by = claims.connect(stranger)
        expect(await by.inherit.staticCall(registrationStruct(registration), claim)).to.equal(model)
        expect(await eventsOf(by.inherit(registrationStruct(registration), claim), claims)).to.deep.equal([
          ['ClaimInherited', claim, model],
          ['ParentAttested', model, b, claim, FINETUNE, GRADE.adjudicated, true],
        ])
        expect((await claims.attestedParentsOf(model)).map((edge) => edge.model)).to.deep.equal([b])
        await expect(by.inherit(registrationStruct(registration), claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
          .withArgs(claim, model, INHERITANCE.applied)
      }
      expect((await claims.claimOf(claim)).state).to.equal(CLAIM.upheld)
      expect(await ethers.provider.getBalance(claims)).to.equal(DEPOSIT)
    })

    it('rejects other weights, an unregistered model, a model that declares the parent, and the parent itself', async function () {
      const base = await loadFixture(deployUpheld)
      const { ledger, claims, claimant, adjudicator, other, b, c, claim } = base
      const inherit = (registration: Registration, of = claim) => claims.inherit(registrationStruct(registration), of)
      const otherWeights = registrationOf(other.address, { weights: digestOf('loose') })
      await expect(inherit(otherWeights))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotInherited')
        .withArgs(claim, digestOf('loose'), otherWeights.tensors)
      const unregistered = registrationOf(other.address, { weights: WEIGHTS, uri: 'https://other.example' })
      await expect(inherit(unregistered))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownModel')
        .withArgs(modelIdOf(unregistered))
      const honest = registrationOf(other.address, { weights: WEIGHTS, parents: [{ model: b, relation: 'finetune' }] })
      await ledger.connect(other).register(registrationStruct(honest))
      await expect(inherit(honest))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyDeclared')
        .withArgs(modelIdOf(honest), b)

      const same = registrationOf(other.address, { weights: digestOf('same weights') })
      await ledger.connect(other).register(registrationStruct(same))
      const draft = { subject: same.weights, product: true, parent: modelIdOf(same) }
      const self = await fileClaim(base, claimant, draft, 'accepted')
      await time.increaseTo((await claims.claimOf(self.claim)).contestUntil)
      await claims.connect(adjudicator).rule(self.claim, true, '')
      await expect(inherit(same, self.claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsSelfParent')
        .withArgs(modelIdOf(same))

      const model = await fileClaim(base, claimant, { subject: modelIdOf(same), parent: c })
      await expect(inherit(same, model.claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotInherited')
        .withArgs(model.claim, same.weights, same.tensors)
    })

    it('strengthens an edge that the publisher had attested', async function () {
      const { claims, other, stranger, b, claim, registrations } = await loadFixture(deployUpheld)
      const model = modelIdOf(registrations[0])
      await claims.connect(other).attestParent(model, b, VERSION)
      const sent = claims.connect(stranger).inherit(registrationStruct(registrations[0]), claim)
      expect(await eventsOf(sent, claims)).to.deep.equal([
        ['ClaimInherited', claim, model],
        ['ParentAttested', model, b, claim, FINETUNE, GRADE.adjudicated, true],
      ])
      const [edge, ...others] = await claims.attestedParentsOf(model)
      expect([edge!.relation, edge!.grade, edge!.undisclosed, others]).to.deep.equal([
        FINETUNE,
        GRADE.adjudicated,
        true,
        [],
      ])
    })

    it('applies a claim about a model to nobody, not even to a model with its id as weights', async function () {
      const base = await loadFixture(deployChildren)
      const { ledger, claims, publisher, loose, b } = base
      const claim = await uphold(base, b)
      const posing = registrationOf(publisher.address, { weights: loose as string as Digest })
      await ledger.connect(publisher).register(registrationStruct(posing))
      await expect(claims.inherit(registrationStruct(posing), claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotInherited')
        .withArgs(claim, loose, posing.tensors)
    })

    for (const state of ['filed', 'rejected', 'withdrawn'] as const) {
      it(`rejects a claim that is ${state}`, async function () {
        const base = await loadFixture(deployUpheld)
        const { claims, claimant, adjudicator, c, registrations } = base
        const draft = { subject: WEIGHTS, product: true, parent: c }
        const { claim } = await fileClaim(base, claimant, draft, 'accepted')
        if (state === 'withdrawn') await claims.connect(claimant).withdraw(claim)
        if (state === 'rejected') {
          await time.increaseTo((await claims.claimOf(claim)).contestUntil)
          await claims.connect(adjudicator).rule(claim, false, '')
        }
        await expect(claims.inherit(registrationStruct(registrations[0]), claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedState')
          .withArgs(claim, CLAIM[state])
      })
    }

    it('reverts for a claim that was not filed', async function () {
      const { claims, registrations } = await loadFixture(deployUpheld)
      await expect(claims.inherit(registrationStruct(registrations[0]), NOBODY))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownClaim')
        .withArgs(NOBODY)
    })

    /** An upheld claim about weights that two publishers had registered before the ruling. */
    async function deployFramed() {
      const base = await deployChildren()
      const { ledger, claims, claimant, adjudicator, other, publisher, b } = base
      const tensors = digestOf('tensors')
      const registrations = [other, publisher].map(({ address }) =>
        registrationOf(address, { weights: WEIGHTS, tensors }),
      )
      for (const [index, account] of [other, publisher].entries()) {
        await ledger.connect(account).register(registrationStruct(registrations[index]!))
      }
      const { claim } = await fileClaim(base, claimant, { subject: WEIGHTS, product: true, parent: b }, 'accepted')
      await time.increaseTo((await claims.claimOf(claim)).contestUntil)
      await claims.connect(adjudicator).rule(claim, true, '')
      const [registration] = registrations as [Registration]
      return {
        ...base,
        claim,
        tensors,
        registration,
        struct: registrationStruct(registration),
        model: modelIdOf(registration),
      }
    }

    it('opens a time to contest for a model that was registered before the ruling, and applies after it', async function () {
      const { claims, other, stranger, b, claim, struct, model } = await loadFixture(deployFramed)
      const now = BigInt(await time.latest()) + 10n
      await time.setNextBlockTimestamp(now)
      const until = now + CONTEST_PERIOD
      const by = claims.connect(stranger)
      expect(await eventsOf(by.inherit(struct, claim), claims)).to.deep.equal([
        ['InheritanceOpened', claim, model, until],
      ])
      expect(plain(await claims.inheritanceOf(claim, model))).to.deep.equal([until, INHERITANCE.pending])
      expect(await claims.attestedParentsOf(model)).to.deep.equal([])
      await time.setNextBlockTimestamp(until - 1n)
      await expect(by.inherit(struct, claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsContestOpen')
        .withArgs(claim, until)
      await time.setNextBlockTimestamp(until)
      expect(await eventsOf(by.inherit(struct, claim), claims)).to.deep.equal([
        ['ClaimInherited', claim, model],
        ['ParentAttested', model, b, claim, FINETUNE, GRADE.adjudicated, true],
      ])
      await expect(claims.connect(other).contestInheritance(claim, model, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
        .withArgs(claim, model, INHERITANCE.applied)
    })

    for (const upheld of [true, false]) {
      it(`leaves a contested inheritance to the adjudicator, who ${upheld ? 'upholds' : 'rejects'} it`, async function () {
        const base = await loadFixture(deployFramed)
        const { claims, adjudicator, other, stranger, b, claim, struct, model } = base
        await claims.connect(stranger).inherit(struct, claim)
        await expect(claims.connect(stranger).contestInheritance(claim, model, ''))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
          .withArgs(other.address, stranger.address)
        expect(await eventsOf(claims.connect(other).contestInheritance(claim, model, URI), claims)).to.deep.equal([
          ['InheritanceContested', claim, model, other.address, URI],
        ])
        await time.increase(CONTEST_PERIOD)
        await expect(claims.connect(stranger).inherit(struct, claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
          .withArgs(claim, model, INHERITANCE.contested)
        await expect(claims.connect(other).ruleInheritance(claim, model, false, ''))
          .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
          .withArgs(other.address)
        const ruled = await eventsOf(claims.connect(adjudicator).ruleInheritance(claim, model, upheld, URI), claims)
        const attested = ['ParentAttested', model, b, claim, FINETUNE, GRADE.adjudicated, true]
        expect(ruled).to.deep.equal([
          ['InheritanceRuled', claim, model, adjudicator.address, upheld, URI],
          ...(upheld ? [attested] : []),
        ])
        const state = upheld ? INHERITANCE.applied : INHERITANCE.rejected
        await expect(claims.connect(stranger).inherit(struct, claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
          .withArgs(claim, model, state)
        await expect(claims.connect(adjudicator).ruleInheritance(claim, model, true, ''))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
          .withArgs(claim, model, state)
      })
    }

    it('opens a time to contest where the publisher attested the edge itself, and strengthens it after', async function () {
      const { claims, other, stranger, b, claim, struct, model } = await loadFixture(deployFramed)
      await claims.connect(other).attestParent(model, b, VERSION)
      const by = claims.connect(stranger)
      const [opened, ...more] = await eventsOf(by.inherit(struct, claim), claims)
      expect([opened![0], more]).to.deep.equal(['InheritanceOpened', []])
      const read = async () => {
        const [edge] = await claims.attestedParentsOf(model)
        return [edge!.model, edge!.relation, edge!.grade, edge!.undisclosed]
      }
      expect(await read()).to.deep.equal([b, VERSION, GRADE.acknowledged, false])
      await time.increase(CONTEST_PERIOD)
      await by.inherit(struct, claim)
      expect(await read()).to.deep.equal([b, FINETUNE, GRADE.adjudicated, true])
    })

    it('takes no contest from the end of the period on, and none of an inheritance that nobody asked for', async function () {
      const { claims, other, claim, struct, model } = await loadFixture(deployFramed)
      await expect(claims.connect(other).contestInheritance(claim, model, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedInheritance')
        .withArgs(claim, model, 0)
      await claims.inherit(struct, claim)
      const { contestUntil } = await claims.inheritanceOf(claim, model)
      await time.setNextBlockTimestamp(contestUntil)
      await expect(claims.connect(other).contestInheritance(claim, model, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsContestClosed')
        .withArgs(claim, contestUntil)
    })

    it('opens nothing for an edge that a ruling already gave, and ends nowhere if one comes meanwhile', async function () {
      const base = await loadFixture(deployFramed)
      const { claims, claimant, adjudicator, other, b, claim, struct, model } = base
      await claims.inherit(struct, claim)
      const direct = await fileClaim(base, claimant, { subject: model, parent: b }, 'accepted')
      await claims.connect(other).contest(direct.claim, '')
      await claims.connect(adjudicator).rule(direct.claim, true, '')
      await time.increase(CONTEST_PERIOD)
      const second = await fileClaim(
        base,
        claimant,
        { subject: WEIGHTS, product: true, parent: b, name: '2' },
        'accepted',
      )
      await time.increase(CONTEST_PERIOD)
      await claims.connect(adjudicator).rule(second.claim, true, '')
      for (const id of [claim, second.claim]) {
        await expect(claims.inherit(struct, id))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyAttested')
          .withArgs(model, b)
      }
    })

    it('reaches the tensors to which an adjudicator extended the ruling, always after a time to contest', async function () {
      const base = await loadFixture(deployFramed)
      const { ledger, claims, adjudicator, other, stranger, b, claim, tensors } = base
      const twin = registrationOf(other.address, { weights: digestOf('other files'), tensors })
      const inherit = (registration: Registration) => claims.inherit(registrationStruct(registration), claim)
      await ledger.connect(other).register(registrationStruct(twin))
      await expect(inherit(twin))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotInherited')
        .withArgs(claim, twin.weights, tensors)
      await expect(claims.connect(stranger).extend(claim, tensors))
        .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
        .withArgs(stranger.address)
      expect(await eventsOf(claims.connect(adjudicator).extend(claim, tensors), claims)).to.deep.equal([
        ['ClaimExtended', claim, tensors, adjudicator.address],
      ])
      expect([await claims.isExtended(claim, tensors), await claims.isExtended(claim, WEIGHTS)]).to.deep.equal([
        true,
        false,
      ])
      const later = registrationOf(other.address, { weights: digestOf('later files'), tensors })
      await ledger.connect(other).register(registrationStruct(later))
      for (const registration of [twin, later]) {
        await inherit(registration)
        expect(await claims.attestedParentsOf(modelIdOf(registration))).to.deep.equal([])
      }
      await time.increase(CONTEST_PERIOD)
      await inherit(twin)
      expect((await claims.attestedParentsOf(modelIdOf(twin))).map(({ model }) => model)).to.deep.equal([b])
    })

    it('is extended by a claim about a model too, once, and never to no tensors', async function () {
      const base = await loadFixture(deployChildren)
      const { claims, claimant, adjudicator, loose, b, c } = base
      const by = claims.connect(adjudicator)
      const claim = await uphold(base, b)
      await by.extend(claim, digestOf('tensors'))
      await expect(by.extend(claim, digestOf('tensors')))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyExtended')
        .withArgs(claim, digestOf('tensors'))
      await expect(by.extend(claim, ZeroHash)).to.be.revertedWithCustomError(claims, 'LineageClaimsMissingSubject')
      const open = await fileClaim(base, claimant, { subject: loose, parent: c }, 'accepted')
      await expect(by.extend(open.claim, digestOf('tensors')))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedState')
        .withArgs(open.claim, CLAIM.filed)
    })
  })
})
