import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { isSameState, stateOf } from '../../artifacts/listFiles.ts'
import type { Content } from '../ports.ts'
import type { FileToScan } from './messages.ts'

/** Most bytes that one read gives: a scanner that asks for more asks in parts. */
const MOST_BYTES = 64 * 1024 * 1024
/** Bytes at the beginning that are read once: every reader of a format looks at them. */
const HEAD_BYTES = 64 * 1024

/** A file that is open for scanners. */
export type OpenContent = {
  content: Content
  /** Whether it is still in the state in which it is hashed. */
  isUnchanged(): boolean
  close(): void
}

/** Opens a file that is hashed, through the descriptor that is held or without following a link; undefined when it is not in that state. */
export function openContent({ name, path, state, descriptor: held }: FileToScan): OpenContent | undefined {
  const descriptor = held ?? opened(path)
  if (descriptor === undefined) return undefined
  const size = Number(state.size)
  const isUnchanged = (): boolean => isSameState(state, stateOf(fstatSync(descriptor, { bigint: true })))
  const close = (): void => {
    if (held === undefined) closeSync(descriptor)
  }
  if (!isUnchanged()) {
    close()
    return undefined
  }
  let head: Uint8Array | undefined
  const read = (offset: number, length: number): Uint8Array => {
    const wanted = Math.max(0, Math.min(length, size - offset, MOST_BYTES))
    if (!(offset >= 0 && offset + wanted <= HEAD_BYTES)) return bytesAt(descriptor, offset, wanted)
    head ??= bytesAt(descriptor, 0, Math.min(size, HEAD_BYTES))
    return head.subarray(offset, offset + wanted)
  }
  return { content: { file: name, member: [], size, read }, isUnchanged, close }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** Bytes of a file; fewer than asked for only at its end. */
function bytesAt(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, offset + done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}
