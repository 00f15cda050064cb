import { expect } from 'chai'
import { Interface } from 'ethers'

import { ledgerAbi } from '../../src/abi/ledger.ts'

/** How many selectors are compared before these, at most. */
const FIRST = 10
/** The reads of the ledger that other contracts make at each of their calls, or at each model of a lineage. */
const READS = ['edgesOf', 'recordWithParentsOf', 'publisherAndStatusOf', 'hasScope', 'canControl'] as const

describe('Ledger: selectors', function () {
  // The compiler compares them one after another, in ascending order, for 22 gas each.
  it('finds the reads that other contracts make among the first', function () {
    const selectors: { name: string; selector: string }[] = []
    new Interface(ledgerAbi).forEachFunction(({ name, selector }) => selectors.push({ name, selector }))
    const first = selectors.toSorted((a, b) => (a.selector < b.selector ? -1 : 1)).slice(0, FIRST)
    expect(first.map(({ name }) => name)).to.include.members([...READS])
  })
})
