import { expect } from 'chai'

import type { ModelId } from '../../src/core/hex.ts'
import { RIGHT_NAMES, type Relation, type Right } from '../../src/core/vocabulary.ts'
import { verify } from '../../src/verify/verify.ts'
import { accountNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, tuner, forker] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const copyleft = {
  rights: RIGHT_NAMES,
  obligations: ['share-alike' as const],
  family: 'gpl-3.0',
  outbound: { only: ['gpl-3.0', 'agpl-3.0'] },
}
const GPL = termsFor('GPL-3.0', copyleft)
const MIT = termsFor('MIT', { rights: RIGHT_NAMES, family: 'permissive' })
const BY_SA = termsFor('CC-BY-SA', { ...copyleft, family: 'cc-by-sa', outbound: { only: ['cc-by-sa'] } })
const NONE = termsFor('Acme terms', { rights: RIGHT_NAMES })

describe('labels that a base does not allow', function () {
  function chain(relation: Relation = 'finetune') {
    const ledger = new MemoryLedger()
    const base = ledger.register({ name: 'a/base', publisher: maker, terms: GPL })
    const model = ledger.register({
      name: 'b/tuned',
      publisher: tuner,
      terms: MIT,
      parents: [{ model: base, relation }],
    })
    return { ledger, base, model }
  }
  const ask = (ledger: MemoryLedger, model: ModelId, use: Right, licensee = tuner) =>
    verify(ledger.reader(), { model, use, policy: { licensee }, trusted: [maker, tuner, forker] })

  it('forbid their publisher to pass the model on, and name the base and the families that it allows', async function () {
    const { ledger, model } = chain()
    const { verdict, findings } = await ask(ledger, model, 'redistribute')
    expect(verdict).to.equal('not-permitted')
    const [found] = findings.filter(({ code }) => code === 'label-void')
    expect(found).to.deep.include({ severity: 'blocking', right: 'redistribute', model })
    expect(found!.reason).to.match(/^b\/tuned .* must not be passed on under MIT: the terms of a\/base .*GPL-3\.0/)
    expect(found!.remedy).to.contain('one of the families gpl-3.0, agpl-3.0')
    expect((await ask(ledger, model, 'commercial')).verdict).to.equal('permitted')
  })

  it('leave the use of others open, where the base does not grant to every recipient', async function () {
    const { ledger, model } = chain()
    const { verdict, findings } = await ask(ledger, model, 'commercial', forker)
    expect([verdict, findings.map(({ code, severity }) => [code, severity])]).to.deep.equal([
      'unknown',
      [['label-void', 'unknown']],
    ])
  })

  it('are said once for an edge: as what decides, else as what both works state', async function () {
    const { ledger, base, model } = chain()
    const codesFor = async (id: ModelId, use: Right, licensee = tuner) =>
      (await ask(ledger, id, use, licensee)).findings.map(({ code }) => code)
    expect(await codesFor(model, 'redistribute')).to.deep.equal(['label-void'])
    expect(await codesFor(model, 'research')).to.deep.equal(['relabeled'])
    // A base that keeps its restrictions, beside one that allows some families only.
    const strict = termsFor('strict', { rights: RIGHT_NAMES, flags: ['imposes-further'] })
    const other = ledger.register({ name: 'c/strict', publisher: forker, terms: strict })
    const parents = [base, other].map((id) => ({ model: id, relation: 'merge' as const }))
    const merged = ledger.register({ name: 'b/merged', publisher: tuner, terms: MIT, parents })
    const { findings } = await ask(ledger, merged, 'redistribute')
    expect(findings.map(({ code }) => code)).to.deep.equal(['label-void', 'relabeled'])
    expect(findings[1]!.reason).to.contain('made from c/strict')
    const research = (await ask(ledger, merged, 'research')).findings
    expect(research.map(({ code }) => code)).to.deep.equal(['relabeled', 'relabeled'])
  })

  it('are not those of a student, unless its teacher says that students are derivatives', async function () {
    const { ledger, model } = chain('distillation')
    expect((await ask(ledger, model, 'redistribute')).verdict).to.equal('permitted')
    const teacher = ledger.register({
      name: 'a/teacher',
      publisher: maker,
      terms: termsFor('strict', { ...copyleft, flags: ['students-derive'] }),
    })
    const parents = [{ model: teacher, relation: 'distillation' as const }]
    const student = ledger.register({ name: 'b/student', publisher: tuner, terms: MIT, parents })
    const { verdict, findings } = await ask(ledger, student, 'redistribute')
    expect(verdict).to.equal('not-permitted')
    expect(findings[0]!.reason).to.contain('a/teacher')
  })

  it('name every base through works of the same publisher, and say when no license satisfies all', async function () {
    const ledger = new MemoryLedger()
    const left = ledger.register({ name: 'a/gpl', publisher: maker, terms: GPL })
    const right = ledger.register({ name: 'c/sa', publisher: forker, terms: BY_SA })
    const parents = [left, right].map((model) => ({ model, relation: 'merge' as const }))
    const draft = ledger.register({ name: 'b/draft', publisher: tuner, terms: MIT, parents })
    const model = ledger.register({ name: 'b/model', publisher: tuner, terms: MIT, parents: [{ model: draft }] })
    const { findings } = await ask(ledger, model, 'redistribute')
    const found = findings.find((finding) => finding.code === 'label-void' && finding.model === model)!
    expect(found.reason).to.contain('a/gpl').and.to.contain('c/sa').and.to.not.contain('b/draft')
    expect(found.remedy).to.match(/^No license satisfies all of them/)
  })

  it('are doubtful where the label states no family', async function () {
    const { ledger, base } = chain()
    const model = ledger.register({ name: 'b/own', publisher: tuner, terms: NONE, parents: [{ model: base }] })
    const { verdict, findings } = await ask(ledger, model, 'redistribute')
    expect(verdict).to.equal('unknown')
    expect(findings.map(({ code }) => code)).to.deep.equal(['label-doubtful', 'relabeled'])
    expect(findings[0]!.reason).to.contain('to which family of licenses Acme terms of b/own')
  })
})
