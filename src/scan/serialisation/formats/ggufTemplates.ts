import type { FormatReader } from '../../ports.ts'
import { hasMagic } from './content.ts'
import { judgeTemplate, MAX_TEMPLATE } from './template.ts'

const KEY = new TextEncoder().encode('tokenizer.chat_template')
const CHUNK_BYTES = 1024 * 1024
/** Bytes from the beginning in which templates are looked for; the longest header that the reader of GGUF takes. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024
/** Bytes of a key that may follow the one that is looked for: a dot and a name. */
const MAX_KEY_BYTES = 256
const MAX_TEMPLATES = 64

/** Judges the chat templates of a GGUF file. Looks for their keys, so that a broken or doubled header hides none. */
export const readGgufTemplates: FormatReader = (content, judge) => {
  if (!hasMagic(content, 0, 'GGUF')) return false
  let templates = 0
  const end = Math.min(content.size, MAX_HEADER_BYTES)
  for (let start = 0; start < end && templates < MAX_TEMPLATES; start += CHUNK_BYTES) {
    const chunk = content.read(start, Math.min(CHUNK_BYTES + KEY.length, end - start))
    for (let at = next(chunk, 0); at >= 0 && at < CHUNK_BYTES && templates < MAX_TEMPLATES; at = next(chunk, at + 1)) {
      const text = templateAt(start + at)
      if (text === null) continue
      templates++
      if (text === undefined)
        judge.found({ rule: 'template.unread', what: 'A template that is too long', offset: start + at })
      else judgeTemplate(text, { found: (finding) => judge.found({ ...finding, offset: start + at }) })
    }
  }
  return true

  /** The text of the entry whose key begins here; null when no text follows, undefined when it is too long. */
  function templateAt(at: number): string | null | undefined {
    if (at < 8) return null
    const head = content.read(at - 8, Math.min(8 + MAX_KEY_BYTES + 12, content.size - at + 8))
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const keyLength = Number(view.getBigUint64(0, true))
    if (keyLength < KEY.length || keyLength > MAX_KEY_BYTES || 8 + keyLength + 12 > head.length) return null
    if (view.getUint32(8 + keyLength, true) !== 8) return null
    const length = Number(view.getBigUint64(8 + keyLength + 4, true))
    const from = at + keyLength + 12
    if (length > 4 * MAX_TEMPLATE) return undefined
    return new TextDecoder().decode(content.read(from, Math.max(0, Math.min(length, content.size - from))))
  }
}

function next(chunk: Uint8Array, from: number): number {
  for (let at = chunk.indexOf(KEY[0]!, from); at >= 0; at = chunk.indexOf(KEY[0]!, at + 1)) {
    if (KEY.every((byte, index) => chunk[at + index] === byte)) return at
  }
  return -1
}
