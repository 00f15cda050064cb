import type { Digest } from '../../../src/core/hex.ts'
import type { Finding, ScanDocument } from '../../../src/scan/ports.ts'
import { scanDocumentOf } from '../../../src/scan/scanDocument.ts'

/** A digest of one digit. */
export const digestOf = (digit: string): Digest => `0x${digit.repeat(64)}` as Digest

/** A finding, and what differs from it. */
export const findingOf = (change: Partial<Finding> = {}): Finding => ({
  rule: 'pickle.call',
  level: 'fail',
  file: 'w.bin',
  member: [],
  offset: 22,
  what: 'REDUCE of "os.system"',
  library: null,
  remedy: 'Do not load the file.',
  ...change,
})

/** The report of a scan of two files, with some findings. */
export const documentOf = (
  findings: readonly Finding[],
  files: ScanDocument['files'] = [
    { name: 'w.bin', size: 40, digest: 'a'.repeat(64), judgedBy: ['serialisation'] },
    { name: 'README.md', size: 3, digest: 'b'.repeat(64), judgedBy: [] },
  ],
): ScanDocument => scanDocumentOf({ weights: digestOf('c'), tensors: null, scanners: [], files, findings })
