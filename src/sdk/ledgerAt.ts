import { StemmaError } from '../core/errors.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Ledger } from './connect.ts'
import { ledgerAsOf } from './ledgerAsOf.ts'
import { NodeAnswerError, readingOnly } from './nodeErrors.ts'
import { NodeBehindError, NodeHistoryError } from './nodeFailures.ts'
import { ownWords } from './nodeWords.ts'
import { readBlock } from './readBlock.ts'

/** What a search for a block looks at of each. */
export type BlockTime = {
  /** Number of the block. */
  block: number
  /** The block's time, in Unix seconds. */
  timestamp: number
}

/**
 * The ledger as it stood at a time (Unix seconds): after the last block at or before it. Where the latest block is not after the time,
 * the ledger itself, as nobody knows yet what comes until then.
 *
 * @throws {@link BeforeLedgerError} when the ledger was deployed later
 * @throws {@link NodeHistoryError} when the node does not have the state of that block
 */
export async function ledgerAt(ledger: Ledger, time: number): Promise<Ledger> {
  if (ledger.asOf) return ledger
  const { deployment } = ledger
  const timeOf = (tag: number | 'latest'): Promise<BlockTime> => timeOfBlock(ledger, time, tag)
  const latest = await timeOf('latest')
  // A block of the same second may still come, so the latest block is not of the past.
  if (!(time < latest.timestamp)) return ledger
  const first = await timeOf(Math.min(deployment.firstBlock, latest.block))
  if (time < first.timestamp) throw new BeforeLedgerError(deployment, time)
  return ledgerAfter(ledger, time, await findBlockAt(timeOf, time, first, latest))
}

/**
 * The ledger as it stood at a time (Unix seconds), by the block that was the last one then.
 *
 * @throws as {@link ledgerAt}
 */
export async function ledgerAfter(ledger: Ledger, time: number, { block, timestamp }: BlockTime): Promise<Ledger> {
  await requireState(ledger, time, block)
  return ledgerAsOf(ledger, block, { timestamp })
}

/** Asks a node when a block was. @throws {@link NodeHistoryError} when it does not have the block */
export async function timeOfBlock({ provider }: Ledger, time: number, tag: number | 'latest'): Promise<BlockTime> {
  const found = await readBlock(provider, tag)
  if (!found) throw noHistory(time, tag, 'it does not have this block')
  return { block: found.number, timestamp: found.timestamp }
}

/**
 * The last block at or before a time. Guesses by the time between blocks, and halves what is left after a guess that helped little: a
 * chain of even blocks takes two or three questions, and none takes more than twice the logarithm.
 *
 * @param timeOf asks for a block
 * @param low a block at or before the time
 * @param high a block after it
 */
export async function findBlockAt(
  timeOf: (block: number) => Promise<BlockTime>,
  time: number,
  low: BlockTime,
  high: BlockTime,
): Promise<BlockTime> {
  let halve = false
  while (high.block - low.block > 1) {
    const blocks = high.block - low.block
    const share = halve ? 0.5 : (time - low.timestamp) / (high.timestamp - low.timestamp)
    const found = await timeOf(low.block + Math.min(Math.max(Math.floor(blocks * share), 1), blocks - 1))
    if (found.block <= low.block || found.block >= high.block) throw notInOrder(found)
    if (found.timestamp < low.timestamp || found.timestamp > high.timestamp) throw notInOrder(found)
    if (found.timestamp <= time) low = found
    else high = found
    halve = !halve && high.block - low.block > blocks / 2
  }
  return low
}

function notInOrder({ block, timestamp }: BlockTime): NodeAnswerError {
  return new NodeAnswerError(new Error(`block ${block} of time ${timestamp} is out of order`))
}

/** Asks for what every reading needs, so that a node without the state of a block is named as what is wrong. */
async function requireState({ provider, deployment }: Ledger, time: number, block: number): Promise<void> {
  const { ledger, complianceLens } = deployment.contracts
  let codes: string[]
  try {
    codes = await readingOnly(() => Promise.all([ledger, complianceLens].map((each) => provider.getCode(each, block))))
  } catch (error) {
    if (!(error instanceof NodeAnswerError || error instanceof NodeHistoryError || error instanceof NodeBehindError))
      throw error
    throw noHistory(time, block, ownWords(error.cause), error)
  }
  if (codes[0] === '0x') throw new BeforeLedgerError(deployment, time)
  if (codes[1] === '0x') throw noHistory(time, block, `the contract ${complianceLens} was deployed later`)
}

function noHistory(time: number, block: number | 'latest', what: string, cause?: unknown): NodeHistoryError {
  return new NodeHistoryError(what, cause, `at ${dateOf(time)}, block ${block}`)
}

/** A time as messages have it. @internal */
export function dateOf(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z')
}

/** Thrown when a question is about a time before the ledger was deployed. */
export class BeforeLedgerError extends StemmaError {
  override name = 'BeforeLedgerError'
  constructor({ name }: Deployment, time: number) {
    super('BEFORE_LEDGER', `The ledger "${name}" was not deployed yet at ${dateOf(time)}. Ask for a later time.`)
  }
}
