import { epochOf } from '../../abi/usageAudit.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import type { Address, CredentialId } from '../../core/hex.ts'

/** Reads the epoch of an operator's open usage log for a credential: how often the log was reopened. */
export async function readLogEpoch(
  ledger: Ledger,
  parameters: { operator: Address; credential: CredentialId },
): Promise<number> {
  const { operator, credential } = parameters
  return Number(await reading(() => methodOf(ledger, 'usageAudit', epochOf)(operator, BigInt(credential))))
}
