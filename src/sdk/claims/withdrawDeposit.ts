import * as abi from '../../abi/lineageClaims.ts'
import { parseAddress, type Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { senderOf, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Withdraws all deposits that are credited to the sender. `amount` is in wei. */
export async function withdrawDeposit(
  ledger: Ledger,
  parameters: withdrawDeposit.Parameters = {},
): Promise<Sent & { amount: bigint; to: Address }> {
  const sender = parseAddress(await senderOf(ledger))
  const { to = sender, ...options } = parameters
  const amount = await reading(() => methodOf(ledger, 'lineageClaims', abi.depositOf)(sender))
  const withdraw = methodOf(ledger, 'lineageClaims', abi.withdrawDeposit)
  return { amount, to, ...withoutLogs(await transact(ledger, options, withdraw, to)) }
}

export declare namespace withdrawDeposit {
  type Parameters = WriteOptions & {
    /** Recipient; the sender by default. */
    to?: Address
  }
}
