import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** What is done to a file that has to survive a crash; Node's `FileHandle` does it. Places and lengths are in bytes. */
export type DurableFile = {
  /** Reads into `bytes` from `offset` on, as much as there is, and at most `length`. */
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  /** Writes of `bytes` from `offset` on; how much of `length` was written is in the answer. */
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>
  /** Puts what was written on the disk. */
  datasync(): Promise<void>
  /** Cuts off what is behind `length`. */
  truncate(length: number): Promise<void>
  /** How large the file is. */
  stat(): Promise<{ size: number }>
  /** Gives the file back. */
  close(): Promise<void>
}

/** Writes all of `bytes` at a position. A system may write less than it was asked to: then the remainder is written. */
export async function writeAll(
  file: Pick<DurableFile, 'write'>,
  bytes: Uint8Array,
  position: number,
  length = bytes.length,
): Promise<void> {
  for (let done = 0; done < length;) {
    const { bytesWritten } = await file.write(bytes, done, length - done, position + done)
    if (bytesWritten <= 0) throw new Error('the disk took nothing of it')
    done += bytesWritten
  }
}

/** Reads `length` bytes from a position, or fewer where the file ends. */
export async function readUpTo(
  file: Pick<DurableFile, 'read'>,
  bytes: Uint8Array,
  position: number,
  length: number,
): Promise<number> {
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

/** Why the system did not do something: its own code, such as ENOSPC, or what else is known. */
export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === undefined || code.startsWith('ERR_') ? message : code
}

/**
 * Thrown when a write or a sync failed, and for all that comes after it: what a failed sync left behind nobody knows, so it is not
 * tried again.
 */
export class WriteFailedError extends StemmaError {
  override name = 'WriteFailedError'
  override readonly kind = 'unavailable'
  constructor(path: string, cause: unknown) {
    super(
      'USAGE_LOG_WRITE_FAILED',
      `${quoted(path)} could not be written (${reasonOf(cause)}). What was acknowledged before is kept; nothing more is accepted. Check the disk, then start again.`,
      { cause },
    )
  }
}
