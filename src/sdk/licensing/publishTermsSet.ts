import * as abi from '../../abi/ledger.ts'
import type { TermsId } from '../../core/hex.ts'
import { termsSetIdOf, type TermsSet } from '../../core/termsBody.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Publishes a set of terms by component. Its id can be used like an id of terms. */
export async function publishTermsSet(
  ledger: Ledger,
  parameters: publishTermsSet.Parameters,
): Promise<Sent & { terms: TermsId }> {
  const { set, ...options } = parameters
  const sent = await transact(ledger, options, methodOf(ledger, 'ledger', abi.publishTermsSet), set)
  return { terms: termsSetIdOf(set), ...withoutLogs(sent) }
}

export declare namespace publishTermsSet {
  type Parameters = WriteOptions & { set: TermsSet }
}
