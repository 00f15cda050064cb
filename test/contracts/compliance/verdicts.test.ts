import { join } from 'node:path'

import { expect } from 'chai'

import { readCases } from '../../../bench/verdicts/cases.ts'
import { putToLens } from '../../../bench/verdicts/grade.ts'
import { loadLicenses } from '../../../src/artifacts/licenseLibrary.ts'

describe('verdicts that others published, on chain', () => {
  it('are answered by the lens as by the evaluator', async () => {
    const cases = readCases(join(import.meta.dirname, '../../../bench/verdicts/cases.json'))
    expect(await putToLens(cases, await loadLicenses())).to.deep.equal([])
  })
})
