import { expect } from 'chai'

import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  at,
  deployCleared,
  deployGate,
  deployReview,
  LONG,
  MIN_BLOCKS,
  NO_REVIEW,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  STATE,
  uses,
} from '../../fixtures/gate.ts'
import { eventsOf, FOREVER, networkHelpers, plain, registrationOf, registrationStruct } from '../../fixtures/ledger.ts'

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

    it('reverts when no accredited scanner failed the weights since the request', async function () {
      const { gate, manager, scanner, a, readyAt, readyBlock } = await loadFixture(deployFailed)
      await passClock(readyAt, readyBlock)
      await manager.revokeRole(ROLES.scanner, scanner)
      await expect(gate.quarantine(a)).to.be.revertedWithCustomError(gate, 'ReviewGateNothingFailed').withArgs(a)
      await manager.grantRole(ROLES.scanner, scanner, 0)
      await gate.quarantine(a)
    })

    it('ignores a failure from before the request', async function () {
      const { gate, scanner, struct, a, weights } = await loadFixture(deployGate)
      const failed = reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed })
      await gate.connect(scanner).attestScan(failed)
      await gate.requestReview(struct, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      await expect(gate.quarantine(a)).to.be.revertedWithCustomError(gate, 'ReviewGateNothingFailed').withArgs(a)
    })

    it('reverts for an unknown, cleared or recalled review', async function () {
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
    it('shuts a loadable subject at once and permanently, and emits the reason', async function () {
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

    it('recalls unreviewed and quarantined subjects', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      expect(plain(await gate.reviewOf(NOBODY_HAS))).to.deep.equal(NO_REVIEW.with(6, STATE.recalled))
      await expect(gate.requestArtefactReview(NOBODY_HAS, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.recalled)
    })

    it('accepts a reason of 2,048 bytes, and rejects 2,049', async function () {
      const { gate, authority, a } = await loadFixture(deployGate)
      await expect(gate.connect(authority).recallSubject(a, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
    })

    it('reverts for anybody but the authority', async function () {
      const { gate, admin, publisher, scanner, certifier, guardian, stranger, a } = await loadFixture(deployGate)
      for (const account of [admin, publisher, scanner, certifier, guardian, stranger]) {
        await expect(gate.connect(account).recallSubject(a, ''))
          .to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
    })

    it('of the weights shuts every model with them, including later ones', async function () {
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
})
