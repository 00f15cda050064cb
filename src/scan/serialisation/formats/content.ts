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
  // Some writers put a byte order mark in UTF-16 before their text; Python's json module detects it.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
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
  const ends = [content.read(0, Math.min(content.size, 65_536)), content.read(Math.max(0, content.size - 65_536), 65_536)]
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
