import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId } from '../../../src/core/hex.ts'
import type { Parent } from '../../../src/core/registration.ts'
import { ALL_RIGHTS, RELATION_NAMES, RIGHT_NAMES, rightsMask } from '../../../src/core/vocabulary.ts'
import { createCast, finding, type Cast } from '../../fixtures/lens.ts'
import { termsOf } from '../../fixtures/world.ts'

describe('ComplianceLens', function () {
  describe('external parents', function () {
    let cast: Cast
    before(async () => (cast = await createCast()))

    const base = externalIdOf(externalNameOnHub('nobody/base'))
    const other = externalIdOf(externalNameOnHub('nobody/other'))
    const made = (publisher: Address, parents: readonly Parent[]) =>
      cast.world.register({ publisher, terms: cast.all, parents })

    it('are models without record, terms and parents, each once', async function () {
      const { world, maker, tuner } = cast
      const child = await made(maker, [{ model: base, relation: 'finetune', part: 'text', external: true }])
      const model = await made(tuner, [
        { model: child, relation: 'merge' },
        { model: base, relation: 'copy', external: true },
        { model: other, relation: 'merge', external: true },
      ])
      const { models } = await world.readLineage(model)
      expect(models.map((entry) => entry.model)).to.deep.equal([model, child, base, other])
      expect(models[2]).to.deep.equal({
        model: base,
        publisher: ZERO_ADDRESS,
        registeredAt: 0,
        status: 'active',
        recalled: false,
        verifiedFrom: 0,
        verifiedUntil: 0,
        terms: ZERO_DIGEST,
        parents: [],
        credentials: [],
      })
      expect([...(await world.lens.ancestry(model))]).to.deep.equal([model, child, base, other])
    })

    it('cannot be asked about', async function () {
      const { world, maker } = cast
      await made(maker, [{ model: base, relation: 'finetune', external: true }])
      await expect(world.lens.lineage(base, ZERO_ADDRESS))
        .to.be.revertedWithCustomError(world.lens, 'ComplianceLensUnknownModel')
        .withArgs(base)
    })

    it('make every use unknown by every relation, for the public too, which owns nothing', async function () {
      const { world, maker, stranger, tuner } = cast
      for (const relation of RELATION_NAMES) {
        const model = await made(maker, [{ model: base, relation, external: true }])
        for (const licensee of [ZERO_ADDRESS, stranger, tuner]) {
          const answer = await cast.ask(model, RIGHT_NAMES, { licensee })
          expect([answer.verdict, answer.granted, answer.possible]).to.deep.equal(['unknown', 0, ALL_RIGHTS])
          const codes = answer.findings.map(({ code, model: at }) => [code, at])
          expect(codes).to.deep.equal([['parent-external', base]])
        }
      }
      const model = await made(maker, [{ model: base, relation: 'copy', external: true }])
      expect((await cast.ask(model, ['research'])).findings).to.deep.equal([
        finding('parent-external', base, { rights: rightsMask(['research', 'redistribute']) }),
      ])
      expect(world.publishers).to.include(maker)
    })

    it('leave a no where another parent forbids the use', async function () {
      const { maker, tuner, nothing } = cast
      const withheld = await cast.made(maker, nothing)
      const model = await made(tuner, [
        { model: base, relation: 'merge', external: true },
        { model: withheld, relation: 'merge' },
      ])
      expect((await cast.ask(model, ['commercial'])).verdict).to.equal('not-permitted')
    })

    describe('that are bound', function () {
      const name = (of: string) => externalIdOf(externalNameOnHub(`bound/${of}`))

      it('answer by every relation as the models that they are bound to would', async function () {
        const { world, maker, tuner, all, research } = cast
        const base = await made(maker, [])
        const strict = await world.register({ publisher: maker, terms: research })
        const external = name('base')
        await world.bind(external, base)
        for (const bound of [[base], [base, strict]]) {
          if (bound.length === 2) await world.bind(external, strict)
          for (const relation of RELATION_NAMES) {
            const through = await made(tuner, [{ model: external, relation, external: true }])
            const parents = bound.map((model) => ({ model, relation }))
            const direct = await world.register({ publisher: tuner, terms: all, parents })
            const [one, other] = [await cast.ask(through, RIGHT_NAMES), await cast.ask(direct, RIGHT_NAMES)]
            expect([one.verdict, one.granted, one.possible]).to.deep.equal([
              other.verdict,
              other.granted,
              other.possible,
            ])
          }
        }
        const { models } = await world.readLineage(
          await made(tuner, [{ model: external, relation: 'copy', external: true }]),
        )
        expect(models[1]!.parents).to.deep.equal(
          [base, strict].map((model) => ({ model, relation: 'copy', grade: 'bound', undisclosed: false })),
        )
      })

      it('may close a cycle, and have what no member of it withholds', async function () {
        const { world, maker, tuner, research } = cast
        const external = name('cycle')
        const child = await made(tuner, [{ model: external, relation: 'finetune', external: true }])
        const last = await world.register({
          publisher: maker,
          terms: research,
          parents: [{ model: child, relation: 'finetune' }],
        })
        await world.bind(external, last)
        for (const model of [child, last]) {
          expect((await cast.ask(model, ['research'])).verdict).to.equal('permitted')
          expect((await cast.ask(model, ['commercial'])).verdict).to.equal('not-permitted')
        }
      })

      it('stay unknown while they are bound to nothing registered', async function () {
        const { world, maker, tuner } = cast
        const [one, two] = [name('one'), name('two')]
        const model = await made(tuner, [{ model: one, relation: 'finetune', external: true }])
        const verdict = async () => (await cast.ask(model, ['research'])).verdict
        await world.bind(one, one)
        expect(await verdict()).to.equal('unknown')
        await world.bind(one, two)
        await world.bind(two, one)
        expect(await verdict()).to.equal('unknown')
        await world.bind(one, one, false)
        await world.bind(two, one, false)
        await world.bind(two, await made(maker, []))
        expect(await verdict()).to.equal('unknown')
        await world.bind(one, two, false)
        await world.bind(one, await made(maker, []))
        expect(await verdict()).to.equal('permitted')
      })

      it('keep the families that what they are bound to allows', async function () {
        const { world, maker, tuner } = cast
        const alike = await world.publish(
          termsOf({ name: 'alike', rights: RIGHT_NAMES, family: 'gpl-3.0', outbound: { only: ['gpl-3.0'] } }),
        )
        const base = await world.register({ publisher: maker, terms: alike })
        const external = name('alike')
        await world.bind(external, base)
        const parents = [{ model: external, relation: 'finetune' as const, external: true as const }]
        const label = await world.publish(termsOf({ name: 'mit', rights: RIGHT_NAMES, family: 'permissive' }))
        const model = await world.register({ publisher: tuner, terms: label, parents })
        const { findings } = await cast.ask(model, ['redistribute'])
        expect(findings.filter(({ code }) => code === 'label-void').map((found) => found.model)).to.deep.equal([model])
      })

      it('are not bound by a publisher: a stranger lifts nothing with a root of its own', async function () {
        const { world, tuner, maker, forker } = cast
        const external = name('famous')
        const model = await made(tuner, [{ model: external, relation: 'finetune', external: true }])
        const mit = await made(forker, [])
        const signer = await world.ethers.getSigner(forker)
        await expect(
          world.recalls.connect(signer).bindExternal(external, mit, ZERO_DIGEST),
        ).to.be.revertedWithCustomError(world.recalls, 'AccessManagedUnauthorized')
        await world.claims.connect(signer).stateBinding(forker, external, mit, true, ZERO_DIGEST)
        world.now = (await world.ethers.provider.getBlock('latest'))!.timestamp
        expect((await cast.ask(model, ['research'])).verdict).to.equal('unknown')
        expect(maker).to.not.equal(forker)
      })
    })

    describe('that a claim replaces', function () {
      const name = (of: string) => externalIdOf(externalNameOnHub(`replaced/${of}`))
      const child = async (external: ModelId) =>
        made(cast.tuner, [{ model: external, relation: 'finetune', external: true }])

      it('stay unknown when the publisher acknowledges a claim of its friend, and take the terms of the model', async function () {
        const { world, forker, research } = cast
        const [mild, harsh] = [await made(forker, []), await world.register({ publisher: forker, terms: research })]
        const external = name('friend')
        const [one, other] = [await child(external), await child(external)]
        await world.replace(one, external, mild, 'finetune', false)
        await world.replace(other, external, harsh, 'finetune', false)
        expect((await cast.ask(one, ['commercial'])).verdict).to.equal('unknown')
        expect((await cast.ask(other, ['commercial'])).verdict).to.equal('not-permitted')
        // The ruling is still to be had.
        await world.replace(one, external, await made(forker, []), 'finetune', true)
        expect((await cast.ask(one, ['commercial'])).verdict).to.equal('permitted')
      })

      it('end with a ruling, which is about that child alone', async function () {
        const { world, forker, research } = cast
        const base = await world.register({ publisher: forker, terms: research })
        const external = name('ruled')
        const [model, sibling] = [await child(external), await child(external)]
        await world.replace(model, external, base, 'finetune', true)
        expect((await world.readLineage(model)).models.map((entry) => entry.model)).to.deep.equal([model, base])
        const { verdict, findings } = await cast.ask(model, ['commercial'])
        expect(verdict).to.equal('not-permitted')
        expect(findings.map(({ code }) => code)).to.not.include('parent-external')
        expect((await cast.ask(model, ['research'])).verdict).to.equal('permitted')
        expect((await cast.ask(sibling, ['research'])).verdict).to.equal('unknown')
      })

      it('count again once they are bound or registered, so that a ruling takes no terms away', async function () {
        const { world, forker, maker, nothing } = cast
        const open = await made(forker, [])
        const external = name('bound later')
        const model = await child(external)
        await world.replace(model, external, open, 'finetune', true)
        expect((await cast.ask(model, ['commercial'])).verdict).to.equal('permitted')
        await world.bind(external, await world.register({ publisher: maker, terms: nothing }))
        expect((await cast.ask(model, ['commercial'])).verdict).to.equal('not-permitted')

        // Named as external before it was registered, by the id that it would have.
        const late = world.draft({ publisher: maker, terms: nothing })
        const early = await child(late.model)
        await world.replace(early, late.model, open, 'finetune', true)
        expect((await cast.ask(early, ['commercial'])).verdict).to.equal('permitted')
        await world.registerAll([late.registration])
        expect((await cast.ask(early, ['commercial'])).verdict).to.equal('not-permitted')
      })
    })
  })
})
