import { expect } from 'chai'

import { ZERO_ADDRESS, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import {
  ALL_RIGHTS,
  obligationsMask,
  RELATION_NAMES,
  RIGHT_NAMES,
  rightsMask,
  type Right,
} from '../../../src/core/vocabulary.ts'
import { createCast, finding, without, type Cast } from '../../fixtures/lens.ts'
import { termsOf, type World } from '../../fixtures/world.ts'

const SHARE_ALIKE = obligationsMask(['share-alike'])

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, forker: Address, stranger: Address
  let all: TermsId, research: TermsId, nothing: TermsId
  let ask: Cast['ask'], made: Cast['made'], rightsIn: Cast['rightsIn']

  before(async function () {
    ;({ world, maker, tuner, forker, stranger, all, research, nothing, ask, made, rightsIn } = await createCast())
  })

  describe('evaluate: relations', function () {
    const derivations = RELATION_NAMES.filter((relation) => relation !== 'copy' && relation !== 'conversion')
    const base = async (...missing: Right[]): Promise<ModelId> =>
      made(maker, await world.publish(termsOf({ name: 'base', rights: without(...missing) })))

    for (const relation of derivations) {
      const required: Right = relation === 'distillation' ? 'distill' : 'modify'
      it(`passes nothing through ${relation} without ${required}`, async function () {
        const parent = await base(required)
        const child = await made(tuner, all, relation, parent)
        expect(await ask(child, ['research'])).to.deep.include({
          verdict: 'not-permitted',
          possible: 0,
          findings: [finding('right-withheld', parent, { rights: rightsMask([required]) })],
        })
        const other = await base(required === 'modify' ? 'distill' : 'modify')
        expect((await ask(await made(tuner, all, relation, other), ['research'])).verdict).to.equal('permitted')
      })

      it(`passes commercial and host through ${relation} only with commercial-modify`, async function () {
        const parent = await base('commercial-modify')
        const child = await made(tuner, all, relation, parent)
        expect(await rightsIn(child)).to.deep.equal(without('commercial', 'host', 'commercial-modify'))
        expect((await ask(child, ['host'])).findings).to.deep.equal([
          finding('right-withheld', parent, { rights: rightsMask(['commercial-modify']) }),
        ])
      })

      it(`passes redistribute and sublicense through ${relation} only with redistribute-derivatives`, async function () {
        const parent = await base('redistribute-derivatives')
        const child = await made(tuner, all, relation, parent)
        expect(await rightsIn(child)).to.deep.equal(without('redistribute', 'redistribute-derivatives', 'sublicense'))
        expect((await ask(child, ['redistribute'])).findings).to.deep.equal([
          finding('right-withheld', parent, { rights: rightsMask(['redistribute-derivatives']) }),
        ])
      })
    }

    for (const relation of ['copy', 'conversion'] as const) {
      it(`passes all through ${relation}, and nothing without redistribute`, async function () {
        const kept = await base('modify', 'commercial-modify', 'redistribute-derivatives', 'distill')
        expect(await rightsIn(await made(tuner, all, relation, kept))).to.deep.equal(await rightsIn(kept))
        const parent = await base('redistribute')
        expect(await ask(await made(tuner, all, relation, parent), ['research'])).to.deep.include({
          verdict: 'not-permitted',
          possible: 0,
          findings: [finding('right-withheld', parent, { rights: rightsMask(['redistribute']) })],
        })
      })
    }
  })

  describe('evaluate: own works', function () {
    it('lets a publisher relicense a model of its own', async function () {
      const closed = await made(maker, nothing)
      const open = await made(maker, all, 'version', closed)
      expect(await ask(open, RIGHT_NAMES)).to.deep.include({ verdict: 'permitted', granted: ALL_RIGHTS, findings: [] })
    })

    it('does not let a publisher relicense what others withheld from it', async function () {
      const base = await made(maker, research)
      const own = await made(tuner, nothing, 'finetune', base)
      const open = await made(tuner, all, 'version', own)
      expect(await rightsIn(open)).to.deep.equal(['research', 'modify'])
      expect(await rightsIn(open, tuner)).to.deep.equal(['research', 'modify'])
      expect((await ask(open, ['commercial'])).findings).to.deep.equal([
        finding('right-withheld', base, { rights: rightsMask(['commercial', 'commercial-modify']) }),
      ])
    })

    it('gives its publisher the rights that an ancestor withholds from others', async function () {
      const base = await made(maker, research)
      const model = await made(tuner, all, 'finetune', base)
      expect(await rightsIn(model)).to.deep.equal(['research', 'modify'])
      expect(await rightsIn(model, maker)).to.deep.equal(RIGHT_NAMES)
    })
  })

  describe('evaluate: lifecycle', function () {
    it('leaves no rights to a recalled model', async function () {
      const model = await made(maker, all)
      await world.advance(model, 'recalled')
      const recalled = finding('model-recalled', model, { rights: rightsMask(['research']) })
      for (const licensee of [ZERO_ADDRESS, maker, stranger]) {
        expect(await ask(model, ['research'], { licensee })).to.deep.include({
          verdict: 'not-permitted',
          possible: 0,
          findings: [recalled],
        })
      }
    })

    it('does not mention the terms of a recalled model', async function () {
      const model = await made(maker, research)
      await world.advance(model, 'recalled')
      expect((await ask(model, ['commercial'])).findings).to.deep.equal([
        finding('model-recalled', model, { rights: rightsMask(['commercial']) }),
      ])
    })

    it('leaves no rights to the descendants of a recalled model', async function () {
      const base = await made(maker, all)
      const middle = await made(maker, all, 'version', base)
      const model = await made(tuner, all, 'finetune', middle)
      await world.advance(base, 'recalled')
      expect(await ask(model, ['research'])).to.deep.include({
        verdict: 'not-permitted',
        possible: 0,
        findings: [finding('model-recalled', base, { rights: rightsMask(['research', 'modify']) })],
      })
    })

    it('warns about retired and superseded models', async function () {
      const base = await made(maker, all)
      const model = await made(tuner, all, 'finetune', base)
      await world.advance(base, 'superseded')
      expect(await ask(model, ['research'])).to.deep.include({
        verdict: 'permitted',
        findings: [finding('model-superseded', base)],
      })
      await world.advance(base, 'retired')
      await world.advance(model, 'retired')
      expect(await ask(model, ['research'])).to.deep.include({
        verdict: 'permitted',
        findings: [finding('model-retired', model), finding('model-retired', base)],
      })
    })
  })

  describe('evaluate: share-alike', function () {
    const alike = async (name: string): Promise<TermsId> =>
      world.publish(termsOf({ name, rights: RIGHT_NAMES, obligations: ['share-alike'] }))
    let one: TermsId, two: TermsId

    before(async function () {
      one = await alike('one')
      two = await alike('two')
    })

    it('conflicts when two ancestors require different terms', async function () {
      const [left, right] = [await made(maker, one), await made(tuner, two)]
      const model = await made(forker, one, 'merge', left, right)
      expect(await ask(model, ['redistribute-derivatives'])).to.deep.include({
        verdict: 'unknown',
        granted: ALL_RIGHTS,
        obligations: SHARE_ALIKE,
        findings: [finding('share-alike-conflict', right, { obligations: SHARE_ALIKE })],
      })
      expect((await ask(model, ['commercial'])).verdict).to.equal('permitted')
    })

    it('conflicts when a model has other share-alike terms than its parent', async function () {
      const base = await made(maker, one)
      expect((await ask(await made(tuner, two, 'finetune', base), ['redistribute'])).findings).to.deep.equal([
        finding('share-alike-conflict', base, { obligations: SHARE_ALIKE }),
      ])
    })

    it('is met by the same terms', async function () {
      const model = await made(tuner, one, 'finetune', await made(maker, one))
      expect(await ask(model, ['redistribute'])).to.deep.include({ verdict: 'conditional', findings: [] })
    })

    it('is unmet by terms that are not share-alike', async function () {
      const model = await made(tuner, all, 'finetune', await made(maker, one))
      expect(await ask(model, ['redistribute'])).to.deep.include({
        verdict: 'conditional',
        findings: [finding('share-alike-unmet', model, { obligations: SHARE_ALIKE })],
      })
      expect((await ask(model, ['commercial'])).findings).to.deep.equal([])
    })

    it('is unmet through works of the same publisher, and only where terms bind somebody', async function () {
      const base = await made(maker, one)
      const draft = await made(tuner, all, 'finetune', base)
      const kept = await made(tuner, one, 'version', draft)
      expect((await ask(kept, ['redistribute'])).findings).to.deep.equal([])
      const middle = await made(tuner, two, 'finetune', base)
      const model = await made(tuner, all, 'version', middle)
      expect((await ask(model, ['redistribute'])).findings).to.deep.equal([
        finding('share-alike-unmet', model, { obligations: SHARE_ALIKE }),
      ])
    })

    for (const first of ['the one that was made from it', 'the other one']) {
      it(`is unmet by both of two works in a cycle, when ${first} comes first`, async function () {
        const heir = await made(tuner, all, 'finetune', await made(maker, one))
        const other = await made(tuner, all, 'version', heir)
        await world.attest(heir, other, 'version', false)
        const works = first === 'the other one' ? [other, heir] : [heir, other]
        const { findings } = await ask(await made(forker, all, 'merge', ...works), ['redistribute'])
        expect(findings).to.have.deep.members(
          works.map((work) => finding('share-alike-unmet', work, { obligations: SHARE_ALIKE })),
        )
      })
    }

    it('does not bind a publisher among its own models', async function () {
      const base = await made(maker, one)
      const middle = await made(maker, two, 'version', base)
      expect((await ask(await made(maker, all, 'version', middle), ['redistribute'])).findings).to.deep.equal([])
    })
  })
})
