import type { StemmaError } from '../core/errors.ts'
import type { Address, CredentialId, Digest } from '../core/hex.ts'
import type { Checkpoint, LogOwner } from '../core/usage.ts'
import type { Right } from '../core/vocabulary.ts'
import type { CallId, CallOutcome, CallRecord, Counted } from '../core/callRecord.ts'
import type { ReceiptKeyBinding, UsageReceipt } from '../core/receipt.ts'
import type { RecordProof } from '../core/usageProof.ts'

/** What is on the disk before the first byte of an answer reaches the caller. */
export type CallIntent = {
  call: CallId
  credential: CredentialId
  /** Of the open log of operator and credential: how often it was reopened. */
  epoch: number
  /** When the call came, in Unix seconds. */
  time: number
  /** Number of the block at whose state the call was permitted. */
  block: number
  use: Right
  /** Tokens that were reserved of the quota. */
  reserved: number
}

/** What is on the disk before the last byte of an answer reaches the caller. */
export type CallEnd = {
  call: CallId
  /** SHA-256 of 32 random bytes and the body of the request; zero when it did not come whole. */
  request: Digest
  /** The same of the response; zero when there was none. */
  response: Digest
  outcome: CallOutcome
  inputTokens: number
  outputTokens: number
  counted: Counted
}

/** Served calls and tokens. */
export type CallCounts = { calls: number; tokens: number }

/** A call that ended, as it is kept. `place` is missing until it is sealed into its log, which takes about a second. */
export type KeptCall = {
  owner: LogOwner
  record: Omit<CallRecord, 'index'>
  place?: { index: number; sealedSize: number }
}

/** How far a sealed log has come, on the disk: what may be anchored. */
export type SealedHead = { owner: LogOwner; checkpoint: Checkpoint }

/**
 * Where a gateway keeps its calls: a journal on which all credentials share a sync, sealed in the background into a usage log for each
 * credential. One process at a time.
 */
export type UsageStore = {
  readonly operator: Address
  /** The key that signs receipts, with the operator's signature for it. */
  readonly receiptKey: ReceiptKeyBinding
  /** Why nothing is accepted any more, as after a failed write; undefined while all is well. */
  readonly failure: StemmaError | undefined
  /** Keeps an intent; resolves when it is on the disk. Rejects when the store has failed. */
  begin(intent: CallIntent): Promise<void>
  /** Keeps the end of a call that began; resolves when it is on the disk. Exactly one record comes of each call. */
  end(end: CallEnd): Promise<void>
  /** All that ended under a credential, sealed or not, in all epochs. */
  countsOf(credential: CredentialId): CallCounts
  /** A call that ended; undefined when there is none of that id, or it has not ended. */
  find(call: CallId): Promise<KeptCall | undefined>
  /** Proof that a sealed call stands in its log as it was with `size` records. */
  prove(call: CallId, size?: number): Promise<RecordProof>
  /** The signed receipt of the batch in which a call was sealed; undefined until then. */
  receiptOf(call: CallId): Promise<UsageReceipt | undefined>
  /** The logs that have grown since `since` said how many records each had, or all. */
  heads(since?: ReadonlyMap<string, number>): Promise<SealedHead[]>
  /** The state of a sealed log as it was with its first `size` records. */
  stateAt(owner: LogOwner, size: number): Promise<Checkpoint>
  /** Calls `listener` after each sealing. Returns what ends that. */
  onSealed(listener: () => void): () => void
  /** Seals now what has ended, as before a checkpoint that is to hold it. A failure shows in `failure`. */
  seal(): Promise<void>
  /** Seals what is left and closes. */
  close(): Promise<void>
}
