/** An event, as far as lists of them are compared. */
export type Listed = { id: string; transaction: string; block: { number: number; hash: string }; log: number }

/** What a newer list has that the held one has not, and what of the held one the chain has replaced. */
export type Difference<E> = {
  fresh: number
  /** By the id of each event that is void: the block that has its transaction now, or null. */
  vanished: ReadonlyMap<string, number | null>
  /** The first block that was replaced. */
  from: E | undefined
}

/**
 * Compares the list that a reader sees with a newer one, both newest first. An event is void when the newer list reaches back to it and has not the same event of the
 * same block.
 */
export function compare<E extends Listed>(held: readonly E[], newer: readonly E[], isWhole: boolean): Difference<E> {
  const keyOf = ({ id, block }: E): string => `${id} ${block.hash}`
  const known = new Set(held.map(keyOf))
  const now = new Set(newer.map(keyOf))
  const oldest = newer.at(-1)
  const isCovered = (event: E): boolean =>
    isWhole ||
    (oldest !== undefined &&
      (event.block.number > oldest.block.number ||
        (event.block.number === oldest.block.number && event.log >= oldest.log)))
  const gone = held.filter((event) => isCovered(event) && !now.has(keyOf(event)))
  const vanished = new Map(
    gone.map((event) => [
      event.id,
      newer.find(({ transaction }) => transaction === event.transaction)?.block.number ?? null,
    ]),
  )
  return { fresh: newer.filter((event) => !known.has(keyOf(event))).length, vanished, from: gone.at(-1) }
}
