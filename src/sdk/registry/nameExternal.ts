import * as abi from '../../abi/recalls.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Keeps the name behind the id of an external parent as an event, for when the document that held it is gone. Anybody may. */
export async function nameExternal(ledger: Ledger, parameters: WriteOptions & { name: string }): Promise<Sent> {
  const { name, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'recalls', abi.nameExternal), name))
}
