import { expect } from 'chai'

import type { ClaimId } from '../../../src/core/claim.ts'
import { ROLES } from '../../../src/core/roles.ts'
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
import { DAY, digestOf, ethers, eventsOf, FOREVER, networkHelpers, plain } from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const FINETUNE = 1n
const MERGE = 3n
const NO_CLAIM = digestOf('nobody filed this') as string as ClaimId
const LONG = `${URI}${'x'.repeat(2048 - URI.length)}`

/** A claim that `a` was made from `b`, filed, and the second before which it can be contested. */
async function deployFiled() {
  const base = await deployClaims()
  const filed = await fileClaim(base, base.claimant, { subject: base.a, parent: base.b })
  return { ...base, filed, contestUntil: (await base.claims.claimOf(filed.claim)).contestUntil }
}

/** The same, accepted for ruling. */
async function deployAccepted() {
  const base = await deployClaims()
  const filed = await fileClaim(base, base.claimant, { subject: base.a, parent: base.b }, 'accepted')
  return { ...base, filed, contestUntil: (await base.claims.claimOf(filed.claim)).contestUntil }
}

/** A claim about a product, accepted for ruling. */
async function deployProduct() {
  const base = await deployClaims()
  const subject = digestOf('a product')
  const filed = await fileClaim(base, base.claimant, { subject, product: true, parent: base.b }, 'accepted')
  return { ...base, filed, contestUntil: (await base.claims.claimOf(filed.claim)).contestUntil }
}

/** Every end of a claim, as an act on an accepted one. */
const ENDS = [
  ['acknowledged', CLAIM.acknowledged],
  ['upheld', CLAIM.upheld],
  ['rejected', CLAIM.rejected],
  ['withdrawn', CLAIM.withdrawn],
] as const

async function end(base: Awaited<ReturnType<typeof deployAccepted>>, how: (typeof ENDS)[number][0]): Promise<void> {
  const { claims, publisher, claimant, adjudicator, filed, contestUntil } = base
  if (how === 'acknowledged') await claims.connect(publisher).acknowledge(filed.claim)
  else if (how === 'withdrawn') await claims.connect(claimant).withdraw(filed.claim)
  else {
    await time.setNextBlockTimestamp(contestUntil)
    await claims.connect(adjudicator).rule(filed.claim, how === 'upheld', '')
  }
}

