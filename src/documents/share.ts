import { canonicalJson } from '../core/canonicalJson.ts'
import { DOCS, StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted } from '../core/text.ts'
import { packText, unpackText } from './packedText.ts'
import { parseOfferFile, type OfferFile } from './offer.ts'
import { parseRegistrationFile, type RegistrationFile } from './registration.ts'
import { parseScanFile, type ScanFile } from './scan.ts'
import { parseServingFile, type ServingFile } from './serving.ts'

/** The files of what one account signs and another sends, by kind. */
export type SignedFiles = { registration: RegistrationFile; offer: OfferFile; scan: ScanFile; serving: ServingFile }

/** A kind of signed document that a URL can hold. */
export type SharedKind = keyof SignedFiles

/** A signed document with its kind. */
export type SharedDocument = { [Kind in SharedKind]: { kind: Kind; file: SignedFiles[Kind] } }[SharedKind]

/** The page that a URL opens by default: it says what such a URL is, and how to read it. */
export const SHARE_BASE = `${DOCS}/formats/share.md`

/** Longest URL, in characters: longer ones are cut by browsers, chats and mail programs. */
export const MAX_SHARED_URL = 8000

/** Most bytes that are unpacked: no signed document has as many, and a few kilobytes of deflated data can unpack to megabytes. */
export const MAX_SHARED_BYTES = 64 * 1024

const START = '#stemma='
const VERSION = '1'
const PARSERS: { [Kind in SharedKind]: (value: unknown) => SignedFiles[Kind] } = {
  registration: parseRegistrationFile,
  offer: parseOfferFile,
  scan: parseScanFile,
  serving: parseServingFile,
}
/** The field that only a document of the kind has. */
const MARKS: { [Kind in SharedKind]: string } = {
  registration: 'signed',
  offer: 'offer',
  scan: 'scan',
  serving: 'serving',
}
const KINDS = Object.keys(PARSERS) as SharedKind[]

/**
 * Puts a signed registration, offer, scan or statement about an endpoint into the fragment of a URL: `#stemma=1.<kind>.<data>`, the data being canonical JSON,
 * deflated (RFC 1951), in base64url. Browsers keep a fragment to themselves, so the server of `base` does not receive it.
 *
 * @param value the parsed JSON of the document's file
 * @param base an http or https URL without a fragment
 *
 * @throws {@link InvalidShareBaseError} {@link NotShareableError} {@link ShareTooLongError}, and what the parser of the file's kind throws
 */
export async function shareUrl(value: unknown, base: string = SHARE_BASE): Promise<string> {
  checkBase(base)
  const { kind, file } = documentOf(value)
  const data = await packText(canonicalJson(file))
  const url = `${base}${START}${VERSION}.${kind}.${data}`
  if (url.length > MAX_SHARED_URL) throw new ShareTooLongError(kind, url.length)
  return url
}

/**
 * Reads the document out of a URL that {@link shareUrl} made; asks nobody. The document is as untrusted as one from a
 * file: check its ledger before sending it; the contract checks its signature.
 *
 * @throws {@link InvalidSharedUrlError}, and what parsing the JSON and the kind's file throws
 */
export async function readShared(url: string): Promise<SharedDocument> {
  if (url.length > MAX_SHARED_URL) {
    throw new InvalidSharedUrlError(url, `it has ${url.length} characters, and at most ${MAX_SHARED_URL} are read`)
  }
  const at = url.indexOf(START)
  if (at < 0 || at !== url.indexOf('#'))
    throw new InvalidSharedUrlError(url, `its fragment does not begin with ${START}`)
  const [version, kind, data, ...more] = url.slice(at + START.length).split('.')
  if (version !== VERSION) {
    throw new InvalidSharedUrlError(url, `its version is ${quoted(version ?? '')}, and ${VERSION} is known`)
  }
  if (!isKind(kind)) {
    throw new InvalidSharedUrlError(url, `its kind is ${quoted(kind ?? '')}, not one of ${KINDS.join(', ')}`)
  }
  const unpacked = await unpackText(more.length === 0 ? (data ?? '') : '', MAX_SHARED_BYTES)
  if ('problem' in unpacked) throw new InvalidSharedUrlError(url, unpacked.problem)
  const { text } = unpacked
  return { kind, file: parseSignedFile(kind, parseStrictJson(text, `The ${kind} in the shared URL`)) } as SharedDocument
}

/** Reads the parsed JSON of a signed document's file. @throws what the parser of the kind throws, naming the field */
export function parseSignedFile<Kind extends SharedKind>(kind: Kind, value: unknown): SignedFiles[Kind] {
  return PARSERS[kind](value)
}

/** Whether a text that may name a file is a URL, or the fragment of one. */
export function isSharedUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) || text.startsWith(START)
}

function documentOf(value: unknown): SharedDocument {
  const kinds =
    typeof value === 'object' && value !== null ? KINDS.filter((kind) => Object.hasOwn(value, MARKS[kind])) : []
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) throw new NotShareableError()
  return { kind, file: parseSignedFile(kind, value) } as SharedDocument
}

function isKind(kind: string | undefined): kind is SharedKind {
  return KINDS.some((each) => each === kind)
}

function checkBase(base: string): void {
  const isPlain = /^https?:\/\/[^\s#]+$/i.test(base) && !/[^\x21-\x7e]/.test(base) && URL.canParse(base)
  if (!isPlain) throw new InvalidShareBaseError(base)
  const { username, password } = new URL(base)
  if (username !== '' || password !== '') throw new InvalidShareBaseError(base)
}

/** Thrown when a URL does not hold a document that {@link shareUrl} put there. */
export class InvalidSharedUrlError extends StemmaError {
  override name = 'InvalidSharedUrlError'
  constructor(url: string, what: string) {
    super(
      'INVALID_SHARED_URL',
      `The URL ${quoted(url)} does not hold a signed document: ${what}. Copy the URL whole, or ask its sender for the file.`,
    )
  }
}

/** Thrown when a document cannot be put into a URL because it is not of a kind that another account sends. */
export class NotShareableError extends StemmaError {
  override name = 'NotShareableError'
  constructor() {
    super(
      'NOT_SHAREABLE',
      'The document is not a signed registration, offer, scan or statement about an endpoint. Make one with `stemma register --sign-only`, `stemma credential offer`, `stemma review scan --sign` or `stemma model endpoint state --sign`.',
    )
  }
}

/** Thrown when a document is too long for a URL. */
export class ShareTooLongError extends StemmaError {
  override name = 'ShareTooLongError'
  constructor(kind: SharedKind, length: number) {
    super(
      'SHARE_TOO_LONG',
      `The ${kind} is too long for a URL: it would have ${length} characters, and at most ${MAX_SHARED_URL} can be read. Share the file instead.`,
    )
  }
}

/** Thrown when the page of a shared URL is not an http or https URL without a fragment. */
export class InvalidShareBaseError extends StemmaError {
  override name = 'InvalidShareBaseError'
  constructor(base: string) {
    super(
      'INVALID_SHARE_BASE',
      `Invalid page ${quoted(base)} for a shared URL: use an http or https URL without a fragment, a user or a password, such as https://example.com/accept.`,
    )
  }
}
