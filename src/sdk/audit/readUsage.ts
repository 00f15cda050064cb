import { usageOf } from '../../abi/usageAudit.ts'
import type { Address } from '../../core/hex.ts'
import { logIdOf, type AnchoredUsage, type CredentialOf } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { listCheckpoints } from './listCheckpoints.ts'
import { reading } from '../nodeErrors.ts'

/**
 * Reads what one operator has anchored in its open log for a credential, beside the quotas of its tier; zero when it has anchored nothing.
 *
 * @throws {@link ContractError} `LICENSE_REGISTRY_UNKNOWN_TIER`
 */
export async function readUsage(
  ledger: Ledger,
  parameters: CredentialOf & { operator: Address },
): Promise<AnchoredUsage> {
  const { operator, credential, model, tier, holder } = parameters
  const { calls, callQuota, tokens, tokenQuota, epoch } = await reading(() =>
    methodOf(ledger, 'usageAudit', usageOf)(operator, model, tier, holder),
  )
  const owner = { operator, credential, epoch: Number(epoch) }
  const log = logIdOf(operator, credential, owner.epoch)
  return { ...owner, model, tier, holder, log, calls, callQuota, tokens, tokenQuota }
}

/**
 * Reads what operators have anchored for some credentials in their logs, open and closed, beside the quotas of the tiers. Counts are the
 * operator's own statement: the caller decides which operators to trust. Anybody can anchor for any credential, and each operator costs a
 * call: name the operators whose word counts, and the node leaves out all others.
 */
export async function listUsage(
  ledger: Ledger,
  parameters: { credentials: readonly CredentialOf[]; operators?: readonly Address[] },
): Promise<AnchoredUsage[]> {
  const { credentials, operators } = parameters
  const byId = new Map(credentials.map((each) => [each.credential, each]))
  const checkpoints = await listCheckpoints(ledger, {
    credentials: [...byId.keys()],
    ...(operators && { operator: operators }),
  })
  const latest = new Map(checkpoints.map((checkpoint) => [checkpoint.log, checkpoint]))
  const pairs = new Map(
    checkpoints.map(({ operator, credential }) => [operator + credential, { operator, ...byId.get(credential)! }]),
  )
  const read = [...pairs.values()].map(async (pair) => {
    const open = await readUsage(ledger, pair)
    const closed = [...latest.values()].filter(
      ({ operator, credential, epoch }) =>
        operator === pair.operator && credential === pair.credential && epoch < open.epoch,
    )
    return [...closed.map(({ log, epoch, calls, tokens }) => ({ ...open, log, epoch, calls, tokens })), open]
  })
  return (await Promise.all(read)).flat()
}
