import { expect } from 'chai'

import { FinalRecords } from '../../../packages/server/src/api/finalRecords.ts'

describe('query API: what is kept of final blocks', function () {
  const record = (block: number) => ({ block })

  it('is what comes from a block up to the final one, by table and key', function () {
    const finals = new FinalRecords()
    for (const block of [9, 10, 11]) finals.keep('models', block, record(block), 10)
    expect(finals.known('models', [8, 9, 10, 11])).to.deep.equal(
      new Map([
        [9, record(9)],
        [10, record(10)],
      ]),
    )
    expect(finals.known('accounts', [9])).to.deep.equal(new Map())
    finals.clear()
    expect(finals.known('models', [9])).to.deep.equal(new Map())
  })

  it('does not grow without end: what was asked for last is kept', function () {
    const finals = new FinalRecords()
    for (let key = 0; key < 100_000; key++) {
      finals.keep('models', key, record(1), 1)
      finals.known('models', [0])
    }
    const keys = Array.from({ length: 100_000 }, (_, key) => key)
    const kept = [...finals.known('models', keys).keys()]
    expect(kept).to.include.members([0, 99_999])
    expect(kept).to.not.include(1)
    expect(kept.length).to.be.lessThan(50_000)
  })
})
