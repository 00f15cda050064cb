import { expect } from 'chai'

import type { Question, RawFinding } from '../../../src/core/evaluate.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import type { Relation, Right } from '../../../src/core/vocabulary.ts'
import {
  ALL_OBLIGATIONS,
  ALL_RIGHTS,
  METRICS,
  obligationsMask,
  RELATION_NAMES,
  RIGHT_NAMES,
  rightsMask,
  rightsOf,
} from '../../../src/core/vocabulary.ts'
import { atMostGas } from '../../fixtures/gas.ts'
import { createWorld, days, NO_TERMS, termsOf, type Answer, type World } from '../../fixtures/world.ts'

const without = (...rights: Right[]): Right[] => RIGHT_NAMES.filter((right) => !rights.includes(right))
const COMMERCIAL = rightsMask(['commercial'])
const DISPLAY_CREDIT = obligationsMask(['display-credit'])
const SHARE_ALIKE = obligationsMask(['share-alike'])

function finding(code: RawFinding['code'], model: ModelId, what: Partial<RawFinding> = {}): RawFinding {
  return { code, model, holder: ZERO_ADDRESS, rights: 0, obligations: 0, metric: 0, ...what }
}

describe('ComplianceLens', function () {
  // The ledger only ever grows, and each test has models of its own: nothing needs to be put back.
  let world: World
  let maker: Address, tuner: Address, forker: Address, stranger: Address
  let all: TermsId, research: TermsId, nothing: TermsId

  before(async function () {
    world = await createWorld()
    ;[maker, tuner, forker] = world.publishers as [Address, Address, Address]
    stranger = world.strangers[0]!
    all = await world.publish(termsOf({ name: 'all', rights: RIGHT_NAMES }))
    research = await world.publish(termsOf({ name: 'research', rights: ['research', 'modify'] }))
    nothing = await world.publish(termsOf({ name: 'nothing' }))
  })

  /** A model of some publisher, made from others. */
  const made = (publisher: Address, terms: TermsId, relation: Relation = 'finetune', ...from: ModelId[]) =>
    world.register({ publisher, terms, parents: from.map((model) => ({ model, relation })) })

  /** The lens's answer, which has to be the core's too. */
  async function ask(model: ModelId, uses: Right[], question: Partial<Question> = {}): Promise<Answer> {
    const whole = { uses: rightsMask(uses), ...question }
    const { duties: _, ...expected } = world.answer(model, whole)
    const answer = await world.ask(model, whole)
    expect(answer).to.deep.equal(expected)
    return answer
  }

  /** What the public has, or may have. */
  async function rightsIn(model: ModelId, licensee = ZERO_ADDRESS): Promise<Right[]> {
    return rightsOf((await ask(model, ['research'], { licensee })).granted)
  }

  describe('attested parents', function () {
    it('stand behind those of the registration, and count for every descendant at the next read', async function () {
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

    it('that were told unasked are no finding of their own', async function () {
      const [base, root] = [await made(maker, all), await made(tuner, all)]
      await world.attest(root, base, 'merge', false)
      expect((await world.ask(root, { uses: rightsMask(['commercial']) })).findings).to.deep.equal([])
    })

    it('may close a cycle, in which nobody has what one of them withholds', async function () {
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

    it('stand beside the eight of a registration', async function () {
      const bases = []
      for (let i = 0; i < 16; ++i) bases.push(await made(maker, all))
      const model = await made(tuner, all, 'merge', ...bases.slice(0, 8))
      for (const base of bases.slice(8)) await world.attest(model, base, 'merge', false)
      expect((await world.readLineage(model)).models[0]!.parents).to.have.length(16)
    })
  })

  describe('lineage', function () {
    it('is the model alone when it has no parents', async function () {
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
          status: 'active',
          terms: all,
          parents: [],
          credentials: [],
        },
      ])
      expect([...terms.values()]).to.deep.equal([{ rights: ALL_RIGHTS, unstated: 0, obligations: 0, thresholds: [] }])
    })

    it('holds parents as they were named, with relations and status', async function () {
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
      expect(terms.get(NO_TERMS)).to.deep.equal({ rights: 0, unstated: ALL_RIGHTS, obligations: 0, thresholds: [] })
    })

    it('holds the credentials of the licensee and of the publishers of children, and no other', async function () {
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

    it('reverts for a model that is not registered', async function () {
      const unknown = `0x${'ab'.repeat(32)}`
      const query = { model: unknown, licensee: ZERO_ADDRESS, uses: 1, time: 0, facts: [] }
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
    it('names each ancestor once, nearest first, when paths meet again', async function () {
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
      const query = { model, licensee: stranger, uses: ALL_RIGHTS, time: world.now, facts: [] }
      expect(await world.lens.evaluate.estimateGas(query)).to.be.lessThan(atMostGas(2_500_000n))
    })

    it('is evaluated within the gas that nodes lend to a call, growing linearly to 1,000 models', async function () {
      const gas: bigint[] = []
      for (const count of [100, 1_000]) {
        const model = await longLineage(count)
        const query = { model, licensee: stranger, uses: ALL_RIGHTS, time: world.now, facts: [] }
        gas.push(await world.lens.evaluate.estimateGas(query))
        expect(await world.lens.ancestry(model)).to.have.lengthOf(count)
        expect((await ask(model, RIGHT_NAMES, { licensee: stranger })).verdict).to.equal('permitted')
      }
      expect(gas[1]).to.be.lessThan(atMostGas(30_000_000n))
      expect(gas[1]).to.be.lessThan(12n * gas[0]!)
    })
  })

  /** A chain in which every model has a publisher other than its parent's. */
  async function longLineage(count: number): Promise<ModelId> {
    const drafts = [world.draft({ publisher: maker, terms: all })]
    while (drafts.length < count) {
      const parents = [{ model: drafts.at(-1)!.model, relation: 'finetune' as const }]
      drafts.push(world.draft({ publisher: world.publishers[drafts.length % 8]!, terms: all, parents }))
    }
    await world.registerAll(drafts.map(({ registration }) => registration))
    return drafts.at(-1)!.model
  }

  describe('evaluate: questions', function () {
    it('reverts when the uses name no right, or one that is not defined', async function () {
      const model = await made(maker, all)
      for (const uses of [0, ALL_RIGHTS + 1, 2 ** 32 - 1]) {
        const query = { model, licensee: ZERO_ADDRESS, uses, time: 0, facts: [] }
        await expect(world.lens.evaluate(query))
          .to.be.revertedWithCustomError(world.lens, 'ComplianceLensInvalidUses')
          .withArgs(uses)
      }
    })

    it('reverts when a fact is named twice, or is not defined', async function () {
      const model = await made(maker, all)
      for (const metrics of [[0], [7], [255], [1, 1], [6, 2, 6]]) {
        const facts = metrics.map((metric) => ({ metric, value: 0 }))
        const query = { model, licensee: ZERO_ADDRESS, uses: 1, time: 0, facts }
        await expect(world.lens.evaluate(query))
          .to.be.revertedWithCustomError(world.lens, 'ComplianceLensInvalidFact')
          .withArgs(metrics.at(-1))
      }
    })

    it('takes every metric, with the largest value', async function () {
      const model = await made(maker, all)
      const facts = Object.fromEntries(Object.keys(METRICS).map((metric) => [metric, 2n ** 128n - 1n]))
      expect((await ask(model, ['research'], { facts })).verdict).to.equal('permitted')
    })
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

    it('does not permit what they withhold, and names exactly that', async function () {
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

    it('does not know when no terms are stated', async function () {
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

    it('takes rights but distill from the terms of the weights, and distill from those of the outputs', async function () {
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

    it('is conditional when an obligation holds for the use, and not when none is relevant', async function () {
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

    it('adds the obligations of all ancestors of other publishers, and not those that bind nobody', async function () {
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
      [['modify'], ['use-restrictions', 'no-trademark']],
      [['commercial'], ['use-restrictions', 'display-credit', 'no-trademark', 'notify-licensor']],
      [['commercial-modify'], ['use-restrictions', 'disclose-base', 'no-trademark']],
      [['distill'], ['use-restrictions', 'name-prefix', 'no-trademark']],
      [
        ['host'],
        [
          'use-restrictions',
          'network-source',
          'attribution',
          'display-credit',
          'disclose-base',
          'no-trademark',
          'notify-licensor',
        ],
      ],
      [
        ['redistribute'],
        ['use-restrictions', 'notice', 'attribution', 'share-alike', 'source', 'display-credit', 'no-trademark'],
      ],
      [
        ['sublicense'],
        [
          'use-restrictions',
          'notice',
          'attribution',
          'share-alike',
          'source',
          'state-changes',
          'display-credit',
          'no-trademark',
        ],
      ],
    ]
    for (const [uses, obligations] of relevant) {
      it(`raises ${[...obligations].join(', ')} for ${uses.join(', ')}`, async function () {
        const model = await made(maker, await everyDuty())
        expect((await ask(model, uses)).obligations).to.equal(obligationsMask(obligations))
      })
    }

    it('raises all but network-source for redistribute-derivatives', async function () {
      const model = await made(maker, await everyDuty())
      const expected = ALL_OBLIGATIONS & ~obligationsMask(['network-source'])
      expect((await ask(model, ['redistribute-derivatives'])).obligations).to.equal(expected)
    })
  })

  async function everyDuty(): Promise<TermsId> {
    const obligations = [
      ...(['notice', 'attribution', 'state-changes', 'share-alike', 'source', 'network-source'] as const),
      ...(['name-prefix', 'display-credit', 'use-restrictions', 'disclose-base'] as const),
      ...(['no-trademark', 'notify-licensor'] as const),
    ]
    return world.publish(termsOf({ name: 'every duty', rights: RIGHT_NAMES, obligations }))
  }

  describe('evaluate: thresholds', function () {
    const metric = METRICS.monthlyActiveUsers
    let model: ModelId

    before(async function () {
      const threshold = {
        metric: 'monthlyActiveUsers' as const,
        limit: 1_000n,
        withdraws: ['commercial' as const],
        adds: ['display-credit' as const],
      }
      const terms = termsOf({ name: 'threshold', rights: RIGHT_NAMES, thresholds: [threshold] })
      model = await made(maker, await world.publish(terms))
    })

    it('permits at the limit', async function () {
      const answer = await ask(model, ['commercial'], { facts: { monthlyActiveUsers: 1_000n } })
      expect(answer).to.deep.include({ verdict: 'permitted', possibleObligations: 0, findings: [] })
    })

    it('does not permit one above it', async function () {
      const exceeded = finding('threshold-exceeded', model, {
        rights: COMMERCIAL,
        obligations: DISPLAY_CREDIT,
        metric,
      })
      expect(await ask(model, ['commercial'], { facts: { monthlyActiveUsers: 1_001n } })).to.deep.equal({
        verdict: 'not-permitted',
        granted: rightsMask(without('commercial')),
        possible: rightsMask(without('commercial')),
        obligations: DISPLAY_CREDIT,
        possibleObligations: DISPLAY_CREDIT,
        findings: [exceeded],
      })
    })

    it('does not know without the fact', async function () {
      expect(await ask(model, ['commercial'], { facts: { monthlyRevenueUsd: 5n } })).to.deep.equal({
        verdict: 'unknown',
        granted: rightsMask(without('commercial')),
        possible: ALL_RIGHTS,
        obligations: 0,
        possibleObligations: DISPLAY_CREDIT,
        findings: [finding('fact-missing', model, { rights: COMMERCIAL, obligations: DISPLAY_CREDIT, metric })],
      })
    })

    it('names the obligation alone where the right is there', async function () {
      expect(await ask(model, ['host'], { facts: { monthlyActiveUsers: 1_001n } })).to.deep.include({
        verdict: 'conditional',
        findings: [finding('threshold-exceeded', model, { obligations: DISPLAY_CREDIT, metric })],
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
      const facts = { monthlyActiveUsers: 1_001n }
      expect((await ask(child, ['commercial'], { facts })).findings).to.deep.equal([
        finding('threshold-exceeded', model, { rights: COMMERCIAL, obligations: DISPLAY_CREDIT, metric }),
      ])
    })
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

    it('lets it not relicense what others withheld from it', async function () {
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
    it('leaves nothing of a recalled model', async function () {
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

    it('leaves nothing of the descendants of a recalled model', async function () {
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

    it('warns of models that are retired or superseded', async function () {
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

    it('lifts what it grants, for its holder alone, from its first second to before its last', async function () {
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

    it('is revoked from the second of the revocation, and stays what it was before', async function () {
      const credential = await world.grant(base, await world.offer(base, { terms: all }), stranger)
      world.wait(100)
      await world.revoke(credential)
      expect((await at(world.now - 1)).verdict).to.equal('permitted')
      expect((await at(world.now)).findings).to.deep.equal(lacking('credential-revoked'))
    })

    it('is revoked, and not still to come, when it was revoked before it began', async function () {
      const tier = await world.offer(base, { terms: all })
      const credential = await world.grant(base, tier, stranger, { from: world.now + days(1) })
      await world.revoke(credential)
      expect((await at(world.now)).findings).to.deep.equal(lacking('credential-revoked'))
      expect((await at(world.now + days(2))).findings).to.deep.equal(lacking('credential-revoked'))
    })

    it('brings the obligations of its terms', async function () {
      const terms = termsOf({ name: 'credit', rights: RIGHT_NAMES, obligations: ['display-credit'] })
      await world.grant(base, await world.offer(base, { terms: await world.publish(terms) }), stranger)
      expect(await at(world.now)).to.deep.include({ verdict: 'conditional', obligations: DISPLAY_CREDIT, findings: [] })
    })

    it('says which fact a valid one needs, and which right its terms do not state', async function () {
      const metric = METRICS.annualRevenueUsd
      const threshold = {
        metric: 'annualRevenueUsd' as const,
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
        findings: [withheld, finding('fact-missing', base, { holder, rights: COMMERCIAL, metric })],
      })
      const facts = { annualRevenueUsd: 11n }
      expect(await ask(base, ['commercial'], { licensee: stranger, facts })).to.deep.include({
        verdict: 'not-permitted',
        findings: [withheld, finding('threshold-exceeded', base, { holder, rights: COMMERCIAL, metric })],
      })

      const set = await world.publishSet({ weights: NO_TERMS, code: all, outputs: all })
      await world.grant(base, await world.offer(base, { terms: set }), tuner)
      expect(await at(world.now, tuner)).to.deep.include({
        verdict: 'unknown',
        findings: [withheld, finding('right-unstated', base, { holder: tuner, rights: COMMERCIAL })],
      })
    })

    it("passes its rights on through its holder's models, as far as the tier says and while it is valid", async function () {
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

  describe('evaluate: share-alike', function () {
    const alike = async (name: string): Promise<TermsId> =>
      world.publish(termsOf({ name, rights: RIGHT_NAMES, obligations: ['share-alike'] }))
    let one: TermsId, two: TermsId

    before(async function () {
      one = await alike('one')
      two = await alike('two')
    })

    it('is in conflict when two ancestors demand different terms', async function () {
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

    it('is in conflict when a model has other share-alike terms than its parent', async function () {
      const base = await made(maker, one)
      expect((await ask(await made(tuner, two, 'finetune', base), ['redistribute'])).findings).to.deep.equal([
        finding('share-alike-conflict', base, { obligations: SHARE_ALIKE }),
      ])
    })

    it('is kept by the same terms', async function () {
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

    it('does not bind a publisher among its own models', async function () {
      const base = await made(maker, one)
      const middle = await made(maker, two, 'version', base)
      expect((await ask(await made(maker, all, 'version', middle), ['redistribute'])).findings).to.deep.equal([])
    })
  })

  describe('evaluate: Composer 2', function () {
    let moonshot: Address, anysphere: Address
    let proprietary: TermsId
    const facts = { monthlyActiveUsers: 5_000_000n, monthlyRevenueUsd: 20_000_001n }

    before(async function () {
      ;[moonshot, anysphere] = [maker, tuner]
      proprietary = await world.publish(termsOf({ name: 'proprietary', rights: ['personal', 'commercial'] }))
    })

    const composerOf = (kimi: ModelId) => made(anysphere, proprietary, 'reinforcement-learning', kimi)

    describe('as Kimi K2.5 is licensed', function () {
      let kimi: ModelId

      before(async function () {
        const threshold = { withdraws: [], adds: ['display-credit' as const] }
        const terms = termsOf({
          name: 'Kimi K2.5 Modified MIT',
          rights: RIGHT_NAMES,
          obligations: ['notice'],
          thresholds: [
            { metric: 'monthlyActiveUsers', limit: 100_000_000n, ...threshold },
            { metric: 'monthlyRevenueUsd', limit: 20_000_000n, ...threshold },
          ],
        })
        kimi = await made(moonshot, await world.publish(terms))
      })

      it('lets its publisher host it, and asks to show the name above the revenue', async function () {
        const composer = await composerOf(kimi)
        const exceeded = finding('threshold-exceeded', kimi, {
          obligations: DISPLAY_CREDIT,
          metric: METRICS.monthlyRevenueUsd,
        })
        expect(await ask(composer, ['host', 'commercial'], { licensee: anysphere, facts })).to.deep.equal({
          verdict: 'conditional',
          granted: ALL_RIGHTS,
          possible: ALL_RIGHTS,
          obligations: DISPLAY_CREDIT,
          possibleObligations: DISPLAY_CREDIT,
          findings: [exceeded],
        })
        const atLimit = { ...facts, monthlyRevenueUsd: 20_000_000n }
        expect(await ask(composer, ['host', 'commercial'], { licensee: anysphere, facts: atLimit })).to.deep.include({
          verdict: 'permitted',
          findings: [],
        })
      })

      it('lets nobody ship a fork of Composer 2, whatever the license of the fork', async function () {
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
        const small = { monthlyActiveUsers: 1n, monthlyRevenueUsd: 1n }
        expect(await ask(fork, ['redistribute'], { facts: small })).to.deep.include({
          verdict: 'conditional',
          obligations: obligationsMask(['notice']),
          findings: [],
        })
      })
    })

    it('needs a credential if Kimi K2.5 is for research only, and ends with it', async function () {
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
