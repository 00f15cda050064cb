import { parseAddress, type Address } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'

// Items of `src/abi/ledger.ts`, which a bundle would load at first for what is loaded on demand. A test compares them.
/** The event by which an account was named, as in the ABI of the ledger. @internal */
export const OperatorSet = {
  anonymous: false,
  inputs: [
    { indexed: true, name: 'publisher', type: 'address' },
    { indexed: true, name: 'operator', type: 'address' },
    { indexed: false, name: 'scopes', type: 'uint16' },
    { indexed: false, name: 'until', type: 'uint40' },
  ],
  name: 'OperatorSet',
  type: 'event',
} as const
/** The question whether an account may act in a scope, as in the ABI of the ledger. @internal */
export const hasScope = {
  inputs: [
    { name: 'publisher', type: 'address' },
    { name: 'account', type: 'address' },
    { name: 'scopes', type: 'uint16' },
  ],
  name: 'hasScope',
  outputs: [{ name: 'authorized', type: 'bool' }],
  stateMutability: 'view',
  type: 'function',
} as const
/** The scope `audit`, as a mask. @internal */
export const AUDIT = 1 << 3

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
  const events = await readEvents(ledger, 'ledger', OperatorSet, { publisher: parameters.publishers })
  const named = new Map<Address, Map<Address, boolean>>()
  for (const { args } of events) {
    const [publisher, operator] = [parseAddress(args.publisher as string), parseAddress(args.operator as string)]
    const accounts = named.get(publisher) ?? new Map<Address, boolean>()
    named.set(publisher, accounts)
    // Named again, it is the newest.
    accounts.delete(operator)
    accounts.set(operator, (Number(args.scopes) & AUDIT) !== 0 && args.until !== 0n)
  }
  const pairs = [...named].flatMap(([publisher, accounts]) => {
    const auditors = [...accounts].flatMap(([operator, isNamed]) => (isNamed ? [operator] : []))
    return auditors.slice(-MOST_AUDITORS).map((operator) => ({ publisher, operator }))
  })
  const audits = methodOf(ledger, 'ledger', hasScope)
  // The events do not tell whether a change of controller or the clock has ended an operator since; the contract does.
  const answers = await mapConcurrent(pairs, MOST_CALLS, ({ publisher, operator }) =>
    reading(() => audits(publisher, operator, AUDIT)),
  )
  const found = new Map<Address, Address[]>()
  for (const [index, { publisher, operator }] of pairs.entries()) {
    if (answers[index]) found.set(publisher, [...(found.get(publisher) ?? []), operator])
  }
  return found
}
