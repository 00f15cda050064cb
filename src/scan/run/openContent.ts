import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { isSameState, stateOf } from '../../artifacts/listFiles.ts'
import type { Content } from '../ports.ts'
import type { FileToScan } from './messages.ts'

/** Most bytes that one read gives: a scanner that asks for more asks in parts. */
const MOST_BYTES = 64 * 1024 * 1024

/** A file that is open for scanners. */
export type OpenContent = {
  content: Content
  /** Whether it is still in the state in which it was hashed. */
  isUnchanged(): boolean
  close(): void
}

/** Opens a file that was hashed, without following a link; undefined when it is not there in that state. */
export function openContent({ name, path, state, size }: FileToScan): OpenContent | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  const isUnchanged = (): boolean => isSameState(state, stateOf(fstatSync(descriptor, { bigint: true })))
  const close = (): void => closeSync(descriptor)
  if (!isUnchanged()) {
    close()
    return undefined
  }
  const read = (offset: number, length: number): Uint8Array => {
    const wanted = Math.max(0, Math.min(length, size - offset, MOST_BYTES))
    const bytes = Buffer.allocUnsafe(wanted)
    let done = 0
    while (done < wanted) {
      const count = readSync(descriptor, bytes, done, wanted - done, offset + done)
      if (count === 0) break
      done += count
    }
    return bytes.subarray(0, done)
  }
  return { content: { file: name, member: [], size, read }, isUnchanged, close }
}
