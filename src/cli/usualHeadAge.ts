import type { Ledger } from '../sdk/connect.ts'
import { timeOfBlock } from '../sdk/ledgerAt.ts'

/** Twice the blocks that a gateway allows by default: their times vary. */
const BLOCKS = 6
/** Bounds in seconds. The upper one is that of a gateway. */
const [LEAST_AGE, MOST_AGE] = [60, 600]
/** How many of the last blocks are looked at. */
const LOOKED_AT = 1000

/**
 * How old the head of a gateway may be, in seconds, when nothing else is configured: by the time that this chain takes for a block, so that
 * no gateway is convicted for the slowness of its chain; infinite where the deployment allows any age.
 */
export async function usualHeadAge(ledger: Ledger): Promise<number> {
  if (ledger.deployment.maxAge === 0) return Infinity
  const newest = await timeOfBlock(ledger, 0, 'latest')
  const blocks = Math.min(LOOKED_AT, newest.block)
  if (blocks === 0) return MOST_AGE
  const oldest = await timeOfBlock(ledger, 0, newest.block - blocks)
  const blockTime = (newest.timestamp - oldest.timestamp) / blocks
  return Math.min(MOST_AGE, Math.max(LEAST_AGE, BLOCKS * blockTime))
}
