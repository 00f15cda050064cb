/**
 * The assignment of rows to columns, each at most once, whose costs have the smallest sum: the Hungarian method with potentials, in
 * O(rows² · columns). Returns the column of each row. There are at least as many columns as rows.
 */
export function cheapestAssignment(costs: Float64Array, rows: number, columns: number): Int32Array {
  // Place 0 of the potentials and of `rowOf` stands for "none"; rows and columns count from 1.
  const [rowPotential, columnPotential] = [new Float64Array(rows + 1), new Float64Array(columns + 1)]
  const rowOf = new Int32Array(columns + 1)
  const before = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    const slack = new Float64Array(columns + 1).fill(Infinity)
    const isDone = new Uint8Array(columns + 1)
    let column = 0
    do {
      isDone[column] = 1
      const current = rowOf[column]!
      let [least, next] = [Infinity, 0]
      for (let other = 1; other <= columns; other++) {
        if (isDone[other] === 1) continue
        const cost = costs[(current - 1) * columns + other - 1]! - rowPotential[current]! - columnPotential[other]!
        if (cost < slack[other]!) {
          slack[other] = cost
          before[other] = column
        }
        if (slack[other]! < least) [least, next] = [slack[other]!, other]
      }
      for (let other = 0; other <= columns; other++) {
        if (isDone[other] === 1) {
          rowPotential[rowOf[other]!]! += least
          columnPotential[other]! -= least
        } else slack[other]! -= least
      }
      column = next
    } while (rowOf[column] !== 0)
    while (column !== 0) {
      const previous = before[column]!
      rowOf[column] = rowOf[previous]!
      column = previous
    }
  }
  const columnOf = new Int32Array(rows)
  for (let column = 1; column <= columns; column++) if (rowOf[column] !== 0) columnOf[rowOf[column]! - 1] = column - 1
  return columnOf
}
