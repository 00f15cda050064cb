/** A layer of a sketch and the layer of the suspect that it was matched with, both from 0. */
export type LayerMatch = readonly [sketch: number, suspect: number]

/** A table of scores: a row for each layer of the sketch, a column for each of the suspect. NaN where two cannot be compared. */
export type LayerScores = { rows: number; columns: number; values: Float64Array }

/**
 * The best way to match layers so that neither model's order is broken: the matches whose scores have the largest sum. Layers may stay
 * unmatched, as when some were dropped.
 */
export function bestPath({ rows, columns, values }: LayerScores): LayerMatch[] {
  const best = bestSums({ rows, columns, values })
  const path: LayerMatch[] = []
  const width = columns + 1
  let [row, column] = [rows, columns]
  while (row > 0 && column > 0) {
    const sum = best[row * width + column]!
    if (sum === best[(row - 1) * width + column]) row--
    else if (sum === best[row * width + column - 1]) column--
    else path.push([--row, --column])
  }
  return path.reverse()
}

/** The sum of the scores of {@link bestPath}. */
export function bestSum(scores: LayerScores): number {
  return bestSums(scores)[(scores.rows + 1) * (scores.columns + 1) - 1]!
}

/** The best sums of the first layers of both. A score below zero, or one that cannot be computed, is never taken. */
function bestSums({ rows, columns, values }: LayerScores): Float64Array {
  const width = columns + 1
  const best = new Float64Array((rows + 1) * width)
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const above = best[(row - 1) * width + column]!
      const before = best[row * width + column - 1]!
      const both = best[(row - 1) * width + column - 1]! + values[(row - 1) * columns + column - 1]!
      const skipped = above >= before ? above : before
      best[row * width + column] = both > skipped ? both : skipped
    }
  }
  return best
}

/**
 * Whether two layers are near enough in depth to be compared: all of small models; of large ones those whose depths differ by at
 * most `band` of the whole.
 */
export function inBand(row: number, rows: number, column: number, columns: number, band: number): boolean {
  return Math.abs((row + 0.5) / rows - (column + 0.5) / columns) <= band
}
