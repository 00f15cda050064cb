import type { IncomingHttpHeaders } from 'node:http'

import { REFUSALS } from './refusals.ts'
import type { Refusal } from './ports.ts'

/** Headers of one connection only (RFC 9110, section 7.6.1), as names in lower case. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What the gateway says to the upstream itself. */
const REPLACED = new Set([
  'host',
  'expect',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'api-key',
  'http2-settings',
])
/** Headers of this gateway about one call; those of a gateway behind it are about its own. */
const OF_CALL = new Set([
  'stemma-call',
  'stemma-request-salt',
  'stemma-response-salt',
  'stemma-block',
  // Only on what this gateway refuses itself.
  'stemma-refusal',
])

/** Names and values in turn, as they came. */
export type RawHeaders = readonly string[]

/** The key that a caller presented; undefined without one. It must not go into any log, message or file. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined | Refusal {
  const { authorization } = headers
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1]
  const given = [bearer, headers['x-api-key'], headers['api-key']].filter(
    (each) => typeof each === 'string' && each !== '',
  )
  const [first, ...others] = given as string[]
  if (others.some((each) => each !== first)) return REFUSALS.twoKeys
  return first
}

/**
 * The headers that go upstream: all but those of the connection, with the caller's key taken out, the upstream's key put in, and no
 * compression asked for.
 *
 * @param key headers that hold the upstream's key
 * @param keepsLength whether the body goes on byte for byte as it comes
 */
export function requestHeaders(raw: RawHeaders, key: RawHeaders, keepsLength: boolean): string[] {
  const skipped = namedByConnection(raw)
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    if (HOP_BY_HOP.has(name) || REPLACED.has(name) || skipped.has(name)) continue
    if (name === 'content-length' && !keepsLength) continue
    kept.push(raw[index]!, raw[index + 1]!)
  }
  kept.push('accept-encoding', 'identity', ...key)
  return kept
}

/**
 * The headers that go to the caller: all of the upstream but those of its connection, and ours, which replace the upstream's of the same
 * name.
 *
 * @param keepsLength whether the body goes on byte for byte
 */
export function responseHeaders(raw: RawHeaders, ours: RawHeaders, keepsLength: boolean): string[] {
  const skipped = namedByConnection(raw)
  for (let index = 0; index < ours.length; index += 2) skipped.add(ours[index]!)
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    if (HOP_BY_HOP.has(name) || OF_CALL.has(name) || skipped.has(name)) continue
    if (name === 'content-length' && !keepsLength) continue
    kept.push(raw[index]!, raw[index + 1]!)
  }
  kept.push(...ours)
  return kept
}

function namedByConnection(raw: RawHeaders): Set<string> {
  const names = new Set<string>()
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]!.length !== 10 || raw[index]!.toLowerCase() !== 'connection') continue
    for (const name of raw[index + 1]!.split(',')) names.add(name.trim().toLowerCase())
  }
  // A peer that names these would change what the message says.
  for (const name of ['content-length', 'content-type', 'content-encoding']) names.delete(name)
  return names
}
