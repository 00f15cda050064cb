import { expect } from 'chai'

import { notRun, passedTitles } from '../../tools/executedTests.ts'

const PRINTED = `
  ReviewGate
    ✔ opens after a day
    ✔ rejects 2049 bytes (61ms)
    - is skipped
    1) fails

  test/contracts/Ledger.t.sol:LedgerTest
    ✔ testFuzz_accept_isForOneChain(uint64) (runs: 256)
    ✔ invariant_holds() (runs: 16)
    ✔ testWithTuple((address,uint8)[],bytes32) (runs: 256)
`

const row = (title: string) => `- \`test/a.test.ts\`: ${title}\n`

describe('executed tests', function () {
  it('are read without their durations, runs and parameters', function () {
    expect([...passedTitles(PRINTED)]).to.deep.equal([
      'opens after a day',
      'rejects 2049 bytes',
      'testFuzz_accept_isForOneChain',
      'invariant_holds',
      'testWithTuple',
    ])
  })

  for (const title of [
    'opens after a day',
    'rejects ${size} bytes',
    '${what} after a day',
    'invariant_holds',
    'testWithTuple',
  ]) {
    it(`include the named test "${title}"`, function () {
      expect(notRun(row(title), PRINTED)).to.deep.equal([])
    })
  }

  for (const title of ['is skipped', 'fails', 'opens', 'rejects ${size} words', 'testFuzz_accept', 'was removed']) {
    it(`do not include "${title}"`, function () {
      expect(notRun(row(title), PRINTED)).to.deep.equal([{ path: 'test/a.test.ts', title }])
    })
  }
})
