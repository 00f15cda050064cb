import * as abi from '../../abi/ledger.ts'
import { parseAddress, type Address } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { scopesMask } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'

/** Most accounts of a publisher that are read: the ones that were named last. */
export const MOST_AUDITORS = 256
/** Most calls at a time. */
const MOST_CALLS = 8

/**
 * Reads the accounts that publishers let anchor usage logs now: their operators in the scope `audit`, as of the ledger's block. Only a
 * publisher names its operators, so what others write costs nothing here. Of a publisher with more than 256, those named last count.
 */
export async function readAuditors(
  ledger: Ledger,
  parameters: { publishers: readonly Address[] },
): Promise<Map<Address, Address[]>> {
  const scope = scopesMask(['audit'])
  const events = await readEvents(ledger, 'ledger', abi.OperatorSet, { publisher: parameters.publishers })
  const named = new Map<Address, Map<Address, boolean>>()
  for (const { args } of events) {
    const [publisher, operator] = [parseAddress(args.publisher as string), parseAddress(args.operator as string)]
    const accounts = named.get(publisher) ?? new Map<Address, boolean>()
    named.set(publisher, accounts)
    // Named again, it is the newest.
    accounts.delete(operator)
    accounts.set(operator, (Number(args.scopes) & scope) !== 0 && args.until !== 0n)
  }
  const pairs = [...named].flatMap(([publisher, accounts]) => {
    const auditors = [...accounts].flatMap(([operator, audits]) => (audits ? [operator] : []))
    return auditors.slice(-MOST_AUDITORS).map((operator) => ({ publisher, operator }))
  })
  const hasScope = methodOf(ledger, 'ledger', abi.hasScope)
  // The events do not tell whether a change of controller or the clock has ended an operator since; the contract does.
  const audits = await mapConcurrent(pairs, MOST_CALLS, ({ publisher, operator }) =>
    reading(() => hasScope(publisher, operator, scope)),
  )
  const found = new Map<Address, Address[]>()
  for (const [index, { publisher, operator }] of pairs.entries()) {
    if (audits[index]) found.set(publisher, [...(found.get(publisher) ?? []), operator])
  }
  return found
}
