import type { NewFinding } from '../../src/scan/ports.ts'
import { serialisation } from '../../src/scan/serialisation/serialisation.ts'

/** A finding with where it was made. */
export type Judged = NewFinding & { file?: string | undefined; member?: readonly string[] | undefined }

/** Runs the serialisation scanner over the bytes of one file. */
export function judgeBytes(bytes: Uint8Array, file = 'model.bin'): { judged: boolean; findings: Judged[] } {
  const findings: Judged[] = []
  const read = (offset: number, length: number): Uint8Array => bytes.subarray(offset, offset + length)
  const content = { file, member: [], size: bytes.length, read }
  const judged = serialisation.scanFile?.(content, { facts: {}, found: (finding) => findings.push(finding) })
  return { judged: judged !== false, findings }
}
