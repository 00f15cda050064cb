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
  // By these some servers take another method or path than that of the request.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
])
/** Headers by which Portkey, Helicone, LiteLLM, Cloudflare, Envoy and SageMaker have another model or server answer than that of the request. */
const ROUTES = /^(?:x-portkey-|helicone-|x-litellm-|cf-aig-|x-ai-eg-|x-amzn-sagemaker-target-)/
/** Headers that may come once: of two, one reader takes the first and another the last. */
const ONCE = new Set([
  'api-key',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'x-api-key',
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

/** A name as all readers take it: in lower case, and with hyphens, as some servers take `x_api_key` for `x-api-key`. */
function nameOf(raw: string): string {
  const name = raw.toLowerCase()
  return name.includes('_') ? name.replaceAll('_', '-') : name
}

/** Whether a text repeats a key, as a word of its own. */
export function holdsKey(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    if (!/\w/.test((text[at - 1] ?? '') + (text[at + key.length] ?? ''))) return true
  }
  return false
}

/** The key in a header that holds one, given as name and value. */
export function keyIn([, value]: RawHeaders): string | undefined {
  return value?.replace(/^Bearer /, '')
}

/** Why the headers of a request could be read in two ways; undefined when they cannot. */
export function faultOfHeaders(raw: RawHeaders): Refusal | undefined {
  const found = new Set<string>()
  for (let index = 0; index < raw.length; index += 2) {
    const name = nameOf(raw[index]!)
    if (!ONCE.has(name)) continue
    if (found.has(name)) return REFUSALS.headerTwice
    found.add(name)
    if (name === 'transfer-encoding' && raw[index + 1]!.trim().toLowerCase() !== 'chunked') {
      return REFUSALS.contentEncoding
    }
  }
  return undefined
}

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
 * The headers that go upstream: all but those of the connection, with the caller's key taken out wherever it stands, the upstream's key
 * put in, and no compression asked for.
 *
 * @param presented the caller's key
 * @param key headers that hold the upstream's key
 * @param keepsLength whether the body goes on byte for byte as it comes
 */
export function requestHeaders(raw: RawHeaders, presented: string, key: RawHeaders, keepsLength: boolean): string[] {
  const skipped = namedByConnection(raw)
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = nameOf(raw[index]!)
    if (HOP_BY_HOP.has(name) || REPLACED.has(name) || skipped.has(name) || ROUTES.test(name)) continue
    if (name === 'content-length' && !keepsLength) continue
    if (holdsKey(raw[index + 1]!, presented)) continue
    kept.push(raw[index]!, raw[index + 1]!)
  }
  kept.push('accept-encoding', 'identity', ...key)
  return kept
}

/**
 * The headers that go to the caller: all of the upstream but those of its connection and those that repeat its key, and ours, which
 * replace the upstream's of the same name.
 *
 * @param key headers that hold the upstream's key
 * @param keepsLength whether the body goes on byte for byte
 */
export function responseHeaders(raw: RawHeaders, ours: RawHeaders, key: RawHeaders, keepsLength: boolean): string[] {
  const skipped = namedByConnection(raw)
  const secret = keyIn(key)
  for (let index = 0; index < ours.length; index += 2) skipped.add(ours[index]!)
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    if (HOP_BY_HOP.has(name) || OF_CALL.has(name) || skipped.has(name)) continue
    if (name === 'content-length' && !keepsLength) continue
    if (secret !== undefined && holdsKey(raw[index + 1]!, secret)) continue
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
