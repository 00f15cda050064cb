import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_ADDRESS, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import {
  ALL_RIGHTS,
  FAMILY_NAMES,
  RELATION_NAMES,
  RIGHT_NAMES,
  rightsMask,
  rightsOf,
  type Right,
} from '../../../src/core/vocabulary.ts'
import { createCast, finding, without, type Cast } from '../../fixtures/lens.ts'
import { NO_TERMS, termsOf, type World } from '../../fixtures/world.ts'

const COMMERCIAL = rightsMask(['commercial'])

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

      if (relation === 'distillation') {
        it('passes redistribute and sublicense through distillation, whose student is not a derivative', async function () {
          const child = await made(tuner, all, relation, await base('redistribute-derivatives'))
          expect(await rightsIn(child)).to.deep.equal(without('redistribute-derivatives'))
        })
        continue
      }

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

  describe('evaluate: labels', function () {
    const PASSING_ON = rightsMask(['redistribute', 'redistribute-derivatives', 'sublicense'])
    let gpl: TermsId, granting: TermsId, mit: TermsId

    before(async function () {
      const copyleft = {
        rights: RIGHT_NAMES,
        obligations: ['share-alike' as const],
        family: 'gpl-3.0',
        outbound: { only: ['gpl-3.0', 'agpl-3.0'] },
      }
      gpl = await world.publish(termsOf({ name: 'gpl', ...copyleft }))
      granting = await world.publish(termsOf({ name: 'granting', ...copyleft, flags: ['automatic-grant'] }))
      mit = await world.publish(termsOf({ name: 'mit', rights: RIGHT_NAMES, family: 'permissive' }))
    })

    it('that a base does not allow are void: their publisher may not pass the model on', async function () {
      const model = await made(tuner, mit, 'finetune', await made(maker, gpl))
      for (const right of rightsOf(PASSING_ON)) {
        expect(await ask(model, [right], { licensee: tuner })).to.deep.include({
          verdict: 'not-permitted',
          granted: ALL_RIGHTS & ~PASSING_ON,
          findings: [finding('label-void', model, { rights: rightsMask([right]) })],
        })
      }
    })

    it('that are void give others what both grant where the base grants to every recipient, and nothing for certain where not', async function () {
      const free = await made(tuner, mit, 'finetune', await made(maker, granting))
      expect(await ask(free, ['commercial'])).to.deep.include({
        verdict: 'permitted',
        findings: [finding('label-void', free)],
      })
      const model = await made(tuner, mit, 'finetune', await made(maker, gpl))
      expect(await ask(model, ['commercial'])).to.deep.include({
        verdict: 'unknown',
        granted: 0,
        possible: ALL_RIGHTS,
        findings: [finding('label-void', model, { rights: COMMERCIAL })],
      })
    })

    it('that a base allows are valid', async function () {
      const model = await made(tuner, gpl, 'finetune', await made(maker, gpl))
      for (const licensee of [tuner, ZERO_ADDRESS]) {
        expect(await ask(model, ['redistribute'], { licensee })).to.deep.include({
          verdict: 'conditional',
          findings: [],
        })
      }
    })

    it('without a family are doubtful', async function () {
      const model = await made(tuner, all, 'finetune', await made(maker, gpl))
      expect(await ask(model, ['redistribute'], { licensee: tuner })).to.deep.include({
        verdict: 'unknown',
        findings: [finding('label-doubtful', model, { rights: rightsMask(['redistribute']) })],
      })
    })

    it('are looked at through works of the same publisher, of which none binds another', async function () {
      const draft = await made(tuner, mit, 'finetune', await made(maker, gpl))
      const model = await made(tuner, mit, 'version', draft)
      expect((await ask(model, ['redistribute'], { licensee: tuner })).findings).to.deep.include(
        finding('label-void', model, { rights: rightsMask(['redistribute']) }),
      )
      const own = await made(maker, mit, 'version', await made(maker, gpl))
      expect(await ask(own, ['redistribute'], { licensee: maker })).to.deep.include({
        verdict: 'permitted',
        findings: [],
      })
    })

    it('are doubtful by an acknowledged base, and void by one that a ruling names', async function () {
      for (const [grade, code, verdict] of [
        ['acknowledged', 'label-doubtful', 'unknown'],
        ['adjudicated', 'label-void', 'not-permitted'],
      ] as const) {
        const base = await made(maker, gpl)
        const external = externalIdOf(externalNameOnHub(`${grade}/base`))
        const parents = [{ model: external, relation: 'finetune' as const, external: true as const }]
        const model = await world.register({ publisher: tuner, terms: mit, parents })
        await world.replace(model, external, base, 'finetune', grade === 'adjudicated')
        const answer = await ask(model, ['redistribute'], { licensee: tuner })
        expect([answer.verdict, answer.findings.some((one) => one.code === code)]).to.deep.equal([verdict, true])
      }
    })

    describe('where a license with use restrictions meets one that forbids to add any', function () {
      let copyleft: TermsId, restricted: TermsId, unstated: TermsId

      before(async function () {
        const alike = { rights: RIGHT_NAMES, obligations: ['share-alike' as const], family: 'gpl-3.0' }
        const flags = ['automatic-grant' as const, 'forbids-further' as const]
        copyleft = await world.publish(termsOf({ name: 'copyleft', ...alike, outbound: { only: ['gpl-3.0'] }, flags }))
        restricted = await world.publish(
          termsOf({ name: 'restricted', rights: RIGHT_NAMES, family: 'rail', flags: ['imposes-further'] }),
        )
        unstated = NO_TERMS
      })

      it('no label fits a merge of both, for its publisher and for the public', async function () {
        for (const label of [mit, copyleft, restricted, unstated]) {
          const bases = [await made(maker, copyleft), await made(forker, restricted)]
          const model = await made(tuner, label, 'merge', ...bases)
          for (const licensee of [tuner, ZERO_ADDRESS]) {
            expect((await ask(model, ['redistribute'], { licensee })).verdict).to.equal('not-permitted')
          }
        }
      })

      it('a label of the one kind does not fit a derivative of the other', async function () {
        for (const [base, label] of [
          [restricted, copyleft],
          [copyleft, restricted],
        ] as const) {
          const model = await made(tuner, label, 'finetune', await made(maker, base))
          expect(await ask(model, ['redistribute'], { licensee: tuner })).to.deep.include({
            verdict: 'not-permitted',
            findings: [finding('label-void', model, { rights: rightsMask(['redistribute']) })],
          })
          expect((await ask(model, ['redistribute'])).findings.map(({ code }) => code)).to.include('label-void')
        }
      })

      it('a label that nobody stated may forbid further restrictions', async function () {
        const model = await made(tuner, unstated, 'finetune', await made(maker, restricted))
        for (const licensee of [tuner, ZERO_ADDRESS]) {
          expect((await ask(model, ['redistribute'], { licensee })).verdict).to.equal('unknown')
        }
      })

      it('a license that allows any label still forbids to add restrictions to its own model alone', async function () {
        const free = await world.publish(
          termsOf({ name: 'free', rights: RIGHT_NAMES, family: 'permissive', flags: ['forbids-further'] }),
        )
        const model = await made(tuner, restricted, 'finetune', await made(maker, free))
        expect((await ask(model, ['redistribute'], { licensee: tuner })).verdict).to.equal('permitted')
      })

      it('a label without a family is void too, where each family is allowed but restrictions neither may be added nor dropped', async function () {
        const open = { only: FAMILY_NAMES }
        const any = await world.publish(
          termsOf({ name: 'any', rights: RIGHT_NAMES, outbound: open, flags: ['forbids-further'] }),
        )
        const model = await made(tuner, all, 'merge', await made(maker, any), await made(forker, restricted))
        expect(await ask(model, ['redistribute'], { licensee: tuner })).to.deep.include({
          verdict: 'not-permitted',
          findings: [finding('label-void', model, { rights: rightsMask(['redistribute']) })],
        })
      })

      it('a label that fits is not named where something else withholds the right', async function () {
        const closed = await world.publish(
          termsOf({ name: 'closed', rights: without('redistribute'), family: 'gpl-3.0', flags: ['forbids-further'] }),
        )
        const model = await made(tuner, copyleft, 'finetune', await made(maker, copyleft), await made(forker, closed))
        const { findings } = await ask(model, ['redistribute'], { licensee: tuner })
        expect(findings.map(({ code }) => code)).to.include('right-withheld')
        expect(findings.map(({ code }) => code)).to.not.include('label-void')
      })
    })

    it('of outputs without commerce keep students from it, unless their publisher holds more of the teacher', async function () {
      const outputs = await world.publish(
        termsOf({ name: 'outputs', rights: without('commercial', 'commercial-modify', 'host') }),
      )
      const set = await world.publishSet({ weights: mit, code: NO_TERMS, outputs })
      const teacher = await made(maker, set)
      const student = await made(tuner, mit, 'distillation', teacher)
      expect((await ask(student, ['commercial'])).verdict).to.equal('not-permitted')
      expect((await ask(student, ['research'])).verdict).to.equal('permitted')
      expect((await ask(await made(tuner, mit, 'finetune', teacher), ['commercial'])).verdict).to.equal('permitted')
      const tier = await world.offer(teacher, { terms: all })
      await world.grant(teacher, tier, tuner)
      expect((await ask(student, ['commercial'])).verdict).to.not.equal('not-permitted')
    })
  })
})
