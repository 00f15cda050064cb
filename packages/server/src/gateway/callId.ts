import { randomFillSync } from 'node:crypto'

import type { CallId } from 'stemma/audit'

/** Makes ids of calls: UUIDs of version 7 (RFC 9562), each later than the one before, also within a millisecond. */
export function createCallIds(now: () => number): () => CallId {
  const pool = new Uint8Array(16 * 256)
  let at = pool.length
  let last = 0
  let count = 0
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    const random = pool.subarray(at, (at += 16))
    const time = Math.floor(now())
    if (time > last) {
      last = time
      // Starts low, so that a millisecond has room for more calls than a process can make.
      count = ((random[0]! << 8) | random[1]!) & 0x7ff
    } else if (++count > 0xfff) {
      last += 1
      count = 0
    }
    const hex = last.toString(16).padStart(12, '0')
    const tail = Buffer.from(random.buffer, random.byteOffset + 8, 8)
    tail[0] = (tail[0]! & 0x3f) | 0x80
    const end = tail.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7${count.toString(16).padStart(3, '0')}-${end.slice(0, 4)}-${end.slice(4)}`
  }
}
