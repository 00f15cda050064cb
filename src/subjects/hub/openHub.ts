import { createHash } from 'node:crypto'

import { StemmaError } from '../../core/errors.ts'
import { isHubId } from '../../core/hubId.ts'
import { parseStrictJson } from '../../core/json.ts'
import { quoted } from '../../core/text.ts'
import { InvalidResourceError } from '../../interop/oms.ts'
import type { SubjectOptions } from '../subject.ts'
import type { AnswerCache } from './answerCache.ts'
import { HubAnswerError, HubChangedError, HubListingError, HubPathError, HubTooLargeError } from './errors.ts'
import { parseHubReference, type HubReference } from './hubReference.ts'
import { checkListing, parseTreePage, type HubFile } from './listing.ts'
import type { HubClient } from './request.ts'
import { openHubSession } from './session.ts'

/** Longest answer of the API, in bytes. That about a model lists its files, without their digests. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
/** Most files of a repository. */
const MAX_FILES = 100_000
/** Most pages of a list of files. The Hub gives 1,000 files a page. */
const MAX_PAGES = 1000
/** Longest file that is downloaded, in bytes. The Hub wants larger files in LFS from 10 MB on. */
export const MAX_HUB_FILE_BYTES = 64 * 1024 * 1024

/** A model on the Hub at one commit. */
export type HubRepository = {
  /** The address of the Hub that answered. */
  endpoint: URL
  /** `owner/name`, as the Hub writes it. */
  id: string
  /** The revision that was asked for. */
  revision: string
  /** The commit that it is: 40 hex digits. */
  commit: string
  /** What of the repository was named, if not all. */
  path: string | undefined
  /** All files, in the order of a manifest. */
  files: readonly HubFile[]
  /** What is worth knowing, such as that the model has another name now. */
  warnings: string[]
  /**
   * Downloads a file, of at most {@link MAX_HUB_FILE_BYTES}, and checks that it is the one that was listed.
   *
   * @throws `HubTooLargeError` `HubChangedError` and what a request throws
   */
  read(file: HubFile): Promise<Buffer>
}

/**
 * Opens a model on the Hub: resolves its revision to a commit, once, and lists the files of that commit. What was answered about a commit
 * is kept in the folder `hub` beside the cache of digests.
 *
 * @example
 * const { commit, files } = await openHub('hf:acme/tiny-chat@v1.0')
 *
 * @throws `HubReferenceError` `HubEndpointError` for what is not a model on the Hub
 * @throws `HubNotFoundError` `HubRevisionError` `HubGatedError` `HubTokenError` `HubForbiddenError` when the Hub does not show it
 * @throws `HubRateLimitError` `HubUnavailableError` `HubAnswerError` when it does not answer, or not as documented
 * @throws `HubRedirectError` `HubListingError` `HubTooLargeError` `HubChangedError` for what is not trusted
 */
export async function openHub(reference: string | HubReference, options: SubjectOptions = {}): Promise<HubRepository> {
  const env = options.env ?? process.env
  const { id: asked, revision, path } = typeof reference === 'string' ? parseHubReference(reference, env) : reference
  const { client, cache } = options.hub ?? (await openHubSession(options))
  const { endpoint } = client
  const listed = await listedFiles(client, cache, asked, revision)
  const { id, commit } = listed
  const { files, warnings } = await forgetting(listed, () => checkListing(listed.files, id))
  if (id.toLowerCase() !== asked.toLowerCase()) {
    warnings.unshift(`${quoted(asked)} has another name on the Hub now, ${quoted(id)}, and was read under it.`)
  }
  const read = (file: HubFile): Promise<Buffer> =>
    forgetting(listed, () => readFile(client, cache, { id, commit, file }))
  if (cache.problem !== undefined) warnings.push(cache.problem)
  return { endpoint, id, revision, commit, path, files, warnings, read }
}

/** Uses a list. One that no folder can have, or that its files contradict, is forgotten. */
async function forgetting<T>(list: Tree, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (error instanceof HubChangedError || error instanceof HubListingError || error instanceof InvalidResourceError)
      await list.forget()
    throw error
  }
}

type Listed = Tree & { id: string; commit: string }

