import * as abi from '../../abi/usageAudit.ts'
import { StemmaError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { endpointOf, type ServingWord } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { listServing } from './listServing.ts'

/**
 * Reads the latest word of a publisher about an endpoint, and compares it with the contract's count of such words, so that a node that
 * leaves out an event is found out. Null when the publisher has never spoken of it.
 *
 * @throws {@link MissingServingEventError} when the node's events lack the latest word
 */
export async function readServing(ledger: Ledger, parameters: readServing.Parameters): Promise<ServingWord | null> {
  const { publisher, origin, name } = parameters
  const revisionOf = methodOf(ledger, 'usageAudit', abi.servingRevisionOf)
  const [words, counted] = await Promise.all([
    listServing(ledger, { origin, name, publishers: [publisher] }),
    reading(() => revisionOf(publisher, endpointOf(origin, name))),
  ])
  const word = words[0] ?? null
  const revision = Number(counted)
  if ((word?.revision ?? 0) < revision) throw new MissingServingEventError(publisher, revision, word?.revision ?? 0)
  return word
}

export declare namespace readServing {
  type Parameters = {
    publisher: Address
    /** Scheme, host and port, as stated. */
    origin: string
    /** The model name in requests. */
    name: string
  }
}

/** Thrown when a node does not show the latest event about an endpoint. */
export class MissingServingEventError extends StemmaError {
  override name = 'MissingServingEventError'
  override readonly kind = 'unavailable'
  constructor(publisher: Address, revision: number, found: number) {
    super(
      'MISSING_SERVING_EVENT',
      `The publisher ${publisher} has spoken ${revision} times of the endpoint, and the node shows its words up to number ${found}. Ask another node, one that keeps all events: --rpc.`,
    )
  }
}
