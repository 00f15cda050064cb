import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { readCases } from '../../bench/verdicts/cases.ts'
import { gradeOf, putToEvaluator, type Row } from '../../bench/verdicts/grade.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'

const bench = join(import.meta.dirname, '../../bench')

describe('verdicts that others published', () => {
  let rows: Row[]

  before(async () => {
    const library = await loadLicenses()
    rows = readCases(join(bench, 'verdicts/cases.json')).map((one) => gradeOf(one, putToEvaluator(one, library)))
  })

  it('are answered as the committed snapshot says', () => {
    const snapshot = JSON.parse(readFileSync(join(bench, 'snapshots/verdicts.json'), 'utf8')) as { rows: Row[] }
    expect(rows).to.deep.equal(snapshot.rows)
  })

  it('are exact in at least 55 of 61 cases, and silent in at most 3', () => {
    expect(rows).to.have.length(61)
    expect(rows.filter(({ grade }) => grade === 'exact').length).to.be.at.least(55)
    expect(rows.filter(({ grade }) => grade === 'silent').length).to.be.at.most(3)
  })

  it('never allow what is forbidden', () => {
    const forbidden = rows.filter(({ expected }) => expected === 'not-permitted')
    expect(forbidden.length).to.be.above(10)
    expect(forbidden.filter(({ got }) => got === 'permitted' || got === 'conditional')).to.deep.equal([])
  })

  it('have a reason in docs/verdicts.md where they differ', () => {
    const page = readFileSync(join(bench, '../docs/verdicts.md'), 'utf8')
    for (const { case: name, grade } of rows) {
      if (grade !== 'exact') expect(page, name).to.contain(`\`${name}\``)
    }
  })
})
