import { StemmaError } from '../../core/errors.ts'
import { isBytes32 } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import type { Ledger } from '../connect.ts'
import { dateOf, type BlockTime } from '../ledgerAt.ts'
import { findModels } from '../registry/findModels.ts'
import { readBlock } from '../readBlock.ts'

/** What is thrown for a model or weights that nobody has registered. */
const UNREGISTERED = ['MODEL_NOT_REGISTERED', 'WEIGHTS_NOT_REGISTERED']

/**
 * Asks a node a question about a model. Where the ledger is read as it stood at a time of the past, a model that was registered since is
 * named as such.
 *
 * @param query the id, the digest of weights, the URI or the name that is asked about
 *
 * @throws {@link RegisteredLaterError}
 */
export async function askThen<T>(ledger: Ledger, time: number, query: string, ask: () => Promise<T>): Promise<T> {
  const { asOf } = ledger
  if (!asOf?.past) return ask()
  const find = async (): Promise<BlockTime | undefined> => {
    const [found] = await findModels(asOf.live, { query, limit: 1 })
    const block = found && (await readBlock(asOf.live.provider, found.block))
    return block ? { block: block.number, timestamp: block.timestamp } : undefined
  }
  return nameLater(time, query, find, ask)
}

/**
 * Asks a question about a model as of a time of the past, and names a model that was registered since.
 *
 * @param find looks for the first registration by now
 *
 * @throws {@link RegisteredLaterError}
 */
export async function nameLater<T>(
  time: number,
  query: string,
  find: () => Promise<BlockTime | undefined>,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof StemmaError) || !UNREGISTERED.includes(error.code)) throw error
    const found = await find()
    throw found && found.timestamp > time ? new RegisteredLaterError(query, time, found, error) : error
  }
}

/** Thrown when a question is about a time before the model was registered. */
export class RegisteredLaterError extends StemmaError {
  override name = 'RegisteredLaterError'
  override readonly kind = 'undecided'
  constructor(query: string, time: number, since: BlockTime, cause?: unknown) {
    super(
      'REGISTERED_LATER',
      `${isBytes32(query) ? query : quoted(query)} was not registered at ${dateOf(time)}. It was registered at ${dateOf(since.timestamp)}, in block ${since.block}: ask for a time from then on.`,
      { cause },
    )
  }
}
