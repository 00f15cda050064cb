import { parseAddress, type Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { reading } from '../nodeErrors.ts'
import { senderOf, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Takes back all deposits that are credited to the sender. `amount` is in wei. */
export async function withdrawDeposit(
  ledger: Ledger,
  parameters: withdrawDeposit.Parameters = {},
): Promise<Sent & { amount: bigint; to: Address }> {
  const sender = parseAddress(await senderOf(ledger))
  const { to = sender, ...options } = parameters
  const { lineageClaims } = ledger.contracts
  const amount = await reading(() => lineageClaims.depositOf(sender))
  return { amount, to, ...withoutLogs(await transact(ledger, options, lineageClaims.withdrawDeposit, to)) }
}

export declare namespace withdrawDeposit {
  type Parameters = WriteOptions & {
    /** Who gets it; the sender when left out. */
    to?: Address
  }
}
