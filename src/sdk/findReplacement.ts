import type { Provider } from 'ethers'

import { readCount, readSentIn, type KnownTransaction } from './transactionReads.ts'

/** How many blocks are read one by one where a node does not keep old states. */
const MOST_BLOCKS = 512
/** How far below the block in which a transaction was sent its nonce may be used, after a reorganization. */
const REORGANIZED = 64

/**
 * Finds the transaction that used a nonce: halves the blocks in question by the count of the sender's transactions, and reads
 * block by block where the node does not keep the counts of old blocks.
 *
 * @param since the newest block when the nonce was free; undefined when that is not known
 * @param head a block after which the nonce is used
 * @returns undefined when the node does not show it
 */
export async function findReplacement(
  provider: Provider,
  { from, nonce, since }: { from: string; nonce: number; since: number | undefined },
  head: number,
): Promise<KnownTransaction | undefined> {
  const least = Math.max(0, (since ?? 0) - REORGANIZED)
  try {
    // The nonce is free after `low` and used after `high`.
    let [low, high] = [least - 1, head]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if ((await readCount(provider, from, middle)) > nonce) high = middle
      else low = middle
    }
    const found = await readSentIn(provider, high, from, nonce)
    if (found) return found
  } catch {
    // Most nodes keep the states of about 128 blocks.
  }
  for (let block = head; block >= Math.max(least, head - MOST_BLOCKS); block--) {
    const found = await readSentIn(provider, block, from, nonce)
    if (found) return found
  }
  return undefined
}
