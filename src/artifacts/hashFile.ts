import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs'

import { PartHasher, type PartDigests, type PartRanges, type Sha256 } from '../interop/partHasher.ts'
import {
  FileChangedError,
  isSameState,
  NotARegularFileError,
  stateOf,
  SymlinkError,
  UnreadableFileError,
  type FileState,
} from './listFiles.ts'

/** Bytes that are read at once: enough that the number of calls does not matter, few enough to stay in a core's cache. */
export const READ_BYTES = 1024 * 1024

/** Why a file could not be hashed, in a form that can be sent between threads. */
export type HashProblem =
  | { kind: 'changed' | 'unreadable'; path: string; detail: string }
  | { kind: 'symlink' | 'special'; path: string }

/** The outcome of hashing a file: 64 hex digits and the digests of its parts, a problem, or that it was stopped. */
export type HashOutcome = { digest: string; parts: PartDigests } | { problem: HashProblem } | { stopped: true }

/**
 * Hashes a file with SHA-256 in the calling thread, and checks that it was one file in one state from the first byte to the
 * last. The file is opened without following a link. Its status through the descriptor must be the listed one, before the
 * first byte and after the last. As many bytes must be read as it is long. At the end the path must still lead to it,
 * without a link on the way.
 *
 * @param path absolute path without links, whose folder was resolved before
 * @param expected the state in which it was listed
 * @param ranges parts of the file that are hashed in the same pass
 * @param onBytes called with the bytes of each read; returns whether to continue
 * @param buffer what to read into
 * @param held the file, which is open: it is read through this descriptor, and stays open
 */
export function hashFile(
  path: string,
  expected: FileState,
  ranges: PartRanges,
  onBytes: (bytes: number) => boolean,
  buffer: Uint8Array = Buffer.allocUnsafeSlow(READ_BYTES),
  held?: number,
): HashOutcome {
  if (held !== undefined) return hashOpen(held, path, expected, ranges, onBytes, buffer)
  let descriptor: number
  try {
    // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    if (code === 'ELOOP') return { problem: { kind: 'symlink', path } }
    if (code === 'ENOENT' || code === 'ENOTDIR') return changed(path, 'was removed')
    if (code === 'ENXIO') return { problem: { kind: 'special', path } }
    return { problem: { kind: 'unreadable', path, detail: code } }
  }
  try {
    return hashOpen(descriptor, path, expected, ranges, onBytes, buffer)
  } finally {
    closeSync(descriptor)
  }
}

/** A SHA-256 of Node. */
export function nodeSha256(): Sha256 {
  return createHash('sha256')
}

function hashOpen(
  descriptor: number,
  path: string,
  expected: FileState,
  ranges: PartRanges,
  onBytes: (bytes: number) => boolean,
  buffer: Uint8Array,
): HashOutcome {
  try {
    const before = fstatSync(descriptor, { bigint: true })
    if (!before.isFile()) return { problem: { kind: 'special', path } }
    if (!isSameState(expected, stateOf(before))) return changed(path, 'was changed')

    const hash = createHash('sha256')
    const parts = new PartHasher(ranges, nodeSha256)
    let total = 0n
    for (;;) {
      const read = readSync(descriptor, buffer, 0, buffer.length, Number(total))
      if (read === 0) break
      const chunk = read === buffer.length ? buffer : buffer.subarray(0, read)
      hash.update(chunk)
      parts.update(chunk)
      total += BigInt(read)
      // A file that grows as fast as it is read would never end.
      if (total > before.size) return changed(path, 'grew')
      if (!onBytes(read)) return { stopped: true }
    }
    if (total !== before.size) return changed(path, 'shrank')
    if (!isSameState(expected, stateOf(fstatSync(descriptor, { bigint: true })))) return changed(path, 'was changed')
    const there = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (there === undefined || !isSameState(expected, stateOf(there))) return changed(path, 'was replaced')
    if (realpathSync(path) !== path) return { problem: { kind: 'symlink', path } }
    return { digest: hash.digest('hex'), parts: parts.digests() }
  } catch (error) {
    return { problem: { kind: 'unreadable', path, detail: (error as NodeJS.ErrnoException).code ?? String(error) } }
  }
}

/** Makes the error for a problem. */
export function errorOfProblem(
  problem: HashProblem,
): FileChangedError | SymlinkError | NotARegularFileError | UnreadableFileError {
  switch (problem.kind) {
    case 'changed':
      return new FileChangedError(problem.path, problem.detail)
    case 'symlink':
      return new SymlinkError(problem.path)
    case 'special':
      return new NotARegularFileError(problem.path, 'a device, pipe or socket')
    case 'unreadable':
      return new UnreadableFileError(problem.path, { code: problem.detail })
  }
}

function changed(path: string, detail: string): HashOutcome {
  return { problem: { kind: 'changed', path, detail } }
}
