import { join } from 'node:path'

import { datasetsRoot } from '../core/datasets.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { modelNameKey } from '../core/modelName.ts'
import type { Registration } from '../core/registration.ts'
import { quoted, shortText } from '../core/text.ts'
import { parseDatasets, type DraftDataset } from '../documents/draft.ts'
import {
  descriptionDigest,
  MAX_DESCRIPTION_BYTES,
  parseTrainingDescription,
  type TrainingDescription,
} from '../documents/trainingDescription.ts'
import { withFile } from './openFile.ts'

/** The name of each document, in a folder and below the URI of a registration. */
export const DOCUMENT_FILES = { method: 'method.json', datasets: 'datasets.json', card: 'README.md' } as const
/** A document behind a registration. */
export type DocumentKind = keyof typeof DOCUMENT_FILES

/** Most bytes of each document. */
const MOST_BYTES: Readonly<Record<DocumentKind, number>> = {
  // Written with white space, a description is longer than in its canonical form.
  method: 4 * MAX_DESCRIPTION_BYTES,
  datasets: 16 * 1024 * 1024,
  card: 8 * 1024 * 1024,
}
/** Seconds that a host may take for one document. */
const SECONDS = 15
/** Most redirects within one host. */
const MOST_REDIRECTS = 3

/** What came of looking for a document; as `DocumentReading` of `stemma/verify`. */
export type FoundDocument<T> =
  | { state: 'not-registered' }
  | { state: 'not-found'; tried: { place: string; problem: string }[] }
  | { state: 'read'; value: T; from: string }

/** Each kind of document, read. */
export type DocumentValues = { method: TrainingDescription; datasets: DraftDataset[]; card: string }

/**
 * Looks for a document of a registration: in a folder, then where the registration's URI leads. A description and a list of datasets
 * count only if they have the digest that is registered. A document that is not found is not an error: what was tried is returned.
 */
export async function findDocument<Kind extends DocumentKind>(
  kind: Kind,
  registration: Pick<Registration, 'method' | 'datasets' | 'uri'>,
  places: findDocument.Places,
): Promise<FoundDocument<DocumentValues[Kind]>> {
  if (kind !== 'card' && registration[kind as 'method' | 'datasets'] === ZERO_DIGEST) return { state: 'not-registered' }
  const tried: { place: string; problem: string }[] = []
  const attempts: [place: string, read: () => Promise<string>][] = []
  if (places.folder !== undefined) {
    const path = join(places.folder, DOCUMENT_FILES[kind])
    attempts.push([quoted(path), () => readText(path, MOST_BYTES[kind])])
  }
  const url = addressOf(registration.uri, DOCUMENT_FILES[kind])
  if ('problem' in url) tried.push(url)
  else attempts.push([url.address, () => download(url.address, MOST_BYTES[kind], places)])
  for (const [place, read] of attempts) {
    try {
      return { state: 'read', value: checkDocument(kind, await read(), registration, place), from: place }
    } catch (error) {
      if (places.signal?.aborted || !(error instanceof StemmaError)) throw error
      tried.push({ place, problem: shortText(error.message, 300) })
    }
  }
  return { state: 'not-found', tried }
}

export declare namespace findDocument {
  /** Where documents are looked for. */
  type Places = {
    /** A folder with the documents. */
    folder?: string | undefined
    fetch: (url: string, init: RequestInit) => Promise<Response>
    signal?: AbortSignal | undefined
  }
}

/**
 * Reads the text of a document, and checks it against the digest that is registered.
 *
 * @param place what the text is called in errors
 * @throws {@link DocumentMismatchError} `InvalidJsonError` and what the parsers of the documents throw
 */
export function checkDocument<Kind extends DocumentKind>(
  kind: Kind,
  text: string,
  registration: Pick<Registration, 'method' | 'datasets'>,
  place: string,
): DocumentValues[Kind] {
  const read: { [K in DocumentKind]: () => DocumentValues[K] } = {
    method: () => {
      const description = parseTrainingDescription(parseStrictJson(text, place))
      requireDigest('training description', place, descriptionDigest(description), registration.method)
      return description
    },
    datasets: () => {
      const datasets = parseDatasets(parseStrictJson(text, place))
      requireDigest('list of datasets', place, datasetsRoot(datasets), registration.datasets)
      return datasets
    },
    card: () => {
      if (text.trim() === '') throw new DocumentUnavailableError(place, 'it is empty')
      return text
    },
  }
  return read[kind]()
}

