import { expect } from 'chai'

import { putToEvaluator } from '../../bench/verdicts/grade.ts'
import type { Case } from '../../bench/verdicts/cases.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { EVERYBODY, evaluate, type Verdict } from '../../src/core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type ModelId, type TermsId } from '../../src/core/hex.ts'
import type { Lineage, LineageModel } from '../../src/core/lineage.ts'
import { bodyOf, termsIdOf } from '../../src/core/terms.ts'
import { bodyOfSet } from '../../src/core/termsBody.ts'
import { rightsMask, type Right } from '../../src/core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'

describe('labels, by the license library', function () {
  let library: LicenseEntry[]

  before(async function () {
    library = await loadLicenses()
  })

  function ask(
    upstream: string[],
    downstream: string,
    who: Case['who'],
    use: Right,
    relation: Case['relation'] = 'merge',
  ): Verdict {
    const cards = upstream.map((license) => ({ license }))
    const one = { name: '', upstream: cards, downstream: { license: downstream }, relation, who, use: [use], facts: {} }
    return putToEvaluator({ ...one, expected: 'unknown' }, library).verdict
  }

  for (const restricted of ['openrail', 'gemma', 'deepseek']) {
    for (const copyleft of ['GPL-3.0-only', 'AGPL-3.0-only', 'CC-BY-SA-4.0']) {
      it(`none fits a merge of ${copyleft} with ${restricted}, for anybody`, function () {
        for (const label of ['MIT', 'Apache-2.0', copyleft, restricted]) {
          for (const who of ['publisher', 'public'] as const) {
            expect(ask([copyleft, restricted], label, who, 'redistribute'), `${label} ${who}`).to.equal('not-permitted')
          }
        }
      })
    }
  }

  it('that nobody knows leave open whether a model with use restrictions may be passed on', function () {
    for (const relation of ['finetune', 'copy'] as const) {
      expect(ask(['openrail'], 'unknown', 'publisher', 'redistribute', relation)).to.equal('unknown')
      expect(ask(['openrail'], 'MIT', 'publisher', 'redistribute', relation)).to.equal('conditional')
      expect(ask(['openrail'], 'GPL-3.0-only', 'publisher', 'redistribute', relation)).to.equal('not-permitted')
    }
  })

  it('of outputs without commerce keep students from it, and the model itself not', function () {
    const body = (id: string) => bodyOf(termsOfLicense(library.find((entry) => entry.id === id)!)!)
    const mit = termsIdOf(termsOfLicense(library.find(({ id }) => id === 'MIT')!)!)
    const set = `0x${'5e'.repeat(32)}` as TermsId
    const model = (number: number, terms: TermsId): LineageModel => ({
      model: `0x${String(number).padStart(64, '0')}` as ModelId,
      publisher: `0x${String(number).padStart(40, '0')}` as Address,
      registeredAt: 1,
      verifiedFrom: 0,
      verifiedUntil: 0,
      status: 'active',
      recalled: false,
      terms,
      parents: [],
      credentials: [],
    })
    const ask = (relation: 'distillation' | 'finetune', outputs: string, use: Right): Verdict => {
      const teacher = model(2, set)
      const parents = [{ model: teacher.model, relation, grade: 'declared', undisclosed: false } as const]
      const terms = new Map([
        [mit, body('MIT')],
        [set, bodyOfSet(body('MIT'), body(outputs))],
      ])
      const lineage: Lineage = { models: [{ ...model(1, mit), parents }, teacher], terms }
      const question = { ...EVERYBODY, licensee: ZERO_ADDRESS, uses: rightsMask([use]), time: 2 }
      return evaluate(lineage, question).verdict
    }
    for (const use of ['commercial', 'host'] as const) {
      expect(ask('distillation', 'CC-BY-NC-4.0', use), use).to.equal('not-permitted')
      expect(ask('distillation', 'MIT', use), use).to.not.equal('not-permitted')
      expect(ask('finetune', 'CC-BY-NC-4.0', use), use).to.not.equal('not-permitted')
    }
    expect(ask('distillation', 'CC-BY-NC-4.0', 'research')).to.equal('permitted')
  })
})
