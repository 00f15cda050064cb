import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import { modelIdOf } from '../../../src/core/registration.ts'
import {
  at,
  deployGate,
  deployReview,
  LONG,
  MARGIN,
  MIN_BLOCKS,
  NOBODY_HAS,
  passClock,
  reportOf,
  REVIEW,
  STATE,
  uses,
} from '../../fixtures/gate.ts'
import {
  DAY,
  digestOf,
  ethers,
  eventsOf,
  networkHelpers,
  plain,
  rawRegistration,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')

describe('ReviewGate', function () {
  describe('requestReview', function () {
    it('starts the clock of a registered model for any caller, stores it, and emits the event', async function () {
      const { gate, stranger, struct, a, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest()) + 5n
      await at(now)
      const block = BigInt(await time.latestBlock()) + 1n
      const expected = await gate.requestReview.staticCall(struct, '')
      expect(await eventsOf(gate.connect(stranger).requestReview(struct, LONG), gate)).to.deep.equal([
        ['ReviewRequested', a, weights, stranger.address, true, now + REVIEW, block + MIN_BLOCKS, 1n, LONG],
      ])
      expect(expected).to.be.closeTo(now + REVIEW, 5n)
      expect(plain(await gate.reviewOf(a))).to.deep.equal([
        weights,
        now,
        now + REVIEW,
        0n,
        block + MIN_BLOCKS,
        1n,
        STATE.frozen,
        true,
        stranger.address,
      ])
    })

    it('reverts for a registration that is not on the ledger, or differs in any way', async function () {
      const { gate, registration } = await loadFixture(deployGate)
      for (const other of [
        { ...registration, weights: NOBODY_HAS },
        { ...registration, uri: `${registration.uri}/` },
      ]) {
        await expect(gate.requestReview(registrationStruct(other), ''))
          .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownModel')
          .withArgs(modelIdOf(other))
      }
    })

    it('reverts for a publisher with dirty upper bits', async function () {
      const { gate, registration, stranger } = await loadFixture(deployGate)
      const { selector } = gate.interface.getFunction('requestReview')
      const dirty = rawRegistration(selector, registration, {
        publisher: BigInt(registration.publisher) | (1n << 200n),
      })
      await expect(stranger.sendTransaction({ to: gate, data: dirty, gasLimit: 1_000_000n })).to.be.revert(ethers)
    })

    it('accepts a URI of 2,048 bytes, and rejects 2,049', async function () {
      const { gate, struct } = await loadFixture(deployGate)
      await expect(gate.requestReview(struct, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      await gate.requestReview(struct, LONG)
    })

    it('never restarts a clock, whatever the outcome of the review', async function () {
      const { gate, stranger, publisher, authority, scanner, struct, a, weights, readyAt, readyBlock } =
        await loadFixture(deployReview)
      const refuse = async (state: bigint) => {
        for (const account of [stranger, publisher, authority]) {
          await expect(gate.connect(account).requestReview(struct, ''))
            .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
            .withArgs(a, state)
        }
        const review = await gate.reviewOf(a)
        expect([review.readyAt, review.readyBlock]).to.deep.equal([readyAt, readyBlock])
      }
      await refuse(STATE.frozen)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await passClock(readyAt, readyBlock)
      await gate.clear(a)
      await refuse(STATE.cleared)
    })

    it('cannot be blocked by an “artefact” requested under the id of the model', async function () {
      const { gate, stranger, struct, a, weights } = await loadFixture(deployGate)
      await gate.connect(stranger).requestArtefactReview(a, '')
      expect((await gate.reviewOf(a)).ofModel).to.equal(false)
      const now = BigInt(await time.latest()) + 500n
      await at(now)
      await gate.requestReview(struct, '')
      const review = await gate.reviewOf(a)
      expect([review.weights, review.ofModel, review.requestedAt]).to.deep.equal([weights, true, now])
      await expect(gate.requestArtefactReview(a, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.frozen)
    })

    it('keeps the period of its request, and the greater of its quorum and the one now', async function () {
      const { gate, authority, struct, scanner, scanner2, weights, a, stranger } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      await by.setQuorum(2)
      await gate.requestReview(struct, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await by.setReviewPeriod(30n * DAY)
      await by.setMargin(2n * MARGIN)
      await by.setMinBlocks(7n)
      await by.setQuorum(1)
      const { readyAt: kept, readyBlock: keptBlock } = await gate.reviewOf(a)
      expect([kept, keptBlock]).to.deep.equal([readyAt, readyBlock])
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await passClock(readyAt, readyBlock)
      await expect(gate.connect(stranger).clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing')
        .withArgs(a, 1n, 2n)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(stranger).clear(a)

      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      const later = await gate.reviewOf(NOBODY_HAS)
      expect([later.readyAt, later.quorum]).to.deep.equal([now + 30n * DAY + 2n * MARGIN, 1n])
      expect(later.readyBlock).to.equal(BigInt(await time.latestBlock()) + 7n)
    })
  })

  describe('requestArtefactReview', function () {
    it('starts the clock of unregistered weights', async function () {
      const { gate, stranger } = await loadFixture(deployGate)
      const now = BigInt(await time.latest()) + 5n
      await at(now)
      const block = BigInt(await time.latestBlock()) + 1n
      expect(await eventsOf(gate.connect(stranger).requestArtefactReview(NOBODY_HAS, 'ipfs://x'), gate)).to.deep.equal([
        [
          'ReviewRequested',
          NOBODY_HAS,
          NOBODY_HAS,
          stranger.address,
          false,
          now + REVIEW,
          block + MIN_BLOCKS,
          1n,
          'ipfs://x',
        ],
      ])
      const review = [NOBODY_HAS, now, now + REVIEW, 0n, block + MIN_BLOCKS, 1n, STATE.frozen, false, stranger.address]
      expect(plain(await gate.reviewOf(NOBODY_HAS))).to.deep.equal(review)
    })

    it('reverts for zero weights, a second request, and a text that is too long', async function () {
      const { gate } = await loadFixture(deployGate)
      await expect(gate.requestArtefactReview(ZeroHash, '')).to.be.revertedWithCustomError(
        gate,
        'ReviewGateMissingWeights',
      )
      await expect(gate.requestArtefactReview(NOBODY_HAS, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      await gate.requestArtefactReview(NOBODY_HAS, LONG)
      await expect(gate.requestArtefactReview(NOBODY_HAS, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.frozen)
    })

    it('gains nothing from an early request: the model gets a clock of its own, and “scanned” says nothing of loading', async function () {
      const { gate, ledger, publisher, scanner, check } = await loadFixture(deployGate)
      const weights = digestOf('to come')
      await gate.requestArtefactReview(weights, '')
      await mine(20)
      await time.increase(30n * DAY)
      const registration = registrationOf(publisher.address, { weights })
      await ledger.connect(publisher).register(registrationStruct(registration))
      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await gate.requestReview(registrationStruct(registration), '')
      expect((await gate.reviewOf(modelIdOf(registration))).readyAt).to.equal(now + REVIEW)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.clear(weights)
      expect(await gate.isScanned(weights)).to.equal(true)
      const { cleared, certified, loadable } = await check(registration, RESEARCH)
      expect([cleared, certified, loadable]).to.deep.equal([false, false, false])
    })
  })

  describe('setReviewUri', function () {
    const HERE = 'https://weights.example/corrected'

    it('corrects what its author stated, and says whether it acts for the publisher', async function () {
      const { gate, ledger, stranger, publisher, scanner, a } = await loadFixture(deployReview)
      expect(await eventsOf(gate.connect(stranger).setReviewUri(a, LONG), gate)).to.deep.equal([
        ['ReviewUriSet', a, stranger.address, false, LONG],
      ])
      await ledger.connect(publisher).setOperator(publisher, scanner, 1, 2n ** 40n - 1n)
      for (const account of [publisher, scanner]) {
        expect(await eventsOf(gate.connect(account).setReviewUri(a, HERE), gate)).to.deep.equal([
          ['ReviewUriSet', a, account.address, true, HERE],
        ])
      }
    })

    it('is the publisher’s word when the publisher itself requested the review', async function () {
      const { gate, publisher, struct, a } = await loadFixture(deployGate)
      await gate.connect(publisher).requestReview(struct, '')
      await expect(gate.connect(publisher).setReviewUri(a, HERE))
        .to.emit(gate, 'ReviewUriSet')
        .withArgs(a, publisher.address, true, HERE)
    })

    it('reverts for everybody else, so that nobody says for another where the weights are', async function () {
      const { gate, authority, certifier, guardian, scanner, other, a } = await loadFixture(deployReview)
      for (const account of [authority, certifier, guardian, scanner, other]) {
        await expect(gate.connect(account).setReviewUri(a, HERE))
          .to.be.revertedWithCustomError(gate, 'ReviewGateNotAuthor')
          .withArgs(a, account.address)
      }
    })

    it('is the requester’s alone for an artefact, also where a publisher registered these weights', async function () {
      const { gate, publisher, stranger, weights } = await loadFixture(deployGate)
      await gate.connect(stranger).requestArtefactReview(weights, '')
      await gate.connect(stranger).setReviewUri(weights, HERE)
      await expect(gate.connect(publisher).setReviewUri(weights, HERE))
        .to.be.revertedWithCustomError(gate, 'ReviewGateNotAuthor')
        .withArgs(weights, publisher.address)
    })

    it('reverts without a review, and for a text that is too long; a pause does not stop it', async function () {
      const { gate, guardian, stranger, a } = await loadFixture(deployReview)
      await expect(gate.connect(stranger).setReviewUri(NOBODY_HAS, HERE))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview')
        .withArgs(NOBODY_HAS)
      await expect(gate.connect(stranger).setReviewUri(a, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      await gate.connect(guardian).pauseWrites()
      await gate.connect(stranger).setReviewUri(a, HERE)
    })
  })
})
