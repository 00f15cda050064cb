import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

/** The parts of the algebra: the SDK's file, the contracts' file, and names of the SDK's that have another one in the contracts. */
const PARTS: Record<string, { solidity: string; renamed?: Record<string, string> }> = {
  lanes: { solidity: 'Lanes', renamed: { sureOf: 'sure', possibleOf: 'possible' } },
  words: { solidity: 'Words' },
  // A reading is kept by terms in an array, and all are made at once.
  readings: { solidity: 'Readings', renamed: { readingOf: 'readAllTerms' } },
  compatibility: { solidity: 'Compatibility' },
  // An edge is read into one allocation, and both lanes go through it at once.
  rights: { solidity: 'Rights', renamed: { flows: 'readEdge', throughLane: 'through' } },
  duties: { solidity: 'Duties' },
  explanation: { solidity: 'Explanation' },
}

/** The names of the functions of a source, in their order. */
function functionsOf(file: string): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(/^(?:export )?function (\w+)/gm)].map(([, name]) => name!)
}

describe('license algebra, read side by side', () => {
  for (const [part, { solidity, renamed = {} }] of Object.entries(PARTS)) {
    it(`has the same functions in the same order in ${part}.ts and ${solidity}.sol`, () => {
      const wanted = functionsOf(`src/core/algebra/${part}.ts`).map((name) => renamed[name] ?? name)
      const found = functionsOf(`contracts/compliance/algebra/${solidity}.sol`)
      expect(found).to.include.members(wanted)
      const both = new Set(wanted)
      expect(found.filter((name) => both.has(name))).to.deep.equal([...both])
    })
  }

  it('finds no function of the SDK that is left out of the parts', () => {
    const state = functionsOf('src/core/algebra/state.ts')
    expect(state).to.deep.equal(['bodyIn', 'addFinding', 'settle'])
  })
})
