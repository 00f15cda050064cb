import { expect } from 'chai'

import { topicOf } from '../../../src/core/evaluate.ts'
import {
  parseAddress,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type ModelId,
  type TermsId,
} from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { UNSTATED_BODY } from '../../../src/core/termsBody.ts'
import { METRICS, parseMeasure } from '../../../src/core/topics.ts'
import { ALL_RIGHTS, RIGHT_NAMES, rightsMask, type Right } from '../../../src/core/vocabulary.ts'
import { atMostGas } from '../../fixtures/gas.ts'
import { createCast, finding, type Cast } from '../../fixtures/lens.ts'
import { NO_TERMS, termsOf, type World } from '../../fixtures/world.ts'
import { inDepth } from '../../fixtures/inDepth.ts'

/** Asks what was said, and not by whom. */
const EVERYBODY_ASKED = { everybody: true, trusted: [] as string[], named: [] as string[], facts: [] }

/** A measure of each metric. */
const MEASURES = Object.values(METRICS).map((metric) => `#${metric}/#0/#0`)

describe('ComplianceLens', function () {
  let world: World
  let maker: Address, tuner: Address, forker: Address, stranger: Address
  let all: TermsId, research: TermsId
  let ask: Cast['ask'], made: Cast['made']

  before(async function () {
    ;({ world, maker, tuner, forker, stranger, all, research, ask, made } = await createCast())
  })

  describe('lineage', function () {
    it('is only the model when it has no parents', async function () {
      const model = await made(maker, all)
      const block = (await world.ethers.provider.getBlock('latest'))!
      const read = await world.lens.lineage(model, ZERO_ADDRESS)
      expect(read.chainId).to.equal((await world.ethers.provider.getNetwork()).chainId)
      expect(read.blockNumber).to.equal(block.number)
      expect(read.timestamp).to.equal(block.timestamp)
      const { models, terms } = await world.readLineage(model)
      expect(models).to.deep.equal([
        {
          model,
          publisher: maker,
          registeredAt: world.now,
          verifiedFrom: 0,
          verifiedUntil: 0,
          status: 'active',
          recalled: false,
          terms: all,
          parents: [],
          credentials: [],
        },
      ])
      expect([...terms.values()]).to.deep.equal([{ ...UNSTATED_BODY, rights: ALL_RIGHTS, unstated: 0 }])
    })

    it('holds parents in their order, with relations and status', async function () {
      const [a, b, c] = [await made(maker, all), await made(tuner, research), await made(maker, NO_TERMS)]
      await world.advance(b, 'superseded')
      await world.advance(c, 'retired')
      const parents = [
        { model: b, relation: 'merge' as const },
        { model: a, relation: 'version' as const },
        { model: c, relation: 'copy' as const },
      ]
      const model = await world.register({ publisher: forker, terms: all, parents })
      const { models, terms } = await world.readLineage(model)
      expect(models.map((entry) => entry.model)).to.deep.equal([model, b, a, c])
      expect(models[0]!.parents).to.deep.equal(
        parents.map((parent) => ({ ...parent, grade: 'declared', undisclosed: false })),
      )
      expect(models.map(({ status }) => status)).to.deep.equal(['active', 'superseded', 'active', 'retired'])
      expect([...terms.keys()]).to.deep.equal([all, research, NO_TERMS])
      expect(terms.get(NO_TERMS)).to.deep.equal(UNSTATED_BODY)
    })

    it('holds only the credentials of the licensee and of the publishers of children', async function () {
      const base = await made(maker, all)
      const child = await made(tuner, all, 'finetune', base)
      const model = await made(forker, all, 'finetune', child)
      const tier = await world.offer(base, { terms: research, passThrough: ['research'] })
      for (const holder of [maker, tuner, forker, stranger, world.strangers[1]!]) await world.grant(base, tier, holder)
      const { models } = await world.readLineage(model, stranger)
      const holders = models.map(({ credentials }) => credentials.map(({ holder }) => holder))
      expect(holders).to.deep.equal([[], [], [tuner, stranger]])
      expect(models[2]!.credentials[0]).to.deep.include({
        tier,
        terms: research,
        passThrough: rightsMask(['research']),
      })
      expect((await world.readLineage(model, tuner)).models[2]!.credentials.map(({ holder }) => holder)).to.deep.equal([
        tuner,
      ])
    })

    it('holds every credential of a holder, by tier', async function () {
      const base = await made(maker, all)
      const tiers = []
      for (let i = 0; i < 16; ++i) tiers.push(await world.offer(base, { terms: research, name: `Tier ${i}` }))
      for (const tier of tiers) await world.grant(base, tier, stranger)
      const { models } = await world.readLineage(base, stranger)
      expect(models[0]!.credentials.map(({ tier }) => tier)).to.deep.equal(tiers)
    })

    it('holds the credential of any holder, including the lowest address', async function () {
      const [least, base] = [parseAddress('0x0000000000000000000000000000000000000001'), await made(maker, research)]
      const tier = await world.offer(base, { terms: all, name: 'Least' })
      await world.grant(base, tier, least)
      const { models } = await world.readLineage(base, least)
      expect(models[0]!.credentials.map(({ holder }) => holder)).to.deep.equal([least])
    })

    it('reverts for a model that is not registered', async function () {
      const unknown = `0x${'ab'.repeat(32)}`
      const query = { model: unknown, licensee: ZERO_ADDRESS, uses: 1, time: 0, ...EVERYBODY_ASKED }
      for (const call of [
        () => world.lens.lineage(unknown, ZERO_ADDRESS),
        () => world.lens.ancestry(unknown),
        () => world.lens.evaluate(query),
        () => world.lens.lineage(ZERO_DIGEST, ZERO_ADDRESS),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(world.lens, 'ComplianceLensUnknownModel')
      }
      await expect(world.lens.ancestry(unknown))
        .to.be.revertedWithCustomError(world.lens, 'ComplianceLensUnknownModel')
        .withArgs(unknown)
    })
  })

  describe('ancestry', function () {
    it('names each ancestor once and nearest first, even if paths meet again', async function () {
      const base = await made(maker, all)
      const [left, right] = [await made(maker, all, 'adapter', base), await made(tuner, all, 'adapter', base)]
      const model = await made(forker, all, 'merge', left, right, base)
      expect([...(await world.lens.ancestry(model))]).to.deep.equal([model, left, right, base])
    })

    it('walks eight parents of eight parents', async function () {
      const drafts = Array.from({ length: 8 }, () => world.draft({ publisher: maker, terms: all }))
      const parents = drafts.map(({ model }) => ({ model, relation: 'merge' as const }))
      const middle = Array.from({ length: 8 }, () => world.draft({ publisher: tuner, terms: all, parents }))
      const top = world.draft({
        publisher: forker,
        terms: all,
        parents: middle.map(({ model }) => ({ model, relation: 'merge' as const })),
      })
      await world.registerAll([...drafts, ...middle, top].map(({ registration }) => registration))
      const expected = [top, ...middle, ...drafts].map(({ model }) => model)
      expect([...(await world.lens.ancestry(top.model))]).to.deep.equal(expected)
      expect((await ask(top.model, RIGHT_NAMES)).verdict).to.equal('permitted')
    })

    it('stays linear on a ladder of diamonds with a million paths', async function () {
      let rung = [world.draft({ publisher: maker, terms: all }), world.draft({ publisher: maker, terms: all })]
      const registrations = rung.map(({ registration }) => registration)
      for (let i = 0; i < 19; ++i) {
        const parents = rung.map(({ model }) => ({ model, relation: 'merge' as const }))
        rung = [0, 1].map(() => world.draft({ publisher: world.publishers[i % 8]!, terms: all, parents }))
        registrations.push(...rung.map(({ registration }) => registration))
      }
      await world.registerAll(registrations)
      const model = await made(forker, all, 'merge', ...rung.map((draft) => draft.model))
      expect(await world.lens.ancestry(model)).to.have.lengthOf(41)
      expect((await ask(model, RIGHT_NAMES)).verdict).to.equal('permitted')
      const query = { model, licensee: stranger, uses: ALL_RIGHTS, time: world.now, ...EVERYBODY_ASKED }
      expect(await world.lens.evaluate.estimateGas(query)).to.be.lessThan(atMostGas(2_500_000n))
    })

    it('is evaluated within the gas that nodes give to a call, and grows linearly to 1,000 models', async function () {
      const most = inDepth(300, 1_000)
      const gas: bigint[] = []
      for (const count of [100, most]) {
        const model = await longLineage(count)
        const query = { model, licensee: stranger, uses: ALL_RIGHTS, time: world.now, ...EVERYBODY_ASKED }
        gas.push(await world.lens.evaluate.estimateGas(query))
        expect(await world.lens.ancestry(model)).to.have.lengthOf(count)
        expect((await ask(model, RIGHT_NAMES, { licensee: stranger })).verdict).to.equal('permitted')
      }
      expect(gas[1]).to.be.lessThan(atMostGas(30_000n * BigInt(most)))
      expect(gas[1]! * 100n).to.be.lessThan((12n * gas[0]! * BigInt(most)) / 10n)
    })
  })

  /** A chain in which every model has a publisher other than its parent's. */
  async function longLineage(count: number, terms = all): Promise<ModelId> {
    const drafts = [world.draft({ publisher: maker, terms })]
    while (drafts.length < count) {
      const parents = [{ model: drafts.at(-1)!.model, relation: 'finetune' as const }]
      drafts.push(world.draft({ publisher: world.publishers[drafts.length % 8]!, terms, parents }))
    }
    await world.registerAll(drafts.map(({ registration }) => registration))
    return drafts.at(-1)!.model
  }

  describe('attested parents', function () {
    it('follow those of the registration, and count for every descendant at the next read', async function () {
      const [base, root] = [await made(maker, research), await made(tuner, all)]
      const child = await made(forker, all, 'finetune', root)
      const commercial = { uses: rightsMask(['commercial']) }
      expect((await world.ask(child, commercial)).verdict).to.equal('permitted')
      await world.attest(root, base, 'finetune', true)
      const { models } = await world.readLineage(child)
      expect(models.map(({ model }) => model)).to.deep.equal([child, root, base])
      expect(models[1]!.parents).to.deep.equal([
        { model: base, relation: 'finetune', grade: 'acknowledged', undisclosed: true },
      ])
      const answer = await world.ask(child, commercial)
      expect(answer.verdict).to.equal('not-permitted')
      expect(answer.findings.map(({ code, model }) => ({ code, model }))).to.deep.include.members([
        { code: 'parent-undisclosed', model: root },
        { code: 'right-withheld', model: base },
      ])
    })

    it('that were attested without a claim do not cause a finding', async function () {
      const [base, root] = [await made(maker, all), await made(tuner, all)]
      await world.attest(root, base, 'merge', false)
      expect((await world.readLineage(root)).models[0]!.parents).to.deep.equal([
        { model: base, relation: 'merge', grade: 'acknowledged', undisclosed: false },
      ])
      expect((await world.ask(root, { uses: rightsMask(['commercial']) })).findings).to.deep.equal([])
    })

    it('may close a cycle, in which no member has a right that another withholds', async function () {
      const a = await made(maker, research)
      const b = await made(tuner, all, 'finetune', a)
      const c = await made(forker, all, 'finetune', b)
      await world.attest(a, c, 'finetune', true)
      for (const model of [a, b, c]) {
        expect((await world.readLineage(model)).models).to.have.length(3)
        const question = { uses: rightsMask(['commercial']) }
        const { duties: _, ...expected } = world.answer(model, question)
        expect(await world.ask(model, question)).to.deep.equal(expected)
        expect(expected.verdict).to.equal('not-permitted')
      }
    })

    it('add to the eight of a registration', async function () {
      const bases = []
      for (let i = 0; i < 16; ++i) bases.push(await made(maker, all))
      const model = await made(tuner, all, 'merge', ...bases.slice(0, 8))
      for (const base of bases.slice(8)) await world.attest(model, base, 'merge', false)
      expect((await world.readLineage(model)).models[0]!.parents).to.have.length(16)
    })
  })

  describe('evaluate: answers', function () {
    for (const count of [31, 32, 33, 64, 65]) {
      it(`finds the same in a lineage of ${count} models, on both sides of a reallocation`, async function () {
        const model = await longLineage(count, research)
        expect(await world.lens.ancestry(model)).to.have.lengthOf(count)
        expect((await ask(model, ['commercial'])).findings).to.have.length(count)
      })
    }

    it('do not overwrite unread memory, however many findings there are', async function () {
      const thresholds = MEASURES.map((measure) => ({
        measure,
        limit: 7n,
        withdraws: ['commercial' as const],
        adds: [],
      }))
      const terms = await world.publish(termsOf({ name: 'thresholds', rights: RIGHT_NAMES, thresholds }))
      const { findings } = await ask(await longLineage(40, terms), ['commercial'])
      expect(findings).to.have.length(40 * MEASURES.length)
    })

    it('follow the ABI encoding byte by byte', async function () {
      const { lens } = world
      const model = await longLineage(3, research)
      for (const uses of [['research'], ['commercial', 'host']] as const) {
        const query = { model, licensee: stranger, uses: rightsMask(uses), time: world.now, ...EVERYBODY_ASKED }
        const data = lens.interface.encodeFunctionData('evaluate', [query])
        const answer = await world.ethers.provider.call({ to: await lens.getAddress(), data })
        const read = lens.interface.decodeFunctionResult('evaluate', answer)
        expect(answer).to.equal(lens.interface.encodeFunctionResult('evaluate', [...read]))
      }
    })
  })

  describe('evaluate: questions', function () {
    it('reverts for empty and undefined uses', async function () {
      const model = await made(maker, all)
      for (const uses of [0, ALL_RIGHTS + 1, 2 ** 32 - 1]) {
        const query = { model, licensee: ZERO_ADDRESS, uses, time: 0, ...EVERYBODY_ASKED }
        await expect(world.lens.evaluate(query))
          .to.be.revertedWithCustomError(world.lens, 'ComplianceLensInvalidUses')
          .withArgs(uses)
      }
    })

    const facts = (...topics: bigint[]) => topics.map((topic) => ({ topic, value: 0 }))
    const about = (model: ModelId, list: ReturnType<typeof facts>) =>
      world.lens.evaluate({ model, licensee: ZERO_ADDRESS, uses: 1, time: 0, ...EVERYBODY_ASKED, facts: list })

    for (const topic of [0n, 9n, 255n, 256n, 2n ** 48n, 2n ** 48n + 1n, 2n ** 64n - 1n]) {
      it(`reverts for a fact of the topic ${topic}, which no threshold has`, async function () {
        const model = await made(maker, all)
        await expect(about(model, facts(topic)))
          .to.be.revertedWithCustomError(world.lens, 'ComplianceLensInvalidFact')
          .withArgs(topic)
      })
    }

    it('reverts for facts that are not in order, or of one topic', async function () {
      const model = await made(maker, all)
      const later = 1n | (1n << 8n)
      for (const [index, topics] of [
        [1, [1n, 1n]],
        [1, [2n, 1n]],
        [1, [later, 2n]],
        [2, [1n, later, later]],
      ] as const) {
        await expect(about(model, facts(...topics)))
          .to.be.revertedWithCustomError(world.lens, 'ComplianceLensUnsorted')
          .withArgs(index)
      }
    })

    it('reverts for more than 64 facts', async function () {
      const model = await made(maker, all)
      const many = (count: number) => facts(...Array.from({ length: count }, (_, i) => 1n | (BigInt(i) << 16n)))
      expect((await about(model, many(64))).verdict).to.equal(0n)
      await expect(about(model, many(65)))
        .to.be.revertedWithCustomError(world.lens, 'ComplianceLensTooMany')
        .withArgs(65)
    })

    it('compares a threshold with the fact of its metric, subject and parameter', async function () {
      const threshold = { limit: 10n, withdraws: ['research' as const], adds: [] }
      const measures = ['annualRevenueUsd', 'annualRevenueUsd/affiliates', '#4/#0/#1', `#4/#255/#${2 ** 32 - 1}`]
      for (const measure of measures) {
        const thresholds = [{ ...threshold, measure }]
        const terms = await world.publish(termsOf({ name: measure, rights: RIGHT_NAMES, thresholds }))
        const model = await made(maker, terms)
        const own = topicOf(parseMeasure(measure))
        const others = [0, 1, 255].flatMap((subject) =>
          [0, 1, 2 ** 32 - 1].map((param) => topicOf({ metric: METRICS.annualRevenueUsd, subject, param })),
        )
        const sorted = others.toSorted((a, b) => a - b).filter((topic) => topic !== own)
        const known = sorted.map((topic) => ({ topic, value: 11n }))
        expect((await ask(model, ['research'], { facts: known })).verdict).to.equal('unknown')
        for (const [value, verdict] of [
          [10n, 'permitted'],
          [11n, 'not-permitted'],
        ] as const) {
          const all = [...known, { topic: own, value }].toSorted((a, b) => a.topic - b.topic)
          expect((await ask(model, ['research'], { facts: all })).verdict).to.equal(verdict)
        }
      }
    })

    it('accepts every metric, with the largest value', async function () {
      const model = await made(maker, all)
      const facts = Object.values(METRICS).map((topic) => ({ topic, value: 2n ** 128n - 1n }))
      expect((await ask(model, ['research'], { facts })).verdict).to.equal('permitted')
    })
  })

  describe('evaluate: words', function () {
    const strict = { everybody: false }
    const use: Right[] = ['commercial']

    it('of nobody count when the question names nobody: what they grant is open', async function () {
      const model = await made(maker, all)
      const answer = await ask(model, use, strict)
      expect(answer).to.deep.include({ verdict: 'unknown', granted: 0, possible: ALL_RIGHTS })
      expect(answer.findings).to.deep.equal([
        finding('publisher-uncounted', model, { rights: rightsMask(['commercial']) }),
      ])
    })

    it('count when the question trusts the publishers, or names the models', async function () {
      const base = await made(maker, all)
      const model = await made(tuner, all, 'finetune', base)
      const trusted = [maker, tuner].toSorted()
      const named = [base, model].toSorted()
      expect((await ask(model, use, { ...strict, trusted })).verdict).to.equal('permitted')
      expect((await ask(model, use, { ...strict, named })).verdict).to.equal('permitted')
      for (const part of [{ trusted: [maker] }, { trusted: [tuner] }, { named: [base] }, { named: [model] }])
        expect((await ask(model, use, { ...strict, ...part })).verdict).to.equal('unknown')
    })

    it('count when the publisher was verified as it registered, to the second, until it is withdrawn', async function () {
      const model = await made(forker, all)
      const at = world.now
      const verdict = async (from: number, until: number) => {
        await world.verify(forker, from, until)
        return (await ask(model, use, strict)).verdict
      }
      expect(await verdict(at, FOREVER)).to.equal('permitted')
      expect(await verdict(at + 1, FOREVER)).to.equal('unknown')
      expect(await verdict(0, FOREVER)).to.equal('permitted')
      // Lapses after a second, and counts for what was said before.
      expect(await verdict(0, world.now + 2)).to.equal('permitted')
      world.wait(10)
      expect(await verdict(0, 0)).to.equal('unknown')
    })

    it('of own work do not count for the named: a mirror of a restricted base stays open', async function () {
      const base = await made(tuner, research)
      const model = await made(tuner, all, 'finetune', base)
      expect((await ask(model, use, { ...strict, trusted: [tuner] })).verdict).to.equal('permitted')
      const answer = await ask(model, use, { ...strict, named: [base, model].toSorted() })
      expect(answer.verdict).to.equal('unknown')
      expect(answer.findings.map(({ code }) => code)).to.deep.equal(['publisher-uncounted', 'right-withheld'])
    })

    it('reverts for lists that are not in order, or longer than 64', async function () {
      const model = await made(maker, all)
      const query = { model, licensee: ZERO_ADDRESS, uses: 1, time: 0, ...EVERYBODY_ASKED }
      const accounts = (count: number) =>
        Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`)
      const models = (count: number) => Array.from({ length: count }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`)
      await world.lens.evaluate({ ...query, trusted: accounts(64), named: models(64) })
      const faulty: [Partial<typeof query>, string, number][] = [
        [{ trusted: accounts(65) }, 'ComplianceLensTooMany', 65],
        [{ named: models(65) }, 'ComplianceLensTooMany', 65],
        [{ trusted: accounts(3).toReversed() }, 'ComplianceLensUnsorted', 1],
        [{ named: [...models(2), models(2)[1]!] }, 'ComplianceLensUnsorted', 2],
        [{ trusted: [...accounts(1), ...accounts(1)] }, 'ComplianceLensUnsorted', 1],
      ]
      for (const [faults, error, argument] of faulty) {
        await expect(world.lens.evaluate({ ...query, ...faults }))
          .to.be.revertedWithCustomError(world.lens, error)
          .withArgs(argument)
      }
    })
  })
})
