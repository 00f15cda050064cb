import { expect } from 'chai'

import { evaluate, EVERYBODY } from '../../src/core/evaluate.ts'
import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../src/core/external.ts'
import { ZERO_ADDRESS, type ModelId } from '../../src/core/hex.ts'
import { externalModel } from '../../src/core/lineage.ts'
import type { LedgerReader } from '../../src/core/ports.ts'
import { ALL_RIGHTS, RELATION_NAMES, RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { LineageMismatchError, verify } from '../../src/verify/verify.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const OPEN = termsFor('open', { rights: RIGHT_NAMES })
const ALIKE = termsFor('alike', { rights: RIGHT_NAMES, obligations: ['share-alike'] })
const NC = termsFor('nc', { rights: ['research', 'modify', 'redistribute'] })
const EXTERNAL = externalIdOf(externalNameOnHub('nobody/base'))
const [maker, tuner] = [accountNumber(1), accountNumber(2)]
const external = (model: ModelId = EXTERNAL) => ({ model, external: true as const })

describe('verify of models with external parents', function () {
  it('never grants a right through a parent that nobody has registered, to anybody and by any relation', async function () {
    for (const relation of RELATION_NAMES) {
      const ledger = new MemoryLedger()
      const child = ledger.register({
        name: 'a/child',
        publisher: maker,
        terms: OPEN,
        parents: [{ ...external(), relation }],
      })
      const model = ledger.register({ name: 'b/model', publisher: tuner, terms: OPEN, parents: [{ model: child }] })
      for (const asked of [child, model]) {
        const { lineage } = await ledger.reader().readLineage(asked, ZERO_ADDRESS)
        // The public is the zero address, as the publisher of an external parent is: it owns nothing.
        for (const licensee of [ZERO_ADDRESS, tuner, accountNumber(9)]) {
          if (licensee === tuner && asked === model) continue
          const answer = evaluate(lineage, { ...EVERYBODY, licensee, uses: ALL_RIGHTS, time: 1 })
          expect([answer.verdict, answer.granted, answer.possible]).to.deep.equal(['unknown', 0, ALL_RIGHTS])
          expect(answer.findings.map(({ code, model: at }) => [code, at])).to.deep.include([
            'parent-external',
            EXTERNAL,
          ])
        }
        for (const use of RIGHT_NAMES) {
          const report = await verify(ledger.reader(), { model: asked, use })
          expect(report.verdict, `${relation} ${use}`).to.equal('unknown')
        }
      }
    }
  })

  it('does not take two external parents for works of one publisher, nor one for the heir of another', async function () {
    const ledger = new MemoryLedger()
    const alike = ledger.register({ name: 'a/alike', publisher: maker, terms: ALIKE })
    const other = externalIdOf(externalNameOnHub('nobody/other'))
    const model = ledger.register({
      name: 'b/model',
      publisher: tuner,
      terms: OPEN,
      parents: [external(), external(other), { model: alike }],
    })
    const { lineage } = await ledger.reader().readLineage(model, ZERO_ADDRESS)
    // Edges between external parents, as a source that lies may state them.
    const linked = lineage.models.map((entry) =>
      entry.model === other
        ? { ...entry, parents: [{ model: EXTERNAL, relation: 'copy', grade: 'declared', undisclosed: false } as const] }
        : entry,
    )
    const answer = evaluate({ ...lineage, models: linked }, { ...EVERYBODY, licensee: ZERO_ADDRESS, uses: 8, time: 1 })
    expect([answer.verdict, answer.granted & 8]).to.deep.equal(['unknown', 0])
    expect(answer.findings.filter(({ code }) => code === 'parent-external').map((found) => found.model)).to.deep.equal([
      other,
      EXTERNAL,
    ])
  })

  it('stays with no where another parent forbids the use', async function () {
    const ledger = new MemoryLedger()
    const nc = ledger.register({ name: 'a/nc', publisher: maker, terms: NC })
    const parents = [external(), { model: nc }]
    const model = ledger.register({ name: 'b/model', publisher: tuner, terms: OPEN, parents })
    expect((await verify(ledger.reader(), { model, use: 'commercial' })).verdict).to.equal('not-permitted')
  })

  it('refuses a source that drops the registration of a parent, so that its terms would not count', async function () {
    const ledger = new MemoryLedger()
    const nc = ledger.register({ name: 'a/nc', publisher: maker, terms: NC })
    const model = ledger.register({ name: 'b/model', publisher: tuner, terms: OPEN, parents: [{ model: nc }] })
    const reader = ledger.reader()
    const liar: LedgerReader = {
      ...reader,
      async readLineage(asked, licensee) {
        const read = await reader.readLineage(asked, licensee)
        const models = read.lineage.models.map((entry) => (entry.model === nc ? externalModel(nc) : entry))
        return { ...read, lineage: { ...read.lineage, models } }
      },
    }
    const error = await verify(liar, { model, use: 'commercial' }).catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(LineageMismatchError)
  })

  it('names an external parent by the registrations that match its tensors or its name, and takes no terms from them', async function () {
    const ledger = new MemoryLedger()
    const tensors = digestNumber(77)
    const byTensors = externalIdOf(externalNameOfTensors(tensors))
    const twin = ledger.register({ name: 'evil/mirror', publisher: tuner, terms: OPEN, tensors })
    const squat = ledger.register({ name: 'Nobody/Base', publisher: tuner, terms: OPEN })
    const parents = [external(), external(byTensors), external(externalIdOf(externalNameOnHub('nobody/hidden')))]
    const model = ledger.register({ name: 'b/model', publisher: maker, terms: OPEN, parents })
    const policy = { trustedPublishers: [maker] }
    const report = await verify(ledger.reader(), { model, use: 'research', policy })
    expect(report.verdict).to.equal('unknown')
    const known = report.findings.filter(({ code }) => code === 'external-known')
    expect(known.map((found) => [found.severity, found.model])).to.deep.equal([
      ['warning', EXTERNAL],
      ['warning', byTensors],
    ])
    expect(known[0]!.reason).to.contain('hf:nobody/base').and.to.contain(squat)
    expect(known[1]!.reason)
      .to.contain(`tensors:${tensors.slice(2)}`)
      .and.to.contain(twin)
    const codes = new Set(report.findings.map(({ code }) => code))
    expect([...codes].toSorted()).to.deep.equal(['external-known', 'parent-external'])
    const named = new Map(report.models.map(({ model: id, name, publisher }) => [id, [name, publisher]]))
    expect(named.get(EXTERNAL)).to.deep.equal(['hf:nobody/base', ZERO_ADDRESS])
    expect(named.get(parents[2]!.model)).to.deep.equal(['', ZERO_ADDRESS])
  })
})
