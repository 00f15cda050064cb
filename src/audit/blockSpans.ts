import { mapConcurrent } from '../core/mapConcurrent.ts'

/** Within which times a block lies, in Unix seconds, both included. One that was asked about has the same for both. */
export type BlockSpan = { from: number; until: number }

/** Most questions at a time. */
const MOST_AT_A_TIME = 16

/**
 * The times of some blocks, as closely as they are needed. Times of blocks rise with their numbers, so a block between two that are
 * known lies between their times: where that is enough, nobody is asked.
 *
 * @param blocks numbers of blocks, ascending
 * @param isEnough whether a span says enough of a block
 * @param timeOf asks for the time of a block
 */
export async function timesWithin(
  blocks: readonly number[],
  isEnough: (block: number, span: BlockSpan) => boolean,
  timeOf: (block: number) => Promise<number>,
): Promise<Map<number, BlockSpan>> {
  const spans = new Map<number, BlockSpan>()
  const times = new Map<number, number>()
  const ask = async (places: readonly number[]): Promise<void> => {
    const read = await mapConcurrent(places, MOST_AT_A_TIME, (place) => timeOf(blocks[place]!))
    for (const [index, place] of places.entries()) {
      times.set(place, read[index]!)
      spans.set(blocks[place]!, { from: read[index]!, until: read[index]! })
    }
  }
  if (blocks.length === 0) return spans
  await ask([...new Set([0, blocks.length - 1])])
  /** Places between which nothing is known yet. */
  let ranges: [low: number, high: number][] = [[0, blocks.length - 1]]
  while (ranges.length > 0) {
    const open = ranges.filter(([low, high]) => {
      const span = { from: times.get(low)!, until: times.get(high)! }
      const between = blocks.slice(low + 1, high)
      if (!between.every((block) => isEnough(block, span))) return true
      for (const block of between) spans.set(block, span)
      return false
    })
    const middles = open.map(([low, high]) => Math.floor((low + high) / 2))
    await ask(middles)
    ranges = open.flatMap(([low, high], index): [number, number][] => [
      [low, middles[index]!],
      [middles[index]!, high],
    ])
  }
  return spans
}
