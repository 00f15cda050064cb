import { expect } from 'chai'

import type { Address, ModelId, TermsId } from '../../../src/core/hex.ts'
import {
  ALL_OBLIGATIONS,
  ALL_RIGHTS,
  obligationsMask,
  RIGHT_NAMES,
  rightsMask,
  type Right,
} from '../../../src/core/vocabulary.ts'
import { METRICS } from '../../../src/core/topics.ts'
import { createCast, finding, without, type Cast } from '../../fixtures/lens.ts'
import { NO_TERMS, termsOf, type World } from '../../fixtures/world.ts'
import { factsOf } from '../../../src/core/evaluate.ts'

const COMMERCIAL = rightsMask(['commercial'])
const DISPLAY_CREDIT = obligationsMask(['display-credit'])

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, forker: Address
  let all: TermsId, research: TermsId, nothing: TermsId
  let ask: Cast['ask'], made: Cast['made'], rightsIn: Cast['rightsIn']

  before(async function () {
    ;({ world, maker, tuner, forker, all, research, nothing, ask, made, rightsIn } = await createCast())
  })

  describe('evaluate: terms', function () {
    it('permits what the terms grant, without findings', async function () {
      const answer = await ask(await made(maker, all), RIGHT_NAMES)
      expect(answer).to.deep.equal({
        verdict: 'permitted',
        granted: ALL_RIGHTS,
        possible: ALL_RIGHTS,
        obligations: 0,
        possibleObligations: 0,
        findings: [],
      })
    })

    it('forbids what the terms withhold, and names exactly that', async function () {
      const model = await made(maker, research)
      expect(await ask(model, ['research', 'commercial', 'host'])).to.deep.equal({
        verdict: 'not-permitted',
        granted: rightsMask(['research', 'modify']),
        possible: rightsMask(['research', 'modify']),
        obligations: 0,
        possibleObligations: 0,
        findings: [finding('right-withheld', model, { rights: rightsMask(['commercial', 'host']) })],
      })
    })

    it('is unknown when no terms are stated', async function () {
      const model = await made(maker, NO_TERMS)
      expect(await ask(model, ['commercial'])).to.deep.equal({
        verdict: 'unknown',
        granted: 0,
        possible: ALL_RIGHTS,
        obligations: 0,
        possibleObligations: 0,
        findings: [finding('right-unstated', model, { rights: COMMERCIAL })],
      })
    })

    it('takes distill from the terms of the outputs, and all other rights from those of the weights', async function () {
      const set = (weights: TermsId, outputs: TermsId) => world.publishSet({ weights, code: all, outputs })
      const both = await made(maker, await set(research, all))
      expect(await rightsIn(both)).to.deep.equal(['research', 'modify', 'distill'])
      const weights = await made(maker, await set(research, NO_TERMS))
      expect(await rightsIn(weights)).to.deep.equal(['research', 'modify'])
      const outputs = await made(maker, await set(NO_TERMS, nothing))
      expect(await ask(outputs, ['commercial', 'distill'])).to.deep.include({
        verdict: 'not-permitted',
        granted: 0,
        possible: rightsMask(without('distill')),
        findings: [
          finding('right-withheld', outputs, { rights: rightsMask(['distill']) }),
          finding('right-unstated', outputs, { rights: COMMERCIAL }),
        ],
      })
    })

    it('lets the publisher do everything with its own model', async function () {
      const model = await made(maker, nothing)
      expect(await ask(model, RIGHT_NAMES, { licensee: maker })).to.deep.include({
        verdict: 'permitted',
        granted: ALL_RIGHTS,
        findings: [],
      })
    })

    it('is conditional only if an obligation is relevant for the use', async function () {
      const terms = termsOf({ name: 'share-alike', rights: RIGHT_NAMES, obligations: ['share-alike', 'notice'] })
      const model = await made(maker, await world.publish(terms))
      expect(await ask(model, ['research'])).to.deep.include({ verdict: 'permitted', obligations: 0 })
      expect(await ask(model, ['redistribute'])).to.deep.include({
        verdict: 'conditional',
        obligations: obligationsMask(['share-alike', 'notice']),
        possibleObligations: obligationsMask(['share-alike', 'notice']),
        findings: [],
      })
      expect(await ask(model, ['redistribute'], { licensee: maker })).to.deep.include({ verdict: 'permitted' })
    })

    it('adds the obligations of all ancestors of other publishers, but not those that bind nobody', async function () {
      const duty = async (obligation: 'notice' | 'attribution' | 'source') =>
        world.publish(termsOf({ name: obligation, rights: RIGHT_NAMES, obligations: [obligation] }))
      const base = await made(maker, await duty('notice'))
      const draft = await made(tuner, await duty('source'), 'finetune', base)
      const model = await made(tuner, await duty('attribution'), 'version', draft)
      expect((await ask(model, ['redistribute'])).obligations).to.equal(obligationsMask(['notice', 'attribution']))
      const fork = await made(forker, all, 'finetune', draft)
      expect((await ask(fork, ['redistribute'])).obligations).to.equal(obligationsMask(['notice', 'source']))
      expect((await ask(fork, ['redistribute'], { licensee: tuner })).obligations).to.equal(obligationsMask(['notice']))
    })

    const relevant: [Right[], Parameters<typeof obligationsMask>[0]][] = [
      [['research', 'education', 'personal'], ['use-restrictions']],
      [['modify'], ['use-restrictions']],
      [['commercial'], ['use-restrictions', 'display-credit', 'notify-licensor']],
      [['commercial-modify'], ['use-restrictions', 'disclose-base']],
      [['distill'], ['use-restrictions', 'name-prefix']],
      [
        ['host'],
        ['use-restrictions', 'network-source', 'attribution', 'display-credit', 'disclose-base', 'notify-licensor'],
      ],
      [['redistribute'], ['use-restrictions', 'notice', 'attribution', 'share-alike', 'source', 'display-credit']],
      [
        ['sublicense'],
        ['use-restrictions', 'notice', 'attribution', 'share-alike', 'source', 'state-changes', 'display-credit'],
      ],
    ]
    for (const [uses, obligations] of relevant) {
      it(`raises ${[...obligations].join(', ')} for ${uses.join(', ')}`, async function () {
        const model = await made(maker, await everyDuty())
        expect((await ask(model, uses)).obligations).to.equal(obligationsMask(obligations))
      })
    }

    it('raises all obligations but network-source for redistribute-derivatives', async function () {
      const model = await made(maker, await everyDuty())
      const expected = ALL_OBLIGATIONS & ~obligationsMask(['network-source'])
      expect((await ask(model, ['redistribute-derivatives'])).obligations).to.equal(expected)
    })
  })

  async function everyDuty(): Promise<TermsId> {
    const obligations = [
      ...(['notice', 'attribution', 'state-changes', 'share-alike', 'source', 'network-source'] as const),
      ...(['name-prefix', 'display-credit', 'use-restrictions', 'disclose-base'] as const),
      ...(['notify-licensor'] as const),
    ]
    return world.publish(termsOf({ name: 'every duty', rights: RIGHT_NAMES, obligations }))
  }

  describe('evaluate: thresholds', function () {
    const topic = METRICS.monthlyActiveUsers
    let model: ModelId

    before(async function () {
      const threshold = {
        measure: 'monthlyActiveUsers' as const,
        limit: 1_000n,
        withdraws: ['commercial' as const],
        adds: ['display-credit' as const],
        uses: ['commercial' as const, 'host' as const],
      }
      const terms = termsOf({ name: 'threshold', rights: RIGHT_NAMES, thresholds: [threshold] })
      model = await made(maker, await world.publish(terms))
    })

    it('permits at the limit', async function () {
      const answer = await ask(model, ['commercial'], { facts: factsOf({ monthlyActiveUsers: 1_000n }) })
      expect(answer).to.deep.include({ verdict: 'permitted', possibleObligations: 0, findings: [] })
    })

    it('forbids one above the limit', async function () {
      const exceeded = finding('threshold-exceeded', model, {
        rights: COMMERCIAL,
        obligations: DISPLAY_CREDIT,
        topic,
      })
      expect(await ask(model, ['commercial'], { facts: factsOf({ monthlyActiveUsers: 1_001n }) })).to.deep.equal({
        verdict: 'not-permitted',
        granted: rightsMask(without('commercial')),
        possible: rightsMask(without('commercial')),
        obligations: DISPLAY_CREDIT,
        possibleObligations: DISPLAY_CREDIT,
        findings: [exceeded],
      })
    })

    it('is unknown without the fact', async function () {
      expect(await ask(model, ['commercial'], { facts: factsOf({ monthlyRevenueUsd: 5n }) })).to.deep.equal({
        verdict: 'unknown',
        granted: rightsMask(without('commercial')),
        possible: ALL_RIGHTS,
        obligations: 0,
        possibleObligations: DISPLAY_CREDIT,
        findings: [finding('fact-missing', model, { rights: COMMERCIAL, obligations: DISPLAY_CREDIT, topic })],
      })
    })

    it('names only the obligation if the right is granted', async function () {
      expect(await ask(model, ['host'], { facts: factsOf({ monthlyActiveUsers: 1_001n }) })).to.deep.include({
        verdict: 'conditional',
        findings: [finding('threshold-exceeded', model, { obligations: DISPLAY_CREDIT, topic })],
      })
      expect(await ask(model, ['research'])).to.deep.include({ verdict: 'permitted', findings: [] })
    })

    it('does not bind the publisher', async function () {
      expect(await ask(model, ['commercial'], { licensee: maker })).to.deep.include({
        verdict: 'permitted',
        findings: [],
      })
    })

    it('counts through a lineage', async function () {
      const child = await made(tuner, all, 'finetune', model)
      const facts = factsOf({ monthlyActiveUsers: 1_001n })
      expect((await ask(child, ['commercial'], { facts })).findings).to.deep.equal([
        finding('threshold-exceeded', model, { rights: COMMERCIAL, obligations: DISPLAY_CREDIT, topic }),
      ])
    })
  })
})
