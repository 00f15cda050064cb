import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address } from '../../../src/core/hex.ts'
import type { Parent } from '../../../src/core/registration.ts'
import { ALL_RIGHTS, RELATION_NAMES, RIGHT_NAMES, rightsMask } from '../../../src/core/vocabulary.ts'
import { createCast, finding, type Cast } from '../../fixtures/lens.ts'

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
  })
})
