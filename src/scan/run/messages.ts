import type { FileState } from '../../artifacts/listFiles.ts'
import type { Finding, ScanFacts } from '../ports.ts'

/** A file for the process that judges: what it is called, where it is, the state in which it is hashed, and its descriptor in that process. */
export type FileToScan = {
  name: string
  path: string
  state: FileState
  /** Left out where the file is not held open. */
  descriptor?: number | undefined
}

/** What the process is to judge: files, by their indices, or the model as a whole, with the digests of its files. */
export type ScanRequest = {
  files: readonly FileToScan[]
  what: { indices: readonly number[] } | { digests: readonly string[]; facts: ScanFacts }
  /** Module whose `SCANNERS` judge, for tests of the scan; the list of `scanners.ts` when left out. */
  module?: string | undefined
}

/** What was found in a file, and by which scanners it was judged. */
export type JudgedFile = { findings: Finding[]; judgedBy: string[] }

/**
 * What the process says: that it goes on to a file, that a file or the whole (-1) is judged, that a file is not in the state in which it is
 * hashed, that it is done.
 */
export type ScanAnswer =
  | { kind: 'begins'; index: number }
  | ({ kind: 'judged'; index: number } & JudgedFile)
  | { kind: 'changed'; index: number }
  | { kind: 'done' }
