import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { readCases } from '../../bench/verdicts/cases.ts'
import { gradeOf, putToEvaluator, type Row } from '../../bench/verdicts/grade.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'

const bench = join(import.meta.dirname, '../../bench')

/** Files of cases, how many they have, and how many at least are exact. */
const FILES = [
  { file: 'cases', snapshot: 'verdicts', count: 61, exact: 55 },
  { file: 'more', snapshot: 'verdicts-more', count: 460, exact: 450 },
]

for (const { file, snapshot, count, exact } of FILES) {
  describe(`verdicts that others published: ${file}`, () => {
    let rows: Row[]

    before(async () => {
      const library = await loadLicenses()
      rows = readCases(join(bench, `verdicts/${file}.json`)).map((one) => gradeOf(one, putToEvaluator(one, library)))
    })

    it('are answered as the committed snapshot says', () => {
      const committed = JSON.parse(readFileSync(join(bench, `snapshots/${snapshot}.json`), 'utf8')) as { rows: Row[] }
      expect(rows).to.deep.equal(committed.rows)
    })

    it('are nearly all exact, and silent in at most 3', () => {
      expect(rows).to.have.length(count)
      expect(rows.filter(({ grade }) => grade === 'exact').length).to.be.at.least(exact)
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
}
