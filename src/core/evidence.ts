import { canonicalJson, canonicalJsonDigest } from './canonicalJson.ts'
import { parseCitedComparison, type CitedComparison } from './citedComparison.ts'
import { StemmaError } from './errors.ts'
import { isBytes32, parseAddress, parseDigest, type Address, type Digest } from './hex.ts'
import { originOf } from './serving.ts'
import { sha256Text } from './sha256.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from './text.ts'

/** What kinds of evidence there are. */
export const EVIDENCE_KINDS = [
  'served-id',
  'response',
  'endpoint',
  'tokenizer',
  'weights',
  'statement',
  'document',
  'other',
] as const
/** A kind of evidence. */
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

/** One piece of evidence: what it shows, and where it can be seen. */
export type EvidenceItem = {
  kind: EvidenceKind
  /** What was observed, when and how. */
  text: string
  /** Where it is, such as an archived page. */
  uri?: string
  /** SHA-256 of what is at the uri. */
  digest?: Digest
  /** What a publisher stated about an endpoint; exactly with the kind `endpoint`. */
  endpoint?: CitedEndpoint
  /** A comparison with a sketch; only with the kind `weights`. */
  comparison?: CitedComparison
}

/** A publisher's word about an endpoint as it stood after a block of the claim's ledger: a statement, or that there was none. */
export type CitedEndpoint = {
  publisher: Address
  /** Scheme, host and port, such as `https://api.example.com`. */
  origin: string
  /** The model name in requests. */
  name: string
  /** Number of the block. */
  block: number
  /** The hash of the statement that counted; null when the publisher stated nothing, or had taken it back. */
  statement: Digest | null
}

/** The document behind a claim. Its digest is what the claimant commits to. */
export type Evidence = {
  version: 1
  /** The product's URL, where the claim is about a product that is named by one. */
  product?: string
  /** The claim in a few sentences. */
  summary: string
  items: readonly EvidenceItem[]
}

const MAX_BYTES = 1_000_000
const MAX_ITEMS = 1000

/** Parses an evidence document, such as one from a file. @throws {@link InvalidEvidenceError} naming the field */
export function parseEvidence(value: unknown): Evidence {
  const { version, product, summary, items } = fieldsOf(value, 'the document', [
    'version',
    'product',
    'summary',
    'items',
  ])
  if (version !== 1) throw new InvalidEvidenceError('version', 'the number 1')
  if (typeof summary !== 'string' || summary.trim() === '') throw new InvalidEvidenceError('summary', 'a text')
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    throw new InvalidEvidenceError('items', `a list of 1 to ${MAX_ITEMS} items`)
  }
  const evidence: Evidence = {
    version,
    ...(product !== undefined && { product: canonicalProductUrl(textOf(product, 'product')) }),
    summary,
    items: items.map((item, index) => parseItem(item, `items[${index}]`)),
  }
  if (utf8Length(evidenceText(evidence)) > MAX_BYTES) {
    throw new InvalidEvidenceError(
      'the document',
      `at most ${MAX_BYTES} bytes long; put what is large at a uri, with its digest`,
    )
  }
  return evidence
}

/** The one text of an evidence document: canonical JSON (RFC 8785). This is what is to be found at the disclosed uri. */
export function evidenceText(evidence: Evidence): string {
  return canonicalJson(evidence)
}

/** What a claimant commits to: SHA-256 of the document's canonical JSON. */
export function evidenceDigest(evidence: Evidence): Digest {
  return canonicalJsonDigest(evidence)
}

/** The subject of a claim about a product that is named by a URL: SHA-256 of its {@link canonicalProductUrl}. */
export function productSubject(url: string): Digest {
  return sha256Text(canonicalProductUrl(url))
}

/**
 * The one form of a product's URL, so that all who mean a product compute the same subject: `https` also for `http`; the host
 * in lower-case ASCII, without a dot at its end and without the default port; the path without slashes at its end; no
 * fragment. A query stays as it is. Nothing is asked of the network.
 *
 * @throws {@link InvalidProductUrlError} when it is not an http or https URL, or holds a user name
 */