function requireDigest(what: string, place: string, found: Digest, registered: Digest): void {
  if (found !== registered) throw new DocumentMismatchError(what, place, found, registered)
}

/** The address of a document below the URI of a registration; a place and a problem when the URI leads to no host that is asked. */
function addressOf(uri: string, file: string): { address: string } | { place: string; problem: string } {
  const place = uri === '' ? 'the URI of the registration' : quoted(shortText(uri, 200))
  if (uri === '') return { place, problem: 'the registration has none' }
  const key = modelNameKey(uri)
  if (key.startsWith('https://huggingface.co/')) {
    const name = uri.replace(/\/+$/, '').split('/').slice(-2).join('/').replace(/^hf:/, '')
    return { address: `https://huggingface.co/${name}/resolve/main/${file}` }
  }
  if (!URL.canParse(uri) || !uri.startsWith('https:')) {
    return { place, problem: 'only https addresses are asked; fetch the documents yourself (--documents <folder>)' }
  }
  const url = new URL(uri)
  // A publisher chooses the URI: it must not lead the reader to a host of the reader's own network.
  if (/^[\d.]+$|^\[|(^|\.)localhost$|\.(local|internal|home|lan)$/i.test(url.hostname) || !url.hostname.includes('.')) {
    return { place, problem: 'it is not a public host by name' }
  }
  url.hash = ''
  url.search = ''
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${file}`
  return { address: url.href }
}

async function readText(path: string, most: number): Promise<string> {
  return withFile(path, async (file) => {
    if (file.size > most) throw new DocumentUnavailableError(quoted(path), `it is longer than ${most} bytes`)
    return decode(await file.read(0, file.size), quoted(path))
  })
}

async function download(address: string, most: number, { fetch, signal }: findDocument.Places): Promise<string> {
  const limit = AbortSignal.timeout(SECONDS * 1000)
  const either = signal ? AbortSignal.any([limit, signal]) : limit
  let url = address
  try {
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(url, { redirect: 'manual', credentials: 'omit', signal: either })
      if (response.status === 200) return decode(await bodyOf(response, most, address), address)
      await response.body?.cancel()
      const target = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
      if (target === null)
        throw new DocumentUnavailableError(address, `the host answers with status ${response.status}`)
      const next = URL.canParse(target, url) ? new URL(target, url) : undefined
      if (next?.origin !== new URL(address).origin || redirects >= MOST_REDIRECTS) {
        throw new DocumentUnavailableError(address, `it leads elsewhere, to ${quoted(shortText(target, 100))}`)
      }
      url = next.href
    }
  } catch (error) {
    if (error instanceof StemmaError || signal?.aborted) throw error
    const why = limit.aborted ? `the host took longer than ${SECONDS} s` : 'the host cannot be reached'
    throw new DocumentUnavailableError(address, why, error)
  }
}

async function bodyOf(response: Response, most: number, place: string): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return Buffer.concat(parts)
      length += value.length
      if (length > most) throw new DocumentUnavailableError(place, `it is longer than ${most} bytes`)
      parts.push(value)
    }
  } finally {
    await reader?.cancel().catch(() => {})
  }
}

function decode(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DocumentUnavailableError(place, 'it is not UTF-8')
  }
}

/** Thrown when a document does not have the digest that its registration states. */
export class DocumentMismatchError extends StemmaError {
  override name = 'DocumentMismatchError'
  constructor(what: string, place: string, found: Digest, registered: Digest) {
    super(
      'DOCUMENT_MISMATCH',
      registered === ZERO_DIGEST
        ? `The registration states no ${what}, so ${place} says nothing about the model. Omit it, or register the model again with it.`
        : `${place} is not the ${what} that was registered: its digest is ${found}, and ${registered} is registered. Ask the publisher for the document as it was.`,
    )
  }
}

/** Thrown when a document behind a registration cannot be read. */
export class DocumentUnavailableError extends StemmaError {
  override name = 'DocumentUnavailableError'
  override readonly kind = 'unavailable'
  constructor(place: string, why: string, cause?: unknown) {
    super('DOCUMENT_UNAVAILABLE', `${place} cannot be read: ${why}. Check the address, or pass the file.`, { cause })
  }
}
