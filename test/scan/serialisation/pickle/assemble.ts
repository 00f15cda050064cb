const LATIN = (text: string) => Buffer.from(text, 'latin1')

/** Joins texts, of which each character is a byte, and bytes. */
export function assemble(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? LATIN(part) : part))))
}

/** PROTO. */
export const proto = (version: number) => `\x80${String.fromCharCode(version)}`
/** GLOBAL. */
export const global = (module: string, name: string) => `c${module}\n${name}\n`
/** A short text. */
export const text = (value: string) =>
  `\x8c${String.fromCharCode(Buffer.byteLength(value))}${Buffer.from(value).toString('latin1')}`
/** A text of protocol 1. */
export const longText = (value: string) => `X${u4(Buffer.byteLength(value))}${Buffer.from(value).toString('latin1')}`
/** Bytes. */
export const bytes = (value: Uint8Array | string) => {
  const data = typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
  return `B${u4(data.length)}${data}`
}
/** A number of 4 bytes, little-endian. */
export const u4 = (value: number) =>
  String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24)
/** FRAME. */
export const frame = (length: number) => `\x95${u4(length)}\0\0\0\0`
/** A whole number. */
export const int = (value: number) => `J${u4(value)}`
