import { expect } from 'chai'

import { evaluate, EVERYBODY, type Evaluation } from '../../src/core/evaluate.ts'
import { externalIdOf, externalNameOnHub } from '../../src/core/external.ts'
import { ZERO_ADDRESS, type Address, type ModelId } from '../../src/core/hex.ts'
import { externalModel } from '../../src/core/lineage.ts'
import type { LedgerReader } from '../../src/core/ports.ts'
import { ALL_RIGHTS, RELATION_NAMES, RIGHT_NAMES, rightsMask, type Right } from '../../src/core/vocabulary.ts'
import type { PinBindings } from '../../src/verify/bindings.ts'
import type { Report } from '../../src/core/report.ts'
import { LineageMismatchError, verify } from '../../src/verify/verify.ts'
import { accountNumber, MemoryLedger, termsFor, type ModelSpec } from '../fixtures/memoryLedger.ts'

const OPEN = termsFor('open', { rights: RIGHT_NAMES })
const ALIKE = termsFor('alike', {
  rights: RIGHT_NAMES,
  obligations: ['share-alike', 'notice'],
  family: 'gpl-3.0',
  outbound: { only: ['gpl-3.0'] },
})
const NC = termsFor('nc', { rights: ['research', 'modify', 'redistribute', 'redistribute-derivatives'] })
const STAYS = termsFor('stays', { rights: ['research', 'commercial', 'modify', 'commercial-modify'] })
const EXTERNAL = externalIdOf(externalNameOnHub('nobody/base'))
const OTHER = externalIdOf(externalNameOnHub('nobody/other'))
const [maker, tuner, stranger] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const external = (model: ModelId = EXTERNAL) => ({ model, external: true as const })
let count = 0

function made(ledger: MemoryLedger, publisher: Address, spec: Omit<ModelSpec, 'name' | 'publisher'>): ModelId {
  return ledger.register({ name: `a/model-${++count}`, publisher, ...spec })
}

async function ask(
  ledger: MemoryLedger,
  model: ModelId,
  uses = ALL_RIGHTS,
  licensee = ZERO_ADDRESS,
): Promise<Evaluation> {
  const { lineage } = await ledger.reader().readLineage(model, licensee)
  return evaluate(lineage, { ...EVERYBODY, licensee, uses, time: 1 })
}

/** A ledger with a base, and a model that names it as an external parent. */
function withChild(terms = NC): { ledger: MemoryLedger; base: ModelId; child: ModelId } {
  const ledger = new MemoryLedger()
  const base = made(ledger, maker, { terms })
  return { ledger, base, child: made(ledger, tuner, { terms: OPEN, parents: [external()] }) }
}

