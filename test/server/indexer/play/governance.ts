import { ZERO_DIGEST, type Address } from '../../../../src/core/hex.ts'
import { FOREVER } from '../../../../src/core/lineage.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { register } from './registry.ts'

const DAY = 86_400

/** What the authority decides: a verified publisher, a recall, or to resume writes. */
export function decide(chain: Chain, random: Random): Action {
  const { history } = chain
  const account = random.pick(chain.accounts)
  if (history.models.length === 0) return register(chain, random)
  return random.pick([
    () => chain.ledger(chain.admin, 'verifyPublisher', [account, ZERO_DIGEST, 1000, FOREVER]),
    () => chain.recalls(chain.admin, 'recall', [0, random.pick(history.models).id, 'unsafe']),
    () => chain.ledger(chain.admin, 'resumeWrites', []),
  ])()
}

/** Pauses the writes of a contract. */
export function pause(chain: Chain, random: Random): Action {
  const { history } = chain
  const { ledger, licenseCredential, lineageClaims, usageAudit, reviewGate } = chain.deployment.contracts
  const to = random.pick([ledger, licenseCredential, lineageClaims, usageAudit, reviewGate])
  const taken = (): void => void (history.paused = to)
  return { ...chain.ledger(chain.admin, 'pauseWrites', []), to, taken }
}

/** Resumes the writes of a contract. */
export function resume(chain: Chain, to: Address): Action {
  const { history } = chain
  history.paused = undefined
  return { ...chain.ledger(chain.admin, 'resumeWrites', []), to }
}

/** Changes roles and targets of the manager, or schedules, executes or cancels an operation. */
export function manage(chain: Chain, random: Random): Action {
  // A role and a contract that nothing depends on.
  const role = BigInt(random.integer(100, 102))
  const [account, target] = random.sample(chain.accounts, 2) as [Address, Address]
  const quorum = chain.gate(chain.accounts[0]!, 'setQuorum', [2])
  const call = [quorum.to, quorum.data]
  const delay = random.integer(0, 100)
  return random.pick([
    () => chain.manager(chain.admin, 'grantRole', [role, account, delay]),
    () => chain.manager(chain.admin, 'revokeRole', [role, account]),
    () => chain.manager(chain.admin, 'labelRole', [role, random.pick(['', 'Keepers', 'Ὁμήρου'])]),
    () => chain.manager(chain.admin, 'setRoleAdmin', [role, 2n ** 64n - 2n]),
    () => chain.manager(chain.admin, 'setRoleGuardian', [role, 0n]),
    () => chain.manager(chain.admin, 'setGrantDelay', [role, delay]),
    () => chain.manager(chain.admin, 'setTargetFunctionRole', [target, ['0x12345678', '0x00000000'], role]),
    () => chain.manager(chain.admin, 'setTargetClosed', [target, random.chance(0.5)]),
    () => chain.manager(chain.admin, 'setTargetAdminDelay', [target, delay]),
    ...Array.from({ length: 3 }, () => () => chain.manager(chain.accounts[0]!, 'schedule', [...call, 0])),
    // By itself: the contracts take nothing from the manager.
    ...Array.from({ length: 3 }, () => () => quorum),
    () => chain.manager(chain.accounts[0]!, 'cancel', [chain.accounts[0], ...call]),
  ])()
}

/** Schedules an operation of the manager and waits out its delay, which comes by chance too rarely. */
export async function waitOutDelay(chain: Chain): Promise<void> {
  const [account] = chain.accounts as [Address]
  const quorum = chain.gate(account, 'setQuorum', [2])
  await chain.mine([chain.manager(account, 'schedule', [quorum.to, quorum.data, 0])], 1)
  await chain.mine([quorum], DAY)
}

/** Grants a role and revokes it, which comes by chance too rarely. */
export async function revokeRole(chain: Chain): Promise<void> {
  const account = chain.accounts[1]!
  await chain.mine([chain.manager(chain.admin, 'grantRole', [103, account, 0])], 1)
  await chain.mine([chain.manager(chain.admin, 'revokeRole', [103, account])], 1)
}
