import { expect } from 'chai'

import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  at,
  deployCleared,
  deployGate,
  deployPassed,
  deployReview,
  MIN_BLOCKS,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  STATE,
  uses,
} from '../../fixtures/gate.ts'
import { digestOf, eventsOf, networkHelpers, registrationOf, registrationStruct } from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')
const MODIFY = uses('modify')

describe('ReviewGate', function () {
  describe('clear', function () {
    it('clears for any caller once the conditions hold', async function () {
      const { gate, stranger, registration, isLoadable, a } = await loadFixture(deployPassed)
      expect(await isLoadable(registration, RESEARCH)).to.equal(false)
      expect(await eventsOf(gate.connect(stranger).clear(a), gate)).to.deep.equal([
        ['ReviewCleared', a, stranger.address],
      ])
      expect((await gate.reviewOf(a)).state).to.equal(STATE.cleared)
      expect(await isLoadable(registration, RESEARCH | MODIFY)).to.equal(true)
    })

    it('evaluates no license: what it withholds stays withheld when the cleared model is loaded', async function () {
      const { ledger, publisher, gate, scanner, check } = await loadFixture(deployGate)
      const registration = registrationOf(publisher.address, { weights: NOBODY_HAS })
      await ledger.connect(publisher).register(registrationStruct(registration))
      const model = modelIdOf(registration)
      await gate.requestReview(registrationStruct(registration), '')
      const { readyAt, readyBlock } = await gate.reviewOf(model)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest())))
      await gate.clear(model)
      const { cleared, license, loadable } = await check(registration, RESEARCH)
      expect([cleared, license, loadable]).to.deep.equal([true, 3n, false])
    })

    it('reverts when it is cleared already', async function () {
      const { gate, a } = await loadFixture(deployCleared)
      await expect(gate.clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.cleared)
    })

    it('reverts a second and a block before the clock has run out, and not at that second and block', async function () {
      const { gate, a, weights, scanner, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await mine(Number(MIN_BLOCKS))
      await at(readyAt - 1n)
      await expect(gate.clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await at(readyAt)
      await gate.clear(a)
    })

    it('waits for the blocks even when the time has passed', async function () {
      const { gate, a, weights, scanner, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await time.increaseTo(readyAt + 100n)
      await mine(Number(readyBlock) - 2 - (await time.latestBlock()))
      expect(await time.latestBlock()).to.equal(Number(readyBlock) - 2)
      await expect(gate.clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, readyAt, readyBlock)
      await mine()
      await gate.clear(a)
      expect(await time.latestBlock()).to.equal(Number(readyBlock))
    })

    it('reverts for a subject without a review', async function () {
      const { gate, a } = await loadFixture(deployGate)
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview').withArgs(a)
    })

    it('reverts without a scan, and with one that ended a second before the request', async function () {
      const { gate, scanner, a, weights, requestedAt, readyAt, readyBlock } = await loadFixture(deployReview)
      const refuse = () =>
        expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing').withArgs(a, 0n, 1n)
      await passClock(readyAt, readyBlock)
      await refuse()
      await gate.connect(scanner).attestScan(reportOf(weights, requestedAt - 1n))
      await refuse()
      await gate.connect(scanner).attestScan(reportOf(weights, requestedAt))
      await gate.clear(a)
    })

    it('counts scanners of one organization once, and scanners without one separately', async function () {
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
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing').withArgs(a, 1n, 2n)
      await scan(scanner3)
      expect((await gate.conditionsOf(a)).passed).to.equal(2n)
      await gate.clear(a)
    })

    it("ignores scans while their scanner's accreditation is revoked, and counts them again when it is granted again", async function () {
      const { gate, manager, scanner, a } = await loadFixture(deployPassed)
      await manager.revokeRole(ROLES.scanner, scanner)
      expect((await gate.scansOf((await gate.reviewOf(a)).weights)).length).to.equal(1)
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateQuorumMissing').withArgs(a, 0n, 1n)
      await manager.grantRole(ROLES.scanner, scanner, 0)
      await gate.clear(a)
    })

    it('stays cleared when the accreditation ends or one scanner fails it afterwards; a quorum shuts the gate', async function () {
      const { gate, manager, authority, scanner, scanner2, scanner3, registration, isLoadable, weights } =
        await loadFixture(deployCleared)
      await manager.revokeRole(ROLES.scanner, scanner)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      await gate.connect(authority).setQuorum(2)
      const fail = async (by: typeof scanner) =>
        gate.connect(by).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await fail(scanner2)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      await fail(scanner3)
      expect(await isLoadable(registration, RESEARCH)).to.equal(false)
    })

    it('reverts while an accredited scanner fails the weights, until it passes them or loses its role', async function () {
      const { gate, manager, scanner2, a, weights } = await loadFixture(deployPassed)
      const scan = async (verdict: number) =>
        gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict }))
      await scan(SCAN.failed)
      const refuse = () =>
        expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateScanFailed').withArgs(a, 1n)
      await refuse()
      const failed = await networkHelpers.takeSnapshot()
      await scan(SCAN.passed)
      await gate.clear(a)
      await failed.restore()
      await manager.revokeRole(ROLES.scanner, scanner2)
      await gate.clear(a)
    })

    it('waits only for accepted claims about the model or its weights', async function () {
      const { gate, setAccepted, a, weights } = await loadFixture(deployPassed)
      await setAccepted(a, 2)
      await setAccepted(weights, 3)
      await setAccepted(digestOf('b'), 7)
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen').withArgs(a, 5n)
      await setAccepted(a, 0)
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen').withArgs(a, 3n)
      await setAccepted(weights, 0)
      await gate.clear(a)
    })

    it('counts claims about an artefact once', async function () {
      const { gate, setAccepted, scanner } = await loadFixture(deployGate)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest())))
      await setAccepted(NOBODY_HAS, 1)
      await expect(gate.clear(NOBODY_HAS))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClaimsOpen')
        .withArgs(NOBODY_HAS, 1n)
      await setAccepted(NOBODY_HAS, 0)
      await gate.clear(NOBODY_HAS)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      await expect(gate.clear(NOBODY_HAS))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.cleared)
    })

    it('reverts for a quarantined subject', async function () {
      const { gate, scanner, a, weights } = await loadFixture(deployPassed)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await expect(gate.clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.quarantined)
    })
  })
})