export function canonicalProductUrl(url: string): string {
  if (hasUnsafeCharacters(url) || !/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url))
    throw new InvalidProductUrlError(url)
  const { hostname, port, pathname, search, username, password } = new URL(url.replace(/^http:/i, 'https:'))
  const host = hostname.replace(/\.$/, '')
  if (username !== '' || password !== '' || host === '') throw new InvalidProductUrlError(url)
  // Port 80 is the default of http, which counts as https.
  const portSuffix = port === '' || port === '80' ? '' : `:${port}`
  return `https://${host}${portSuffix}${pathname.replace(/\/+$/, '')}${search}`
}

function parseItem(value: unknown, path: string): EvidenceItem {
  const names = ['kind', 'text', 'uri', 'digest', 'endpoint', 'comparison']
  const { kind, text, uri, digest, endpoint, comparison } = fieldsOf(value, path, names)
  if (!EVIDENCE_KINDS.includes(kind as EvidenceKind)) {
    throw new InvalidEvidenceError(`${path}.kind`, `one of ${EVIDENCE_KINDS.join(', ')}`)
  }
  if (digest !== undefined && (typeof digest !== 'string' || !isBytes32(digest))) {
    throw new InvalidEvidenceError(`${path}.digest`, '0x and 64 hex digits')
  }
  if ((kind === 'endpoint') !== (endpoint !== undefined)) {
    throw new InvalidEvidenceError(`${path}.endpoint`, 'there exactly for the kind "endpoint"')
  }
  if (comparison !== undefined && kind !== 'weights') {
    throw new InvalidEvidenceError(`${path}.comparison`, 'there only for the kind "weights"')
  }
  return {
    kind: kind as EvidenceKind,
    text: textOf(text, `${path}.text`),
    ...(uri !== undefined && { uri: textOf(uri, `${path}.uri`) }),
    ...(digest !== undefined && { digest: parseDigest(digest) }),
    ...(endpoint !== undefined && { endpoint: parseEndpoint(endpoint, `${path}.endpoint`) }),
    ...(comparison !== undefined && { comparison: parseCitedComparison(comparison, `${path}.comparison`, fail) }),
  }
}

function fail(path: string, expected: string): never {
  throw new InvalidEvidenceError(path, expected)
}

function parseEndpoint(value: unknown, path: string): CitedEndpoint {
  const names = ['publisher', 'origin', 'name', 'block', 'statement']
  const { publisher, origin, name, block, statement } = fieldsOf(value, path, names)
  if (typeof publisher !== 'string' || !/^0x[\da-f]{40}$/i.test(publisher)) {
    throw new InvalidEvidenceError(`${path}.publisher`, 'an address of 0x and 40 hex digits')
  }
  if (typeof origin !== 'string' || originOf(origin) !== origin) {
    throw new InvalidEvidenceError(`${path}.origin`, 'scheme, host and port, such as https://api.example.com')
  }
  if (!Number.isSafeInteger(block) || (block as number) < 0) {
    throw new InvalidEvidenceError(`${path}.block`, 'the number of a block')
  }
  if (statement !== null && (typeof statement !== 'string' || !isBytes32(statement))) {
    throw new InvalidEvidenceError(`${path}.statement`, '0x and 64 hex digits, or null for none')
  }
  return {
    publisher: parseAddress(publisher),
    origin,
    name: textOf(name, `${path}.name`),
    block: block as number,
    statement: statement === null ? null : parseDigest(statement),
  }
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new InvalidEvidenceError(path, 'a text')
  return value
}

function fieldsOf(value: unknown, path: string, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidEvidenceError(path, 'an object')
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidEvidenceError(`${path}: ${quoted(unknown)}`, `one of the fields ${names.join(', ')}`)
  }
  return value as Record<string, unknown>
}

/** Thrown when an evidence document is malformed. */
export class InvalidEvidenceError extends StemmaError {
  override name = 'InvalidEvidenceError'
  constructor(path: string, expected: string) {
    super(
      'INVALID_EVIDENCE',
      `The evidence cannot be used: ${path} is not ${expected}. The format is described in docs/formats/claims.md.`,
    )
  }
}

/** Thrown when a URL can name no product. */
export class InvalidProductUrlError extends StemmaError {
  override name = 'InvalidProductUrlError'
  constructor(url: string) {
    super(
      'INVALID_PRODUCT_URL',
      `${quoted(url)} names no product. Use the http or https URL of the product's own page, without a user's name.`,
    )
  }
}
