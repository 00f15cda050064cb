import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { loadLicenses } from '../../../src/artifacts/licenseLibrary.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { termsIdOf } from '../../../src/core/terms.ts'
import { ALL_RIGHTS, RIGHT_NAMES } from '../../../src/core/vocabulary.ts'
import { termsOfLicense } from '../../../src/documents/license.ts'
import { atMostGas } from '../../fixtures/gas.ts'
import {
  at,
  deployCleared,
  deployDerived,
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
  ethers,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
  termsStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, mine, time } = networkHelpers
const RESEARCH = uses('research')
const MODIFY = uses('modify')

describe('ReviewGate', function () {
  describe('certify', function () {
    it('opens the gate at once for its uses, without a review', async function () {
      const { gate, certifier, struct, a, weights } = await loadFixture(deployGate)
      const until = BigInt(await time.latest()) + 10n * DAY
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
      expect(await eventsOf(gate.connect(certifier).certify(struct, RESEARCH, until), gate)).to.deep.equal([
        ['SubjectCertified', a, weights, certifier.address, BigInt(RESEARCH), until],
      ])
      expect(plain(await gate.certificationOf(a))).to.deep.equal([certifier.address, until, BigInt(RESEARCH)])
      expect(await gate.isCertified(a)).to.equal(true)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect(await gate.isLoadable(a, MODIFY)).to.equal(false)
      expect(plain(await gate.reviewOf(a))).to.deep.equal([weights, 0n, 0n, 0n, 0n, 0n, 0n, STATE.none, true])
    })

    it('opens it while the clock of the review runs, and leaves the clock alone', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployGate)
      await gate.requestReview(struct, '')
      const before = plain(await gate.reviewOf(a))
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect(plain(await gate.reviewOf(a))).to.deep.equal(before)
    })

    it('ends with its last second, and leaves the cleared uses', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployCleared)
      const until = BigInt(await time.latest()) + 1000n
      await gate.connect(certifier).certify(struct, MODIFY, until)
      expect(await gate.isLoadable(a, MODIFY | RESEARCH)).to.equal(true)
      await time.increaseTo(until - 1n)
      expect([await gate.isCertified(a), await gate.isLoadable(a, MODIFY)]).to.deep.equal([true, true])
      await time.increaseTo(until)
      expect([await gate.isCertified(a), await gate.isLoadable(a, MODIFY)]).to.deep.equal([false, false])
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect((await gate.certificationOf(a)).until).to.equal(until)
    })

    it('ends when its certifier loses the role, unless another certifier renewed it', async function () {
      const { gate, manager, certifier, certifier2, struct, a } = await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      await manager.revokeRole(ROLES.certifier, certifier)
      expect([await gate.isCertified(a), await gate.isLoadable(a, RESEARCH)]).to.deep.equal([false, false])
      await gate.connect(certifier2).certify(struct, RESEARCH, FOREVER)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect((await gate.certificationOf(a)).certifier).to.equal(certifier2.address)
    })

    it('does not lift what the license withholds, then or later', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, ALL_RIGHTS, FOREVER)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect(await gate.isLoadable(a, WITHHELD)).to.equal(false)
      expect(await gate.isLoadable(a, WITHHELD | RESEARCH)).to.equal(false)
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

    it('waits out the execution delay of a role that has one, and counts nobody else as the certifier', async function () {
      const { gate, manager, certifier, struct, a } = await loadFixture(deployGate)
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
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
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

    it('reverts for a quarantined or recalled subject, and an earlier certification opens neither', async function () {
      const { gate, certifier, authority, scanner, struct, a, weights } = await loadFixture(deployPassed)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
      const refuse = async (state: bigint) =>
        expect(gate.connect(certifier).certify(struct, RESEARCH, FOREVER))
          .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
          .withArgs(a, state)
      await refuse(STATE.quarantined)
      await gate.connect(authority).recallSubject(a, '')
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
      await refuse(STATE.recalled)
    })

    it('voids an “artefact’s” review under the id of the model', async function () {
      const { gate, certifier, stranger, scanner, struct, a, weights } = await loadFixture(deployGate)
      await gate.connect(stranger).requestArtefactReview(a, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(a, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(a)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      expect(plain(await gate.reviewOf(a))).to.deep.equal([weights, 0n, 0n, 0n, 0n, 0n, 0n, STATE.none, true])
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
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
      const { gate, certifier, a, weights } = await loadFixture(deployGate)
      await gate.connect(certifier).certifyArtefact(weights, FOREVER)
      await gate.connect(certifier).certifyArtefact(a, FOREVER)
      for (const mask of [0, RESEARCH, ALL_RIGHTS]) expect(await gate.isLoadable(a, mask)).to.equal(false)
      expect(await gate.isScanned(weights)).to.equal(true)
    })

    it('reverts for zero weights, the id of a model, an end in the past, and a recalled subject', async function () {
      const { gate, authority, certifier, struct, a } = await loadFixture(deployGate)
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
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      await expect(by.certifyArtefact(NOBODY_HAS, FOREVER))
        .to.be.revertedWithCustomError(gate, 'ReviewGateUnexpectedState')
        .withArgs(NOBODY_HAS, STATE.recalled)
    })
  })

  describe('withdrawCertification', function () {
    async function deployCertified() {
      const base = await deployGate()
      await base.gate.connect(base.certifier).certify(base.struct, RESEARCH, FOREVER)
      return base
    }

    it('shuts the gate at once, for its certifier, with or without the role, and for an authority', async function () {
      const { gate, manager, certifier, authority, a } = await loadFixture(deployCertified)
      const certified = await networkHelpers.takeSnapshot()
      for (const account of [certifier, authority]) {
        expect(await eventsOf(gate.connect(account).withdrawCertification(a, LONG), gate)).to.deep.equal([
          ['CertificationWithdrawn', a, account.address, LONG],
        ])
        expect(plain(await gate.certificationOf(a))).to.deep.equal([ZeroAddress, 0n, 0n])
        expect([await gate.isCertified(a), await gate.isLoadable(a, RESEARCH)]).to.deep.equal([false, false])
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

  describe('isLoadable', function () {
    it('is false, without reverting, for an unknown model, empty uses and undefined uses', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployCleared)
      await gate.connect(certifier).certify(struct, ALL_RIGHTS, FOREVER)
      expect(await gate.isLoadable(NOBODY_HAS, RESEARCH)).to.equal(false)
      expect(await gate.isLoadable(ZeroHash, RESEARCH)).to.equal(false)
      for (const mask of [0, ALL_RIGHTS + 1, 0x80000000, 0xffffffff, RESEARCH | 0x80000000]) {
        expect(await gate.isLoadable(a, mask >>> 0)).to.equal(false)
      }
    })

    it('is true for what the license permits on conditions', async function () {
      const { gate, certifier, struct, a } = await loadFixture(deployGate)
      const use = uses('redistribute')
      await gate.requestReview(struct, '')
      expect((await gate.conditionsOf(a, use)).license).to.equal(1n)
      await gate.connect(certifier).certify(struct, use, FOREVER)
      expect(await gate.isLoadable(a, use)).to.equal(true)
    })

    it('is false from the block in which the ledger recalls the model or an ancestor', async function () {
      const { gate, ledger, publisher, certifier, parent, child, childId } = await loadFixture(deployDerived)
      await gate.connect(certifier).certify(registrationStruct(child), RESEARCH, FOREVER)
      expect(await gate.isLoadable(childId, RESEARCH)).to.equal(true)
      await ledger.connect(publisher).recall(parent, '')
      expect(await gate.isLoadable(childId, RESEARCH)).to.equal(false)
    })

    it('follows a credential from block to block: suspended, reinstated, revoked', async function () {
      const { gate, credentials, publisher, scanner, child, childId, credential } = await loadFixture(deployDerived)
      await gate.requestReview(registrationStruct(child), '')
      const { readyAt, readyBlock } = await gate.reviewOf(childId)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(child.weights, BigInt(await time.latest())))
      await gate.clear(childId, RESEARCH | MODIFY)
      const by = credentials.connect(publisher)
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(true)
      await by.suspend(credential, '')
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(false)
      await by.reinstate(credential)
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(true)
      await by.revoke(credential, '')
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(false)
      expect((await gate.reviewOf(childId)).state).to.equal(STATE.cleared)
    })

    it('is false from the second in which the credential ends, and a review cannot be cleared then', async function () {
      const { gate, certifier, scanner, child, childId, until } = await loadFixture(deployDerived)
      await gate.connect(certifier).certify(registrationStruct(child), MODIFY, FOREVER)
      await gate.requestReview(registrationStruct(child), '')
      await mine(20)
      await time.increaseTo(until - 1n)
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(true)
      await gate.connect(scanner).attestScan(reportOf(child.weights, until - 1n))
      await time.increaseTo(until + 1n)
      expect(await gate.isLoadable(childId, MODIFY)).to.equal(false)
      await expect(gate.clear(childId, MODIFY))
        .to.be.revertedWithCustomError(gate, 'ReviewGateLicenseWithheld')
        .withArgs(childId, BigInt(MODIFY), 2n)
    })

    it('is shut by a quarantine of the weights as an artefact, for every model with them', async function () {
      const { gate, scanner, a, weights } = await loadFixture(deployCleared)
      await gate.requestArtefactReview(weights, '')
      const { readyAt, readyBlock } = await gate.reviewOf(weights)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(weights)
      // Taking the failure back does not open the gate again.
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(false)
    })

    it('takes no permission as given that a license of the library asks for: an agreement, or a territory', async function () {
      const { gate, ledger, publisher, certifier } = await loadFixture(deployGate)
      let asked = 0
      for (const [index, license] of (await loadLicenses()).entries()) {
        const terms = termsOfLicense(license)
        if (terms === null) continue // nothing is known of it
        await ledger.publishTerms(termsStruct(terms))
        const registration = registrationOf(publisher.address, {
          terms: termsIdOf(terms),
          uri: `https://${index}.example`,
        })
        await ledger.connect(publisher).register(registrationStruct(registration))
        const model = modelIdOf(registration)
        await gate.connect(certifier).certify(registrationStruct(registration), uses(...RIGHT_NAMES), FOREVER)
        const needed = new Set(
          terms.thresholds
            .filter(({ metric }) => metric === 'withoutLicensorAgreement' || metric === 'inExcludedTerritory')
            .flatMap(({ withdraws }) => withdraws),
        )
        for (const right of RIGHT_NAMES) {
          const expected = terms.rights.includes(right) && !needed.has(right)
          if (needed.has(right)) asked += 1
          expect(await gate.isLoadable(model, uses(right)), `${terms.name}: ${right}`).to.equal(expected)
        }
      }
      expect(asked, 'permissions that the library asks for').to.be.greaterThan(5)
    })

    it('is not shut by claims, accepted or not, once it is cleared', async function () {
      const { gate, setAccepted, a, weights } = await loadFixture(deployCleared)
      await setAccepted(a, 10)
      await setAccepted(weights, 10)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
    })

    it('is false when the lens fails, and needs no more gas than documented when a contract asks', async function () {
      const { gate, manager, ledger, claims, certifier, struct, a } = await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      const reader = await ethers.deployContract('Reader')
      const call = gate.interface.encodeFunctionData('isLoadable', [a, RESEARCH])
      const [gas, answer] = await reader.getFunction('gasOf').staticCall(gate, call)
      expect(BigInt(answer)).to.equal(1n)
      expect(gas).to.be.lessThan(atMostGas(300_000n))

      // A lens without code, and one that reverts: here the gate calls the claims, which lack the function.
      for (const lens of [ZeroAddress.replace(/0$/, '9'), await claims.getAddress()]) {
        const blind = await ethers.deployContract('ReviewGate', [manager, ledger, lens, claims, 0, 0])
        const selector = blind.interface.getFunction('certify').selector
        await manager.setTargetFunctionRole(blind, [selector], ROLES.certifier)
        await blind.connect(certifier).certify(struct, RESEARCH, FOREVER)
        if (lens === (await claims.getAddress())) expect(await blind.isLoadable(a, RESEARCH)).to.equal(false)
      }
    })

    it('is never true for lack of gas', async function () {
      const { gate, a } = await loadFixture(deployCleared)
      const withheld = await gate.isLoadable(a, WITHHELD)
      expect(withheld).to.equal(false)
      for (let gasLimit = 25_000; gasLimit <= 200_000; gasLimit += 5_000) {
        const answer = await gate.isLoadable.staticCall(a, WITHHELD, { gasLimit }).catch(() => false)
        expect(answer, `${gasLimit}`).to.equal(false)
      }
      const enough = atMostGas(400_000n)
      expect(await gate.isLoadable.staticCall(a, RESEARCH, { gasLimit: enough })).to.equal(true)
    })
  })

  describe('isScanned', function () {
    it('is false for an unreviewed, frozen, quarantined or recalled artefact, and for the id of a model', async function () {
      const { gate, a, authority, scanner } = await loadFixture(deployCleared)
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
      await gate.clear(NOBODY_HAS, 0)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
      await passed.restore()
      await scan(SCAN.failed)
      await gate.quarantine(NOBODY_HAS)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
    })

    it('is false for a quarantined or recalled artefact, whatever was certified before', async function () {
      const { gate, authority, certifier, scanner } = await loadFixture(deployGate)
      await gate.requestArtefactReview(NOBODY_HAS, '')
      await gate.connect(certifier).certifyArtefact(NOBODY_HAS, FOREVER)
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(true)
      const certified = await networkHelpers.takeSnapshot()
      await gate.connect(authority).recallSubject(NOBODY_HAS, '')
      expect(await gate.isScanned(NOBODY_HAS)).to.equal(false)
      await certified.restore()
      const { readyAt, readyBlock } = await gate.reviewOf(NOBODY_HAS)
      await passClock(readyAt, readyBlock)
      const failed = { verdict: SCAN.failed }
      await gate.connect(scanner).attestScan(reportOf(NOBODY_HAS, BigInt(await time.latest()), failed))
      await gate.quarantine(NOBODY_HAS)
      expect([await gate.isCertified(NOBODY_HAS), await gate.isScanned(NOBODY_HAS)]).to.deep.equal([true, false])
    })

    it('ignores a review of a model with these weights', async function () {
      const { gate, ledger, publisher, certifier, a, weights } = await loadFixture(deployCleared)
      expect(await gate.isLoadable(a, RESEARCH)).to.equal(true)
      expect(await gate.isScanned(weights)).to.equal(false)
      const twin = registrationOf(publisher.address, { weights, uri: 'https://twin.example' })
      await ledger.connect(publisher).register(registrationStruct(twin))
      await gate.connect(certifier).certify(registrationStruct(twin), RESEARCH, FOREVER)
      expect(await gate.isScanned(weights)).to.equal(false)
    })
  })
})
