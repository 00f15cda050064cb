import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  at,
  deployCleared,
  deployGate,
  deployPassed,
  deployReview,
  MARGIN,
  MIN_BLOCKS,
  passClock,
  reportOf,
  REVIEW,
  SCAN,
  STATE,
  uses,
  WITHHELD,
} from '../../fixtures/gate.ts'
import { DAY, digestOf, ethers, eventsOf, FOREVER, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { plain, rawRegistration, registrationStruct } from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')
const MODIFY = uses('modify')
const LONG = 'é'.repeat(1024) // 2,048 bytes
const EMPTY = [ZeroHash, 0n, 0n, 0n, 0n, 0n, STATE.none, false]
const NOBODY_HAS = digestOf('weights of nobody')

describe('ReviewGate', function () {
  describe('constructor', function () {
    it('keeps the margin and the blocks, and starts with 24 hours and one organization', async function () {
      const { gate, manager } = await loadFixture(deployGate)
      expect(await gate.margin()).to.equal(MARGIN)
      expect(await gate.minBlocks()).to.equal(MIN_BLOCKS)
      expect(await gate.reviewPeriod()).to.equal(DAY)
      expect(await gate.quorum()).to.equal(1n)
      expect(await gate.MIN_REVIEW_PERIOD()).to.equal(DAY)
      expect(await gate.MAX_REVIEW_PERIOD()).to.equal(365n * DAY)
      expect(await gate.MAX_QUORUM()).to.equal(16n)
      expect(await gate.authority()).to.equal(await manager.getAddress())
      expect([await gate.AUTHORITY_ROLE(), await gate.CERTIFIER_ROLE(), await gate.SCANNER_ROLE()]).to.deep.equal([
        ROLES.authority,
        ROLES.certifier,
        ROLES.scanner,
      ])
    })

    it('takes a margin of a year and none of a second more', async function () {
      const { gate, manager, ledger, lens, claims } = await loadFixture(deployGate)
      const deployWith = (margin: bigint) =>
        ethers.deployContract('ReviewGate', [manager, ledger, lens, claims, margin, MIN_BLOCKS])
      expect(await (await deployWith(365n * DAY)).margin()).to.equal(365n * DAY)
      await expect(deployWith(365n * DAY + 1n))
        .to.be.revertedWithCustomError(gate, 'ReviewGatePeriodOutOfRange')
        .withArgs(365n * DAY + 1n, 0n, 365n * DAY)
    })
  })

  describe('requestReview', function () {
    it('starts the clock of a registered model, for anybody, says so and keeps it', async function () {
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
        block + MIN_BLOCKS,
        0n,
        1n,
        STATE.frozen,
        true,
      ])
    })

    it('reverts for a registration that is not on the ledger, or not to the letter', async function () {
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

    it('takes a uri of 2,048 bytes and none of 2,049', async function () {
      const { gate, struct } = await loadFixture(deployGate)
      await expect(gate.requestReview(struct, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      await gate.requestReview(struct, LONG)
    })

    it('never restarts a clock, whatever became of the review', async function () {
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
      await gate.clear(a, RESEARCH)
      await refuse(STATE.cleared)
      await gate.connect(authority).recallSubject(a, '')
      await refuse(STATE.recalled)
    })

    it('is not kept from a model by an “artefact” that was requested under its id', async function () {
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

    it('does not bring back a model that was recalled before anybody asked', async function () {
      const { gate, authority, struct, a } = await loadFixture(deployGate)
      await gate.connect(authority).recallSubject(a, '')
      await expect(gate.requestReview(struct, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.recalled)
    })

    it('holds the period and the quorum of its request, lengthened or lowered while it is open', async function () {
      const { gate, authority, struct, scanner, scanner2, weights, a, stranger } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      await by.setQuorum(2)
      await gate.requestReview(struct, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await by.setReviewPeriod(30n * DAY)
      await by.setQuorum(1)
      expect((await gate.reviewOf(a)).readyAt).to.equal(readyAt)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await passClock(readyAt, readyBlock)
      await expect(gate.connect(stranger).clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing')
        .withArgs(a, 1n, 2n)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(stranger).clear(a, RESEARCH)

      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      const later = await gate.reviewOf(NOBODY_HAS)
      expect([later.readyAt, later.quorum]).to.deep.equal([now + 30n * DAY + MARGIN, 1n])
    })
  })

  describe('requestArtefactReview', function () {
    it('starts the clock of weights that nobody registered', async function () {
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
      const review = [NOBODY_HAS, now, now + REVIEW, block + MIN_BLOCKS, 0n, 1n, STATE.frozen, false]
      expect(plain(await gate.reviewOf(NOBODY_HAS))).to.deep.equal(review)
    })

    it('reverts for no weights, for a second request, and for a text that is too long', async function () {
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

    it('gains nothing from a request before the weights are registered: the model has a clock of its own', async function () {
      const { gate, ledger, publisher, scanner } = await loadFixture(deployGate)
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
      await gate.clear(weights, 0)
      expect(await gate.isLoadableDigest(weights)).to.equal(true)
      expect(await gate.isLoadable(modelIdOf(registration), RESEARCH)).to.equal(false)
    })
  })

  describe('clear', function () {
    it('clears for anybody, once the conditions hold, and says for what', async function () {
      const { gate, stranger, a, publisher } = await loadFixture(deployPassed)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
      expect(await eventsOf(gate.connect(stranger).clear(a, RESEARCH), gate)).to.deep.equal([
        ['ReviewCleared', a, stranger.address, BigInt(RESEARCH)],
      ])
      const review = await gate.reviewOf(a)
      expect([review.state, review.uses]).to.deep.equal([STATE.cleared, BigInt(RESEARCH)])
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect(await gate.isLoadable(a, MODIFY)).to.equal(false)
      expect(await gate.isLoadable(a, RESEARCH | MODIFY)).to.equal(false)

      expect(await eventsOf(gate.connect(publisher).clear(a, MODIFY), gate)).to.deep.equal([
        ['ReviewCleared', a, publisher.address, BigInt(RESEARCH | MODIFY)],
      ])
      expect(await gate.isLoadable(a, RESEARCH | MODIFY)).to.equal(true)
    })

    it('reverts when it adds no use to those of before', async function () {
      const { gate, a } = await loadFixture(deployCleared)
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.cleared)
    })

    it('reverts before the clock has run out: a second before, a block before, and not at either', async function () {
      const { gate, a, weights, scanner, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await mine(Number(MIN_BLOCKS))
      await at(readyAt - 1n)
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await at(readyAt)
      await gate.clear(a, RESEARCH)
    })

    it('waits for the blocks even when the time has passed', async function () {
      const { gate, a, weights, scanner, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await time.increaseTo(readyAt + 100n)
      await mine(Number(readyBlock) - 2 - (await time.latestBlock()))
      expect(await time.latestBlock()).to.equal(Number(readyBlock) - 2)
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await mine()
      await gate.clear(a, RESEARCH)
      expect(await time.latestBlock()).to.equal(Number(readyBlock))
    })

    it('reverts for a subject that nobody asked about, recalled or not', async function () {
      const { gate, authority, a } = await loadFixture(deployGate)
      const refuse = () =>
        expect(gate.clear(a, RESEARCH)).to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview').withArgs(a)
      await refuse()
      await gate.connect(authority).recallSubject(a, '')
      await refuse()
    })

    it('reverts for uses that are no rights, and for an artefact with uses', async function () {
      const { gate, a } = await loadFixture(deployPassed)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      for (const [subject, wrong] of [
        [a, 0],
        [a, 1 << 11],
        [a, RESEARCH | (1 << 31)],
        [NOBODY_HAS, RESEARCH],
      ] as const) {
        await expect(gate.clear(subject, wrong >>> 0))
          .to.be.revertedWithCustomError(gate, 'ReviewGateInvalidUses')
          .withArgs(wrong >>> 0)
      }
    })

    it('reverts without a scan, and with one that ended a second before the request', async function () {
      const { gate, scanner, a, weights, requestedAt, readyAt, readyBlock } = await loadFixture(deployReview)
      const refuse = () =>
        expect(gate.clear(a, RESEARCH))
          .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing')
          .withArgs(a, 0n, 1n)
      await passClock(readyAt, readyBlock)
      await refuse()
      await gate.connect(scanner).attestScan(reportOf(weights, requestedAt - 1n))
      await refuse()
      await gate.connect(scanner).attestScan(reportOf(weights, requestedAt))
      await gate.clear(a, RESEARCH)
    })

    it('counts scanners of one organization once, and those of none each for itself', async function () {
      const { gate, authority, struct, scanner, scanner2, scanner3, a, weights } = await loadFixture(deployGate)
      await gate.connect(authority).setQuorum(2)
      await gate.connect(authority).setOrganization(scanner, digestOf('labs'))
      await gate.connect(authority).setOrganization(scanner2, digestOf('labs'))
      await gate.requestReview(struct, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      const scan = async (by: typeof scanner) =>
        gate.connect(by).attestScan(reportOf(weights, BigInt(await time.latest())))
      await scan(scanner)
      await scan(scanner2)
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing')
        .withArgs(a, 1n, 2n)
      await scan(scanner3)
      expect((await gate.conditionsOf(a, RESEARCH)).passed).to.equal(2n)
      await gate.clear(a, RESEARCH)
    })

    it('counts no scan of an accreditation that has ended, and counts it again when it is given back', async function () {
      const { gate, manager, scanner, a } = await loadFixture(deployPassed)
      await manager.revokeRole(ROLES.scanner, scanner)
      expect((await gate.scansOf((await gate.reviewOf(a)).weights)).length).to.equal(1)
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing')
        .withArgs(a, 0n, 1n)
      await manager.grantRole(ROLES.scanner, scanner, 0)
      await gate.clear(a, RESEARCH)
    })

    it('stays cleared when the accreditation ends afterwards, or a scan fails', async function () {
      const { gate, manager, scanner, scanner2, a, weights } = await loadFixture(deployCleared)
      await manager.revokeRole(ROLES.scanner, scanner)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      await expect(gate.clear(a, MODIFY)).to.be.revertedWithCustomError(gate, 'ReviewGateScanFailed').withArgs(a, 1n)
    })

    it('reverts while an accredited scanner fails the weights, until it takes that back or is none any more', async function () {
      const { gate, manager, scanner2, a, weights } = await loadFixture(deployPassed)
      const scan = async (verdict: number) =>
        gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict }))
      await scan(SCAN.failed)
      const refuse = () =>
        expect(gate.clear(a, RESEARCH)).to.be.revertedWithCustomError(gate, 'ReviewGateScanFailed').withArgs(a, 1n)
      await refuse()
      const failed = await networkHelpers.takeSnapshot()
      await scan(SCAN.passed)
      await gate.clear(a, RESEARCH)
      await failed.restore()
      await manager.revokeRole(ROLES.scanner, scanner2)
      await gate.clear(a, RESEARCH)
    })

    it('waits for claims about the model or its weights that are accepted, and for no others', async function () {
      const { gate, setAccepted, a, weights } = await loadFixture(deployPassed)
      await setAccepted(a, 2)
      await setAccepted(weights, 3)
      await setAccepted(digestOf('b'), 7)
      await expect(gate.clear(a, RESEARCH)).to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen').withArgs(a, 5n)
      await setAccepted(a, 0)
      await expect(gate.clear(a, RESEARCH)).to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen').withArgs(a, 3n)
      await setAccepted(weights, 0)
      await gate.clear(a, RESEARCH)
    })

    it('counts claims about an artefact once', async function () {
      const { gate, setAccepted, scanner } = await loadFixture(deployGate)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest())))
      await setAccepted(NOBODY_HAS, 1)
      await expect(gate.clear(NOBODY_HAS, 0))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen')
        .withArgs(NOBODY_HAS, 1n)
      await setAccepted(NOBODY_HAS, 0)
      await gate.clear(NOBODY_HAS, 0)
      expect(await gate.isLoadableDigest(NOBODY_HAS)).to.equal(true)
      await expect(gate.clear(NOBODY_HAS, 0))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.cleared)
    })

    it('reverts for uses that the license withholds, in whole or in part', async function () {
      const { gate, a } = await loadFixture(deployPassed)
      for (const mask of [WITHHELD, WITHHELD | RESEARCH]) {
        await expect(gate.clear(a, mask))
          .to.be.revertedWithCustomError(gate, 'ReviewGateLicenseWithheld')
          .withArgs(a, BigInt(mask), 2n)
      }
    })

    it('takes the public to be below every threshold', async function () {
      const { gate, a } = await loadFixture(deployPassed)
      await gate.clear(a, uses('commercial')) // withdrawn above 20 million dollars a month
      expect(await gate.isLoadable(a, uses('commercial'))).to.equal(true)
    })

    it('reverts for a license of which nothing is known', async function () {
      const { gate, ledger, publisher, scanner } = await loadFixture(deployGate)
      const registration = registrationOf(publisher.address, { weights: NOBODY_HAS })
      await ledger.connect(publisher).register(registrationStruct(registration))
      const model = modelIdOf(registration)
      await gate.requestReview(registrationStruct(registration), '')
      const { readyAt, readyBlock } = await gate.reviewOf(model)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest())))
      await expect(gate.clear(model, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateLicenseWithheld')
        .withArgs(model, BigInt(RESEARCH), 3n)
    })

    it('reverts for what is quarantined or recalled', async function () {
      const { gate, authority, scanner, a, weights } = await loadFixture(deployPassed)
      const before = await networkHelpers.takeSnapshot()
      await gate.connect(authority).recallSubject(a, '')
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.recalled)
      await before.restore()
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await expect(gate.clear(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.quarantined)
    })
  })

  describe('quarantine', function () {
    /** A review whose weights one scanner has failed, with the clock still running. */
    async function deployFailed() {
      const base = await deployReview()
      const { gate, scanner, weights } = base
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      return base
    }

    it('ends a review that was failed, for anybody, not before its clock', async function () {
      const { gate, stranger, a, readyAt, readyBlock } = await loadFixture(deployFailed)
      await mine(Number(MIN_BLOCKS))
      await at(readyAt - 1n)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await at(readyAt)
      expect(await eventsOf(gate.connect(stranger).quarantine(a), gate)).to.deep.equal([
        ['ReviewQuarantined', a, stranger.address],
      ])
      expect((await gate.reviewOf(a)).state).to.equal(STATE.quarantined)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.quarantined)
    })

    it('reverts when nobody has failed the weights since the request, or nobody who is a scanner', async function () {
      const { gate, manager, scanner, a, readyAt, readyBlock } = await loadFixture(deployFailed)
      await passClock(readyAt, readyBlock)
      await manager.revokeRole(ROLES.scanner, scanner)
      await expect(gate.quarantine(a)).to.be.revertedWithCustomError(gate, 'ReviewGateNothingFailed').withArgs(a)
      await manager.grantRole(ROLES.scanner, scanner, 0)
      await gate.quarantine(a)
    })

    it('does not count a failure of before the request', async function () {
      const { gate, scanner, struct, a, weights } = await loadFixture(deployGate)
      const failed = reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed })
      await gate.connect(scanner).attestScan(failed)
      await gate.requestReview(struct, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      await expect(gate.quarantine(a)).to.be.revertedWithCustomError(gate, 'ReviewGateNothingFailed').withArgs(a)
    })

    it('reverts for an unknown review and for one that is cleared or recalled', async function () {
      const { gate, authority, a } = await loadFixture(deployCleared)
      await expect(gate.quarantine(NOBODY_HAS))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview')
        .withArgs(NOBODY_HAS)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.cleared)
      await gate.connect(authority).recallSubject(a, '')
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.recalled)
    })
  })

  describe('recallSubject', function () {
    it('shuts what was loadable at once, for good, and says why', async function () {
      const { gate, authority, certifier, struct, a } = await loadFixture(deployCleared)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await eventsOf(gate.connect(authority).recallSubject(a, LONG), gate)).to.deep.equal([
        ['SubjectRecalled', a, authority.address, LONG],
      ])
      expect((await gate.reviewOf(a)).state).to.equal(STATE.recalled)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
      expect(await gate.isCertified(a)).to.equal(true)
      await expect(gate.connect(authority).recallSubject(a, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.recalled)
    })

    it('recalls what was never reviewed, and what was quarantined', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      expect(plain(await gate.reviewOf(NOBODY_HAS))).to.deep.equal(EMPTY.with(6, STATE.recalled))
      await expect(gate.requestArtefactReview(NOBODY_HAS, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.recalled)
    })

    it('takes a reason of 2,048 bytes and none of 2,049', async function () {
      const { gate, authority, a } = await loadFixture(deployGate)
      await expect(gate.connect(authority).recallSubject(a, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
    })

    it('is for the authority alone', async function () {
      const { gate, admin, publisher, scanner, certifier, guardian, stranger, a } = await loadFixture(deployGate)
      for (const account of [admin, publisher, scanner, certifier, guardian, stranger]) {
        await expect(gate.connect(account).recallSubject(a, ''))
          .to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
    })

    it('of the weights shuts every model with them, also one that comes later', async function () {
      const { gate, ledger, authority, certifier, publisher, a, weights, termsId } = await loadFixture(deployCleared)
      const twin = registrationOf(publisher.address, { weights, terms: termsId, uri: 'https://elsewhere.example' })
      await ledger.connect(publisher).register(registrationStruct(twin))
      await gate.connect(certifier).certify(registrationStruct(twin), RESEARCH, FOREVER)
      expect([await gate.isLoadable(a, RESEARCH), await gate.isLoadable(modelIdOf(twin), RESEARCH)]).to.deep.equal([
        true,
        true,
      ])
      await gate.connect(authority).recallSubject(weights, '')
      expect([
        await gate.isLoadable(a, RESEARCH),
        await gate.isLoadable(modelIdOf(twin), RESEARCH),
        await gate.isLoadableDigest(weights),
      ]).to.deep.equal([false, false, false])
      const later = registrationOf(publisher.address, { weights, terms: termsId, uri: 'https://later.example' })
      await ledger.connect(publisher).register(registrationStruct(later))
      await gate.connect(certifier).certify(registrationStruct(later), RESEARCH, FOREVER)
      expect(await gate.isLoadable(modelIdOf(later), RESEARCH)).to.equal(false)
    })
  })

  describe('setReviewPeriod', function () {
    it('takes 24 hours to 365 days, says so, and nothing beyond', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      for (const period of [365n * DAY, DAY, DAY + 1n]) {
        expect(await eventsOf(by.setReviewPeriod(period), gate)).to.deep.equal([['ReviewPeriodSet', period]])
        expect(await gate.reviewPeriod()).to.equal(period)
      }
      for (const period of [0n, DAY - 1n, 365n * DAY + 1n, FOREVER]) {
        await expect(by.setReviewPeriod(period))
          .to.be.revertedWithCustomError(gate, 'ReviewGatePeriodOutOfRange')
          .withArgs(period, DAY, 365n * DAY)
      }
    })
  })

  describe('setQuorum', function () {
    it('takes 1 to 16 organizations, says so, and nothing beyond', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      for (const quorum of [16n, 1n]) {
        expect(await eventsOf(by.setQuorum(quorum), gate)).to.deep.equal([['QuorumSet', quorum]])
        expect(await gate.quorum()).to.equal(quorum)
      }
      for (const quorum of [0n, 17n, 255n]) {
        await expect(by.setQuorum(quorum))
          .to.be.revertedWithCustomError(gate, 'ReviewGateQuorumOutOfRange')
          .withArgs(quorum, 16n)
      }
    })
  })

  describe('setOrganization', function () {
    it('says where a scanner belongs, and takes it back by zero', async function () {
      const { gate, authority, scanner } = await loadFixture(deployGate)
      const own = ethers.zeroPadValue(scanner.address.toLowerCase(), 32)
      expect(await gate.organizationOf(scanner)).to.equal(own)
      expect(await eventsOf(gate.connect(authority).setOrganization(scanner, digestOf('labs')), gate)).to.deep.equal([
        ['OrganizationSet', scanner.address, digestOf('labs')],
      ])
      expect(await gate.organizationOf(scanner)).to.equal(digestOf('labs'))
      await gate.connect(authority).setOrganization(scanner, ZeroHash)
      expect(await gate.organizationOf(scanner)).to.equal(own)
    })
  })

  it('lets nobody but the authority set the rules of later reviews', async function () {
    const { gate, admin, certifier, scanner, guardian, publisher, stranger } = await loadFixture(deployGate)
    for (const account of [admin, certifier, scanner, guardian, publisher, stranger]) {
      const by = gate.connect(account)
      for (const sent of [
        () => by.setReviewPeriod(2n * DAY),
        () => by.setQuorum(2),
        () => by.setOrganization(account, ZeroHash),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized').withArgs(account.address)
      }
    }
  })

  describe('pauseWrites', function () {
    it('stops requests, scans, clearings and certifications, and nothing that shuts', async function () {
      const { gate, guardian, authority, certifier, scanner, scanner2, struct, a, weights } =
        await loadFixture(deployPassed)
      await gate.connect(certifier).certifyArtefact(NOBODY_HAS, FOREVER)
      const failed = reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed })
      await gate.connect(scanner2).attestScan(failed)
      await gate.connect(guardian).pauseWrites()
      const until = await gate.pausedUntil()
      expect(until).to.equal(BigInt(await time.latest()) + 7n * DAY)
      const report = reportOf(weights, BigInt(await time.latest()))
      for (const sent of [
        () => gate.requestReview(struct, ''),
        () => gate.requestArtefactReview(weights, ''),
        () => gate.connect(scanner).attestScan(report),
        () => gate.attestScanBySignature(report, scanner, FOREVER, '0x'),
        () => gate.clear(a, RESEARCH),
        () => gate.connect(certifier).certify(struct, RESEARCH, FOREVER),
        () => gate.connect(certifier).certifyArtefact(weights, FOREVER),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(gate, 'WritePausePaused').withArgs(until)
      }
      await gate.quarantine(a)
      await gate.connect(certifier).withdrawCertification(NOBODY_HAS, '')
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      await gate.connect(authority).setQuorum(3)
    })

    it('does not stop the clock, and ends by itself', async function () {
      const { gate, guardian, scanner, a, weights, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(guardian).pauseWrites()
      const until = await gate.pausedUntil()
      await mine(Number(MIN_BLOCKS))
      await at(until - 1n)
      await expect(gate.clear(a, RESEARCH)).to.be.revertedWithCustomError(gate, 'WritePausePaused').withArgs(until)
      await at(until)
      await gate.clear(a, RESEARCH)
      expect([(await gate.reviewOf(a)).readyAt, (await gate.reviewOf(a)).readyBlock]).to.deep.equal([
        readyAt,
        readyBlock,
      ])
    })

    it('is for the guardian alone', async function () {
      const { gate, admin, authority, stranger } = await loadFixture(deployGate)
      for (const account of [admin, authority, stranger]) {
        for (const name of ['pauseWrites', 'resumeWrites'] as const) {
          await expect(gate.connect(account)[name]())
            .to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized')
            .withArgs(account.address)
        }
      }
    })
  })

  describe('reading', function () {
    it('has nothing to say of what nobody asked about', async function () {
      const { gate, a } = await loadFixture(deployGate)
      expect(plain(await gate.reviewOf(a))).to.deep.equal(EMPTY)
      expect(plain(await gate.certificationOf(a))).to.deep.equal([ZeroAddress, 0n, 0n])
      expect(await gate.isCertified(a)).to.equal(false)
      expect(plain(await gate.scansOf(a))).to.deep.equal([])
      await expect(gate.conditionsOf(a, RESEARCH))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview')
        .withArgs(a)
    })

    it('says what a review has and lacks', async function () {
      const { gate, setAccepted, scanner, scanner2, a, weights, readyAt, readyBlock } = await loadFixture(deployReview)
      expect(plain(await gate.conditionsOf(a, RESEARCH))).to.deep.equal([true, 0n, 0n, 0n, 0n])
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await setAccepted(a, 4)
      await passClock(readyAt, readyBlock)
      expect(plain(await gate.conditionsOf(a, WITHHELD))).to.deep.equal([false, 1n, 1n, 4n, 2n])
      await gate.requestArtefactReview(NOBODY_HAS, '')
      expect(plain(await gate.conditionsOf(NOBODY_HAS, 0))).to.deep.equal([true, 0n, 0n, 0n, 0n])
      await expect(gate.conditionsOf(a, 0)).to.be.revertedWithCustomError(gate, 'ReviewGateInvalidUses').withArgs(0)
      await expect(gate.conditionsOf(NOBODY_HAS, 1))
        .to.be.revertedWithCustomError(gate, 'ReviewGateInvalidUses')
        .withArgs(1)
    })
  })
})
