import * as abi from '../../abi/ledger.ts'
import { parseAddress, type Address } from '../../core/hex.ts'
import { scopesOf, type Scope } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'
import { readBlock } from '../readBlock.ts'

/** An account that may act for a publisher. */
export type Operator = {
  operator: Address
  scopes: Scope[]
  /** Unix seconds. */
  until: number
}

/** Lists the accounts that may act for a publisher now, beside its controller, in the order in which they were first named. */
export async function listOperators(ledger: Ledger, parameters: { publisher: Address }): Promise<Operator[]> {
  const { publisher } = parameters
  const events = await readEvents(ledger, 'ledger', abi.OperatorSet, { publisher })
  const accounts = [...new Set(events.map(({ args }) => parseAddress(args.operator as string)))]
  const operatorOf = methodOf(ledger, 'ledger', abi.operatorOf)
  // The events do not tell whether a change of controller or the clock has ended an operator since; the contract does.
  const [block, ...rights] = await Promise.all([
    readBlock(ledger.provider, 'latest'),
    ...accounts.map((operator) => reading(() => operatorOf(publisher, operator))),
  ])
  return accounts
    .map((operator, index) => {
      const { scopes, until } = rights[index]!
      return { operator, scopes: scopesOf(Number(scopes)), until: Number(until) }
    })
    .filter(({ until }) => until > (block?.timestamp ?? 0))
}
