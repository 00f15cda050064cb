import type { FormatReader } from '../../ports.ts'
import { hasMagic } from './content.ts'
import { judgeTemplate, MAX_TEMPLATE } from './template.ts'

const KEY = Buffer.from('tokenizer.chat_template')
const CHUNK_BYTES = 1024 * 1024
/**
 * Bytes from the beginning in which templates are looked for (the longest header that the reader of GGUF takes), bytes of a key (the one
 * that is looked for, a dot and a name), and templates of one file.
 */
export const GGUF_LIMITS = { headerBytes: 256 * 1024 * 1024, keyBytes: 256, templates: 64 }

/** Judges the chat templates of a GGUF file. Looks for their keys, so that a broken or doubled header hides none. */
export const readGgufTemplates: FormatReader = (content, judge) => {
  if (!hasMagic(content, 0, 'GGUF')) return false
  let templates = 0
  const end = Math.min(content.size, GGUF_LIMITS.headerBytes)
  for (let start = 0; start < end && templates < GGUF_LIMITS.templates; start += CHUNK_BYTES) {
    const bytes = content.read(start, Math.min(CHUNK_BYTES + KEY.length, end - start))
    // Buffer's own search is a hundred times as fast as one by bytes.
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (
      let at = chunk.indexOf(KEY);
      at >= 0 && at < CHUNK_BYTES && templates < GGUF_LIMITS.templates;
      at = chunk.indexOf(KEY, at + 1)
    ) {
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
    const head = content.read(at - 8, Math.min(8 + GGUF_LIMITS.keyBytes + 12, content.size - at + 8))
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const keyLength = Number(view.getBigUint64(0, true))
    if (keyLength < KEY.length || keyLength > GGUF_LIMITS.keyBytes || 8 + keyLength + 12 > head.length) return null
    if (view.getUint32(8 + keyLength, true) !== 8) return null
    const length = Number(view.getBigUint64(8 + keyLength + 4, true))
    const from = at + keyLength + 12
    if (length > 4 * MAX_TEMPLATE) return undefined
    return new TextDecoder().decode(content.read(from, Math.max(0, Math.min(length, content.size - from))))
  }
}
