import { createReadStream } from 'node:fs'

import { firstLineOf, InvalidUsageLogError, UsageLogFileError } from './usageLog.ts'
import type { LogOwner } from '../core/usage.ts'

/** Longest first line, in bytes. */
const MOST_BYTES = 1024

/**
 * Whose log a file holds, by its first line alone; undefined where a crash left nothing or a part of that line, and so no record.
 *
 * @throws {@link UsageLogFileError} when the file cannot be read; {@link InvalidUsageLogError} when it is not a usage log
 */
export async function readLogOwner(path: string): Promise<LogOwner | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(path, { end: MOST_BYTES - 1 })) chunks.push(chunk as Buffer)
  } catch (cause) {
    throw new UsageLogFileError(path, 'read', (cause as Error).message)
  }
  const text = Buffer.concat(chunks).toString()
  const end = text.indexOf('\n')
  if (end < 0 && text.length < MOST_BYTES) return undefined
  if (end < 0) throw new InvalidUsageLogError('its first line', 'all of it', text, 'what the log is')
  const { operator, credential, epoch } = firstLineOf(text.slice(0, end))
  return { operator, credential, epoch }
}
