import { expect } from 'chai'
import { id as hash, toBeHex, type Result } from 'ethers'

import { ethers, networkHelpers } from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers

/** Slots of a new map, which grows when half of them are taken. */
const PLACES = 64

async function deployHarness() {
  const harness = await ethers.deployContract('IdMapHarness')
  return async (ids: readonly string[]): Promise<{ numbers: number[]; areNew: boolean[]; kept: string[] }> => {
    const [numbers, areNew, kept] = (await harness.getFunction('numberAll')(ids)) as [Result, Result, Result]
    return { numbers: [...numbers].map(Number), areNew: [...areNew] as boolean[], kept: [...kept] as string[] }
  }
}

/** Ids with the same low 32 bits, which a registrant can find by trying uris. */
const colliding = (place: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => toBeHex((BigInt(index + 1) << 32n) | BigInt(place), 32))

/** Ids that are spread evenly, like those of models. */
const spread = (count: number): string[] => Array.from({ length: count }, (_, index) => hash(String(index)))

describe('IdMap', function () {
  const kinds: [string, string[]][] = [
    ['ids that are spread', spread(300)],
    ['ids whose low bits are zero', colliding(0, PLACES + 1)],
    ['ids whose low bits are ones', colliding(0xffffffff, 3)],
    ['ids whose low bits are equal', colliding(PLACES / 2 + 3, 12)],
    ['the id zero, once the map has grown', [...spread(PLACES / 2), toBeHex(0, 32), toBeHex(1, 32)]],
  ]
  for (const [name, ids] of kinds) {
    it(`numbers ids in the order of their arrival ${name}`, async function () {
      const number = await loadFixture(deployHarness)
      const again = [0, ids.length - 1]
      const answer = await number([...ids, ...again.map((index) => ids[index]!)])
      const order = ids.map((_, index) => index)
      expect(answer.numbers).to.deep.equal([...order, ...again])
      expect(answer.areNew).to.deep.equal([...ids.map(() => true), ...again.map(() => false)])
      expect(answer.kept).to.deep.equal(ids)
    })
  }

  it('finds what it has numbered and nothing else, which is nothing where it is empty', async function () {
    const harness = await ethers.deployContract('IdMapHarness')
    const find = async (ids: readonly string[], wanted: readonly string[]): Promise<[boolean, number][]> => {
      const [found, numbers] = (await harness.getFunction('findAll')(ids, wanted)) as [Result, Result]
      return wanted.map((_, index) => [found[index] as boolean, Number(numbers[index])])
    }
    const [zero, ids, others] = [toBeHex(0, 32), spread(40), spread(43).slice(40)]
    expect(await find([], [zero, ids[0]!])).to.deep.equal([
      [false, 0],
      [false, 0],
    ])
    expect(await find(ids, ids)).to.deep.equal(ids.map((_, index) => [true, index]))
    expect(await find(ids, [zero, ...others])).to.deep.equal([zero, ...others].map(() => [false, 0]))
  })

  it('distinguishes ids that differ only in the highest or the lowest bit', async function () {
    const number = await loadFixture(deployHarness)
    const base = BigInt(hash('base'))
    const ids = [base, base ^ 1n, base ^ (1n << 255n)].map((value) => toBeHex(value, 32))
    expect((await number([...ids, ...ids])).numbers).to.deep.equal([0, 1, 2, 0, 1, 2])
  })

  it('numbers ids ground to collide at no more than twice the price of others', async function () {
    const harness = await ethers.deployContract('IdMapHarness')
    const reader = await ethers.deployContract('Reader')
    const gasFor = async (ids: string[]): Promise<number> => {
      const data = harness.interface.encodeFunctionData('numberAll', [ids])
      const [gas] = (await reader.getFunction('gasOf').staticCall(await harness.getAddress(), data)) as [bigint]
      return Number(gas)
    }
    expect(await gasFor(colliding(7, 1_000))).to.be.lessThan(2 * (await gasFor(spread(1_000))))
  })
})
