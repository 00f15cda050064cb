import { expect } from 'chai'

import { mapConcurrent } from '../../src/core/mapConcurrent.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('mapConcurrent', function () {
  it('runs at most so many at a time, and keeps the order of the items', async function () {
    const items = Array.from({ length: 20 }, (_, index) => index)
    let [running, most] = [0, 0]
    const results = await mapConcurrent(items, 3, async (item) => {
      running += 1
      most = Math.max(most, running)
      // Later items end earlier.
      for (let turns = item; turns < 20; turns += 7) await turn()
      running -= 1
      return item * 2
    })
    expect(results).to.deep.equal(items.map((item) => item * 2))
    expect([most, running]).to.deep.equal([3, 0])
    expect(await mapConcurrent([], 3, async () => 1)).to.deep.equal([])
  })

  it('throws the first failure, and begins nothing more', async function () {
    const begun: number[] = []
    const failure = mapConcurrent([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item)
      await turn()
      if (item === 1) throw new Error('not this one')
    })
    const error = await failure.catch((reason: unknown) => reason)
    expect((error as Error).message).to.equal('not this one')
    for (let turns = 0; turns < 10; ++turns) await turn()
    expect(begun).to.have.members([0, 1, 2])
  })
})
