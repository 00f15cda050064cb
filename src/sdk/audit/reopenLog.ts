import * as abi from '../../abi/usageAudit.ts'
import type { Address, CredentialId, LogId } from '../../core/hex.ts'
import { logIdOf } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'
import { readLogEpoch } from './readLogEpoch.ts'

/**
 * Closes an operator's usage log for a credential, such as after a wrong checkpoint, and opens that of the next epoch, which is
 * empty. What was anchored stays readable. Only the operator's controller may.
 *
 * @example
 * const { epoch } = await reopenLog(ledger, { operator, credential })
 * await createUsageLog('calls-1.log', { operator, credential, epoch })
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_NOT_CONTROLLER` or `USAGE_AUDIT_EMPTY_LOG`
 */
export async function reopenLog(
  ledger: Ledger,
  parameters: WriteOptions & { operator: Address; credential: CredentialId },
): Promise<Sent & { log: LogId; epoch: number }> {
  const { operator, credential, ...options } = parameters
  const epoch = (await readLogEpoch(ledger, { operator, credential })) + 1
  const reopen = methodOf(ledger, 'usageAudit', abi.reopen)
  const sent = await transact(ledger, options, reopen, operator, BigInt(credential))
  return { log: logIdOf(operator, credential, epoch), epoch, ...withoutLogs(sent) }
}
