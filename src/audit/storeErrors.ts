import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { CallId } from '../core/callRecord.ts'

const REMEDIES = {
  index:
    'Move the file and those named alike (-wal, -shm) away and start again: it is rebuilt from the logs. Receipts are signed again then.',
  tiles: 'Remove the folder and start again: it is rebuilt from the log.',
  log: 'Restore the whole folder of the store from its newest copy.',
  journal: 'Restore the whole folder of the store from its newest copy.',
}

/** Thrown when a file of a usage store is not as it was written. The message says what can be rebuilt and how. */
export class DamagedStoreError extends StemmaError {
  override name = 'DamagedStoreError'
  constructor(path: string, what: string, part: keyof typeof REMEDIES, cause?: unknown) {
    super('USAGE_STORE_DAMAGED', `${quoted(path)} is damaged: ${what}. ${REMEDIES[part]}`, { cause })
  }
}

/** Thrown when a usage store could not write or read what it must, and by all of its calls from then on. */
export class StoreFailedError extends StemmaError {
  override name = 'StoreFailedError'
  override readonly kind = 'unavailable'
  constructor(folder: string, cause: Error) {
    super(
      'USAGE_STORE_FAILED',
      `The usage store ${quoted(folder)} accepts nothing any more: ${cause.message}. Repair the disk and start again: what was acknowledged is kept.`,
      { cause },
    )
  }
}

/** Thrown when a usage store is opened by another operator than the one whose calls it keeps. */
export class ForeignStoreError extends StemmaError {
  override name = 'ForeignStoreError'
  constructor(folder: string, found: string, operator: string) {
    super(
      'USAGE_STORE_OPERATOR',
      `The usage store ${quoted(folder)} is of operator ${found}, not of ${operator}. Choose another folder, or that operator.`,
    )
  }
}

/** Thrown when a call is not in the state that a step needs: it began already, it did not begin, or it is not sealed. */
export class CallStateError extends StemmaError {
  override name = 'CallStateError'
  constructor(call: CallId, reason: string, remedy: string) {
    super('CALL_STATE', `Call ${quoted(call)} ${reason}. ${remedy}`)
  }
}
