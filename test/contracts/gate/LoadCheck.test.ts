import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import { loadLicenses } from '../../../src/artifacts/licenseLibrary.ts'
import { parseDigest } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import { bodyOf, termsIdOf, type Threshold } from '../../../src/core/terms.ts'
import { parseMeasure, topicOf, YES_OR_NO, type Metric } from '../../../src/core/topics.ts'
import { ALL_RIGHTS, RIGHT_NAMES } from '../../../src/core/vocabulary.ts'
import { termsOfLicense } from '../../../src/documents/license.ts'
import { atMostGas } from '../../fixtures/gas.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import {
  deployCleared,
  deployDerived,
  deployGate,
  EVERY_WORD,
  KIND,
  loads,
  NOBODY_HAS,
  passClock,
  reportOf,
  SCAN,
  SCOPE,
  STATE,
  uses,
  WITHHELD,
} from '../../fixtures/gate.ts'
import {
  digestOf,
  ethers,
  FOREVER,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
  TERMS,
  termsStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const RESEARCH = uses('research')
const MODIFY = uses('modify')
const [PERMITTED, CONDITIONAL, NOT_PERMITTED, UNKNOWN] = [0n, 1n, 2n, 3n]

/** A certified model that states its tensors, and a twin of another publisher with other weights and the same tensors. */
async function deployTwins() {
  const base = await deployGate()
  const { ledger, gate, publisher, other, certifier, termsId } = base
  const tensors = digestOf('tensors')
  const model = registrationOf(publisher.address, { weights: digestOf('folder'), terms: termsId, tensors })
  const twin = registrationOf(other.address, { weights: digestOf('twin folder'), terms: termsId, tensors })
  for (const [account, each] of [
    [publisher, model],
    [other, twin],
  ] as const) {
    await ledger.connect(account).register(registrationStruct(each))
    await gate.connect(certifier).certify(registrationStruct(each), RESEARCH, FOREVER)
  }
  return { ...base, tensors, model, twin }
}

describe('LoadCheck', function () {
  it('returns every part of the answer', async function () {
    const { check, registration } = await loadFixture(deployCleared)
    const parts = [true, PERMITTED, false, true, false, false, false, false]
    expect(plain(await check(registration, RESEARCH))).to.deep.equal(parts)
  })

  it('reverts for a registration that is not on the ledger, or another than the question’s, and for undefined uses', async function () {
    const { loading, check, registration, struct, a } = await loadFixture(deployCleared)
    const unknown = { ...registration, weights: NOBODY_HAS }
    await expect(check(unknown, RESEARCH))
      .to.be.revertedWithCustomError(loading, 'LoadCheckUnknownModel')
      .withArgs(modelIdOf(unknown))
    const query = { model: NOBODY_HAS, licensee: ZeroAddress, uses: RESEARCH, time: 0, ...EVERY_WORD, facts: [] }
    await expect(loading.check(struct, ZeroHash, query))
      .to.be.revertedWithCustomError(loading, 'LoadCheckOtherModel')
      .withArgs(a, NOBODY_HAS)
    for (const mask of [0, ALL_RIGHTS + 1, 0x80000000, 0xffffffff, RESEARCH | 0x80000000]) {
      await expect(check(registration, mask >>> 0))
        .to.be.revertedWithCustomError(loading, 'LoadCheckInvalidUses')
        .withArgs(mask >>> 0)
    }
  })

  describe('the license', function () {
    it('permits on conditions, withholds, or is unknown; only the first opens', async function () {
      const { gate, check, certifier, registration, struct } = await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, ALL_RIGHTS, FOREVER)
      for (const [mask, license] of [
        [RESEARCH, PERMITTED],
        [uses('redistribute'), CONDITIONAL],
        [WITHHELD, NOT_PERMITTED],
        [WITHHELD | RESEARCH, NOT_PERMITTED],
      ] as const) {
        const answer = await check(registration, mask)
        expect([answer.license, answer.loadable]).to.deep.equal([license, license <= CONDITIONAL])
      }
      // Commercial use is withdrawn above 20 million dollars a month. Who does not say what it earns is not below that.
      const silent = await check(registration, uses('commercial'), { facts: [] })
      expect([silent.license, silent.loadable]).to.deep.equal([UNKNOWN, false])
      const facts = [{ topic: topicOf(bodyOf(TERMS).thresholds[0]!), value: 20_000_000n }]
      expect((await check(registration, uses('commercial'), { facts })).loadable).to.equal(true)
      // What it earns otherwise is another fact.
      expect((await check(registration, uses('commercial'))).loadable).to.equal(false)
    })

    it('counts no word of a publisher that nobody verified, unless the loader trusts it, or names the model', async function () {
      const { check, registration, publisher, other, holder, a } = await loadFixture(deployCleared)
      for (const [words, isLoadable] of [
        [{}, false],
        [{ trusted: [other.address] }, false],
        [{ named: [NOBODY_HAS] }, false],
        [{ licensee: holder.address }, false],
        [{ trusted: [publisher.address] }, true],
        [{ named: [a] }, true],
        [{ licensee: publisher.address }, true],
        [{ everybody: true }, true],
      ] as const) {
        const stated = {
          trusted: [...('trusted' in words ? words.trusted : [])],
          named: [...('named' in words ? words.named : [])],
        }
        const answer = await check(registration, RESEARCH, { everybody: false, ...words, ...stated })
        expect([answer.license === UNKNOWN, answer.loadable], JSON.stringify(words)).to.deep.equal([
          !isLoadable,
          isLoadable,
        ])
      }
    })

    it('takes no permission as given that a license of the library asks for, for the public and for a licensee', async function () {
      this.timeout(300_000)
      const { gate, ledger, publisher, certifier, holder, isLoadable } = await loadFixture(deployGate)
      const isPermission = ({ measure }: Threshold): boolean => YES_OR_NO.has(measure.split('/')[0] as Metric)
      const asked = { sizes: 0, permissions: 0 }
      for (const [index, license] of (await loadLicenses()).entries()) {
        const terms = termsOfLicense(license)
        if (terms === null) continue // nothing is known of it
        // A license that asks for nothing is one of many alike.
        if (index % inDepth(terms.thresholds.length === 0 ? 10 : 2, 1) > 0) continue
        await ledger.publishTerms(termsStruct(terms))
        const registration = registrationOf(publisher.address, {
          terms: termsIdOf(terms),
          uri: `https://${index}.example`,
        })
        await ledger.connect(publisher).register(registrationStruct(registration))
        await gate.connect(certifier).certify(registrationStruct(registration), ALL_RIGHTS, FOREVER)
        const lostBy = (isMeant: (threshold: Threshold) => boolean) =>
          new Set(terms.thresholds.filter(isMeant).flatMap(({ withdraws }) => withdraws))
        const small = (isMeant: (threshold: Threshold) => boolean) =>
          [...new Set(terms.thresholds.filter(isMeant).map(({ measure }) => topicOf(parseMeasure(measure))))]
            .toSorted((one, two) => one - two)
            .map((topic) => ({ topic, value: 0n }))
        const bySize = lostBy((threshold) => !isPermission(threshold))
        const byPermission = lostBy(isPermission)
        for (const licensee of [ZeroAddress, holder.address]) {
          for (const right of RIGHT_NAMES) {
            const granted = terms.rights.includes(right)
            const about = `${terms.name}: ${right} for ${licensee}`
            const said = async (facts: ReturnType<typeof small>) =>
              isLoadable(registration, uses(right), { licensee, facts })
            expect(await said(small(() => true)), `${about}, all stated`).to.equal(granted)
            if (!granted) continue
            if (bySize.has(right)) asked.sizes += 1
            if (byPermission.has(right)) asked.permissions += 1
            expect(await said(small((threshold) => !isPermission(threshold))), `${about}, sizes stated`).to.equal(
              !byPermission.has(right),
            )
            expect(await said([]), `${about}, nothing stated`).to.equal(!byPermission.has(right) && !bySize.has(right))
          }
        }
      }
      expect(asked.permissions, 'permissions that the library asks for').to.be.greaterThan(5)
      expect(asked.sizes, 'sizes that the library asks for').to.be.greaterThan(5)
    })

    it('follows a credential from block to block: suspended, reinstated, revoked', async function () {
      const { gate, isLoadable, credentials, publisher, scanner, child, childId, credential } =
        await loadFixture(deployDerived)
      await gate.requestReview(registrationStruct(child), '')
      const { readyAt, readyBlock } = await gate.reviewOf(childId)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(child.weights, BigInt(await time.latest())))
      await gate.clear(childId)
      const by = credentials.connect(publisher)
      expect(await isLoadable(child, MODIFY)).to.equal(true)
      await by.suspend(credential, '')
      expect(await isLoadable(child, MODIFY)).to.equal(false)
      await by.reinstate(credential)
      expect(await isLoadable(child, MODIFY)).to.equal(true)
      await by.revoke(credential, '')
      expect(await isLoadable(child, MODIFY)).to.equal(false)
      expect((await gate.reviewOf(childId)).state).to.equal(STATE.cleared)
    })

    it('is that of the block, whatever time the question states', async function () {
      const { gate, loading, isLoadable, certifier, child, childId, until } = await loadFixture(deployDerived)
      await gate.connect(certifier).certify(registrationStruct(child), MODIFY, FOREVER)
      await time.increaseTo(until - 1n)
      expect(await isLoadable(child, MODIFY)).to.equal(true)
      await time.increaseTo(until + 1n)
      expect(await isLoadable(child, MODIFY)).to.equal(false)
      const query = { model: childId, licensee: ZeroAddress, uses: MODIFY, time: until - 1n, ...EVERY_WORD }
      const { license, loadable } = await loading.check(registrationStruct(child), child.tensors, query)
      expect([license, loadable]).to.deep.equal([NOT_PERMITTED, false])
    })

    it('is unknown when the lens fails, and needs no more gas than documented when a contract asks', async function () {
      const { gate, loading, ledger, recalls, claims, certifier, registration, struct, a } =
        await loadFixture(deployGate)
      await gate.connect(certifier).certify(struct, RESEARCH, FOREVER)
      const reader = await ethers.deployContract('Reader')
      const query = { model: a, licensee: ZeroAddress, uses: RESEARCH, time: 0, ...EVERY_WORD }
      const call = loading.interface.encodeFunctionData('check', [struct, registration.tensors, query])
      const [gas, answer] = await reader.getFunction('gasOf').staticCall(loading, call)
      expect(loading.interface.decodeFunctionResult('check', answer)[0].loadable).to.equal(true)
      expect(gas).to.be.lessThan(atMostGas(300_000n))

      // A lens that reverts: the claims, which lack the function. And a question that the lens refuses.
      const blind = loads(await ethers.deployContract('LoadCheck', [ledger, gate, claims, recalls]))
      const failed = await blind.check(registration, RESEARCH)
      expect([failed.license, failed.certified, failed.loadable]).to.deep.equal([UNKNOWN, true, false])
      const refused = await loading.check(struct, registration.tensors, {
        ...query,
        facts: [{ topic: 99, value: 0n }],
      })
      expect([refused.license, refused.loadable]).to.deep.equal([UNKNOWN, false])
    })

    it('never opens for lack of gas', async function () {
      const { isLoadable, loading, registration, struct, a } = await loadFixture(deployCleared)
      expect(await isLoadable(registration, WITHHELD)).to.equal(false)
      const query = { model: a, licensee: ZeroAddress, uses: WITHHELD, time: 0, ...EVERY_WORD }
      for (let gasLimit = 25_000; gasLimit <= 250_000; gasLimit += 5_000) {
        const loadable = await loading.check.staticCall(struct, registration.tensors, query, { gasLimit }).then(
          (answer) => answer.loadable,
          () => false,
        )
        expect(loadable, `${gasLimit}`).to.equal(false)
      }
    })
  })

  describe('recalls', function () {
    it('by the authority shut by id, by weights and by tensors, and their undo opens again', async function () {
      const { check, recalls, authority, guardian, model, twin, tensors } = await loadFixture(deployTwins)
      for (const [kind, digest, reaches] of [
        [KIND.model, modelIdOf(model), [true, false]],
        [KIND.weights, model.weights, [true, false]],
        [KIND.tensors, tensors, [true, true]],
      ] as const) {
        await recalls.connect(authority).recall(kind, digest, '')
        for (const [index, each] of [model, twin].entries()) {
          const { recalled, loadable } = await check(each, RESEARCH)
          expect([recalled, loadable]).to.deep.equal([reaches[index], !reaches[index]])
        }
        await recalls.connect(guardian).undoRecall(kind, digest, '')
        expect((await check(model, RESEARCH)).loadable).to.equal(true)
      }
    })

    it('by tensors are asked for the computed ones: stating none, or others, evades nothing', async function () {
      const { ledger, gate, check, recalls, authority, publisher, certifier, termsId, tensors } =
        await loadFixture(deployTwins)
      await recalls.connect(authority).recall(KIND.tensors, tensors, '')
      for (const stated of [ZeroHash, digestOf('others')]) {
        const evading = registrationOf(publisher.address, {
          weights: digestOf('one letter more'),
          terms: termsId,
          tensors: parseDigest(stated),
        })
        await ledger.connect(publisher).register(registrationStruct(evading))
        await gate.connect(certifier).certify(registrationStruct(evading), RESEARCH, FOREVER)
        const { recalled, misstated, loadable } = await check(evading, RESEARCH, { tensors })
        expect([recalled, misstated, loadable]).to.deep.equal([true, stated !== ZeroHash, false])
      }
    })

    it('reach nobody by the tensors that somebody else states: evil weights do not frame the honest model', async function () {
      const { ledger, check, recalls, authority, stranger, termsId, tensors, model } = await loadFixture(deployTwins)
      const evil = registrationOf(stranger.address, { weights: digestOf('evil'), terms: termsId, tensors })
      await ledger.connect(stranger).register(registrationStruct(evil))
      await recalls.connect(authority).recall(KIND.weights, evil.weights, '')
      await recalls.connect(authority).recall(KIND.model, modelIdOf(evil), '')
      expect((await check(evil, RESEARCH)).recalled).to.equal(true)
      expect((await check(model, RESEARCH)).loadable).to.equal(true)
    })

    it('by the publisher shut its own model, from its block on, and what was made from it', async function () {
      const { gate, ledger, check, publisher, certifier, parent, child } = await loadFixture(deployDerived)
      await gate.connect(certifier).certify(registrationStruct(child), RESEARCH, FOREVER)
      expect((await check(child, RESEARCH)).loadable).to.equal(true)
      await ledger.connect(publisher).recall(parent, '')
      const made = await check(child, RESEARCH)
      expect([made.recalled, made.license, made.loadable]).to.deep.equal([false, NOT_PERMITTED, false])
    })

    it('by the publisher are in the answer of its own model', async function () {
      const { ledger, check, publisher, registration, a } = await loadFixture(deployCleared)
      await ledger.connect(publisher).recall(a, '')
      const { recalled, loadable } = await check(registration, RESEARCH)
      expect([recalled, loadable]).to.deep.equal([true, false])
    })
  })

  describe('tensors', function () {
    it('that the registration states must be the computed ones, in all spellings', async function () {
      const { ledger, check, publisher, model, tensors } = await loadFixture(deployTwins)
      for (const [computed, misstated] of [
        [tensors, false],
        [digestOf('others'), true],
        [ZeroHash, true], // a loader that cannot compute them cannot confirm what is stated
      ] as const) {
        const answer = await check(model, RESEARCH, { tensors: computed })
        expect([answer.misstated, answer.loadable]).to.deep.equal([misstated, !misstated])
      }
      const silent = registrationOf(publisher.address, { tensors: parseDigest(ZeroHash) })
      await ledger.connect(publisher).register(registrationStruct(silent))
      for (const computed of [ZeroHash, tensors]) {
        expect((await check(silent, RESEARCH, { tensors: computed })).misstated).to.equal(false)
      }
    })

    it('that a quorum of scanners failed shut every folder with them, and a failure of files its own', async function () {
      const { gate, check, authority, scanner, scanner2, model, twin, tensors } = await loadFixture(deployTwins)
      await gate.connect(authority).setQuorum(2)
      const fail = async (by: typeof scanner, scope: number) =>
        gate
          .connect(by)
          .attestScan(reportOf(model.weights, BigInt(await time.latest()), { verdict: SCAN.failed, tensors, scope }))
      const partsOf = async (each: Registration) => {
        const { shut, tensorsShut, loadable } = await check(each, RESEARCH)
        return [shut, tensorsShut, loadable]
      }
      await fail(scanner, SCOPE.files)
      await fail(scanner2, SCOPE.files)
      expect(await partsOf(model)).to.deep.equal([true, false, false])
      expect(await partsOf(twin)).to.deep.equal([false, false, true])
      await fail(scanner, SCOPE.tensors)
      expect(await partsOf(twin)).to.deep.equal([false, false, true])
      await fail(scanner2, SCOPE.tensors)
      expect(await partsOf(model)).to.deep.equal([true, true, false])
      expect(await partsOf(twin)).to.deep.equal([false, true, false])
    })

    it('grant nothing: a pass, a clearing and a certification are for the folder alone', async function () {
      const { gate, ledger, check, stranger, termsId, tensors } = await loadFixture(deployTwins)
      const copy = registrationOf(stranger.address, { weights: digestOf('with a pickle'), terms: termsId, tensors })
      await ledger.connect(stranger).register(registrationStruct(copy))
      await gate.requestReview(registrationStruct(copy), '')
      expect((await gate.conditionsOf(modelIdOf(copy))).passed).to.equal(0n)
      const { cleared, certified, loadable } = await check(copy, RESEARCH)
      expect([cleared, certified, loadable]).to.deep.equal([false, false, false])
    })
  })

  describe('the review', function () {
    it('shuts by a quarantine of the weights as an artefact, for every model with them', async function () {
      const { gate, check, scanner, registration, weights } = await loadFixture(deployCleared)
      await gate.requestArtefactReview(weights, '')
      const { readyAt, readyBlock } = await gate.reviewOf(weights)
      await passClock(readyAt, readyBlock)
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest()), { verdict: SCAN.failed }))
      await gate.quarantine(weights)
      // Taking the failure back does not open the gate again.
      await gate.connect(scanner).attestScan(reportOf(weights, BigInt(await time.latest())))
      const { cleared, shut, loadable } = await check(registration, RESEARCH)
      expect([cleared, shut, loadable]).to.deep.equal([true, true, false])
    })

    it('of an “artefact” under the id of the model neither opens nor shuts', async function () {
      const { gate, check, scanner, registration, a } = await loadFixture(deployGate)
      await gate.requestArtefactReview(a, '')
      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      const decided = await networkHelpers.takeSnapshot()
      for (const verdict of [SCAN.passed, SCAN.failed]) {
        await gate.connect(scanner).attestScan(reportOf(a, BigInt(await time.latest()), { verdict }))
        await (verdict === SCAN.passed ? gate.clear(a) : gate.quarantine(a))
        const { cleared, shut } = await check(registration, RESEARCH)
        expect([cleared, shut]).to.deep.equal([false, false])
        await decided.restore()
      }
    })

    it('is not shut by claims, accepted or not, once it is cleared', async function () {
      const { setAccepted, isLoadable, registration, a, weights } = await loadFixture(deployCleared)
      await setAccepted(a, 10)
      await setAccepted(weights, 10)
      expect(await isLoadable(registration, RESEARCH)).to.equal(true)
    })
  })
})
