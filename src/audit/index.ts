/** The entry point `stemma/audit`: logs of calls that were made under a credential, their proofs and checkpoints. Node. @module */
export * from '../core/merkleLog.ts'
export * from '../core/receipt.ts'
export * from '../core/usage.ts'
export * from '../core/callRecord.ts'
export type { BlockSpan } from './blockSpans.ts'
export {
  compareCalls,
  DIFFERENCE_CODES,
  InvalidOwnCallError,
  MOST_DIFFERENCES,
  type CallDifference,
  type DifferenceCode,
  type ComparedCalls,
} from './compareCalls.ts'
export { keepCalls, type OwnCall, type OwnCallSink } from './keepCalls.ts'
export { readLogOwner } from './readLogOwner.ts'
export * from './replayLog.ts'
export { WriteFailedError, type DurableFile } from './durableFile.ts'
export { FolderLockedError, lockFolder } from './folderLock.ts'
export * from './journal.ts'
export { InvalidJournalEntryError, type JournalEntry } from './journalEntry.ts'
export { JournalDamagedError, type JournalFiles } from './journalSegment.ts'
export { openUsageStore } from './openUsageStore.ts'
export * from './receipt.ts'
export { ReceiptKeyError, type SignReceiptKey } from './receiptKey.ts'
export * from './storeErrors.ts'
export * from './usageLog.ts'
export * from './usageStore.ts'
export * from '../core/usageProof.ts'
