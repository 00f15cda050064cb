import type { Content, Judge, NewFinding } from '../../../../src/scan/ports.ts'
import { FORMAT_READERS, FORMAT_RULES } from '../../../../src/scan/serialisation/formats/formats.ts'

/** Content in memory. */
export function contentOf(file: string, bytes: Uint8Array | string, member: readonly string[] = []): Content {
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  return { file, member, size: data.length, read: (offset, length) => data.subarray(offset, offset + length) }
}

/** What all readers find in some content, with the levels of the rules. */
export function judged(file: string, bytes: Uint8Array | string): (NewFinding & { level: string })[] {
  const findings: (NewFinding & { level: string })[] = []
  const judge: Judge = {
    found: (finding) => {
      const rule = FORMAT_RULES.find(({ id }) => id === finding.rule)
      if (rule === undefined) throw new Error(`No rule ${finding.rule}`)
      findings.push({ ...finding, level: finding.level ?? rule.level })
    },
    within: () => undefined,
    spend: () => undefined,
    bytesLeft: () => Infinity,
  }
  for (const read of FORMAT_READERS) read(contentOf(file, bytes), judge)
  return findings
}

/** A field of protobuf: bytes, a text, a message of fields, or a number. */
export function field(number: number, value: Uint8Array | string | number | Uint8Array[]): Uint8Array {
  if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)])
  const bytes = typeof value === 'string' ? Buffer.from(value) : Array.isArray(value) ? Buffer.concat(value) : value
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return [...bytes, value]
}

/** An ONNX model with tensors and nodes. */
export function onnxOf(graph: Uint8Array[], more: Uint8Array[] = [], irVersion = 8): Uint8Array {
  return Buffer.concat([field(1, irVersion), field(2, 'maker'), field(7, graph), ...more, field(8, [field(2, 17)])])
}

/** A tensor of an ONNX model whose data are in another file. */
export function externalTensor(entries: Record<string, string>): Uint8Array {
  const external = Object.entries(entries).map(([key, value]) => field(13, [field(1, key), field(2, value)]))
  return field(5, [field(1, 2), field(2, 1), field(8, 'w'), ...external, field(14, 1)])
}

/** A node of an ONNX model. */
export function onnxNode(type: string, domain = '', attributes: Uint8Array[] = []): Uint8Array {
  return field(1, [field(1, 'x'), field(4, type), field(7, domain), ...attributes])
}

/** A node of a TensorFlow graph. */
export function graphNode(operation: string, attributes: Record<string, Uint8Array[]> = {}, number = 1): Uint8Array {
  const entries = Object.entries(attributes).map(([key, value]) => field(5, [field(1, key), field(2, value)]))
  return field(number, [field(1, 'n'), field(2, operation), ...entries])
}
