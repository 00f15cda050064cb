/**
 * Maps items by an asynchronous function, some at a time, so that neither a slow source nor its limit of requests decides. Results are in
 * the order of the items.
 *
 * @param most how many may run at a time, at least 1
 * @throws what `map` throws first; no more items are begun then
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  most: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const place = next++
      try {
        results[place] = await map(items[place]!)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work))
  return results
}
