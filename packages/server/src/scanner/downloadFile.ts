import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import { quoted, shortText, StemmaError } from 'stemma/core'

import type { GuardedFetch } from './guardedFetch.ts'

/** Most redirects of a download. */
const MOST_REDIRECTS = 5

/** What to download, and where to. */
export type Download = {
  url: string
  /** Absolute path of the file. While it is not whole, its bytes are in the same path with `.part`. */
  path: string
  /** Bytes that it must have; null when they are not known. */
  size: number | null
  /** SHA-256 that it must have: 64 hex digits; null when it is not known. */
  digest: string | null
  /** Most bytes. */
  most: number
  signal: AbortSignal
}

/**
 * Downloads a file, and goes on where an earlier download ended. A file that is there with the right digest is kept.
 *
 * @returns its bytes
 * @throws {@link DownloadError}, and what the guarded `fetch` throws
 */
export async function downloadFile(client: Pick<GuardedFetch, 'fetch'>, download: Download): Promise<number> {
  const { path, size, digest, most } = download
  if (size !== null && size > most)
    throw new DownloadError(download.url, `it has ${size} bytes, and ${most} are allowed`)
  const there = digest === null ? undefined : await hashOf(path)
  if (there && there.hash.digest('hex') === digest) return there.bytes
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const begun = (await hashOf(part)) ?? { hash: createHash('sha256'), bytes: 0 }
  const response = await ask(client, download, begun.bytes)
  // A host that does not know ranges answers with the whole file.
  const goesOn = response.status === 206
  if (!goesOn) Object.assign(begun, { hash: createHash('sha256'), bytes: 0 })
  await write(response, part, begun, goesOn, size ?? most, download)
  const found = begun.hash.digest('hex')
  const isWrong = (size !== null && begun.bytes !== size) || (digest !== null && found !== digest)
  if (isWrong) {
    await rm(part, { force: true })
    throw new DownloadError(download.url, 'its bytes are not those that were announced')
  }
  await rename(part, path)
  return begun.bytes
}

type Begun = { hash: Hash; bytes: number }

async function write(
  response: Response,
  part: string,
  begun: Begun,
  goesOn: boolean,
  most: number,
  { url, signal }: Download,
): Promise<void> {
  const file = await open(part, goesOn ? 'a' : 'w', 0o600)
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted()
      begun.bytes += chunk.length
      if (begun.bytes > most) throw new DownloadError(url, `it is longer than ${most} bytes`)
      begun.hash.update(chunk)
      await file.write(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Asks for the file from an offset on, at where redirects lead. */
async function ask(client: Pick<GuardedFetch, 'fetch'>, download: Download, offset: number): Promise<Response> {
  let url = download.url
  for (let redirects = 0; ; redirects += 1) {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' }
    if (offset > 0) headers.range = `bytes=${offset}-`
    const response = await client.fetch(url, { headers, redirect: 'manual', signal: download.signal })
    if (response.status === 200) return response
    if (response.status === 206 && startsAt(response, offset)) return response
    await response.body?.cancel()
    // What is there is longer than the file, or of another one: it is begun again.
    if (offset > 0 && (response.status === 416 || response.status === 206)) {
      offset = 0
      continue
    }
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null || !URL.canParse(location, url))
      throw new DownloadError(url, `the host answers with status ${response.status}`)
    if (redirects >= MOST_REDIRECTS) throw new DownloadError(download.url, 'it is redirected too often')
    url = new URL(location, url).href
  }
}

function startsAt(response: Response, offset: number): boolean {
  return response.headers.get('content-range')?.startsWith(`bytes ${offset}-`) === true
}

/** The digest so far of a file that is there; undefined when there is none. */
async function hashOf(path: string): Promise<Begun | undefined> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile()) return undefined
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { hash, bytes: stats.size }
}

/** Thrown when a file cannot be downloaded as it was announced. */
export class DownloadError extends StemmaError {
  override name = 'DownloadError'
  override readonly kind = 'unavailable'
  constructor(url: string, why: string) {
    super('DOWNLOAD', `${quoted(shortText(url, 200))} cannot be downloaded: ${why}. It is tried again later.`)
  }
}