/** The files of a revision. A commit whose list was kept is not asked for. */
async function listedFiles(client: HubClient, cache: AnswerCache, asked: string, revision: string): Promise<Listed> {
  const isCommit = /^[0-9a-f]{40}$/.test(revision)
  const kept = isCommit ? await readTree(client, cache, { id: asked, commit: revision }, false) : undefined
  if (kept !== undefined) return { id: asked, commit: revision, ...kept }
  const { id, commit } = await resolveRevision(client, asked, revision)
  if (isCommit && commit !== revision)
    throw new HubChangedError(`Commit ${revision} of ${quoted(id)}`, `became ${commit}`)
  return { id, commit, ...(await readTree(client, cache, { id, commit }, true))! }
}

type Page = { files: HubFile[]; next: URL | undefined }

async function keptPage(client: HubClient, cache: AnswerCache, url: URL, id: string): Promise<Page | undefined> {
  const kept = await cache.get(pageKey(url), MAX_ANSWER_BYTES + 4096)
  if (kept === undefined) return undefined
  const end = kept.indexOf('\n')
  try {
    const link = kept.subarray(0, Math.max(end, 0)).toString('utf8')
    return {
      files: parseTreePage(kept.subarray(end + 1).toString('utf8'), id, url.host),
      next: nextOf(link, url, client.endpoint),
    }
  } catch (error) {
    if (error instanceof StemmaError) return undefined
    throw error
  }
}

function pageKey(url: URL): string {
  return `page 1 ${url.href}`
}

function treeUrl(endpoint: URL, id: string, commit: string): URL {
  const url = urlOf(endpoint, `/api/models/${id}/tree/${commit}`)
  url.search = 'recursive=true&expand=false'
  return url
}

function urlOf(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  url.pathname = `${endpoint.pathname.replace(/\/$/, '')}${path}`
  return url
}

async function resolveRevision(
  client: HubClient,
  asked: string,
  revision: string,
): Promise<{ id: string; commit: string }> {
  const url = urlOf(client.endpoint, `/api/models/${asked}/revision/${encodeURIComponent(revision)}`)
  const { body } = await client.getApi(url, MAX_ANSWER_BYTES, { id: asked, revision })
  const address = url.host
  const info = jsonOf(body, address)
  if (typeof info !== 'object' || info === null) throw new HubAnswerError(address, 'is not about a model')
  const { sha, id } = info as Record<string, unknown>
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) throw new HubAnswerError(address, 'states no commit')
  return { id: typeof id === 'string' && isHubId(id) ? id : asked, commit: sha }
}

/** The files of a commit, as they were listed. */
type Tree = {
  files: HubFile[]
  /** Forgets the list, because it proved wrong: it must not be believed again. */
  forget(): Promise<void>
}

/** Reads all pages of a list; undefined when one was not kept, or is damaged, and it may not be asked for. */
async function readTree(
  client: HubClient,
  cache: AnswerCache,
  about: { id: string; commit: string },
  mayAsk: boolean,
): Promise<Tree | undefined> {
  const { id, commit } = about
  const files: HubFile[] = []
  const read = new Set<string>()
  const forget = async (): Promise<void> => {
    for (const key of read) await cache.remove(key)
  }
  try {
    let url: URL | undefined = treeUrl(client.endpoint, id, commit)
    while (url !== undefined) {
      if (read.has(pageKey(url)) || read.size >= MAX_PAGES)
        throw new HubAnswerError(url.host, 'lists files without an end')
      let page: Page | undefined = await keptPage(client, cache, url, id)
      if (page === undefined && !mayAsk) return undefined
      page ??= await fetchPage(client, cache, url, about)
      read.add(pageKey(url))
      for (const file of page.files) files.push(file)
      if (files.length > MAX_FILES)
        throw new HubTooLargeError(
          `The model ${quoted(id)} has more than ${MAX_FILES} files`,
          `${MAX_FILES} are listed`,
        )
      url = page.next
    }
    return { files, forget }
  } catch (error) {
    if (error instanceof HubAnswerError || error instanceof HubTooLargeError) await forget()
    throw error
  }
}

async function fetchPage(
  client: HubClient,
  cache: AnswerCache,
  url: URL,
  { id, commit }: { id: string; commit: string },
): Promise<Page> {
  const { body, headers } = await client.getApi(url, MAX_ANSWER_BYTES, { id, revision: commit })
  const link = headers.get('link') ?? ''
  const text = textOf(body, url.host)
  const page = { files: pageOf(text, id, url.host), next: nextOf(link, url, client.endpoint) }
  await cache.set(pageKey(url), Buffer.from(`${link}\n${text}`))
  return page
}

