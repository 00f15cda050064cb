import { expect } from 'chai'

import { parseModelId, ZERO_ADDRESS, ZERO_DIGEST, type ModelId, type TermsId } from '../../src/core/hex.ts'
import { pathBetween, pathsFrom, sortLineage, validWindowAt, type LineageModel } from '../../src/core/lineage.ts'

const id = (number: number): ModelId => parseModelId(`0x${number.toString(16).padStart(64, '0')}`)

function modelOf(number: number, parents: readonly number[]): LineageModel {
  return {
    model: id(number),
    publisher: ZERO_ADDRESS,
    registeredAt: 0,
    verifiedFrom: 0,
    verifiedUntil: 0,
    status: 'active',
    recalled: false,
    terms: ZERO_DIGEST as string as TermsId,
    parents: parents.map((parent) => ({
      model: id(parent),
      relation: 'finetune',
      grade: 'declared',
      undisclosed: false,
    })),
    credentials: [],
  }
}

describe('pathsFrom', function () {
  it('finds a shortest path to each ancestor, by the parents named first', function () {
    // 1 is made from 2 and 3, both from 4; 3 also directly from 5, which 4 is made from.
    const lineage = {
      models: [modelOf(1, [2, 3]), modelOf(2, [4]), modelOf(3, [4, 5]), modelOf(4, [5]), modelOf(5, [])],
    }
    const paths = pathsFrom(lineage, id(1))
    expect(paths.get(id(1))).to.deep.equal([id(1)])
    expect(paths.get(id(4))).to.deep.equal([1, 2, 4].map(id))
    expect(paths.get(id(5))).to.deep.equal([1, 3, 5].map(id))
    expect(pathBetween(lineage, id(4), id(5))).to.deep.equal([4, 5].map(id))
    expect(pathBetween(lineage, id(5), id(1))).to.equal(undefined)
  })

  it('ends in a cycle, and knows no path from or to a model outside the lineage', function () {
    const lineage = { models: [modelOf(1, [2]), modelOf(2, [3]), modelOf(3, [1])] }
    expect(pathBetween(lineage, id(2), id(1))).to.deep.equal([2, 3, 1].map(id))
    expect(pathsFrom(lineage, id(9)).get(id(9))).to.equal(undefined)
    expect(pathsFrom(lineage, id(1)).get(id(9))).to.equal(undefined)
  })

  it('names the models on the paths to some, each once', function () {
    const lineage = { models: [modelOf(1, [2, 3]), modelOf(2, [4]), modelOf(3, [5]), modelOf(4, []), modelOf(5, [])] }
    const paths = pathsFrom(lineage, id(1))
    expect([...paths.through([id(4), id(2), id(9)])].toSorted()).to.deep.equal([1, 2, 4].map(id).toSorted())
    expect([...paths.through([])]).to.deep.equal([])
  })

  it('keeps one id for each model of a long row, not a path for each', function () {
    const length = 20_000
    const models = Array.from({ length }, (_, n) => modelOf(n, n + 1 < length ? [n + 1] : []))
    const before = process.memoryUsage().heapUsed
    const paths = pathsFrom({ models }, id(0))
    // All paths together would hold 200 million ids: 1.6 GB of references.
    expect(process.memoryUsage().heapUsed - before).to.be.below(100_000_000)
    expect(paths.get(id(length - 1))).to.have.lengthOf(length)
  })
})

describe('sortLineage', function () {
  it('sorts one list of models once, and each list by its own order', function () {
    const models = [modelOf(1, [2, 3]), modelOf(3, []), modelOf(2, [3])]
    const sorted = sortLineage({ models })
    expect(sorted.order.map(({ model }) => model)).to.deep.equal([1, 2, 3].map(id))
    expect(sortLineage({ models })).to.equal(sorted)
    const [first, ...others] = models
    const other = sortLineage({ models: [first!, ...others.toReversed()] })
    expect(other.positions).to.deep.equal([0, 1, 2])
    expect(sorted.positions).to.deep.equal([0, 2, 1])
  })
})

describe('validWindowAt', function () {
  const years = { validFrom: 100, validUntil: 400, gapFrom: 0, gapUntil: 0 }
  const gap = { ...years, gapFrom: 200, gapUntil: 300 }

  it('is the time without interruption around a time, or the next one, and none after the end', function () {
    expect([50, 100, 399].map((time) => validWindowAt(years, time))).to.deep.equal(
      Array(3).fill({ validFrom: 100, validUntil: 400 }),
    )
    expect([50, 199].map((time) => validWindowAt(gap, time))).to.deep.equal(
      Array(2).fill({ validFrom: 100, validUntil: 200 }),
    )
    expect([200, 299, 300].map((time) => validWindowAt(gap, time))).to.deep.equal(
      Array(3).fill({ validFrom: 300, validUntil: 400 }),
    )
    for (const credential of [years, gap]) expect(validWindowAt(credential, 400)).to.equal(undefined)
    expect(validWindowAt({ ...gap, gapUntil: 500 }, 250)).to.equal(undefined)
  })
})
