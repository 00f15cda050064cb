import { expect } from 'chai'

import { factsOf, type Question } from '../../../src/core/evaluate.ts'
import type { Address, ModelId, TermsId } from '../../../src/core/hex.ts'
import { ALL_RIGHTS, obligationsMask, RIGHT_NAMES, rightsMask, type Right } from '../../../src/core/vocabulary.ts'
import { METRICS } from '../../../src/core/topics.ts'
import { createCast, finding, type Cast } from '../../fixtures/lens.ts'
import { days, termsOf, type World } from '../../fixtures/world.ts'

const DISPLAY_CREDIT = obligationsMask(['display-credit'])

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, forker: Address, stranger: Address
  let all: TermsId, research: TermsId
  let ask: Cast['ask'], made: Cast['made'], rightsIn: Cast['rightsIn']

  before(async function () {
    ;({ world, maker, tuner, forker, stranger, all, research, ask, made, rightsIn } = await createCast())
  })

  describe('evaluate: Composer 2', function () {
    let moonshot: Address, anysphere: Address
    let proprietary: TermsId
    const facts = factsOf({ monthlyActiveUsers: 5_000_000n, monthlyRevenueUsd: 20_000_001n })

    before(async function () {
      ;[moonshot, anysphere] = [maker, tuner]
      proprietary = await world.publish(termsOf({ name: 'proprietary', rights: ['personal', 'commercial'] }))
    })

    const composerOf = (kimi: ModelId) => made(anysphere, proprietary, 'reinforcement-learning', kimi)

    describe('as Kimi K2.5 is licensed', function () {
      let kimi: ModelId

      before(async function () {
        const threshold = {
          withdraws: [],
          adds: ['display-credit' as const],
          uses: ['commercial' as const, 'host' as const],
        }
        const terms = termsOf({
          name: 'Kimi K2.5 Modified MIT',
          rights: RIGHT_NAMES,
          obligations: ['notice'],
          thresholds: [
            { measure: 'monthlyActiveUsers', limit: 100_000_000n, ...threshold },
            { measure: 'monthlyRevenueUsd', limit: 20_000_000n, ...threshold },
          ],
        })
        kimi = await made(moonshot, await world.publish(terms))
      })

      it('lets its publisher host it, and requires the display credit above the revenue limit', async function () {
        const composer = await composerOf(kimi)
        const exceeded = finding('threshold-exceeded', kimi, {
          obligations: DISPLAY_CREDIT,
          topic: METRICS.monthlyRevenueUsd,
        })
        expect(await ask(composer, ['host', 'commercial'], { licensee: anysphere, facts })).to.deep.equal({
          verdict: 'conditional',
          granted: ALL_RIGHTS,
          possible: ALL_RIGHTS,
          obligations: DISPLAY_CREDIT,
          possibleObligations: DISPLAY_CREDIT,
          findings: [exceeded],
        })
        const atLimit = factsOf({ monthlyActiveUsers: 1n, monthlyRevenueUsd: 20_000_000n })
        expect(await ask(composer, ['host', 'commercial'], { licensee: anysphere, facts: atLimit })).to.deep.include({
          verdict: 'permitted',
          findings: [],
        })
      })

      it('forbids everybody to ship a fork of Composer 2, whatever the license of the fork', async function () {
        const composer = await composerOf(kimi)
        const fork = await made(forker, all, 'finetune', composer)
        const answer = await ask(fork, ['redistribute'], { facts })
        expect(answer).to.deep.include({ verdict: 'not-permitted', possible: 0 })
        expect(answer.findings[0]).to.deep.equal(
          finding('right-withheld', composer, {
            rights: rightsMask(['modify', 'redistribute', 'redistribute-derivatives']),
          }),
        )
      })

      it('lets a fork of Kimi K2.5 ship with the notice', async function () {
        const fork = await made(forker, all, 'finetune', kimi)
        const small = factsOf({ monthlyActiveUsers: 1n, monthlyRevenueUsd: 1n })
        expect(await ask(fork, ['redistribute'], { facts: small })).to.deep.include({
          verdict: 'conditional',
          obligations: obligationsMask(['notice']),
          findings: [],
        })
      })
    })

    it('requires a credential if Kimi K2.5 is for research only, and ends with it', async function () {
      const kimi = await made(moonshot, research)
      const composer = await composerOf(kimi)
      const hosted = (question: Partial<Question>) => ask(composer, ['host', 'commercial'], question)
      const withheld = finding('right-withheld', kimi, {
        rights: rightsMask(['commercial', 'host', 'commercial-modify']),
      })
      expect(await hosted({ licensee: anysphere })).to.deep.include({ verdict: 'not-permitted', findings: [withheld] })

      const rights: Right[] = [
        ...(['research', 'education', 'personal', 'commercial', 'host', 'modify', 'commercial-modify'] as const),
        'redistribute-derivatives',
      ]
      const terms = await world.publish(
        termsOf({ name: 'Commercial Fine-Tuning', rights, obligations: ['disclose-base'] }),
      )
      const tier = await world.offer(kimi, { terms, passThrough: ['personal', 'commercial'] })
      const credential = await world.grant(kimi, tier, anysphere)
      expect(await hosted({ licensee: anysphere })).to.deep.include({
        verdict: 'conditional',
        granted: rightsMask(rights),
        obligations: obligationsMask(['disclose-base']),
        findings: [],
      })
      expect(await rightsIn(composer, stranger)).to.deep.equal(['personal', 'commercial'])

      world.wait(days(30))
      await world.revoke(credential)
      expect(await hosted({ licensee: anysphere, time: world.now - 1 })).to.deep.include({ verdict: 'conditional' })
      expect(await hosted({ licensee: anysphere })).to.deep.include({
        verdict: 'not-permitted',
        findings: [
          withheld,
          finding('credential-revoked', kimi, {
            holder: anysphere,
            rights: rightsMask(['commercial', 'host', 'commercial-modify']),
          }),
        ],
      })
      expect(await ask(composer, ['commercial'], { licensee: stranger })).to.deep.include({ verdict: 'not-permitted' })
    })
  })
})
