import * as abi from '../../abi/ledger.ts'
import type { Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** How often control of a publisher was handed over. What it signs for others to send states this, and ends when it grows. */
export async function readEpoch(ledger: Ledger, publisher: Address): Promise<number> {
  return Number(await reading(() => methodOf(ledger, 'ledger', abi.epochOf)(publisher)))
}
