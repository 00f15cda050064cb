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

/** What an operator has anchored in its open log for a credential, beside the quotas of its tier. */
export type AnchoredUsage = Usage &
  CredentialOf & {
    operator: Address
    log: LogId
    /** How often the log was reopened. */
    epoch: number
  }

/** Which counts are more than their quotas. */
export function exceededQuotas({ calls, callQuota, tokens, tokenQuota }: Usage): ('calls' | 'tokens')[] {
  return [
    ...(callQuota !== 0n && calls > callQuota ? (['calls'] as const) : []),
    ...(tokenQuota !== 0n && tokens > tokenQuota ? (['tokens'] as const) : []),
  ]
}

/** The id of the log of an operator for a credential in an epoch, the same on every chain. */
export function logIdOf(operator: Address, credential: CredentialId, epoch: number): LogId {
  return keccakWords([operator, credential, epoch]) as LogId
}
