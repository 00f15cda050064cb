import * as abi from '../../abi/ledger.ts'
import type { TermsId } from '../../core/hex.ts'
import { bodyOf, termsIdOf, type Terms } from '../../core/terms.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Publishes terms. Anybody can use them; publishing the same terms twice is refused. */
export async function publishTerms(
  ledger: Ledger,
  parameters: publishTerms.Parameters,
): Promise<Sent & { terms: TermsId }> {
  const { terms, ...options } = parameters
  const { name, uri, text } = terms
  const { unstated: _, thresholds, ...body } = bodyOf(terms)
  const value = { name, uri, text, ...body, thresholds: [...thresholds] }
  const sent = await transact(ledger, options, methodOf(ledger, 'ledger', abi.publishTerms), value)
  return { terms: termsIdOf(terms), ...withoutLogs(sent) }
}

export declare namespace publishTerms {
  type Parameters = WriteOptions & { terms: Terms }
}
