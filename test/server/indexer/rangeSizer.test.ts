import { expect } from 'chai'

import { RangeSizer } from '../../../packages/server/src/indexer/rangeSizer.ts'

describe('RangeSizer', function () {
  it('starts small and at most doubles', function () {
    const sizer = new RangeSizer(800)
    expect(sizer.blocks).to.equal(4)
    sizer.accept(4, 0)
    expect(sizer.blocks).to.equal(8)
    sizer.accept(8, 1)
    expect(sizer.blocks).to.equal(16)
  })

  it('covers about as many blocks as hold the target number of logs', function () {
    const sizer = new RangeSizer(100)
    sizer.accept(50, 200)
    expect(sizer.blocks).to.equal(25)
    sizer.accept(25, 5000)
    expect(sizer.blocks).to.equal(1)
  })

  it('stays below a refused size, and tries a larger one after 32 accepted ranges', function () {
    const sizer = new RangeSizer(800)
    sizer.refuse(1000)
    for (let range = 0; range < 31; range++) sizer.accept(sizer.blocks, 0)
    expect(sizer.blocks).to.equal(500)
    sizer.accept(500, 0)
    expect(sizer.blocks).to.equal(1000)
  })

  it('never goes below one block or above 100,000', function () {
    const sizer = new RangeSizer(800)
    sizer.refuse(1)
    expect(sizer.blocks).to.equal(1)
    for (let range = 0; range < 2000; range++) sizer.accept(sizer.blocks, 0)
    expect(sizer.blocks).to.equal(100_000)
  })
})
