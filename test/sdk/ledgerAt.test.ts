import { expect } from 'chai'

import { findBlockAt, type BlockTime } from '../../src/sdk/ledgerAt.ts'
import { NodeAnswerError } from '../../src/sdk/nodeErrors.ts'
import { Random } from '../fixtures/random.ts'

/** Searches among the times of blocks, the first of which has a number, and counts the questions. */
async function search(
  timeOf: (block: number) => number,
  time: number,
  [first, last]: readonly [number, number],
): Promise<{ found: number; asked: number }> {
  let asked = 0
  const blockOf = (block: number): BlockTime => ({ block, timestamp: timeOf(block) })
  const ask = async (block: number): Promise<BlockTime> => {
    asked += 1
    expect(block).to.be.greaterThan(first).and.lessThan(last)
    return blockOf(block)
  }
  const { block, timestamp } = await findBlockAt(ask, time, blockOf(first), blockOf(last))
  expect(timestamp).to.equal(timeOf(block))
  return { found: block, asked }
}

describe('findBlockAt', function () {
  it('finds the last block at or before a time among few blocks, with equal times and gaps, at each second', async function () {
    for (const times of [
      [5, 6],
      [5, 5, 6],
      [5, 5, 5, 9],
      [5, 7, 7, 7, 9, 9, 30],
      [0, 1, 1000, 1001, 1001, 5000],
      [5, 6, 7, 8, 9, 10, 11, 2000],
    ]) {
      const last = times.length - 1
      for (let time = times[0]!; time < times[last]!; time++) {
        const expected = times.findLastIndex((each) => each <= time)
        const { found } = await search((block) => times[block - 40]!, time, [40, 40 + last])
        expect(found - 40, `${times} at ${time}`).to.equal(expected)
      }
    }
  })

  it('finds it on random chains, whose blocks come at once, evenly, or after long gaps', async function () {
    const random = new Random(3)
    for (let run = 0; run < 300; run++) {
      const gaps = random.pick([[0, 1], [12], [0, 2, 86_400], [1, 1, 1, 40_000_000]])
      const times = [1_700_000_000]
      for (let block = 1; block <= random.integer(1, 400); block++) times.push(times.at(-1)! + random.pick(gaps))
      times.push(times.at(-1)! + 1)
      const last = times.length - 1
      const time = random.integer(times[0]!, times[last]! - 1)
      const { found, asked } = await search((block) => times[block]!, time, [0, last])
      expect(found).to.equal(times.findLastIndex((each) => each <= time))
      expect(asked).to.be.at.most(2 * Math.ceil(Math.log2(last + 1)) + 2)
    }
  })

  it('takes three questions on an even chain of 25 million blocks, and few more where blocks are missed now and then', async function () {
    const even = (block: number) => 1_600_000_000 + 12 * block
    const missed = (block: number) => even(block) + 12 * Math.floor(block / 97) + (block > 9_000_000 ? 86_400 : 0)
    for (const [timeOf, most] of [
      [even, 3],
      [missed, 16],
    ] as const) {
      for (const block of [1, 17, 8_999_999, 12_345_678, 24_999_998]) {
        const { found, asked } = await search(timeOf, timeOf(block) + 5, [0, 25_000_000])
        expect(found).to.equal(block)
        expect(asked).to.be.at.most(most)
      }
    }
  })

  it('believes no node whose blocks are out of order', async function () {
    for (const lie of [
      { block: 50, timestamp: 99 },
      { block: 50, timestamp: 2001 },
      { block: 0, timestamp: 1000 },
      { block: 100, timestamp: 1000 },
    ]) {
      const asking = findBlockAt(async () => lie, 500, { block: 0, timestamp: 100 }, { block: 100, timestamp: 2000 })
      expect(await asking.catch((error: unknown) => error)).to.be.instanceOf(NodeAnswerError)
    }
  })
})
