import { expect } from 'chai'

import * as abi from '../../../src/abi/ledger.ts'
import { scopesMask } from '../../../src/core/vocabulary.ts'
import { AUDIT, hasScope, OperatorSet } from '../../../src/sdk/audit/readAuditors.ts'

describe('readAuditors', function () {
  it('asks by the items of the ledger', function () {
    const named = (item: { inputs: readonly { name: string; type: string }[]; name: string; type: string }) => ({
      ...item,
      inputs: item.inputs.map(({ name, type }) => [name, type]),
    })
    expect(OperatorSet).to.deep.equal(abi.OperatorSet)
    expect(named(hasScope)).to.deep.equal(named(abi.hasScope))
    expect(AUDIT).to.equal(scopesMask(['audit']))
  })
})
