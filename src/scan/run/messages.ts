import type { FileState } from '../../artifacts/listFiles.ts'
import type { Finding, ScanFacts } from '../ports.ts'

/** A file for the process that judges: what it is called, where it is, and the state and digest in which it was hashed. */
export type FileToScan = { name: string; path: string; state: FileState; size: number; digest: string }

/** What the process is to judge. */
export type ScanRequest = {
  files: readonly FileToScan[]
  /** Index of the first file to judge; those before it were judged already, or ended an earlier process. */
  from: number
  /** Whether to judge the model as a whole after its files. */
  whole: boolean
  facts: ScanFacts
  /** Module whose `SCANNERS` judge, for tests of the scan; the list of `scanners.ts` when left out. */
  module?: string
}

/** What the process says: that it begins a file (or the whole, by -1), what it found, that a file is not the one that was hashed, that it is done. */
export type ScanAnswer =
  | { kind: 'begins'; index: number }
  | { kind: 'judged'; index: number; findings: Finding[]; judgedBy: string[] }
  | { kind: 'changed'; index: number }
  | { kind: 'done' }
