import type { Content, Judge, NewFinding } from '../../../../src/scan/ports.ts'
import { pickle } from '../../../../src/scan/serialisation/pickle/index.ts'
import { rules } from '../../../../src/scan/serialisation/pickle/rules.ts'

/** What the reader of pickles made of some bytes. */
export type Judgement = { judged: boolean; findings: NewFinding[]; level: 'fail' | 'unknown' | 'warn' | 'none' }

const LEVELS = new Map(rules.map(({ id, level }) => [id, level]))

/** Judges bytes, and what is inside them. */
export function judgeBytes(bytes: Uint8Array, depth = 0): Judgement {
  const findings: NewFinding[] = []
  const judge: Judge = {
    found: (finding) => void findings.push(finding),
    within: (_name, { size, read }) => {
      if (depth < 3) findings.push(...judgeBytes(read(0, size).slice(), depth + 1).findings)
    },
    spend: () => undefined,
    bytesLeft: () => Infinity,
  }
  const judged = pickle(contentOf(bytes), judge)
  const levels = findings.map(({ rule, level }) => level ?? LEVELS.get(rule))
  const level = (['fail', 'unknown', 'warn'] as const).find((each) => levels.includes(each)) ?? 'none'
  return { judged, findings, level }
}

/** Bytes as content. */
export function contentOf(bytes: Uint8Array): Content {
  return {
    file: 'model.bin',
    member: [],
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  }
}
