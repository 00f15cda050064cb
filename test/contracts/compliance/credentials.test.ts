import { expect } from 'chai'

import { factsOf, type RawFinding } from '../../../src/core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { ALL_RIGHTS, obligationsMask, RIGHT_NAMES, rightsMask, type Right } from '../../../src/core/vocabulary.ts'
import { METRICS } from '../../../src/core/topics.ts'
import { createCast, finding, type Cast } from '../../fixtures/lens.ts'
import { days, NO_TERMS, termsOf, type World } from '../../fixtures/world.ts'

const COMMERCIAL = rightsMask(['commercial'])
const DISPLAY_CREDIT = obligationsMask(['display-credit'])

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, stranger: Address
  let all: TermsId, research: TermsId, nothing: TermsId
  let ask: Cast['ask'], made: Cast['made'], rightsIn: Cast['rightsIn']

  before(async function () {
    ;({ world, maker, tuner, stranger, all, research, nothing, ask, made, rightsIn } = await createCast())
  })

  describe('evaluate: credentials', function () {
    let base: ModelId
    const lacking = (code: RawFinding['code'], holder = stranger) => [
      finding('right-withheld', base, { rights: COMMERCIAL }),
      finding(code, base, { rights: COMMERCIAL, holder }),
    ]
    const at = (time: number, licensee = stranger) => ask(base, ['commercial'], { licensee, time })

    beforeEach(async function () {
      base = await made(maker, research)
    })

    it('grants its rights only to its holder, from its first second to before its end', async function () {
      const tier = await world.offer(base, { terms: all })
      const from = world.now + days(1)
      const until = world.now + days(2)
      await world.grant(base, tier, stranger, { from, until })
      expect((await at(from - 1)).findings).to.deep.equal(lacking('credential-not-yet-valid'))
      expect(await at(from)).to.deep.include({ verdict: 'permitted', granted: ALL_RIGHTS, findings: [] })
      expect((await at(until - 1)).verdict).to.equal('permitted')
      expect(await at(until)).to.deep.include({
        verdict: 'not-permitted',
        findings: lacking('credential-expired'),
      })
      for (const other of [ZERO_ADDRESS, tuner, world.strangers[1]!]) {
        expect((await at(from, other)).findings).to.deep.equal(lacking('none').slice(0, 1))
      }
    })

    it('of a publisher that needs it to make the model moves the blame to the ancestors', async function () {
      const origin = await made(maker, nothing)
      const parent = await made(
        tuner,
        await world.publish(termsOf({ name: 'look', rights: ['research'] })),
        'finetune',
        origin,
      )
      await world.grant(parent, await world.offer(parent, { terms: all }), maker)
      const model = await made(maker, all, 'finetune', parent)
      const { findings } = await ask(model, ['research'])
      expect(findings.map(({ code, model }) => [code, model])).to.deep.equal([['right-withheld', origin]])
    })

    it('is suspended from the second of the suspension to before that of the reinstatement', async function () {
      const credential = await world.grant(base, await world.offer(base, { terms: all }), stranger)
      world.wait(100)
      await world.suspend(credential)
      const from = world.now
      expect((await at(from - 1)).verdict).to.equal('permitted')
      expect((await at(from)).findings).to.deep.equal(lacking('credential-suspended'))
      expect((await at(from + days(9_999))).findings).to.deep.equal(lacking('credential-suspended'))
      world.wait(100)
      await world.reinstate(credential)
      expect((await at(world.now - 1)).findings).to.deep.equal(lacking('credential-suspended'))
      expect((await at(world.now)).verdict).to.equal('permitted')
    })

    it('of a publisher gives nothing that an ancestor withholds, and only the ancestor is blamed', async function () {
      const copied = await world.publish(termsOf({ name: 'copied', rights: ['research', 'redistribute'] }))
      const origin = await made(maker, copied)
      const parent = await made(tuner, copied, 'copy', origin)
      await world.grant(parent, await world.offer(parent, { terms: all }), maker)
      expect(
        await ask(await made(maker, all, 'finetune', parent), ['research'], { licensee: stranger }),
      ).to.deep.include({
        verdict: 'not-permitted',
        findings: [finding('right-withheld', origin, { rights: rightsMask(['modify']) })],
      })
    })

    it('is not yet valid until its first second and then suspended, if it was suspended before it began', async function () {
      const from = world.now + days(1)
      await world.suspend(await world.grant(base, await world.offer(base, { terms: all }), stranger, { from }))
      expect((await at(from - 1)).findings).to.deep.equal(lacking('credential-not-yet-valid'))
      expect((await at(from)).findings).to.deep.equal(lacking('credential-suspended'))
    })

    it('is revoked from the second of the revocation, and unchanged before', async function () {
      const credential = await world.grant(base, await world.offer(base, { terms: all }), stranger)
      world.wait(100)
      await world.revoke(credential)
      expect((await at(world.now - 1)).verdict).to.equal('permitted')
      expect((await at(world.now)).findings).to.deep.equal(lacking('credential-revoked'))
    })

    it('is revoked, and not merely not yet valid, if it was revoked before it began', async function () {
      const tier = await world.offer(base, { terms: all })
      const credential = await world.grant(base, tier, stranger, { from: world.now + days(1) })
      await world.revoke(credential)
      expect((await at(world.now)).findings).to.deep.equal(lacking('credential-revoked'))
      expect((await at(world.now + days(2))).findings).to.deep.equal(lacking('credential-revoked'))
    })

    it('adds the obligations of its terms', async function () {
      const terms = termsOf({ name: 'credit', rights: RIGHT_NAMES, obligations: ['display-credit'] })
      await world.grant(base, await world.offer(base, { terms: await world.publish(terms) }), stranger)
      expect(await at(world.now)).to.deep.include({ verdict: 'conditional', obligations: DISPLAY_CREDIT, findings: [] })
    })

    it('names the fact that a valid one needs, and the right that its terms leave unstated', async function () {
      const topic = METRICS.annualRevenueUsd
      const threshold = {
        measure: 'annualRevenueUsd' as const,
        limit: 10n,
        withdraws: ['commercial' as const],
        adds: [],
      }
      const small = await world.publish(termsOf({ name: 'small', rights: RIGHT_NAMES, thresholds: [threshold] }))
      await world.grant(base, await world.offer(base, { terms: small }), stranger)
      const holder = stranger
      const withheld = finding('right-withheld', base, { rights: COMMERCIAL })
      expect(await at(world.now)).to.deep.include({
        verdict: 'unknown',
        findings: [withheld, finding('fact-missing', base, { holder, rights: COMMERCIAL, topic })],
      })
      const facts = factsOf({ annualRevenueUsd: 11n })
      expect(await ask(base, ['commercial'], { licensee: stranger, facts })).to.deep.include({
        verdict: 'not-permitted',
        findings: [withheld, finding('threshold-exceeded', base, { holder, rights: COMMERCIAL, topic })],
      })

      const set = await world.publishSet({ weights: NO_TERMS, code: all, outputs: all })
      await world.grant(base, await world.offer(base, { terms: set }), tuner)
      expect(await at(world.now, tuner)).to.deep.include({
        verdict: 'unknown',
        findings: [withheld, finding('right-unstated', base, { holder: tuner, rights: COMMERCIAL })],
      })
    })

    it("passes rights on through its holder's models, within the tier's limits and while it is valid", async function () {
      const model = await made(tuner, all, 'finetune', base)
      const rights: Right[] = ['commercial', 'commercial-modify', 'redistribute-derivatives', 'redistribute']
      const plain = await world.grant(base, await world.offer(base, { terms: all }), tuner)
      expect((await ask(model, ['commercial'], { licensee: tuner })).verdict).to.equal('permitted')
      expect(await ask(model, ['commercial'])).to.deep.include({
        verdict: 'not-permitted',
        findings: [finding('right-withheld', base, { rights: COMMERCIAL })],
      })
      await world.revoke(plain)

      const tier = await world.offer(base, { terms: all, passThrough: rights, name: 'Pass' })
      const passing = await world.grant(base, tier, tuner)
      expect(await rightsIn(model)).to.deep.equal(
        RIGHT_NAMES.filter((right) => 'research modify'.includes(right) || rights.includes(right)),
      )
      await world.revoke(passing)
      const missing = rightsMask(['commercial', 'commercial-modify'])
      expect(await ask(model, ['commercial'])).to.deep.include({
        verdict: 'not-permitted',
        findings: [
          finding('credential-revoked', base, { holder: tuner, rights: rightsMask(['commercial-modify']) }),
          finding('credential-revoked', base, { holder: tuner, rights: missing }),
          finding('right-withheld', base, { rights: missing }),
        ],
      })
    })
  })
})
