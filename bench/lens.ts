/**
 * Measures the gas of one `eth_call` to the lens for lineages of growing size: plain ones, and those that an attacker or an ordinary
 * base makes dear (`test/fixtures/lineageShapes.ts`). All models have other publishers than their parents and binding terms, so that
 * nothing can be skipped. Gas is exact.
 *
 * Usage: npm run bench:lens [-- --sizes 10,100,1000 --json | --update]   (after `hardhat build`)
 *   --json     one object, name -> { models, gas, perModel }
 *   --update   writes bench/snapshots/lens.json
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import {
  gasToEvaluate,
  gasToRead,
  LINEAGE_SHAPES,
  MAKERS,
  SHAPE_QUESTIONS,
  type ShapeName,
} from '../test/fixtures/lineageShapes.ts'
import { createWorld } from '../test/fixtures/world.ts'

const { values: options } = readOptions({
  sizes: { type: 'string', default: '10,100,1000' },
  json: { type: 'boolean' },
  update: { type: 'boolean' },
})
const sizes = options.sizes.split(',').map(Number)
if (!sizes.every((size) => Number.isInteger(size) && size >= 2 && size <= 5_000)) {
  exitForUsage('--sizes are whole numbers from 2 to 5,000 with commas between.')
}

/** The limits for a thousand models, without findings and with one at each: what nodes usually give to an `eth_call` is more. */
const LIMIT = { models: 1_000, gas: 30_000_000, found: 36_000_000 }
/** Ids that were ground to collide may cost this many times what others cost. */
const GROUND = { ground: 'eight parents each, ground ids', plain: 'eight parents each', times: 2 } as const

const world = await createWorld(MAKERS)
const rows: Record<string, { models: number; gas: number; perModel: number }> = {}
for (const [name, build] of Object.entries(LINEAGE_SHAPES)) {
  for (const models of sizes) {
    const model = await build(world, models)
    const add = (call: string, gas: number): void => {
      rows[`${call}, ${models} models, ${name}`] = { models, gas, perModel: Math.round(gas / models) }
    }
    for (const question of Object.keys(SHAPE_QUESTIONS) as (keyof typeof SHAPE_QUESTIONS)[]) {
      add(question, await gasToEvaluate(world, model, question))
    }
    add('lineage', await gasToRead(world, model))
  }
}
const json = JSON.stringify(rows, null, 2)
if (options.update) writeFileSync(join(import.meta.dirname, 'snapshots/lens.json'), `${json}\n`)
if (options.json) console.log(json)
else print()

function print(): void {
  console.log(`\n${'call'.padEnd(78)}${'gas'.padStart(14)}${'a model'.padStart(10)}  limit`)
  for (const [name, { models, gas, perModel }] of Object.entries(rows)) {
    const limit = limitOf(name, models)
    const verdict = limit && `at most ${limit.toLocaleString('en-US')}  ${gas <= limit ? 'met' : 'MISSED'}`
    const figures = [gas.toLocaleString('en-US').padStart(14), perModel.toLocaleString('en-US').padStart(10)]
    console.log(`${name.padEnd(78)}${figures.join('')}  ${verdict ?? ''}`.trimEnd())
  }
}

function limitOf(name: string, models: number): number | undefined {
  if (!name.startsWith('evaluate')) return undefined
  if (name.endsWith(GROUND.ground satisfies ShapeName)) {
    return GROUND.times * rows[name.replace(GROUND.ground, GROUND.plain)]!.gas
  }
  const isLimited = models === LIMIT.models && !name.endsWith(GROUND.plain satisfies ShapeName)
  if (!isLimited) return undefined
  return name.includes('a finding each') ? LIMIT.found : LIMIT.gas
}
