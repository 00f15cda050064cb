/** An element of DER: its tag, and its content as a part of the same bytes. */
export type DerElement = { tag: number; content: Uint8Array }

/** Tags of DER that certificates use. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  /** `[0]`: the hash, among the parameters of RSA with PSS. */
  first: 0xa0,
  /** `[3]` of a certificate: its extensions. */
  extensions: 0xa3,
} as const

/** The one element that bytes are. @throws RangeError when they are not one element of DER */
export function derElement(bytes: Uint8Array): DerElement {
  const elements = derElements(bytes)
  if (elements.length !== 1) throw new RangeError('DER: one element expected')
  return elements[0]!
}

/** The elements that bytes consist of, one after the other. @throws RangeError when a length leads out of them, or is not minimal */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = []
  let offset = 0
  while (offset < bytes.length) {
    const tag = bytes[offset++]!
    if ((tag & 0x1f) === 0x1f) throw new RangeError('DER: long tag')
    const [length, start] = lengthAt(bytes, offset)
    if (length > bytes.length - start) throw new RangeError('DER: length beyond the end')
    elements.push({ tag, content: bytes.subarray(start, start + length) })
    offset = start + length
  }
  return elements
}

/** A length, and the offset behind it. */
function lengthAt(bytes: Uint8Array, offset: number): [length: number, start: number] {
  const first = bytes[offset]
  if (first === undefined) throw new RangeError('DER: no length')
  if (first < 0x80) return [first, offset + 1]
  const count = first & 0x7f
  if (count === 0 || count > 4 || offset + count >= bytes.length) throw new RangeError('DER: length')
  let length = 0
  for (let index = 1; index <= count; index++) length = length * 256 + bytes[offset + index]!
  if (length < 0x80 || length < 256 ** (count - 1)) throw new RangeError('DER: length is not minimal')
  return [length, offset + 1 + count]
}

/** The content of an element of an expected tag. @throws RangeError for another tag, or none */
export function derContent(element: DerElement | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw new RangeError('DER: another element expected')
  return element.content
}

/** An object identifier with its numbers joined by dots. @throws RangeError */
export function derOid(element: DerElement | undefined): string {
  const content = derContent(element, DER_TAG.oid)
  const numbers: number[] = []
  let value = 0
  for (const [index, byte] of content.entries()) {
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('DER: number of an identifier')
    if (byte & 0x80) {
      if (index === content.length - 1) throw new RangeError('DER: identifier is cut short')
      continue
    }
    numbers.push(value)
    value = 0
  }
  const [first] = numbers
  if (first === undefined) throw new RangeError('DER: empty identifier')
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...numbers.slice(1)].join('.')
}
