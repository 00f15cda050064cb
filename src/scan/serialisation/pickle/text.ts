/** Bytes as characters of the same number. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 4096)
    text += String.fromCharCode(...bytes.subarray(from, from + 4096))
  return text
}

/** UTF-8 as Python's `surrogatepass` reads it, in which a surrogate may stand alone. Undefined for what it refuses. */
export function utf8(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const point = pointAt(bytes, at)
    if (point === undefined) return undefined
    text += String.fromCodePoint(point)
    at += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return text
}

function pointAt(bytes: Uint8Array, at: number): number | undefined {
  const first = bytes[at]!
  if (first < 0x80) return first
  const more =
    first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0
  if (more === 0) return undefined
  let point = first & (0x3f >> more)
  for (let index = 1; index <= more; index++) {
    const next = bytes[at + index]
    if (next === undefined || (next & 0xc0) !== 0x80) return undefined
    point = point * 64 + (next & 0x3f)
  }
  const least = [0, 0x80, 0x800, 0x10000][more]!
  return point < least || point > 0x10ffff ? undefined : point
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** A string with the escapes of Python's bytes. Undefined for what it refuses. */
export function unescapeBytes(text: string): string | undefined {
  const parts: string[] = []
  for (let at = 0; at < text.length;) {
    const slash = text.indexOf('\\', at)
    parts.push(text.slice(at, slash < 0 ? undefined : slash))
    if (slash < 0) break
    const escape = /^(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([^x]))/s.exec(text.slice(slash + 1, slash + 4))
    if (escape === null) return undefined
    const [all, hex, octal, plain] = escape
    if (hex !== undefined) parts.push(String.fromCharCode(Number.parseInt(hex, 16)))
    else if (octal !== undefined) parts.push(String.fromCharCode(Number.parseInt(octal, 8) & 255))
    else parts.push(ESCAPES[plain!] ?? `\\${plain!}`)
    at = slash + 1 + all.length
  }
  return parts.join('')
}

/** A string with Python's raw Unicode escapes, in which only `\u` and `\U` after an odd number of slashes stand for a character. */
export function unescapeRaw(text: string): string | undefined {
  let broken = false
  const read = text.replaceAll(/(\\+)(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[uU])/g, (all, slashes: string, code: string) => {
    if (slashes.length % 2 === 0) return all
    const point = code.length === 1 ? Infinity : Number.parseInt(code.slice(1), 16)
    if (point > 0x10ffff) broken = true
    return broken ? '' : slashes.slice(1) + String.fromCodePoint(point)
  })
  return broken ? undefined : read
}
