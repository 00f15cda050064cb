import { expect } from 'chai'

import { parseDigest } from '../../../src/core/hex.ts'
import { BlockMemo } from '../../../packages/server/src/api/blockMemo.ts'

const block = (n: number) => parseDigest(`0x${n.toString(16).padStart(64, '0')}`)

describe('BlockMemo', function () {
  let reads: number
  const read = async (): Promise<number> => ++reads

  beforeEach(() => (reads = 0))

  it('reads once, also for callers that ask during the read', async function () {
    const memo = new BlockMemo()
    const ask = () => memo.once(block(1), 'count', read)
    expect(await Promise.all([ask(), ask()])).to.deep.equal([1, 1])
    expect(await ask()).to.equal(1)
  })

  it('reads again for another block and another question', async function () {
    const memo = new BlockMemo()
    expect(await memo.once(block(1), 'count', read)).to.equal(1)
    expect(await memo.once(block(2), 'count', read)).to.equal(2)
    expect(await memo.once(block(1), 'sum', read)).to.equal(3)
  })

  it('reads again after a failure', async function () {
    const memo = new BlockMemo()
    const fail = (): Promise<number> => Promise.reject(new Error('gone'))
    const failed = await Promise.allSettled([memo.once(block(1), 'count', fail), memo.once(block(1), 'count', read)])
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    expect(await memo.once(block(1), 'count', read)).to.equal(1)
  })

  it('forgets the oldest answers', async function () {
    const memo = new BlockMemo()
    for (let n = 0; n < 300; n++) await memo.once(block(n), 'count', read)
    expect(await memo.once(block(299), 'count', read)).to.equal(300)
    expect(await memo.once(block(0), 'count', read)).to.equal(301)
  })
})
