import { isUtf8 } from 'node:buffer'

import type { Refusal } from './ports.ts'

/** A member of a JSON object, and where its value stands in the bytes. */
export type Member = { name: string; start: number; end: number }

/** A JSON object as a caller sent it. */
export type JsonObject = {
  value: Readonly<Record<string, unknown>>
  /** The members of the object itself, not of those inside. */
  members: readonly Member[]
  /** Tokens that the text of the object takes, estimated: see {@link BYTES_A_TOKEN} and {@link MOST_MEDIA_TOKENS}. */
  tokens: number
}

/** An estimate counts a token for each four bytes of text, which holds for English and for code. */
export const BYTES_A_TOKEN = 4
/** Most tokens that one image or sound counts that stands in a JSON string as base64. */
export const MOST_MEDIA_TOKENS = 2000

/** How many objects and lists may be open at once. Schemas of tools need some twenty. */
const MOST_OPEN = 128
/** A string shorter than that, in bytes, counts as text without looking at it. */
const SHORTEST_MEDIA = 1024
const MEDIA = /^(?:data:|[A-Za-z0-9+/\\=_-]{64})/
const PLAIN_NAME = /^[\w-]{1,64}$/

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

/**
 * Reads untrusted bytes as a JSON object that every reader understands in the same way. Two readers may take different values where a
 * name stands twice, or twice but for its case (readers in Go ignore case), so those are refused. `parseStrictJson` of the core refuses
 * duplicates at every level; here lists of messages are passed over at the speed that each call of an API needs, and places are kept.
 *
 * @param what the subject of refusals, such as `The body`
 * @param names those that may not be spelled with other case
 */
export function readJsonObject(bytes: Buffer, what: string, names: ReadonlySet<string>): JsonObject | Refusal {
  if (!isUtf8(bytes)) return refused('invalid_json', `${what} is not UTF-8. Send JSON in UTF-8.`)
  const scanned = scan(bytes)
  if (scanned === undefined) {
    const remedy = 'Send fewer levels.'
    return refused('json_too_deep', `${what} has more than ${MOST_OPEN} levels of nesting. ${remedy}`)
  }
  const value = parsed(bytes)
  if (value === undefined) return refused('invalid_json', `${what} is not a JSON object. Send one, as RFC 8259 says.`)
  const fault = faultOfNames(scanned.members, what, names)
  return fault ?? { value, members: scanned.members, tokens: scanned.tokens }
}

function parsed(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a parsed JSON value is an object, neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A refusal of a request that no reader should get. */
export function refused(code: string, message: string): Refusal {
  return { status: 400, code, message }
}

function faultOfNames(members: readonly Member[], what: string, names: ReadonlySet<string>): Refusal | undefined {
  const folded = new Set<string>()
  for (const { name } of members) {
    if (name === '__proto__') return refused('reserved_name', `${what} has the name "__proto__". Remove it.`)
    const fold = foldedCase(name)
    if (folded.has(fold)) {
      const remedy = 'Readers would disagree about its value: remove one.'
      return refused('duplicate_name', `${what} has the name ${quotedName(name)} twice. ${remedy}`)
    }
    if (fold !== name && names.has(fold)) {
      return refused('duplicate_name', `${what} has the name ${quotedName(name)}. Write "${fold}".`)
    }
    folded.add(fold)
  }
  return undefined
}

/** Names that a reader without regard to case takes for the same, such as those with a Kelvin sign for a k. */
function foldedCase(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** A name in a message; one that looks like content is left out. */
function quotedName(name: string): string {
  return PLAIN_NAME.test(name) ? `"${name}"` : 'of a member'
}

/**
 * Finds the members of the outermost object and estimates tokens; undefined when nesting is too deep. What it finds in bytes that are
 * not JSON means nothing, but it ends.
 */
function scan(bytes: Buffer): { members: Member[]; tokens: number } | undefined {
  const members: Member[] = []
  const { length } = bytes
  let media = 0
  let mediaTokens = 0
  let open = 0
  let member: Member | undefined
  let isName = false
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      const start = at + 1
      at = endOfString(bytes, start)
      if (at - start >= SHORTEST_MEDIA && isMedia(bytes, start, at)) {
        media += at - start
        mediaTokens += Math.min(MOST_MEDIA_TOKENS, Math.ceil((at - start) / BYTES_A_TOKEN))
      }
      if (open === 1 && isName) {
        member = { name: textOf(bytes, start, at), start: 0, end: 0 }
        members.push(member)
        isName = false
      }
    } else if (byte === COMMA) {
      if (open !== 1) continue
      if (member !== undefined) member.end = endOfValue(bytes, at)
      isName = true
    } else if (byte === COLON) {
      if (open === 1 && member?.start === 0) member.start = at + 1
    } else if (byte === 0x7b || byte === 0x5b) {
      open += 1
      if (open > MOST_OPEN) return undefined
      if (open === 1) isName = byte === 0x7b
    } else if (byte === 0x7d || byte === 0x5d) {
      if (open === 1 && member !== undefined) member.end = endOfValue(bytes, at)
      open -= 1
    }
  }
  return { members, tokens: Math.ceil((length - media) / BYTES_A_TOKEN) + mediaTokens }
}

/** Where a value ends before `end`, without the white space between. */
function endOfValue(bytes: Buffer, end: number): number {
  let at = end
  while (at > 0 && bytes[at - 1]! <= 0x20) at--
  return at
}

/** Where the quote stands that ends a string, or the end of the bytes. */
function endOfString(bytes: Buffer, start: number): number {
  // Most strings are short: for them a loop costs less than a call.
  const near = Math.min(start + 32, bytes.length)
  let at = start
  for (; at < near && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
  if (at < near) return at
  for (; ; at++) {
    const quote = bytes.indexOf(QUOTE, at)
    if (quote < 0) return bytes.length
    let slashes = 0
    while (quote - slashes > start && bytes[quote - slashes - 1] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote
    at = quote
  }
}

function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/** Whether a string holds base64, or a URL of data, rather than words. */
function isMedia(bytes: Buffer, start: number, end: number): boolean {
  return MEDIA.test(bytes.toString('latin1', start, start + 64)) && !bytes.subarray(start, end).includes(0x20)
}
