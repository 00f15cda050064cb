import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { MAX_SKETCH_BYTES } from '../../fingerprint/sketch.ts'

/** Reads a small file whole; undefined when it cannot be read, is not a regular file, or is longer than that. */
export function readSmallFile(path: string, most: number = MAX_SKETCH_BYTES): Uint8Array | undefined {
  let descriptor: number
  try {
    // A pipe would keep the reader waiting.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size > most) return undefined
    const bytes = Buffer.alloc(stats.size)
    return readSync(descriptor, bytes, 0, bytes.length, 0) === bytes.length ? bytes : undefined
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}
