import { expect } from 'chai'

import { atMostGas } from '../../fixtures/gas.ts'
import { gasToEvaluate, LINEAGE_SHAPES, SHAPE_QUESTIONS, type ShapeName } from '../../fixtures/lineageShapes.ts'
import { createWorld, type World } from '../../fixtures/world.ts'

/** Makers enough that a size has all of them. */
const MAKERS = 16
const SIZES = [20, 80] as const
const QUESTIONS = Object.keys(SHAPE_QUESTIONS) as (keyof typeof SHAPE_QUESTIONS)[]

describe('ComplianceLens', function () {
  let world: World
  let gas: (shape: ShapeName, size: number) => Promise<number[]>

  before(async function () {
    world = await createWorld(MAKERS)
    const known = new Map<string, Promise<number[]>>()
    gas = (shape, size) => {
      const key = `${shape} ${size}`
      const measured = known.get(key) ?? measure(shape, size)
      known.set(key, measured)
      return measured
    }
  })

  async function measure(shape: ShapeName, size: number): Promise<number[]> {
    const model = await LINEAGE_SHAPES[shape](world, size)
    const used: number[] = []
    for (const question of QUESTIONS) used.push(await gasToEvaluate(world, model, question))
    return used
  }

  describe('cost', function () {
    for (const shape of Object.keys(LINEAGE_SHAPES) as ShapeName[]) {
      it(`grows linearly with the models of a lineage of ${shape}`, async function () {
        this.timeout(120_000)
        const [small, large] = [await gas(shape, SIZES[0]), await gas(shape, SIZES[1])]
        // Later models have all the parents that their shape gives them, and the first few do not: hence a quarter more.
        const times = (1.25 * SIZES[1]) / SIZES[0]
        for (const [index, question] of QUESTIONS.entries()) {
          expect(large[index], question).to.be.lessThan(times * small[index]!)
        }
      })
    }

    it('grows linearly with the credentials that are pushed on makers, and stays below 14,000 gas for each', async function () {
      this.timeout(120_000)
      const [few, many] = [
        await gas('makers with 3 credentials each', SIZES[0]),
        await gas('makers with 16 unasked credentials each', SIZES[0]),
      ]
      const more = (MAKERS - 1) * (16 - 3)
      for (const [index, question] of QUESTIONS.entries()) {
        const each = (many[index]! - few[index]!) / more
        expect(BigInt(Math.ceil(each)), question).to.be.lessThan(atMostGas(14_000n))
      }
    })

    it('is at most twice as high for ids that were ground to collide', async function () {
      for (const size of SIZES) {
        const plain = await gas('eight parents each', size)
        const ground = await gas('eight parents each, ground ids', size)
        for (const [index] of QUESTIONS.entries()) expect(ground[index]).to.be.lessThan(2 * plain[index]!)
      }
    })
  })
})
