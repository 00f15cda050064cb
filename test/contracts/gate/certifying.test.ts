import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { ALL_RIGHTS } from '../../../src/core/vocabulary.ts'
import {
  at,
  deployCleared,
  deployGate,
  deployPassed,
  LONG,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  STATE,
  uses,
  WITHHELD,
} from '../../fixtures/gate.ts'
import {
  DAY,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const RESEARCH = uses('research')
const MODIFY = uses('modify')

describe('ReviewGate', function () {
  describe('certify', function () {
    it('opens the gate at once for its uses, without a review', async function () {
      const { gate, certifier, registration, isLoadable, struct, a, weights } = await loadFixture(deployGate)
      const until = BigInt(await time.latest()) + 10n * DAY
      expect(await isLoadable(registration, RESEARCH)).to.equal(false)
      expect(await eventsOf(gate.connect(certifier).certify(struct, RESEARCH, until), gate)).to.deep.equal([
        ['SubjectCertified', a, weights, certifier.address, BigInt(RESEARCH), until],
      ])
      expect(plain(await gate.certificationOf(a))).to.deep.equal([certifier.address, until, BigInt(RESEARCH)])
      expect(await gate.isCertified(a)).to.equal(true)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      expect(await isLoadable(registration, MODIFY)).to.equal(false)
      expect(plain(await gate.reviewOf(a))).to.deep.equal([weights, 0n, 0n, 0n, 0n, 0n, STATE.none, true, ZeroAddress])
    })

    it('opens it while the clock of the review runs, and leaves the clock alone', async function () {
      const { gate, certifier, registration, isLoadable, struct, a } = await loadFixture(deployGate)
      await gate.requestReview(struct, '')
      const before = plain(await gate.reviewOf(a))
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      expect(plain(await gate.reviewOf(a))).to.deep.equal(before)
    })

    it('ends with its last second', async function () {
      const { gate, certifier, registration, isLoadable, struct, a } = await loadFixture(deployGate)
      const until = BigInt(await time.latest()) + 1000n
      await gate.connect(certifier).certify(struct, MODIFY, until)
      await time.increaseTo(until - 1n)
      expect([await gate.isCertified(a), await isLoadable(registration, MODIFY)]).to.deep.equal([true, true])
      await time.increaseTo(until)
      expect([await gate.isCertified(a), await isLoadable(registration, MODIFY)]).to.deep.equal([false, false])
      expect((await gate.certificationOf(a)).until).to.equal(until)
    })

    it('is needed for all uses together, unless the review is cleared', async function () {
      const { gate, certifier, registration, check, struct, a } = await loadFixture(deployPassed)
      await gate.connect(certifier).certify(struct, MODIFY, FOREVER)
      const both = await check(registration, MODIFY | RESEARCH)
      expect([both.certified, both.loadable]).to.deep.equal([false, false])
      await gate.clear(a)
      const cleared = await check(registration, MODIFY | RESEARCH)
      expect([cleared.cleared, cleared.certified, cleared.loadable]).to.deep.equal([true, false, true])
    })

    it('is not replaced by another certifier while it is valid and its certifier accredited', async function () {
      const { gate, manager, certifier, certifier2, authority, struct, a } = await loadFixture(deployGate)
      const until = BigInt(await time.latest()) + 1000n
      await gate.connect(certifier).certify(struct, RESEARCH, until)
      const other = () => gate.connect(certifier2).certify(struct, ALL_RIGHTS, FOREVER)
      const refuse = async () =>
        expect(other())
          .to.be.revertedWithCustomError(gate, 'ReviewGateAlreadyCertified')
          .withArgs(a, certifier.address, until)
      await refuse()
      const held = await networkHelpers.takeSnapshot()
      const open = async () => {
        await other()
        expect((await gate.certificationOf(a)).certifier).to.equal(certifier2.address)
        await held.restore()
      }
      await gate.connect(certifier).withdrawCertification(a, '')
      await open()
      await gate.connect(authority).withdrawCertification(a, '')
      await open()
      await manager.revokeRole(ROLES.certifier, certifier)
      await open()
      await at(until)
      await open()
      await at(until - 1n)
      await refuse()
      await held.restore()
      await gate.connect(certifier).certify(struct, MODIFY, until)
      expect((await gate.certificationOf(a)).uses).to.equal(BigInt(MODIFY))
    })

    it('is not replaced for an artefact either', async function () {
      const { gate, certifier, certifier2 } = await loadFixture(deployGate)
      await gate.connect(certifier).certifyArtefact(NOBODY_HAS, FOREVER)
      await expect(gate.connect(certifier2).certifyArtefact(NOBODY_HAS, FOREVER))
        .to.be.revertedWithCustomError(gate, 'ReviewGateAlreadyCertified')
        .withArgs(NOBODY_HAS, certifier.address, FOREVER)
    })

    it('ends when its certifier loses the role, unless another certifier renewed it', async function () {
      const { gate, manager, certifier, certifier2, registration, isLoadable, struct, a } =
        await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      await manager.revokeRole(ROLES.certifier, certifier)
      expect([await gate.isCertified(a), await isLoadable(registration, RESEARCH)]).to.deep.equal([false, false])
      await gate.connect(certifier2).certify(struct, RESEARCH, FOREVER)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      expect((await gate.certificationOf(a)).certifier).to.equal(certifier2.address)
    })

    it('does not lift what the license withholds, then or later', async function () {
      const { gate, certifier, registration, isLoadable, struct } = await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, ALL_RIGHTS, FOREVER)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      expect(await isLoadable(registration, WITHHELD)).to.equal(false)
      expect(await isLoadable(registration, WITHHELD | RESEARCH)).to.equal(false)
    })

    it('reverts for anybody but a certifier', async function () {
      const { gate, manager, admin, authority, scanner, publisher, stranger, certifier, struct } =
        await loadFixture(deployGate)
      for (const account of [admin, authority, scanner, publisher, stranger]) {
        for (const sent of [
          () => gate.connect(account).certify(struct, RESEARCH, FOREVER),
          () => gate.connect(account).certifyArtefact(NOBODY_HAS, FOREVER),
        ]) {
          await expect(sent())
            .to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized')
            .withArgs(account.address)
        }
      }
      await manager.revokeRole(ROLES.certifier, certifier)
      await expect(gate.connect(certifier).certify(struct, RESEARCH, FOREVER))
        .to.be.revertedWithCustomError(gate, 'AccessManagedUnauthorized')
        .withArgs(certifier.address)
    })

    it('reverts for who is not a certifier even where the administrator lets another role call', async function () {
      const { gate, manager, admin, scanner, struct, a } = await loadFixture(deployGate)
      const selectors = (['certify', 'certifyArtefact'] as const).map(
        (name) => gate.getFunction(name).fragment.selector,
      )
      await manager.connect(admin).setTargetFunctionRole(gate, selectors, ROLES.scanner)
      for (const [subject, sent] of [
        [a, () => gate.connect(scanner).certify(struct, RESEARCH, FOREVER)],
        [NOBODY_HAS, () => gate.connect(scanner).certifyArtefact(NOBODY_HAS, FOREVER)],
      ] as const) {
        await expect(sent())
          .to.be.revertedWithCustomError(gate, 'ReviewGateNotCertifier')
          .withArgs(subject, scanner.address)
        expect(await gate.isCertified(subject)).to.equal(false)
      }
    })

    it('waits out the execution delay of a role that has one, and counts nobody else as the certifier', async function () {
      const { gate, manager, certifier, registration, isLoadable, struct } = await loadFixture(deployGate)
      await manager.grantRole(ROLES.certifier, certifier, 3600)
      const call = gate.interface.encodeFunctionData('certify', [struct, RESEARCH, FOREVER])
      await expect(gate.connect(certifier).certify(struct, RESEARCH, FOREVER)).to.be.revertedWithCustomError(
        manager,
        'AccessManagerNotScheduled',
      )
      await manager.connect(certifier).schedule(gate, call, 0)
      await time.increase(3600)
      const scheduled = await networkHelpers.takeSnapshot()
      // Sent through the manager, the certifier would be the manager.
      await expect(manager.connect(certifier).execute(gate, call))
        .to.be.revertedWithCustomError(gate, 'DirectAccessThroughManager')
        .withArgs(await manager.getAddress())
      await scheduled.restore()
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
    })

    it('reverts for an unknown model, undefined uses, and an end that is not in the future', async function () {
      const { gate, certifier, registration, struct } = await loadFixture(deployGate)
      const by = gate.connect(certifier)
      const unknown = { ...registration, weights: NOBODY_HAS }
      await expect(by.certify(registrationStruct(unknown), RESEARCH, FOREVER))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnknownModel')
        .withArgs(modelIdOf(unknown))
      for (const wrong of [0, ALL_RIGHTS + 1, 0xffffffff]) {
        await expect(by.certify(struct, wrong, FOREVER))
          .to.be.revertedWithCustomError(gate, 'ReviewGateInvalidUses')
          .withArgs(wrong)
      }
      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await expect(by.certify(struct, RESEARCH, now))
        .to.be.revertedWithCustomError(gate, 'ReviewGateExpired')
        .withArgs(now)
      await at(now + 1n)
      await by.certify(struct, RESEARCH, now + 2n)
    })

    it('reverts for a quarantined subject, which an earlier certification does not open', async function () {
      const { gate, certifier, scanner, registration, isLoadable, struct, a, weights } = await loadFixture(deployPassed)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      expect(await isLoadable(registration, RESEARCH)).to.equal(false)
      await expect(gate.connect(certifier).certify(struct, RESEARCH, FOREVER))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.quarantined)
    })

    it('voids an “artefact’s” review under the id of the model', async function () {
      const { gate, certifier, stranger, scanner, registration, isLoadable, struct, a, weights } =
        await loadFixture(deployGate)
      await gate.connect(stranger).requestArtefactReview(a, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(a, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(plain(await gate.reviewOf(a))).to.deep.equal([weights, 0n, 0n, 0n, 0n, 0n, STATE.none, true, ZeroAddress])
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
    })
  })

  describe('certifyArtefact', function () {
    it('opens the gate for unregistered weights', async function () {
      const { gate, certifier } = await loadFixture(deployGate)
      const until = BigInt(await time.latest()) + 1000n
      expect(await eventsOf(gate.connect(certifier).certifyArtefact(NOBODY_HAS, until), gate)).to.deep.equal([
        ['SubjectCertified', NOBODY_HAS, NOBODY_HAS, certifier.address, 0n, until],
      ])
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      await time.increaseTo(until - 1n)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      await time.increaseTo(until)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
    })

    it('does not open a model, by its weights or by its id', async function () {
      const { gate, certifier, check, registration, a, weights } = await loadFixture(deployGate)
      await gate.connect(certifier).certifyArtefact(weights, FOREVER)
      await gate.connect(certifier).certifyArtefact(a, FOREVER)
      const { cleared, certified, loadable } = await check(registration, RESEARCH)
      expect([cleared, certified, loadable]).to.deep.equal([false, false, false])
      expect(await gate.isScanned(weights)).to.equal(true)
    })

    it('reverts for zero weights, the id of a model, and an end in the past', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployGate)
      const by = gate.connect(certifier)
      await expect(by.certifyArtefact(ZeroHash, FOREVER)).to.be.revertedWithCustomError(
        gate,
        'ReviewGateMissingWeights',
      )
      await gate.requestReview(struct, '')
      await expect(by.certifyArtefact(a, FOREVER))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(a, STATE.frozen)
      const now = BigInt(await time.latest())
      await expect(by.certifyArtefact(NOBODY_HAS, now))
        .to.be.revertedWithCustomError(gate, 'ReviewGateExpired')
        .withArgs(now)
    })
  })

  describe('withdrawCertification', function () {
    async function deployCertified() {
      const base = await deployGate()
      await base.gate.connect(base.certifier).certify(base.struct, RESEARCH, FOREVER)
      return base
    }

    it('shuts the gate at once, for its certifier, with or without the role, and for an authority', async function () {
      const { gate, manager, certifier, authority, registration, isLoadable, a } = await loadFixture(deployCertified)
      const certified = await networkHelpers.takeSnapshot()
      for (const account of [certifier, authority]) {
        expect(await eventsOf(gate.connect(account).withdrawCertification(a, LONG), gate)).to.deep.equal([
          ['CertificationWithdrawn', a, account.address, LONG],
        ])
        expect(plain(await gate.certificationOf(a))).to.deep.equal([ZeroAddress, 0n, 0n])
        expect([await gate.isCertified(a), await isLoadable(registration, RESEARCH)]).to.deep.equal([false, false])
        await certified.restore()
      }
      await manager.revokeRole(ROLES.certifier, certifier)
      await gate.connect(certifier).withdrawCertification(a, '')
    })

    it('reverts for everybody else, and without a certification', async function () {
      const { gate, certifier, certifier2, admin, publisher, scanner, stranger, a } = await loadFixture(deployCertified)
      for (const account of [certifier2, admin, publisher, scanner, stranger]) {
        await expect(gate.connect(account).withdrawCertification(a, ''))
          .to.be.revertedWithCustomError(gate, 'ReviewGateNotCertifier')
          .withArgs(a, account.address)
      }
      await expect(gate.connect(certifier).withdrawCertification(a, `${LONG}.`))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      await gate.connect(certifier).withdrawCertification(a, '')
      await expect(gate.connect(certifier).withdrawCertification(a, ''))
        .to.be.revertedWithCustomError(gate, 'ReviewGateNotCertified')
        .withArgs(a)
    })
  })

  describe('isScanned', function () {
    it('is false for an unreviewed, frozen or quarantined artefact, and for the id of a model', async function () {
      const { gate, a, scanner } = await loadFixture(deployCleared)
      for (const digest of [ZeroHash, NOBODY_HAS, a]) expect(await gate.isScanned(digest)).to.equal(false)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
      const scan = async (verdict: number) =>
        gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest()), { verdict }))
      await scan(SCAN.passed)
      const passed = await networkHelpers.takeSnapshot()
      await gate.clear(NOBODY_HAS)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      await passed.restore()
      await scan(SCAN.failed)
      await gate.quarantine(NOBODY_HAS)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
    })

    it('is false for a quarantined artefact, whatever was certified before', async function () {
      const { gate, certifier, scanner } = await loadFixture(deployGate)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      await gate.connect(certifier).certifyArtefact(NOBODY_HAS, FOREVER)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      const failed = { verdict: SCAN.failed }
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest()), failed))
      await gate.quarantine(NOBODY_HAS)
      expect([await gate.isCertified(NOBODY_HAS), await gate.isScanned(NOBODY_HAS)]).to.deep.equal([true, false])
    })

    it('ignores a review of a model with these weights', async function () {
      const { gate, ledger, publisher, certifier, registration, isLoadable, weights } = await loadFixture(deployCleared)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
      expect(await gate.isScanned(weights)).to.equal(false)
      const twin = registrationOf(publisher.address, { weights, uri: 'https://twin.example' })
      await ledger.connect(publisher).register(registrationStruct(twin))
      await gate.connect(certifier).certify(registrationStruct(twin), RESEARCH, FOREVER)
      expect(await gate.isScanned(weights)).to.equal(false)
    })
  })
})
