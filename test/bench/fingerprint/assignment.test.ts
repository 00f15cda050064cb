import { expect } from 'chai'

import { cheapestAssignment } from '../../../bench/fingerprint/assignment.ts'
import { Random } from '../../../src/fingerprint/random.ts'

describe('cheapestAssignment', function () {
  it('has the smallest sum of all assignments', function () {
    const random = new Random(new TextEncoder().encode('assignments'))
    for (let round = 0; round < 50; round++) {
      const [rows, columns] = [1 + random.below(5), 5 + random.below(2)]
      const costs = Float64Array.from({ length: rows * columns }, () => random.below(20) - 10)
      const chosen = cheapestAssignment(costs, rows, columns)
      expect(new Set(chosen).size).to.equal(rows)
      const sum = chosen.reduce((total, column, row) => total + costs[row * columns + column]!, 0)
      expect(sum).to.equal(least(costs, rows, columns))
    }
  })
})

/** The smallest sum, by trying all. */
function least(costs: Float64Array, rows: number, columns: number, row = 0, taken: readonly number[] = []): number {
  if (row === rows) return 0
  const free = Array.from({ length: columns }, (_, column) => column).filter((column) => !taken.includes(column))
  return Math.min(
    ...free.map((column) => costs[row * columns + column]! + least(costs, rows, columns, row + 1, [...taken, column])),
  )
}