describe('bindings of external parents', function () {
  it('answer by every relation as a registration that names the model would, and withhold nothing more', async function () {
    for (const terms of [OPEN, NC, STAYS]) {
      for (const relation of RELATION_NAMES) {
        const { ledger, base } = withChild(terms)
        ledger.bindings.set(EXTERNAL, [base])
        const direct = made(ledger, tuner, { terms: OPEN, parents: [{ model: base, relation }] })
        const bound = made(ledger, tuner, { terms: OPEN, parents: [{ ...external(), relation }] })
        const [expected, answer] = [await ask(ledger, direct), await ask(ledger, bound)]
        for (const key of ['verdict', 'granted', 'possible', 'obligations', 'possibleObligations'] as const) {
          expect(answer[key], `${terms.name} ${relation} ${key}`).to.equal(expected[key])
        }
        expect(answer.findings.map(({ code }) => code)).to.not.include('parent-external')
      }
    }
  })

  it('withhold what each of several withholds, so that one more never adds a right', async function () {
    const { ledger, base, child } = withChild(OPEN)
    const bases = [base, made(ledger, maker, { terms: NC }), made(ledger, maker, { terms: STAYS })]
    let before = ALL_RIGHTS
    for (let bound = 1; bound <= bases.length; ++bound) {
      ledger.bindings.set(EXTERNAL, bases.slice(0, bound))
      const { granted } = await ask(ledger, child)
      expect(granted & ~before).to.equal(0)
      before = granted
    }
    expect(before).to.equal(rightsMask(['research', 'modify']))
  })

  it('keep the obligations of what they are bound to, and the families that it allows', async function () {
    const { ledger, base, child } = withChild(ALIKE)
    ledger.bindings.set(EXTERNAL, [base])
    const { findings, obligations } = await ask(ledger, child, rightsMask(['redistribute']))
    expect(obligations).to.not.equal(0)
    // The child's label states no family, and the base allows only one. The external parent has no label that it could break.
    expect(findings.filter(({ code }) => code === 'label-doubtful').map(({ model }) => model)).to.deep.equal([child])
  })

  it('may point to a descendant: members of the cycle have what none withholds', async function () {
    const { ledger, child } = withChild()
    const middle = made(ledger, maker, { terms: NC, parents: [{ model: child }] })
    const last = made(ledger, tuner, { terms: OPEN, parents: [{ model: middle }] })
    ledger.bindings.set(EXTERNAL, [last])
    for (const model of [child, middle, last]) {
      const answer = await ask(ledger, model, rightsMask(['commercial']))
      expect(answer.verdict).to.equal('not-permitted')
      expect((await ask(ledger, model, rightsMask(['research']))).verdict).to.equal('permitted')
    }
    ledger.bindings.set(EXTERNAL, [child])
    expect((await ask(ledger, child, rightsMask(['commercial']))).verdict).to.equal('permitted')
  })

  it('leave unknown what is bound to nothing registered: to itself, in a circle, or to a name', async function () {
    const { ledger, base, child } = withChild(OPEN)
    for (const [one, other] of [
      [[EXTERNAL]],
      [[OTHER], [EXTERNAL]],
      [[OTHER]],
      [[base, OTHER]],
      [[OTHER], [base]],
    ] as ModelId[][][]) {
      ledger.bindings.set(EXTERNAL, one!)
      ledger.bindings.set(OTHER, other ?? [])
      const answer = await ask(ledger, child)
      expect([answer.verdict, answer.granted]).to.deep.equal(['unknown', 0])
      expect(answer.findings.map(({ code, model }) => [code, model])).to.deep.include(['parent-external', EXTERNAL])
    }
  })

  it('make no two external parents works of one publisher, nor of the public', async function () {
    const { ledger, base } = withChild()
    ledger.bindings.set(EXTERNAL, [base])
    ledger.bindings.set(OTHER, [made(ledger, stranger, { terms: STAYS })])
    const model = made(ledger, tuner, { terms: OPEN, parents: [external(), external(OTHER)] })
    for (const licensee of [ZERO_ADDRESS, stranger, tuner]) {
      expect((await ask(ledger, model, rightsMask(['commercial']), licensee)).verdict).to.equal('not-permitted')
    }
  })

  describe('that a publisher states', function () {
    const verdictOf = async (ledger: MemoryLedger, model: ModelId, policy: object, use: Right = 'commercial') =>
      (await verify(ledger.reader(), { model, use, policy })).verdict

    it('count only for readers who trust that publisher, and not by its being accredited or the licensee', async function () {
      const { ledger, child } = withChild()
      const own = made(ledger, stranger, { terms: OPEN })
      ledger.statements.push({ publisher: stranger, external: EXTERNAL, model: own })
      const others = [maker, tuner]
      expect(await verdictOf(ledger, child, {})).to.equal('unknown')
      expect(await verdictOf(ledger, child, { trustedPublishers: others })).to.equal('unknown')
      expect(await verdictOf(ledger, child, { trustedPublishers: others, licensee: stranger })).to.equal('unknown')
      expect(await verdictOf(ledger, child, { trustedPublishers: [...others, stranger] })).to.equal('permitted')
      const byConfiguration = { model: child, use: 'commercial' as const, trusted: [stranger] }
      expect((await verify(ledger.reader(), byConfiguration)).verdict).to.equal('permitted')
    })

    it('take nothing from what is bound on chain: all bindings count', async function () {
      const { ledger, base, child } = withChild(NC)
      const own = made(ledger, stranger, { terms: OPEN })
      ledger.bindings.set(EXTERNAL, [base])
      ledger.statements.push({ publisher: stranger, external: EXTERNAL, model: own })
      const everybody = { trustedPublishers: [maker, tuner, stranger] }
      expect(await verdictOf(ledger, child, everybody)).to.equal('not-permitted')
      ledger.bindings.set(EXTERNAL, [own])
      ledger.statements.push({ publisher: maker, external: EXTERNAL, model: base })
      expect(await verdictOf(ledger, child, everybody)).to.equal('not-permitted')
    })

    it('bring the whole ancestry of the model with them, also where it leads to other external parents', async function () {
      const { ledger, base, child } = withChild(NC)
      const own = made(ledger, stranger, { terms: OPEN, parents: [external(OTHER)] })
      ledger.statements.push({ publisher: stranger, external: EXTERNAL, model: own })
      const policy = { trustedPublishers: [maker, tuner, stranger] }
      expect(await verdictOf(ledger, child, policy)).to.equal('unknown')
      ledger.statements.push({ publisher: stranger, external: OTHER, model: base })
      expect(await verdictOf(ledger, child, policy)).to.equal('not-permitted')
      expect(await verdictOf(ledger, child, policy, 'research')).to.equal('permitted')
    })

    it('bring ancestries that are read eight at a time, and none that another brought', async function () {
      const { ledger, child } = withChild(OPEN)
      const bases = Array.from({ length: 20 }, () => made(ledger, maker, { terms: OPEN })).toSorted()
      const hub = made(ledger, maker, { terms: OPEN, parents: bases.map((model) => ({ model })) })
      const reader = ledger.reader()
      const runOf = async (models: readonly ModelId[]) => {
        ledger.statements.splice(0)
        for (const model of models) ledger.statements.push({ publisher: maker, external: EXTERNAL, model })
        const read: ModelId[] = []
        let [running, most] = [0, 0]
        const watched: LedgerReader = {
          ...reader,
          async readLineage(model, ...asked) {
            read.push(model)
            running += 1
            most = Math.max(most, running)
            await new Promise((resolve) => setImmediate(resolve))
            running -= 1
            return reader.readLineage(model, ...asked)
          },
        }
        const report = await verify(watched, { model: child, use: 'research', trusted: [maker] })
        return { verdict: report.verdict, read, most }
      }
      const all = await runOf(bases)
      expect([all.verdict, all.most, all.read]).to.deep.equal(['permitted', 8, [child, ...bases]])
      const some = await runOf([hub, ...bases])
      // Up to the end of the eight with the one that is made from all others.
      const sorted = [hub, ...bases].toSorted()
      const read = sorted.slice(0, 8 * (Math.floor(sorted.indexOf(hub) / 8) + 1))
      expect([some.verdict, some.read]).to.deep.equal(['permitted', [child, ...read]])
    })

    it('are read for the publishers that count alone', async function () {
      const { ledger, child } = withChild()
      const asked: Address[][] = []
      const reader = ledger.reader()
      const watched: LedgerReader = {
        ...reader,
        readStatedBindings(ids, publishers, block) {
          asked.push([...publishers])
          return reader.readStatedBindings(ids, publishers, block)
        },
      }
      await verify(watched, { model: child, use: 'research' })
      await verify(watched, { model: child, use: 'research', policy: { trustedPublishers: [maker, ZERO_ADDRESS] } })
      expect(asked).to.deep.equal([[maker]])
    })
  })

  describe('that changed since they were first seen', function () {
    it('make every use unknown until the user accepts them, and are named', async function () {
      const { ledger, base, child } = withChild(OPEN)
      const other = made(ledger, maker, { terms: OPEN })
      ledger.bindings.set(EXTERNAL, [other])
      const asked: (readonly ModelId[])[] = []
      const pins: PinBindings = async (bound, by) => {
        expect(by).to.deep.equal([])
        const models = bound.get(EXTERNAL)
        if (models) asked.push(models)
        return models ? new Map([[EXTERNAL, [base]]]) : new Map()
      }
      const report = await verify(ledger.reader(), { model: child, use: 'commercial', pins })
      expect([report.verdict, asked]).to.deep.equal(['unknown', [[other]]])
      const [found] = report.findings.filter(({ code }) => code === 'binding-changed')
      expect([found!.severity, found!.model]).to.deep.equal(['unknown', EXTERNAL])
      expect(found!.reason).to.contain(other).and.to.contain(base)
      expect(found!.remedy).to.contain(`stemma trust ${EXTERNAL}`)
      // What publishers state is compared apart, because it depends on whom the reader trusts.
      ledger.statements.push({ publisher: stranger, external: EXTERNAL, model: base })
      const compared = new Map<string, readonly ModelId[] | undefined>()
      const watch: PinBindings = async (bound, by) => {
        compared.set(by.join(), bound.get(EXTERNAL))
        return new Map()
      }
      await verify(ledger.reader(), { model: child, use: 'commercial', trusted: [stranger], pins: watch })
      expect([...compared]).to.deep.equal([
        ['', [other]],
        [stranger, [base]],
      ])
      const accepted: PinBindings = async () => new Map()
      const later = await verify(ledger.reader(), { model: child, use: 'commercial', pins: accepted })
      expect(later.verdict).to.equal('permitted')
    })
  })

  describe('by a ruling that replaces an external parent', function () {
    const codesOf = ({ findings }: Report) => findings.map(({ code }) => code)

    it('end the doubt, take the terms of the model, and are shown', async function () {
      const { ledger, base, child } = withChild(NC)
      ledger.rulings.push({ model: child, external: EXTERNAL, parent: base })
      const research = await verify(ledger.reader(), { model: child, use: 'research' })
      expect(research.verdict).to.equal('permitted')
      const found = research.findings.find(({ code }) => code === 'external-replaced')!
      expect([found.severity, found.model]).to.deep.equal(['warning', child])
      expect(found.reason).to.contain(EXTERNAL).and.to.contain(base)
      const commercial = await verify(ledger.reader(), { model: child, use: 'commercial' })
      expect([commercial.verdict, codesOf(commercial).includes('parent-external')]).to.deep.equal([
        'not-permitted',
        false,
      ])
    })

    it('take no terms away: the external parent counts again where it is bound', async function () {
      const { ledger, base, child } = withChild(NC)
      const open = made(ledger, stranger, { terms: OPEN })
      ledger.rulings.push({ model: child, external: EXTERNAL, parent: open })
      expect((await verify(ledger.reader(), { model: child, use: 'commercial' })).verdict).to.equal('permitted')
      ledger.bindings.set(EXTERNAL, [base])
      expect((await verify(ledger.reader(), { model: child, use: 'commercial' })).verdict).to.equal('not-permitted')
    })

    it('cannot be made up by a source: without a ruling, a parent that the registration names must be there', async function () {
      const { ledger, base, child } = withChild(OPEN)
      const named = made(ledger, tuner, { terms: OPEN, parents: [{ model: base }, external()] })
      const reader = ledger.reader()
      const without = (dropped: ModelId): LedgerReader => ({
        ...reader,
        async readLineage(asked, licensee) {
          const read = await reader.readLineage(asked, licensee)
          const kept = read.lineage.models.filter(({ model }) => model !== dropped)
          const models = kept.map((entry) => ({
            ...entry,
            parents: entry.parents.filter(({ model }) => model !== dropped),
          }))
          return { ...read, lineage: { ...read.lineage, models } }
        },
      })
      for (const [model, dropped] of [
        [child, EXTERNAL],
        [named, EXTERNAL],
        [named, base],
      ] as const) {
        const error = await verify(without(dropped), { model, use: 'research' }).catch((caught: unknown) => caught)
        expect(error).to.be.instanceOf(LineageMismatchError)
      }
      // A ruling excuses only a parent that is named as external.
      ledger.rulings.push({ model: named, external: OTHER, parent: made(ledger, maker, { terms: OPEN }) })
      const error = await verify(without(base), { model: named, use: 'research' }).catch((caught: unknown) => caught)
      expect(error).to.be.instanceOf(LineageMismatchError)
    })
  })

  it('are those of an external parent alone: the name of a bound one is not taken for a warning', async function () {
    const ledger = new MemoryLedger()
    const base = ledger.register({ name: 'Nobody/Base', publisher: maker, terms: OPEN })
    const child = made(ledger, tuner, { terms: OPEN, parents: [external()] })
    const codes = async () =>
      (await verify(ledger.reader(), { model: child, use: 'research' })).findings.map(({ code }) => code)
    expect(await codes()).to.include('external-known')
    ledger.bindings.set(EXTERNAL, [base])
    expect(await codes()).to.not.include('external-known')
    expect(externalModel(EXTERNAL, [base]).parents).to.deep.equal([
      { model: base, relation: 'copy', grade: 'bound', undisclosed: false },
    ])
  })
})
