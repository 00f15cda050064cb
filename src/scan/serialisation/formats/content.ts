import type { Content } from '../../ports.ts'

/** The last name on the way to some content, in lower case, without folders. */
export function baseNameOf(content: Pick<Content, 'file' | 'member'>): string {
  const name = content.member.at(-1) ?? content.file
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1).toLowerCase()
}

/** All of the content as text, with invalid UTF-8 replaced; null when it is longer than `most` bytes. */
export function textOf(content: Content, most: number): string | null {
  if (content.size > most) return null
  const bytes = content.read(0, content.size)
  return decode(bytes)
}

/** Bytes of UTF-32 that are decoded; what is longer is cut, and then not JSON. */
export const MOST_WIDE = 16 * 1024 * 1024

/** Text of UTF-8, UTF-16 or UTF-32, by its mark or its zeros, as Python's json module detects it. */
function decode(bytes: Uint8Array): string {
  const [first = 1, second = 1, third = 1, fourth = 1] = bytes
  if (first === 0xff && second === 0xfe && (third !== 0 || fourth !== 0))
    return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  if (first === 0 || second === 0 || first === 0xff) {
    const width = (first === 0 && second === 0) || third === 0 ? 4 : 2
    const isLittle = first !== 0
    if (width === 2) return new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be').decode(bytes)
    const length = Math.min(bytes.byteLength - (bytes.byteLength % 4), MOST_WIDE)
    const view = new DataView(bytes.buffer, bytes.byteOffset, length)
    let text = ''
    for (let at = 0; at < view.byteLength; at += 4) {
      const point = view.getUint32(at, isLittle)
      text += point < 0x11_0000 ? String.fromCodePoint(point) : '\ufffd'
    }
    return text
  }
  return new TextDecoder().decode(bytes)
}

/** Whether the content has these characters at an offset. */
export function hasMagic(content: Content, offset: number, magic: string): boolean {
  if (content.size < offset + magic.length) return false
  const bytes = content.read(offset, magic.length)
  return bytes.length === magic.length && [...magic].every((each, index) => bytes[index] === each.charCodeAt(0))
}

/** Whether the bytes at the beginning are text: no byte that texts do not have. */
export function looksLikeText(content: Content): boolean {
  const head = content.read(0, Math.min(content.size, 4096))
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x0c)
}

/** Whether all bytes at both ends are those of a text in UTF-8. */
export function textFile(content: Pick<Content, 'size' | 'read'>): boolean {
  const ends = [
    content.read(0, Math.min(content.size, 65_536)),
    content.read(Math.max(0, content.size - 65_536), 65_536),
  ]
  return ends.every((bytes) => bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)))
}

/** Whether a path leads out of the folder that it is relative to, on any system. */
export function leavesFolder(path: string): boolean {
  return (
    /^([/\\~]|[a-z]:|[a-z][a-z0-9+.-]*:\/\/)/i.test(path) ||
    path.includes('\0') ||
    path.split(/[/\\]/).some((part) => /^\.\.[. ]*$/.test(part))
  )
}
