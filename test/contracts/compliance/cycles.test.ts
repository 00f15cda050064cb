import { expect } from 'chai'

import type { Address, TermsId } from '../../../src/core/hex.ts'
import { RIGHT_NAMES, rightsMask } from '../../../src/core/vocabulary.ts'
import { createCast, finding, without, type Cast } from '../../fixtures/lens.ts'
import { termsOf, type World } from '../../fixtures/world.ts'

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, forker: Address
  let all: TermsId, research: TermsId, nothing: TermsId, passed: TermsId
  let ask: Cast['ask'], made: Cast['made']

  before(async function () {
    ;({ world, maker, tuner, forker, all, research, nothing, ask, made } = await createCast())
    const rights = ['research', 'modify', 'redistribute'] as const
    passed = await world.publish(termsOf({ name: 'passed on', rights: [...rights] }))
  })

  describe('evaluate: cycles', function () {
    it('leave no rights when one edge removes what the next requires', async function () {
      // Copies may be passed on, but not derivatives of them. So a copy of a derivative of the copy has no rights.
      const base = await made(maker, passed)
      const copy = await made(forker, all, 'copy', base)
      await world.attest(base, copy, 'finetune', false)
      expect(await ask(await made(maker, all, 'finetune', base), ['research'])).to.deep.include({
        verdict: 'not-permitted',
        granted: 0,
        possible: 0,
      })
    })

    it('are searched until no model is wanted for more', async function () {
      const base = await made(forker, passed)
      const copy = await made(
        maker,
        await world.publish(termsOf({ name: 'others', rights: without('research') })),
        'copy',
        base,
      )
      await world.attest(base, copy, 'finetune', false)
      const model = await made(forker, all, 'finetune', base)
      const { findings } = await ask(model, ['research', 'education', 'personal', 'commercial', 'host', 'distill'])
      // The second pass finds out that the base may not be passed on when modified.
      const withheld = without('research', 'modify', 'redistribute', 'sublicense')
      expect(findings).to.deep.equal([
        finding('right-withheld', base, { rights: rightsMask(withheld) }),
        finding('right-withheld', copy, { rights: rightsMask(['research']) }),
      ])
    })

    it('name an ended credential only once', async function () {
      const base = await made(maker, research)
      const model = await made(tuner, all, 'finetune', base)
      await world.attest(base, model, 'version', false)
      await world.revoke(
        await world.grant(base, await world.offer(base, { terms: all, passThrough: RIGHT_NAMES }), tuner),
      )
      const { findings } = await ask(model, ['commercial'])
      expect(findings.filter(({ code }) => code === 'credential-revoked')).to.deep.equal([
        finding('credential-revoked', base, { rights: rightsMask(['commercial', 'commercial-modify']), holder: tuner }),
      ])
    })

    it('leave no rights to a model made from a recalled one', async function () {
      const base = await made(maker, all)
      const next = await made(maker, all, 'version', base)
      await world.attest(base, next, 'finetune', false)
      expect((await ask(next, ['research'])).verdict).to.equal('permitted')
      await world.advance(base, 'recalled')
      expect(await ask(next, ['research'])).to.deep.include({ verdict: 'not-permitted', granted: 0, possible: 0 })
    })

    it('leave no rights to a model that descends from a recalled one', async function () {
      const origin = await made(maker, all)
      const base = await made(maker, all, 'version', origin)
      const next = await made(tuner, all, 'finetune', base)
      await world.attest(base, next, 'finetune', false)
      expect((await ask(next, ['research'])).verdict).to.equal('permitted')
      await world.advance(origin, 'recalled')
      for (const model of [base, next]) {
        expect(await ask(model, ['research'])).to.deep.include({ verdict: 'not-permitted', granted: 0, possible: 0 })
      }
    })

    it('do not blame the ancestors of a recalled model', async function () {
      const base = await made(maker, nothing)
      const recalled = await made(tuner, all, 'finetune', base)
      const model = await made(forker, all, 'finetune', recalled)
      await world.attest(recalled, model, 'merge', false)
      await world.advance(recalled, 'recalled')
      const { findings } = await ask(model, ['research'])
      expect(findings.map(({ code, model }) => [code, model])).to.deep.equal([['model-recalled', recalled]])
    })
  })
})
