import { createHash } from 'node:crypto'

import type { CallId } from 'stemma/audit'

import type { BatchSeen } from './ports.ts'

/**
 * The call id under which the tokens of a batch are counted: the same each time that the batch is seen, so that they count once. A UUID
 * of version 7 (RFC 9562) whose time is that of the batch, and whose random bits come from a hash of its id.
 *
 * @param attempt how often a crash has cut the counting: what it left is a failed record without tokens, under the id of that attempt
 */
export function callOfBatch({ id, createdAt }: BatchSeen, attempt = 0): CallId {
  const hash = createHash('sha256').update('stemma batch\n').update(id)
  if (attempt > 0) hash.update(`\n${attempt}`)
  const bytes = hash.digest().subarray(0, 16)
  bytes.writeUIntBE(Math.min(Math.max(0, createdAt) * 1000, 2 ** 48 - 1), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
