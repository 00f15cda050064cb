import { mkdir, rm, statfs } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

import { quoted, shortText, StemmaError, type Digest } from 'stemma/core'
import { isPlaceReference, openHub, type HubFile, type HubRepository } from 'stemma/subjects'

import type { ScannerConfig } from './config.ts'
import { downloadFile } from './downloadFile.ts'
import type { GuardedFetch } from './guardedFetch.ts'

/** Ends of names of single files of weights that are downloaded from an address. */
const WEIGHTS_FILE = /^[\w][\w.+-]{0,200}\.(?:safetensors|gguf|onnx|bin|pt|pth|ckpt|pkl|h5|keras|npz)$/i

/** Where the weights of a review are. */
export type FetchedWeights = {
  /** A folder or a file. */
  path: string
  /** Removes what was downloaded; nothing of the operator's own folders. */
  remove(): Promise<void>
}

/** What fetching needs besides the configuration. */
export type FetchContext = {
  config: ScannerConfig
  client: GuardedFetch
  /** Folder of downloads. */
  downloads: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}

/**
 * Finds the weights of a review: in a folder that the configuration names for their digest, or at an address that the request or the
 * registration states. Whether they are the weights that are reviewed, only their digest shows.
 *
 * @param addresses what strangers stated, the first that can be asked counts
 * @throws {@link NoWeightsError} when no address leads to weights that may be fetched; what the Hub and downloads throw
 */
export async function fetchWeights(
  weights: Digest,
  addresses: readonly string[],
  context: FetchContext,
): Promise<FetchedWeights> {
  const own = context.config.folders[weights]
  if (own !== undefined) return { path: own, remove: async () => {} }
  const folder = join(context.downloads, weights.slice(2))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const tried: string[] = []
  for (const address of addresses.filter((each) => each !== '')) {
    if (isPlaceReference(address, context.env) && isHub(address)) {
      return { path: await fetchRepository(await openRepository(address, context), folder, context), remove }
    }
    const url = URL.canParse(address) ? new URL(address) : undefined
    const name = url?.pathname.split('/').at(-1) ?? ''
    if (url !== undefined && /^https?:$/.test(url.protocol) && WEIGHTS_FILE.test(name)) {
      const path = join(folder, name)
      const { bytes: most } = context.config.limits
      await requireSpace(folder, 0)
      await downloadFile(context.client, {
        url: url.href,
        path,
        size: null,
        digest: null,
        most,
        signal: context.signal,
      })
      return { path, remove }
    }
    tried.push(quoted(shortText(address, 100)))
  }
  throw new NoWeightsError(weights, tried)
}

function isHub(address: string): boolean {
  return address.startsWith('hf:') || /^https?:/.test(address)
}

async function openRepository(reference: string, { client, env, signal }: FetchContext): Promise<HubRepository> {
  return openHub(reference, { env, signal, cache: false, fetch: (url, init) => client.fetch(url, init) })
}

/** Downloads all files of a repository at its commit, each with the digest that was listed. */
async function fetchRepository(repository: HubRepository, folder: string, context: FetchContext): Promise<string> {
  const { limits } = context.config
  const { id, path, files: all } = repository
  const files = path === undefined ? all : all.filter(({ name }) => name === path || name.startsWith(`${path}/`))
  const total = files.reduce((sum, { size }) => sum + size, 0)
  if (files.length > limits.files) throw new TooLargeError(id, `${files.length} files, and ${limits.files}`)
  if (total > limits.bytes) throw new TooLargeError(id, `${total} bytes, and ${limits.bytes}`)
  await requireSpace(folder, total)
  const root = join(folder, repository.commit)
  for (const file of files) await fetchFile(repository, file, root, context)
  return path === undefined ? root : join(root, path)
}

async function fetchFile(repository: HubRepository, file: HubFile, root: string, context: FetchContext): Promise<void> {
  const { endpoint, id, commit } = repository
  const target = resolve(root, file.name)
  // The list was checked when it was read; this folder must not depend on it.
  if (!target.startsWith(root + sep)) throw new TooLargeError(id, `the file ${quoted(file.name)} outside, and none`)
  const name = file.name.split('/').map(encodeURIComponent).join('/')
  const url = new URL(endpoint)
  url.pathname = `${endpoint.pathname.replace(/\/$/, '')}/${id}/resolve/${commit}/${name}`
  const { client, signal, config } = context
  const { size, sha256 } = file
  await downloadFile(client, { url: url.href, path: target, size, digest: sha256, most: config.limits.bytes, signal })
}

/** Refuses when the disk has no room for some bytes and a gigabyte more. */
async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes + 2 ** 30) throw new NoSpaceError(folder, bytes)
}

/** Thrown when nothing that was stated leads to weights that may be fetched. */
export class NoWeightsError extends StemmaError {
  override name = 'NoWeightsError'
  override readonly kind = 'unavailable'
  constructor(weights: Digest, tried: readonly string[]) {
    const what = tried.length === 0 ? 'no address is stated' : `what is stated cannot be fetched: ${tried.join(', ')}`
    super(
      'NO_WEIGHTS',
      `The weights ${weights} cannot be had: ${what}. State where they are (stemma review uri), or name a folder for them in "folders".`,
    )
  }
}

/** Thrown when a model is larger than the configuration allows. */
export class TooLargeError extends StemmaError {
  override name = 'TooLargeError'
  constructor(id: string, counts: string) {
    super('TOO_LARGE', `${quoted(id)} has ${counts} are allowed. Raise "limits" to scan it.`)
  }
}

/** Thrown when a download does not fit on the disk. */
export class NoSpaceError extends StemmaError {
  override name = 'NoSpaceError'
  override readonly kind = 'unavailable'
  constructor(folder: string, bytes: number) {
    super('NO_SPACE', `There is no room for ${bytes} bytes and a gigabyte more in ${quoted(folder)}. Make room.`)
  }
}