function pageOf(text: string, id: string, address: string): HubFile[] {
  try {
    return parseTreePage(text, id, address)
  } catch (error) {
    throw isJsonError(error) ? new HubAnswerError(address, 'is not JSON', error) : error
  }
}

function jsonOf(body: Buffer, address: string): unknown {
  try {
    return parseStrictJson(textOf(body, address), `The answer of ${address}`)
  } catch (error) {
    throw isJsonError(error) ? new HubAnswerError(address, 'is not JSON', error) : error
  }
}

function isJsonError(error: unknown): boolean {
  return error instanceof StemmaError && /JSON/.test(error.code)
}

function textOf(body: Buffer, address: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new HubAnswerError(address, 'is not UTF-8', cause)
  }
}

/** The next page by a `Link` header. A mirror passes on the Hub's own address, so only path and query count. */
function nextOf(link: string, current: URL, endpoint: URL): URL | undefined {
  const target = /<([^<>]*)>\s*;(?:[^,"<]|"[^"]*")*?\brel\s*=\s*(?:"\s*next\s*"|next)\s*(?:[;,]|$)/i.exec(link)?.[1]
  if (target === undefined) {
    // A list whose next page is overlooked would be taken for the whole.
    if (/\bnext\b/i.test(link.replaceAll(/<[^<>]*>/g, '')))
      throw new HubAnswerError(current.host, 'leads to a next page in a way that cannot be read')
    return undefined
  }
  const stated = URL.canParse(target, current.href) ? new URL(target, current) : undefined
  const isOwn =
    stated !== undefined && (stated.origin === endpoint.origin || stated.origin === 'https://huggingface.co')
  const suffix = current.pathname.slice(endpoint.pathname.replace(/\/$/, '').length)
  if (!isOwn || !stated.pathname.endsWith(suffix))
    throw new HubAnswerError(current.host, 'leads to a next page elsewhere')
  const next = new URL(current)
  next.search = stated.search
  return next
}

async function readFile(
  client: HubClient,
  cache: AnswerCache,
  { id, commit, file }: { id: string; commit: string; file: HubFile },
): Promise<Buffer> {
  const { name, size, oid, sha256 } = file
  const what = `The file ${quoted(name)} of ${quoted(id)}`
  if (size > MAX_HUB_FILE_BYTES)
    throw new HubTooLargeError(`${what} has ${size} bytes and must be downloaded`, `${MAX_HUB_FILE_BYTES} bytes are`)
  // Contents are the same wherever they are from, and are checked each time.
  const key = sha256 === null ? `blob ${oid} ${size}` : `sha256 ${sha256} ${size}`
  const kept = await cache.get(key, size)
  if (kept !== undefined && differenceOf(kept, file) === undefined) return kept
  const path = name.split('/').map(encodeURIComponent).join('/')
  const url = urlOf(client.endpoint, `/${id}/resolve/${commit}/${path}`)
  let body: Buffer
  try {
    const answer = await client.getFile(url, size, { id, revision: commit, path: name })
    body = answer.body
    const found = answer.headers.get('x-repo-commit')
    if (found !== null && found !== commit)
      throw new HubChangedError(`Commit ${commit} of ${quoted(id)}`, `became ${quoted(found)}`)
  } catch (error) {
    if (error instanceof HubTooLargeError) throw new HubChangedError(what, `became longer than ${size} bytes`)
    throw error instanceof HubPathError ? new HubChangedError(what, 'was removed') : error
  }
  const difference = differenceOf(body, file)
  if (difference !== undefined) throw new HubChangedError(what, difference)
  await cache.set(key, body)
  return body
}

/** How contents differ from what was listed; undefined when they do not. */
function differenceOf(body: Buffer, { size, oid, sha256 }: HubFile): string | undefined {
  if (body.length !== size) return `had ${size} and then ${body.length} bytes`
  const digest =
    sha256 === null
      ? createHash('sha1').update(`blob ${size}\0`).update(body).digest('hex')
      : createHash('sha256').update(body).digest('hex')
  return digest === (sha256 ?? oid) ? undefined : `had the digest ${sha256 ?? oid} and then ${digest}`
}