describe('LineageClaims: from evidence to ruling', function () {
  describe('disclose', function () {
    it('discloses the evidence, restarts the contest period, and emits the event', async function () {
      const { claims, claimant, filed } = await loadFixture(deployFiled)
      const now = BigInt(await time.latest()) + 3n * DAY
      await time.setNextBlockTimestamp(now)
      const sent = claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, URI)
      expect(await eventsOf(sent, claims)).to.deep.equal([
        ['EvidenceDisclosed', filed.claim, filed.evidence, filed.salt, URI, now + CONTEST_PERIOD],
      ])
      const { disclosed, contestUntil } = await claims.claimOf(filed.claim)
      expect([disclosed, contestUntil]).to.deep.equal([true, now + CONTEST_PERIOD])
    })

    it('gives the full contest period again to a publisher that let it pass without evidence', async function () {
      const { claims, claimant, publisher, adjudicator, filed, contestUntil } = await loadFixture(deployFiled)
      await time.setNextBlockTimestamp(contestUntil + 300n * DAY)
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, URI)
      await claims.connect(adjudicator).accept(filed.claim)
      await expect(claims.connect(adjudicator).rule(filed.claim, true, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsContestOpen')
        .withArgs(filed.claim, contestUntil + 300n * DAY + CONTEST_PERIOD)
      await claims.connect(publisher).contest(filed.claim, URI)
      expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.contested)
    })

    it('does not move the contest period of a contested claim', async function () {
      const { claims, claimant, publisher, filed, contestUntil } = await loadFixture(deployFiled)
      await claims.connect(publisher).contest(filed.claim, '')
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, URI)
      expect((await claims.claimOf(filed.claim)).contestUntil).to.equal(contestUntil)
    })

    it('is open to anybody who knows the evidence', async function () {
      const { claims, stranger, filed } = await loadFixture(deployFiled)
      await claims.connect(stranger).disclose(filed.claim, filed.evidence, filed.salt, '')
      expect((await claims.claimOf(filed.claim)).disclosed).to.equal(true)
    })

    it('takes a URI from the claimant only, so that nobody fixes a dead link in front of it', async function () {
      const { claims, publisher, stranger, claimant, filed } = await loadFixture(deployFiled)
      for (const account of [publisher, stranger]) {
        await expect(claims.connect(account).disclose(filed.claim, filed.evidence, filed.salt, URI))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotClaimant')
          .withArgs(filed.claim, account.address)
      }
      await claims.connect(publisher).disclose(filed.claim, filed.evidence, filed.salt, '')
      const { contestUntil } = await claims.claimOf(filed.claim)
      await time.increase(DAY)
      expect(await eventsOf(claims.connect(claimant).setEvidenceUri(filed.claim, URI), claims)).to.deep.equal([
        ['EvidenceUriSet', filed.claim, URI],
      ])
      expect((await claims.claimOf(filed.claim)).contestUntil).to.equal(contestUntil)
    })

    it('rejects other evidence, another salt, and evidence that is already disclosed', async function () {
      const { claims, claimant, filed } = await loadFixture(deployFiled)
      const by = claims.connect(claimant)
      for (const [evidence, salt] of [
        [digestOf('other'), filed.salt],
        [filed.evidence, digestOf('other')],
        [filed.salt, filed.evidence],
      ] as const) {
        await expect(by.disclose(filed.claim, evidence, salt, ''))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsEvidenceMismatch')
          .withArgs(filed.claim)
      }
      await by.disclose(filed.claim, filed.evidence, filed.salt, '')
      await expect(by.disclose(filed.claim, filed.evidence, filed.salt, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyDisclosed')
        .withArgs(filed.claim)
    })

    it('rejects an account that copied a commitment from the mempool', async function () {
      const { claims, copier, filed } = await loadFixture(deployFiled)
      const copied = claims.connect(copier)
      const claim = await copied.file.staticCall(...fileArguments(filed), { value: DEPOSIT })
      expect(claim).to.not.equal(filed.claim)
      await copied.file(...fileArguments(filed), { value: DEPOSIT })
      await expect(copied.disclose(claim, filed.evidence, filed.salt, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsEvidenceMismatch')
        .withArgs(claim)
    })

    it('leaves an account that copied disclosed evidence with a later claim', async function () {
      const { claims, claimant, copier, a, b, filed } = await loadFixture(deployFiled)
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, URI)
      const copy = await claimBy(copier, { subject: a, parent: b })
      expect(copy.evidence).to.equal(filed.evidence)
      await claims.connect(copier).file(...fileArguments(copy), { value: DEPOSIT })
      await claims.connect(copier).disclose(copy.claim, copy.evidence, copy.salt, URI)
      const [first, second] = [await claims.claimOf(filed.claim), await claims.claimOf(copy.claim)]
      expect(first.claimant).to.equal(claimant.address)
      expect(second.contestUntil > first.contestUntil).to.equal(true)
    })
  })

  describe('setEvidenceUri', function () {
    it('corrects a URI at any time after the disclosure, also of a claim that has ended', async function () {
      const base = await loadFixture(deployAccepted)
      const { claims, claimant, filed } = base
      await claims.connect(claimant).setEvidenceUri(filed.claim, URI)
      await end(base, 'rejected')
      expect(await eventsOf(claims.connect(claimant).setEvidenceUri(filed.claim, LONG), claims)).to.deep.equal([
        ['EvidenceUriSet', filed.claim, LONG],
      ])
    })

    it('requires the claimant, a disclosure, a claim, and a short text', async function () {
      const { claims, claimant, publisher, adjudicator, filed } = await loadFixture(deployFiled)
      await expect(claims.connect(claimant).setEvidenceUri(filed.claim, URI))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotDisclosed')
        .withArgs(filed.claim)
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, '')
      for (const account of [publisher, adjudicator]) {
        await expect(claims.connect(account).setEvidenceUri(filed.claim, URI))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotClaimant')
          .withArgs(filed.claim, account.address)
      }
      await expect(claims.connect(claimant).setEvidenceUri(NO_CLAIM, URI))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownClaim')
        .withArgs(NO_CLAIM)
      await expect(claims.connect(claimant).setEvidenceUri(filed.claim, `${LONG}x`))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsTextTooLong')
        .withArgs(2049)
    })
  })

  describe('acknowledge', function () {
    for (const state of ['filed', 'contested', 'accepted'] as const) {
      it(`adds the parent to the model when the claim is ${state}, and credits the claimant`, async function () {
        const base = await loadFixture(state === 'accepted' ? deployAccepted : deployFiled)
        const { claims, publisher, claimant, a, b, filed } = base
        if (state === 'contested') await claims.connect(publisher).contest(filed.claim, '')
        const now = BigInt(await time.latest()) + 10n
        await time.setNextBlockTimestamp(now)
        const sent = claims.connect(publisher).acknowledge(filed.claim)
        expect(await eventsOf(sent, claims)).to.deep.equal([
          ['ClaimAcknowledged', filed.claim, publisher.address],
          ['ParentAttested', a, b, filed.claim, FINETUNE, GRADE.acknowledged, true],
          ['DepositCredited', filed.claim, claimant.address, DEPOSIT],
        ])
        expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.acknowledged)
        expect(plain(await claims.attestedParentsOf(a))).to.deep.equal([[b, FINETUNE, GRADE.acknowledged, true, now]])
        expect(await claims.gradeOf(a, b)).to.equal(GRADE.acknowledged)
        expect(await claims.acceptedClaimsOf(a)).to.equal(0n)
        expect(await claims.depositOf(claimant)).to.equal(DEPOSIT)
      })
    }

    it('is for the current controller of the publisher alone, because it cannot be undone', async function () {
      const base = await loadFixture(deployFiled)
      const { ledger, claims, publisher, operator, controller, stranger, claimant, adjudicator, filed } = base
      for (const account of [operator, stranger, claimant, adjudicator]) {
        await expect(claims.connect(account).acknowledge(filed.claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
          .withArgs(publisher.address, account.address)
      }
      await claims.connect(publisher).acknowledge.staticCall(filed.claim)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      for (const account of [publisher, operator]) {
        await expect(claims.connect(account).acknowledge(filed.claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
          .withArgs(publisher.address, account.address)
      }
      await claims.connect(controller).acknowledge(filed.claim)
      expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.acknowledged)
    })

    it('reverts for a claim about a product', async function () {
      const { claims, publisher, filed } = await loadFixture(deployProduct)
      await expect(claims.connect(publisher).acknowledge(filed.claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsProduct')
        .withArgs(filed.claim)
    })
  })

  describe('contest', function () {
    it("is the controller's, not an operator's in any scope, and emits the URI of the reply and the account", async function () {
      const { ledger, claims, publisher, controller, operator, filed } = await loadFixture(deployFiled)
      await expect(claims.connect(operator).contest(filed.claim, URI))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
        .withArgs(publisher.address, operator.address)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      expect(await eventsOf(claims.connect(controller).contest(filed.claim, URI), claims)).to.deep.equal([
        ['ClaimContested', filed.claim, controller.address, URI],
      ])
      expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.contested)
    })

    for (const [offset, possible] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`${possible ? 'is possible' : 'reverts'} ${offset} s from the end of its time`, async function () {
        const { claims, publisher, filed, contestUntil } = await loadFixture(deployFiled)
        await time.setNextBlockTimestamp(contestUntil + offset)
        const sent = claims.connect(publisher).contest(filed.claim, '')
        if (possible) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(claims, 'LineageClaimsContestClosed')
            .withArgs(filed.claim, contestUntil)
        }
      })
    }

    it('requires the publisher, works once, and reverts for a product', async function () {
      const { claims, publisher, claimant, filed } = await loadFixture(deployFiled)
      await expect(claims.connect(claimant).contest(filed.claim, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotController')
        .withArgs(publisher.address, claimant.address)
      await claims.connect(publisher).contest(filed.claim, '')
      await expect(claims.connect(publisher).contest(filed.claim, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedState')
        .withArgs(filed.claim, CLAIM.contested)
      const product = await deployProduct()
      await expect(product.claims.connect(product.publisher).contest(product.filed.claim, ''))
        .to.be.revertedWithCustomError(product.claims, 'LineageClaimsProduct')
        .withArgs(product.filed.claim)
    })
  })

  describe('accept', function () {
    it('counts the claim for its subject, and emits the event', async function () {
      const { claims, claimant, adjudicator, a, filed } = await loadFixture(deployFiled)
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, '')
      expect(await claims.acceptedClaimsOf(a)).to.equal(0n)
      expect(await eventsOf(claims.connect(adjudicator).accept(filed.claim), claims)).to.deep.equal([
        ['ClaimAccepted', filed.claim, adjudicator.address],
      ])
      expect([(await claims.claimOf(filed.claim)).accepted, await claims.acceptedClaimsOf(a)]).to.deep.equal([true, 1n])
    })

    it('requires the role and evidence, and works once', async function () {
      const { claims, claimant, publisher, admin, adjudicator, filed } = await loadFixture(deployFiled)
      for (const account of [claimant, publisher, admin]) {
        await expect(claims.connect(account).accept(filed.claim))
          .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
      await expect(claims.connect(adjudicator).accept(filed.claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotDisclosed')
        .withArgs(filed.claim)
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, '')
      await claims.connect(adjudicator).accept(filed.claim)
      await expect(claims.connect(adjudicator).accept(filed.claim))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyAccepted')
        .withArgs(filed.claim)
    })
  })

  describe('rule', function () {
    it('adds the parent of an upheld claim, and credits the claimant', async function () {
      const { claims, adjudicator, claimant, a, b, filed, contestUntil } = await loadFixture(deployAccepted)
      await time.setNextBlockTimestamp(contestUntil)
      const sent = claims.connect(adjudicator).rule(filed.claim, true, URI)
      expect(await eventsOf(sent, claims)).to.deep.equal([
        ['ClaimRuled', filed.claim, adjudicator.address, true, URI],
        ['ParentAttested', a, b, filed.claim, FINETUNE, GRADE.adjudicated, true],
        ['DepositCredited', filed.claim, claimant.address, DEPOSIT],
      ])
      expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.upheld)
      const edge = [b, FINETUNE, GRADE.adjudicated, true, contestUntil]
      expect(plain(await claims.attestedParentsOf(a))).to.deep.equal([edge])
      expect(await claims.acceptedClaimsOf(a)).to.equal(0n)
    })

    it('credits the publisher of a rejected claim, and adds nothing', async function () {
      const { claims, adjudicator, publisher, a, filed } = await loadFixture(deployAccepted)
      await claims.connect(publisher).contest(filed.claim, '')
      const sent = claims.connect(adjudicator).rule(filed.claim, false, URI)
      expect(await eventsOf(sent, claims)).to.deep.equal([
        ['ClaimRuled', filed.claim, adjudicator.address, false, URI],
        ['DepositCredited', filed.claim, publisher.address, DEPOSIT],
      ])
      expect((await claims.claimOf(filed.claim)).state).to.equal(CLAIM.rejected)
      expect(await claims.attestedParentsOf(a)).to.deep.equal([])
      expect(await claims.acceptedClaimsOf(a)).to.equal(0n)
    })

    it("credits the publisher's current controller, because its own key may be lost", async function () {
      const { ledger, claims, adjudicator, publisher, controller, filed } = await loadFixture(deployAccepted)
      await claims.connect(publisher).contest(filed.claim, '')
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      await claims.connect(adjudicator).rule(filed.claim, false, '')
      expect([await claims.depositOf(publisher), await claims.depositOf(controller)]).to.deep.equal([0n, DEPOSIT])
    })

    for (const upheld of [true, false]) {
      it(`credits the ${upheld ? 'claimant' : 'treasury'} when a claim about a product is ${upheld ? 'upheld' : 'rejected'}`, async function () {
        const { claims, adjudicator, claimant, treasury, filed, contestUntil } = await loadFixture(deployProduct)
        await time.setNextBlockTimestamp(contestUntil)
        const credited = upheld ? claimant : treasury
        const sent = claims.connect(adjudicator).rule(filed.claim, upheld, URI)
        expect(await eventsOf(sent, claims)).to.deep.equal([
          ['ClaimRuled', filed.claim, adjudicator.address, upheld, URI],
          ['DepositCredited', filed.claim, credited.address, DEPOSIT],
        ])
        expect(await claims.depositOf(credited)).to.equal(DEPOSIT)
      })
    }

    for (const [offset, possible] of [
      [-1n, false],
      [0n, true],
      [1n, true],
    ] as const) {
      it(`${possible ? 'is possible' : 'reverts'} ${offset} s from the end of the time to contest`, async function () {
        const { claims, adjudicator, filed, contestUntil } = await loadFixture(deployAccepted)
        await time.setNextBlockTimestamp(contestUntil + offset)
        const sent = claims.connect(adjudicator).rule(filed.claim, true, '')
        if (possible) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(claims, 'LineageClaimsContestOpen')
            .withArgs(filed.claim, contestUntil)
        }
      })
    }

    it('keeps counting an upheld claim about a product against it, and no other', async function () {
      const base = await loadFixture(deployProduct)
      const { claims, claimant, adjudicator, a, b, c, filed, contestUntil } = base
      expect(await claims.openOrUpheldClaimsOf(filed.subject)).to.equal(1n)
      await fileClaim(base, claimant, { subject: filed.subject, product: true, parent: c }, 'accepted')
      expect(await claims.openOrUpheldClaimsOf(filed.subject)).to.equal(2n)
      const model = await fileClaim(base, claimant, { subject: a, parent: b }, 'accepted')
      await time.increaseTo(contestUntil + DAY)
      await claims.connect(adjudicator).rule(filed.claim, true, '')
      await claims.connect(adjudicator).rule(model.claim, true, '')
      expect(await claims.acceptedClaimsOf(filed.subject)).to.equal(1n)
      expect(await claims.openOrUpheldClaimsOf(filed.subject)).to.equal(2n)
      expect(await claims.openOrUpheldClaimsOf(a)).to.equal(0n)
    })

    it('requires the role and an accepted claim', async function () {
      const base = await loadFixture(deployFiled)
      const { claims, claimant, publisher, admin, adjudicator, filed, contestUntil } = base
      await claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, '')
      await time.increaseTo(contestUntil + CONTEST_PERIOD)
      await expect(claims.connect(adjudicator).rule(filed.claim, true, ''))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNotAccepted')
        .withArgs(filed.claim)
      await claims.connect(adjudicator).accept(filed.claim)
      for (const account of [claimant, publisher, admin]) {
        await expect(claims.connect(account).rule(filed.claim, true, ''))
          .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
    })

    it('reverts for an adjudicator whose role was revoked', async function () {
      const { manager, claims, adjudicator, filed, contestUntil } = await loadFixture(deployAccepted)
      await time.increaseTo(contestUntil)
      await manager.revokeRole(ROLES.adjudicator, adjudicator)
      await expect(claims.connect(adjudicator).rule(filed.claim, true, ''))
        .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
        .withArgs(adjudicator.address)
    })

    it('decides contradictory claims one by one, and keeps the relation with the better evidence', async function () {
      const base = await loadFixture(deployClaims)
      const { claims, claimant, copier, adjudicator, publisher, a, b } = base
      const first = await fileClaim(base, claimant, { subject: a, parent: b, relation: 'finetune' }, 'accepted')
      const second = await fileClaim(base, copier, { subject: a, parent: b, relation: 'merge' }, 'accepted')
      expect(await claims.acceptedClaimsOf(a)).to.equal(2n)
      await claims.connect(publisher).contest(first.claim, '')
      await claims.connect(publisher).contest(second.claim, '')
      await claims.connect(adjudicator).rule(first.claim, true, '')
      expect(await eventsOf(claims.connect(adjudicator).rule(second.claim, true, ''), claims)).to.deep.equal([
        ['ClaimRuled', second.claim, adjudicator.address, true, ''],
        ['DepositCredited', second.claim, copier.address, DEPOSIT],
      ])
      const [edge, ...others] = await claims.attestedParentsOf(a)
      expect([edge!.relation, others.length, await claims.acceptedClaimsOf(a)]).to.deep.equal([FINETUNE, 0, 0n])
    })

    it('costs a false claim on a competitor its deposit, and freezes nothing meanwhile', async function () {
      const base = await loadFixture(deployClaims)
      const { claims, stranger, publisher, adjudicator, a, b } = base
      const filed = await fileClaim(base, stranger, { subject: a, parent: b }, 'disclosed')
      expect([await claims.acceptedClaimsOf(a), await claims.attestedParentsOf(a)]).to.deep.equal([0n, []])
      await claims.connect(publisher).contest(filed.claim, URI)
      await claims.connect(adjudicator).accept(filed.claim)
      await claims.connect(adjudicator).rule(filed.claim, false, URI)
      expect([await claims.depositOf(stranger), await claims.depositOf(publisher)]).to.deep.equal([0n, DEPOSIT])
    })
  })

  describe('withdraw', function () {
    it('credits the deposit, and stops counting the claim', async function () {
      const { claims, claimant, a, filed } = await loadFixture(deployAccepted)
      expect(await eventsOf(claims.connect(claimant).withdraw(filed.claim), claims)).to.deep.equal([
        ['ClaimWithdrawn', filed.claim],
        ['DepositCredited', filed.claim, claimant.address, DEPOSIT],
      ])
      expect([await claims.acceptedClaimsOf(a), await claims.depositOf(claimant)]).to.deep.equal([0n, DEPOSIT])
    })

    it('reverts for anybody but the claimant', async function () {
      const { claims, publisher, copier, adjudicator, filed } = await loadFixture(deployAccepted)
      for (const account of [publisher, copier, adjudicator]) {
        await expect(claims.connect(account).withdraw(filed.claim))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsNotClaimant')
          .withArgs(filed.claim, account.address)
      }
    })
  })

  for (const [how, state] of ENDS) {
    it(`rejects every act on a claim that is ${how}`, async function () {
      const base = await loadFixture(deployAccepted)
      const { claims, publisher, claimant, adjudicator, filed } = base
      await end(base, how)
      const credited = [await claims.depositOf(claimant), await claims.depositOf(publisher)]
      for (const send of [
        () => claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, ''),
        () => claims.connect(publisher).acknowledge(filed.claim),
        () => claims.connect(publisher).contest(filed.claim, ''),
        () => claims.connect(adjudicator).accept(filed.claim),
        () => claims.connect(adjudicator).rule(filed.claim, true, ''),
        () => claims.connect(adjudicator).rule(filed.claim, false, ''),
        () => claims.connect(claimant).withdraw(filed.claim),
      ]) {
        await expect(send())
          .to.be.revertedWithCustomError(claims, 'LineageClaimsUnexpectedState')
          .withArgs(filed.claim, state)
      }
      expect((await claims.claimOf(filed.claim)).state).to.equal(state)
      expect([await claims.depositOf(claimant), await claims.depositOf(publisher)]).to.deep.equal(credited)
      expect(await ethers.provider.getBalance(claims)).to.equal(DEPOSIT)
    })
  }

  it('reverts for a claim that was not filed', async function () {
    const { claims, publisher, adjudicator } = await loadFixture(deployClaims)
    for (const send of [
      () => claims.claimOf(NO_CLAIM),
      () => claims.disclose(NO_CLAIM, digestOf(''), digestOf(''), ''),
      () => claims.connect(publisher).acknowledge(NO_CLAIM),
      () => claims.connect(publisher).contest(NO_CLAIM, ''),
      () => claims.connect(adjudicator).accept(NO_CLAIM),
      () => claims.connect(adjudicator).rule(NO_CLAIM, true, ''),
      () => claims.withdraw(NO_CLAIM),
    ]) {
      await expect(send()).to.be.revertedWithCustomError(claims, 'LineageClaimsUnknownClaim').withArgs(NO_CLAIM)
    }
  })

  it('accepts texts of 2,048 bytes, and rejects 2,049', async function () {
    const { claims, claimant, publisher, adjudicator, filed } = await loadFixture(deployFiled)
    const acts = [
      (uri: string) => claims.connect(claimant).disclose(filed.claim, filed.evidence, filed.salt, uri),
      (uri: string) => claims.connect(publisher).contest(filed.claim, uri),
      (uri: string) => claims.connect(adjudicator).rule(filed.claim, true, uri),
    ]
    for (const act of acts) {
      if (act === acts[2]) await claims.connect(adjudicator).accept(filed.claim)
      await expect(act(`${LONG}x`))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsTextTooLong')
        .withArgs(2049)
      await act(LONG)
    }
  })

  it('stops filing and attesting, but nothing that an open claim or a deposit needs', async function () {
    const base = await loadFixture(deployAccepted)
    const { claims, guardian, publisher, claimant, adjudicator, a, b, c, filed } = base
    const other = await fileClaim(base, claimant, { subject: a, parent: c })
    const third = await fileClaim(base, claimant, { subject: b, parent: c })
    await claims.connect(guardian).pauseWrites()
    const until = await claims.pausedUntil()
    const late = await claimBy(claimant, { subject: c, parent: b })
    const registration = {
      publisher: publisher.address,
      weights: digestOf('w'),
      tensors: digestOf(''),
      annex: digestOf(''),
      datasets: digestOf(''),
      method: digestOf(''),
      terms: digestOf(''),
      parents: [],
      uri: '',
    }
    for (const send of [
      () => claims.connect(claimant).file(...fileArguments(late), { value: DEPOSIT }),
      () => claims.connect(publisher).attestParent(a, c, MERGE),
      () => claims.connect(publisher).countersign(a, c),
      () => claims.inherit(registration, filed.claim),
    ]) {
      await expect(send()).to.be.revertedWithCustomError(claims, 'WritePausePaused').withArgs(until)
    }
    await claims.connect(claimant).disclose(other.claim, other.evidence, other.salt, '')
    await claims.connect(publisher).contest(other.claim, '')
    await claims.connect(adjudicator).accept(other.claim)
    await claims.connect(adjudicator).rule(other.claim, true, '')
    await claims.connect(publisher).acknowledge(filed.claim)
    await claims.connect(claimant).withdraw(third.claim)
    await claims.connect(claimant).withdrawDeposit(claimant)
    expect(await ethers.provider.getBalance(claims)).to.equal(0n)
    await expect(claims.connect(publisher).pauseWrites())
      .to.be.revertedWithCustomError(claims, 'AccessManagedUnauthorized')
      .withArgs(publisher.address)
    expect(until < FOREVER).to.equal(true)
  })
})
