import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import fresh from 'fresh'
import Negotiator from 'negotiator'

import type { Answer, Lifetime } from './answer.ts'

/** A coding of a body. The order is that of a client with no preference. */
type Coding = 'gzip' | 'br'
const CODINGS: readonly Coding[] = ['gzip', 'br']
/** Bytes below which compression saves less than it costs. */
const WORTHWHILE = 1024
const COMPRESS: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  gzip: (bytes) => promisify(gzip)(bytes),
  // The default, 11, takes 50 times as long.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
}

const CACHE_CONTROL: Readonly<Record<Lifetime, string>> = {
  final: 'public, max-age=31536000, immutable',
  current: 'no-cache',
  none: 'no-store',
}

/** A whole answer in the codings that clients have asked for so far. */
export class Representation {
  readonly status: number
  readonly #headers: Readonly<Record<string, string>>
  readonly #bytes: Uint8Array
  readonly #lifetime: Lifetime
  readonly #coded = new Map<Coding, Promise<Uint8Array>>()
  #digest: string | undefined

  constructor({ status, headers, lifetime }: Answer, body: string | Uint8Array) {
    this.status = status
    this.#headers = headers
    this.#lifetime = lifetime
    this.#bytes = typeof body === 'string' ? Buffer.from(body) : body
  }

  /** About how many bytes it holds, with its codings. */
  get size(): number {
    return 2 * this.#bytes.byteLength + 500
  }

  /** The answer for a client: coded as it asks, without a body for HEAD, and 304 if it has this answer already. */
  async answer({ method, headers: asked }: Request): Promise<Response> {
    const isCompressible = /^(application\/([\w.-]+\+)?json|image\/svg\+xml|text\/)/.test(
      this.#headers['content-type'] ?? '',
    )
    const headers: Record<string, string> = { ...this.#headers, 'cache-control': CACHE_CONTROL[this.#lifetime] }
    let bytes = this.#bytes
    let coding: Coding | undefined
    if (isCompressible) {
      headers.vary = headers.vary === undefined ? 'accept-encoding' : `${headers.vary}, accept-encoding`
      coding = bytes.byteLength > WORTHWHILE ? codingFor(asked.get('accept-encoding')) : undefined
    }
    if (coding !== undefined) {
      const coded = await this.#in(coding)
      if (coded.byteLength < bytes.byteLength) {
        bytes = coded
        headers['content-encoding'] = coding
      } else coding = undefined
    }
    if (this.#lifetime !== 'none') {
      headers.etag = `"${(this.#digest ??= digestOf(this.#bytes))}${coding === undefined ? '' : `-${coding}`}"`
      if (this.status === 200 && isFresh(asked, headers.etag)) {
        const { 'content-type': _type, 'content-encoding': _coding, ...kept } = headers
        return new Response(null, { status: 304, headers: kept })
      }
    }
    headers['content-length'] = String(bytes.byteLength)
    return new Response(method === 'HEAD' ? null : (bytes as Uint8Array<ArrayBuffer>), { status: this.status, headers })
  }

  #in(coding: Coding): Promise<Uint8Array> {
    let coded = this.#coded.get(coding)
    if (!coded) this.#coded.set(coding, (coded = COMPRESS[coding](this.#bytes)))
    return coded
  }
}

/** The coding that a client prefers to none (RFC 9110, 12.5.3). */
function codingFor(accepted: string | null): Coding | undefined {
  if (accepted === null) return undefined
  const [best] = new Negotiator({ headers: { 'accept-encoding': accepted } }).encodings([...CODINGS, 'identity'])
  return CODINGS.find((coding) => coding === best)
}

function isFresh(asked: Headers, etag: string): boolean {
  const tags = asked.get('if-none-match')
  if (tags === null) return false
  const control = asked.get('cache-control')
  return fresh({ 'if-none-match': tags, ...(control !== null && { 'cache-control': control }) }, { etag })
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
}
