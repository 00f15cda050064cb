import { expect } from 'chai'

import { kolmogorovTail, normalityOf, ruleOfThree, spreadOf } from '../../../bench/fingerprint/statistics.ts'
import { Random } from '../../../src/fingerprint/random.ts'

describe('statistics of the fingerprint bench', function () {
  it('give the mean, the deviation and the largest', function () {
    expect(spreadOf([1, 2, 3, 6])).to.deep.equal({ count: 4, mean: 3, deviation: Math.sqrt(14 / 3), largest: 6 })
  })

  it('tell normal numbers from others', function () {
    const random = new Random(new TextEncoder().encode('normal numbers'))
    const uniform = () => (random.below(1_000_000) + 0.5) / 1_000_000
    const normal = Array.from(
      { length: 2_000 },
      () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    )
    expect(normalityOf(normal).p).to.be.greaterThan(0.01)
    expect(normalityOf(normal.map((value) => value + 0.2)).p).to.be.lessThan(1e-6)
    expect(normalityOf(normal.map((value) => value * 1.3)).p).to.be.lessThan(1e-3)
  })

  it('know the points of the distribution of Kolmogorov', function () {
    // Its tables give 1.358 for 5 % and 1.628 for 1 %, of many draws.
    expect(kolmogorovTail(1.358 / 1000, 1_000_000)).to.be.closeTo(0.05, 1e-3)
    expect(kolmogorovTail(1.628 / 1000, 1_000_000)).to.be.closeTo(0.01, 1e-3)
    expect(kolmogorovTail(1e-6, 100)).to.equal(1)
  })

  it('bound a rate that was never met', function () {
    expect(ruleOfThree(300)).to.equal(0.01)
    expect(ruleOfThree(1)).to.equal(1)
  })
})
