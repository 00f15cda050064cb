import { expect } from 'chai'

import { FinalRows } from '../../../packages/server/src/api/finalRows.ts'

describe('FinalRows', function () {
  const row = (block: number) => ({ block })

  it('keeps rows of blocks up to the final one, by table and key', function () {
    const finals = new FinalRows()
    for (const block of [9, 10, 11]) finals.keep('models', block, row(block), 10)
    expect(finals.known('models', [8, 9, 10, 11])).to.deep.equal(
      new Map([
        [9, row(9)],
        [10, row(10)],
      ]),
    )
    expect(finals.known('accounts', [9])).to.deep.equal(new Map())
  })

  it('keeps the rows that were used last, and not all', function () {
    const finals = new FinalRows()
    for (let key = 0; key < 100_000; key++) {
      finals.keep('models', key, row(1), 1)
      finals.known('models', [0])
    }
    const keys = Array.from({ length: 100_000 }, (_, key) => key)
    const kept = [...finals.known('models', keys).keys()]
    expect(kept).to.include.members([0, 99_999])
    expect(kept).to.not.include(1)
    expect(kept.length).to.be.lessThan(50_000)
  })
})
