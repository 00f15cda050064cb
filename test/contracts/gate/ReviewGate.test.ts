import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { ROLES } from '../../../src/core/roles.ts'
import {
  at,
  deployGate,
  deployPassed,
  deployReview,
  MARGIN,
  MIN_BLOCKS,
  NO_REVIEW,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  signScan,
  uses,
} from '../../fixtures/gate.ts'
import { DAY, digestOf, ethers, eventsOf, FOREVER, networkHelpers, plain } from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')

describe('ReviewGate', function () {
  describe('constructor', function () {
    it('stores the margin and the blocks, and starts with 24 hours and one organization', async function () {
      const { gate, manager } = await loadFixture(deployGate)
      expect(await gate.margin()).to.equal(MARGIN)
      expect(await gate.minBlocks()).to.equal(MIN_BLOCKS)
      expect(await gate.reviewPeriod()).to.equal(DAY)
      expect(await gate.quorum()).to.equal(1n)
      expect(await gate.MIN_REVIEW_PERIOD()).to.equal(DAY)
      expect(await gate.MAX_REVIEW_PERIOD()).to.equal(365n * DAY)
      expect(await gate.MAX_QUORUM()).to.equal(16n)
      expect([await gate.MAX_MARGIN(), await gate.MAX_MIN_BLOCKS()]).to.deep.equal([30n * DAY, 3_000_000n])
      expect(await gate.authority()).to.equal(await manager.getAddress())
      expect([await gate.AUTHORITY_ROLE(), await gate.CERTIFIER_ROLE(), await gate.SCANNER_ROLE()]).to.deep.equal([
        ROLES.authority,
        ROLES.certifier,
        ROLES.scanner,
      ])
    })

    it('accepts a margin of 30 days and 3,000,000 blocks, and rejects a second or a block more', async function () {
      const { gate, manager, ledger, claims } = await loadFixture(deployGate)
      const deployWith = (margin: bigint, blocks: bigint) =>
        ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, margin, blocks])
      const most = await deployWith(30n * DAY, 3_000_000n)
      expect([await most.margin(), await most.minBlocks()]).to.deep.equal([30n * DAY, 3_000_000n])
      await expect(deployWith(30n * DAY + 1n, 0n))
        .to.be.revertedWithCustomError(gate, 'ReviewGatePeriodOutOfRange')
        .withArgs(30n * DAY + 1n, 0n, 30n * DAY)
      await expect(deployWith(0n, 3_000_001n))
        .to.be.revertedWithCustomError(gate, 'ReviewGateBlocksOutOfRange')
        .withArgs(3_000_001n, 3_000_000n)
    })
  })

  describe('setReviewPeriod', function () {
    it('accepts 24 hours to 365 days, emits the event, and rejects anything beyond', async function () {
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

  describe('setMargin', function () {
    it('accepts 0 seconds to 30 days for later reviews, emits the event, and rejects anything beyond', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      for (const margin of [30n * DAY, 0n]) {
        expect(await eventsOf(by.setMargin(margin), gate)).to.deep.equal([['MarginSet', margin]])
        expect(await gate.margin()).to.equal(margin)
      }
      // Without any margin a review still takes the shortest period, a day.
      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      expect((await gate.reviewOf(NOBODY_HAS)).readyAt).to.equal(now + DAY)
      for (const margin of [30n * DAY + 1n, 365n * DAY, FOREVER]) {
        await expect(by.setMargin(margin))
          .to.be.revertedWithCustomError(gate, 'ReviewGatePeriodOutOfRange')
          .withArgs(margin, 0n, 30n * DAY)
      }
    })
  })

  describe('setMinBlocks', function () {
    it('accepts 0 to 3,000,000 blocks for later reviews, emits the event, and rejects anything beyond', async function () {
      const { gate, authority } = await loadFixture(deployGate)
      const by = gate.connect(authority)
      for (const blocks of [3_000_000n, 0n]) {
        expect(await eventsOf(by.setMinBlocks(blocks), gate)).to.deep.equal([['MinBlocksSet', blocks]])
        expect(await gate.minBlocks()).to.equal(blocks)
      }
      for (const blocks of [3_000_001n, 2n ** 48n - 1n]) {
        await expect(by.setMinBlocks(blocks))
          .to.be.revertedWithCustomError(gate, 'ReviewGateBlocksOutOfRange')
          .withArgs(blocks, 3_000_000n)
      }
    })
  })

  describe('setQuorum', function () {
    it('accepts 1 to 16 organizations, emits the event, and rejects anything beyond', async function () {
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
    it('assigns a scanner to an organization, and undoes it with zero', async function () {
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

  it('lets only the authority set the rules of later reviews', async function () {
    const { gate, admin, certifier, scanner, guardian, publisher, stranger } = await loadFixture(deployGate)
    for (const account of [admin, certifier, scanner, guardian, publisher, stranger]) {
      const by = gate.connect(account)
      for (const sent of [
        () => by.setReviewPeriod(2n * DAY),
        () => by.setMargin(0n),
        () => by.setMinBlocks(0n),
        () => by.setQuorum(2),
        () => by.setOrganization(account, ZeroHash),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized').withArgs(account.address)
      }
    }
  })

  describe('pauseWrites', function () {
    it('stops requests, passed scans, clearings and certifications, but nothing that shuts the gate', async function () {
      const { gate, guardian, authority, certifier, scanner, scanner2, struct, a, weights } =
        await loadFixture(deployPassed)
      await gate.connect(certifier).certifyArtefact(NOBODY_HAS, FOREVER)
      const failed = reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed })
      await gate.connect(scanner2).attestScan(failed)
      await gate.connect(guardian).pauseWrites()
      const until = await gate.pausedUntil()
      expect(until).to.equal(BigInt(await time.latest()) + 7n * DAY)
      const report = reportOf(weights, BigInt(await time.latest()))
      const signature = await signScan(gate, scanner, report)
      for (const sent of [
        () => gate.requestReview(struct, ''),
        () => gate.attestScanBySignature(report, scanner, FOREVER, signature),
        () => gate.requestArtefactReview(weights, ''),
        () => gate.connect(scanner).attestScan(report),
        () => gate.clear(a),
        () => gate.connect(certifier).certify(struct, RESEARCH, FOREVER),
        () => gate.connect(certifier).certifyArtefact(weights, FOREVER),
      ]) {
        await expect(sent()).to.be.revertedWithCustomError(gate, 'WritePausePaused').withArgs(until)
      }
      const again = reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed })
      await gate.attestScanBySignature(again, scanner, FOREVER, await signScan(gate, scanner, again))
      await gate.connect(certifier).withdrawCertification(NOBODY_HAS, '')
      await gate.connect(authority).setQuorum(3)
    })

    it('adds its time to the clock, and ends by itself', async function () {
      const { gate, guardian, scanner, a, weights, readyAt, readyBlock } = await loadFixture(deployReview)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(guardian).pauseWrites()
      const until = await gate.pausedUntil()
      await mine(Number(MIN_BLOCKS))
      await at(until - 1n)
      await expect(gate.clear(a)).to.be.revertedWithCustomError(gate, 'WritePausePaused').withArgs(until)
      const extended = readyAt + 7n * DAY
      await at(until)
      await expect(gate.clear(a))
        .to.be.revertedWithCustomError(gate, 'ReviewGateClockRunning')
        .withArgs(a, extended, readyBlock)
      await at(extended)
      await gate.clear(a)
      expect([(await gate.reviewOf(a)).readyAt, (await gate.reviewOf(a)).readyBlock]).to.deep.equal([
        extended,
        readyBlock,
      ])
    })

    it('reverts for anybody but the guardian', async function () {
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
    it('returns zeros for an unknown subject', async function () {
      const { gate, a } = await loadFixture(deployGate)
      expect(plain(await gate.reviewOf(a))).to.deep.equal(NO_REVIEW)
      expect(plain(await gate.certificationOf(a))).to.deep.equal([ZeroAddress, 0n, 0n])
      expect(await gate.isCertified(a)).to.equal(false)
      expect(plain(await gate.scansOf(a))).to.deep.equal([])
      expect(plain(await gate.tensorScansOf(a))).to.deep.equal([])
      expect(plain(await gate.standingOf(a, NOBODY_HAS))).to.deep.equal([false, false, 0n])
      await expect(gate.conditionsOf(a)).to.be.revertedWithCustomError(gate, 'ReviewGateUnknownReview').withArgs(a)
    })

    it('returns the conditions of a review', async function () {
      const { gate, setAccepted, scanner, scanner2, a, weights, readyAt, readyBlock } = await loadFixture(deployReview)
      expect(plain(await gate.conditionsOf(a))).to.deep.equal([true, 0n, 0n, 1n, 0n])
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      await gate.connect(scanner2).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await setAccepted(a, 4)
      await passClock(readyAt, readyBlock)
      expect(plain(await gate.conditionsOf(a))).to.deep.equal([false, 1n, 1n, 1n, 4n])
      await gate.requestArtefactReview(NOBODY_HAS, '')
      expect(plain(await gate.conditionsOf(NOBODY_HAS))).to.deep.equal([true, 0n, 0n, 1n, 0n])
    })
  })
})
