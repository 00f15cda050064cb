import { StemmaError } from '../core/errors.ts'
import { ownWords } from './nodeWords.ts'

/** Runs a read or a write against a node and explains its failure by {@link explainNodeError}. */
export async function reading<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw await explainNodeError(error)
  }
}

/**
 * Like {@link reading}, for a read whose arguments cannot be wrong: every failure is the node's, even when ethers cannot
 * parse its answer.
 */
export async function readingOnly<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw await explainAnswer(error)
  }
}

/** As {@link explainNodeError}, for a question that cannot be wrong: what nobody knows is about the node's answer. */
export async function explainAnswer(error: unknown): Promise<StemmaError> {
  const explained = await explainNodeError(error)
  return explained instanceof StemmaError ? explained : new NodeAnswerError(error)
}

/**
 * Explains a failed call to a node: a `ContractError` when a contract refused, else an error about the node. What nodes say is a large
 * table, which loads at the first failure.
 */
export async function explainNodeError(error: unknown): Promise<Error> {
  if (error instanceof StemmaError) return error
  const { explainFailure } = await import('./nodeFailures.ts')
  try {
    return (await explainFailure(error)) ?? new NodeAnswerError(error)
  } catch {
    // Errors of wallets are objects of others, whose fields may throw.
    return new NodeAnswerError(new Error('its error cannot be read'))
  }
}

/** Thrown when a node's answer is malformed or does not fit the question. */
export class NodeAnswerError extends StemmaError {
  override name = 'NodeAnswerError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_ANSWER',
      `The node's answer cannot be used (${ownWords(cause)}). Check that the address of the node and the deployment belong together, or use another node.`,
      { cause },
    )
  }
}
