import type { CitedEndpoint, Evidence } from '../../core/evidence.ts'
import { StemmaError } from '../../core/errors.ts'
import { quoted } from '../../core/text.ts'
import { listServing } from '../audit/listServing.ts'
import type { Ledger } from '../connect.ts'

/**
 * Checks what an evidence document says that publishers stated about endpoints: that each statement counted after the block that is named,
 * or that there was none.
 *
 * @throws {@link WrongCitationError} naming the item
 */
export async function checkCitedEndpoints(ledger: Ledger, parameters: checkCitedEndpoints.Parameters): Promise<void> {
  for (const [index, { endpoint }] of parameters.evidence.items.entries()) {
    if (endpoint === undefined) continue
    const { publisher, origin, name, block } = endpoint
    const [word] = await listServing(ledger, { origin, name, publishers: [publisher], toBlock: block })
    const found = word?.stated?.statement ?? null
    if (found !== endpoint.statement) throw new WrongCitationError(index, endpoint, found)
  }
}

export declare namespace checkCitedEndpoints {
  type Parameters = { evidence: Evidence }
}

/** Thrown when a document cites another statement about an endpoint than the ledger has. */
export class WrongCitationError extends StemmaError {
  override name = 'WrongCitationError'
  constructor(index: number, { publisher, origin, name, block, statement }: CitedEndpoint, found: string | null) {
    const words = (each: string | null): string => (each === null ? 'no statement' : `the statement ${each}`)
    super(
      'WRONG_CITATION',
      `The evidence cites, in items[${index}], ${words(statement)} of ${publisher} about ${quoted(name)} at ${quoted(origin)} after block ${block}, and the ledger has ${words(found)}. List what is stated: stemma model endpoint list ${origin} ${quoted(name)}.`,
    )
  }
}
