import { expect } from 'chai'

import { ROLES } from '../../../src/core/roles.ts'
import { parseDigest } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  at,
  deployCleared,
  deployGate,
  deployReview,
  MIN_BLOCKS,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  STATE,
  uses,
} from '../../fixtures/gate.ts'
import { eventsOf, networkHelpers, registrationOf, registrationStruct } from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')

describe('ReviewGate', function () {
  describe('quarantine', function () {
    /** A review with weights that one scanner failed, and the clock still running. */
    async function deployFailed() {
      const base = await deployReview()
      const { gate, scanner, weights } = base
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      return base
    }

    it('quarantines a failed review for any caller, but not before its clock has run out', async function () {
      const { gate, stranger, a, weights, readyAt, readyBlock } = await loadFixture(deployFailed)
      await mine(Number(MIN_BLOCKS))
      await at(readyAt - 1n)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await at(readyAt)
      expect(await eventsOf(gate.connect(stranger).quarantine(a), gate)).to.deep.equal([
        ['ReviewQuarantined', a, stranger.address],
        ['ReviewQuarantined', weights, stranger.address],
      ])
      expect((await gate.reviewOf(a)).state).to.equal(STATE.quarantined)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.quarantined)
    })

    it('reverts when no accredited scanner failed the weights since the request', async function () {
      const { gate, manager, scanner, a, readyAt, readyBlock } = await loadFixture(deployFailed)
      await passClock(readyAt, readyBlock)
      await manager.revokeRole(ROLES.scanner, scanner)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTooFewFailures')
        .withArgs(a, 0n, 1n)
      await manager.grantRole(ROLES.scanner, scanner, 0)
      await gate.quarantine(a)
    })

    it('counts a failure from before the request, so that registering the same weights again gains nothing', async function () {
      const { gate, ledger, publisher, scanner, scanner2, struct, a, weights, termsId } =
        await loadFixture(deployFailed)
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      const twin = registrationOf(publisher.address, { weights, terms: termsId, uri: 'https://elsewhere.example' })
      await ledger.connect(publisher).register(registrationStruct(twin))
      await gate.requestReview(registrationStruct(twin), '')
      const model = modelIdOf(twin)
      await passClock(readyAt + 3600n, readyBlock + 20n)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest())))
      await expect(gate.clear(model)).to.be.revertedWithCustomError(gate, 'ReviewGateScanFailed').withArgs(model, 1n)
      await gate.quarantine(a)
      expect((await gate.reviewOf(weights)).state).to.equal(STATE.quarantined)
      // Even if the scanner takes its failure back, the weights are quarantined, and so is what has them.
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await expect(gate.clear(model))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(weights, STATE.quarantined)
      await expect(gate.requestReview(struct, '')).to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
    })

    it('does not shut the model whose id another registration states as its weights', async function () {
      const { gate, ledger, publisher, scanner, registration, isLoadable, a, termsId } =
        await loadFixture(deployCleared)
      const framing = registrationOf(publisher.address, { weights: parseDigest(a), terms: termsId })
      await ledger.connect(publisher).register(registrationStruct(framing))
      const model = modelIdOf(framing)
      await gate.requestReview(registrationStruct(framing), '')
      const { readyAt, readyBlock } = await gate.reviewOf(model)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(a, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(model)
      expect((await gate.reviewOf(a)).state).to.equal(STATE.cleared)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
    })

    it('takes a quorum of failures: the greater of the one at the request and the one now', async function () {
      const { gate, authority, scanner2, a, weights, readyAt, readyBlock } = await loadFixture(deployFailed)
      await passClock(readyAt, readyBlock)
      await gate.connect(authority).setQuorum(2)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTooFewFailures')
        .withArgs(a, 1n, 2n)
      await gate.connect(scanner2).attestScan(reportOf(weights, 1n, { verdict: SCAN.failed }))
      await gate.quarantine(a)
    })

    it('does not shut an artefact on one failure of a quorum of two, taken back in the next block', async function () {
      const { gate, authority, scanner, scanner2 } = await loadFixture(deployGate)
      await gate.connect(authority).setQuorum(2)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      const now = async () => BigInt(await time.latest())
      await gate.connect(scanner2).attestScan(reportOf(NOBODY_HAS, await now()))
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, await now(), { verdict: SCAN.failed }))
      await expect(gate.quarantine(NOBODY_HAS))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTooFewFailures')
        .withArgs(NOBODY_HAS, 1n, 2n)
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, await now()))
      await gate.clear(NOBODY_HAS)
    })

    it('reverts for an unknown or cleared review', async function () {
      const { gate, a } = await loadFixture(deployCleared)
      await expect(gate.quarantine(NOBODY_HAS))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview')
        .withArgs(NOBODY_HAS)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.cleared)
    })
  })

  describe('freezeAgain', function () {
    it('freezes a cleared review that a quorum failed, for any caller; the gate is shut from the failure on', async function () {
      const { gate, stranger, scanner, scanner2, registration, isLoadable, a, weights } =
        await loadFixture(deployCleared)
      await expect(gate.freezeAgain(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTooFewFailures')
        .withArgs(a, 0n, 1n)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      expect(await isLoadable(registration, RESEARCH)).to.equal(false)
      expect(await eventsOf(gate.connect(stranger).freezeAgain(a), gate)).to.deep.equal([
        ['ReviewFrozenAgain', a, stranger.address],
      ])
      expect((await gate.reviewOf(a)).state).to.equal(STATE.frozen)
      await expect(gate.freezeAgain(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.frozen)
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.clear(a)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
    })

    it('reverts for a subject without a review', async function () {
      const { gate, a } = await loadFixture(deployGate)
      await expect(gate.freezeAgain(a)).to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview').withArgs(a)
    })
  })

  describe('a pause', function () {
    it('adds to the clock, and never stops a failed scan', async function () {
      const { gate, guardian, scanner, scanner2, a, weights, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(guardian).pauseWrites()
      const began = BigInt(await time.latest())
      const until = await gate.pausedUntil()
      const passed = reportOf(weights, began)
      await expect(gate.connect(scanner2).attestScan(passed)).to.be.revertedWithCustomError(gate, 'WritePausePaused')
      await gate.connect(scanner).attestScan(reportOf(weights, began, { verdict: SCAN.failed }))
      await passClock(readyAt, readyBlock)
      await at(until)
      await mine()
      // The whole pause was added: nobody decides in the first block after it.
      const extended = readyAt + (until - began)
      expect((await gate.reviewOf(a)).readyAt).to.equal(extended)
      await expect(gate.quarantine(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, extended, readyBlock)
      await at(extended)
      await gate.quarantine(a)
    })

    it('that is ended early adds what passed of it, and a second one adds to that', async function () {
      const { gate, guardian, a, readyAt } = await loadFixture(deployReview)
      await gate.connect(guardian).pauseWrites()
      await at(BigInt(await time.latest()) + 1000n)
      await gate.connect(guardian).resumeWrites()
      expect([await gate.pausedSeconds(), (await gate.reviewOf(a)).readyAt]).to.deep.equal([1000n, readyAt + 1000n])
      await time.increase(8 * 86_400)
      await gate.connect(guardian).pauseWrites()
      await at(BigInt(await time.latest()) + 500n)
      await mine()
      expect([await gate.pausedSeconds(), (await gate.reviewOf(a)).readyAt]).to.deep.equal([1500n, readyAt + 1500n])
    })
  })
})
