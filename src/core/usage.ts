import {
  keccakWords,
  type Address,
  type CredentialId,
  type Digest,
  type LogId,
  type ModelId,
  type TierId,
} from './hex.ts'

/** The largest number of records and of calls that a checkpoint can state. */
export const MAX_COUNT = 2n ** 64n - 1n
/** The largest number of tokens that a checkpoint can state. */
export const MAX_TOKENS = 2n ** 88n - 1n

/** Who keeps a log, under which credential its calls were made, and how often it was reopened. */
export type LogOwner = { operator: Address; credential: CredentialId; epoch: number }

/** How far a usage log has come: what is anchored on chain. All counts are totals since the log began. */
export type LogState = {
  /** Records in the log. */
  size: bigint
  /** Calls that were served. */
  calls: bigint
  tokens: bigint
}

/** A state of a log that was anchored on chain. */
export type Checkpoint = LogState & {
  /** Merkle tree hash of the first `size` records (RFC 9162, SHA-256). */
  root: Digest
}

/** The latest counts of a log beside the quotas of its tier. */
export type Usage = Omit<LogState, 'size'> & {
  /** Most calls under one credential, 0 for no bound. */
  callQuota: bigint
  /** Most tokens under one credential, 0 for no bound. */
  tokenQuota: bigint
}

/** A credential with what it is for. */
export type CredentialOf = { credential: CredentialId; model: ModelId; tier: TierId; holder: Address }

/** What an operator has anchored in one of its logs for a credential, beside the quotas of its tier. */
export type AnchoredUsage = Usage &
  CredentialOf & {
    operator: Address
    log: LogId
    /** How often the log was reopened. */
    epoch: number
  }

/** What was counted of one kind under a credential, beside its quota. */
export type CountedUsage = {
  kind: 'calls' | 'tokens'
  used: bigint
  /** 0 for no bound. */
  quota: bigint
  /** Whose logs it is summed over, in order. */
  operators: readonly Address[]
}

/**
 * Counts what was used under each credential, from logs of all epochs. The logs of operators whose word counts are of different calls, and
 * are summed. A log of the holder is another count of the same calls: unless the holder is such an operator, it stands beside the sum, and
 * the greater of both counts.
 *
 * @param believes whether an operator's word counts for a credential
 */
export function countUsage(
  usages: readonly AnchoredUsage[],
  believes: (usage: AnchoredUsage) => boolean,
): (CredentialOf & { counts: CountedUsage[] })[] {
  const ids = [...new Set(usages.map(({ credential }) => credential))].sort()
  return ids.map((id) => {
    const logs = usages.filter(({ credential }) => credential === id)
    const { model, tier, holder, callQuota, tokenQuota } = logs[0]!
    const believed = logs.filter(believes)
    const own = logs.filter((log) => log.operator === holder && !believes(log))
    const counts = (['calls', 'tokens'] as const).map((kind): CountedUsage => {
      const [sum, held] = [believed, own].map((each) => each.reduce((total, log) => total + log[kind], 0n))
      const counting = (held! > sum! ? own : believed).filter((log) => log[kind] > 0n)
      const operators = [...new Set(counting.map(({ operator }) => operator))].sort()
      return { kind, used: held! > sum! ? held! : sum!, quota: kind === 'calls' ? callQuota : tokenQuota, operators }
    })
    return { credential: id, model, tier, holder, counts }
  })
}

/** Whether more was used than the quota allows. */
export function isExceeded({ used, quota }: CountedUsage): boolean {
  return quota !== 0n && used > quota
}

/** The id of the log of an operator for a credential in an epoch, the same on every chain. */
export function logIdOf(operator: Address, credential: CredentialId, epoch: number): LogId {
  return keccakWords([operator, credential, epoch]) as LogId
}

/** Whether a value can be the epoch of a log. */
export function isEpoch(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32
}
