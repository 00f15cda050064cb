import { createHash } from 'node:crypto'

import type { ModelView, NewFinding, Scanner } from '../../src/scan/ports.ts'

/** What a scanner finds in a model as a whole, whose files are in memory. */
export async function scanFiles(
  scanner: Scanner,
  texts: Readonly<Record<string, string | Uint8Array>>,
  facts: object = {},
): Promise<NewFinding[]> {
  const found: NewFinding[] = []
  const files = Object.entries(texts).map(([name, text]) => {
    const bytes = Buffer.from(text as string)
    return { name, bytes, size: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
  })
  const model: ModelView = {
    files,
    file: (name) => {
      const file = files.find((each) => each.name === name)
      return (
        file && {
          file: name,
          member: [],
          size: file.size,
          read: (offset, length) => file.bytes.subarray(offset, offset + length),
        }
      )
    },
  }
  await scanner.scanModel!(model, { facts: facts as never, found: (finding) => void found.push(finding) })
  return found
}
