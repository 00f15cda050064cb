import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A server that answers as the Hub's documented API does, as far as Stemma asks it:
 *
 * - `GET /api/models/{id}/revision/{revision}`: an object with `id`, `sha` and `siblings` (huggingface.co/docs/hub/api, "GET
 *   /api/models/{repo_id}/revision/{revision}"; read by `HfApi.model_info` in huggingface_hub, src/huggingface_hub/hf_api.py).
 * - `GET /api/models/{id}/tree/{revision}?recursive=true&expand=false`: a list of entries `{ type, oid, size, path, lfs: { oid, size, pointerSize },
 *   xetHash }`, in pages by `Link: <…>; rel="next"` (`HfApi.list_repo_tree` there, and src/huggingface_hub/utils/_pagination.py;
 *   `ListFileEntry` in huggingface.js, packages/hub/src/lib/list-files.ts).
 * - `GET /{id}/resolve/{revision}/{path}`: a file; one in LFS by a redirect to a storage on another host, others by a relative one
 *   (`hf_hub_url` and `_request_wrapper` in src/huggingface_hub/file_download.py).
 * - Errors by `X-Error-Code`: RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo (`hf_raise_for_status` in
 *   src/huggingface_hub/utils/_http.py). A repository that is missing or private is answered with 401 without a token, 404 with one.
 * - Limits by 429 with `RateLimit: "api";r=0;t=…` (huggingface.co/docs/hub/rate-limits).
 */
export type HubServer = {
  /** The address for `HF_ENDPOINT`. */
  endpoint: string
  /** The address of the storage, which is another origin. */
  storage: string
  /** All requests to both, oldest first. */
  asked: { host: 'hub' | 'storage'; path: string; authorization: string | undefined }[]
  /** Adds a commit with some files to a model, and makes a branch lead to it. Returns the commit. */
  publish(id: string, files: HubFiles, branch?: string): string
  /** Makes requests for an old id be led to a new one, as after renaming. */
  rename(from: string, to: string): void
  /** Answers the next requests that match in another way. */
  fault(match: RegExp, listener: RequestListener, times?: number): void
  /** Takes back what `fault` added and was not used. */
  mend(): void
  /** Entries of a page of a tree; 1,000 at the Hub. */
  pageSize: number
  /** The token that opens private models. */
  token: string
  /** Models that only the token opens. */
  hidden: Set<string>
  stop(): Promise<void>
}

/** Contents by path; those in LFS are marked. */
export type HubFiles = Record<string, string | Uint8Array | { lfs: string | Uint8Array }>

type Entry = { path: string; content: Buffer; lfs: boolean }

const sha = (algorithm: 'sha1' | 'sha256', ...parts: (string | Uint8Array)[]): string => {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** The id of Git's blob of some contents. */
export function gitBlobId(content: Uint8Array): string {
  return sha('sha1', `blob ${content.length}\0`, content)
}

/** Answers with JSON and a status. */
export function answerJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(value))
}

/** Answers with an error as the Hub does. */
export function answerError(response: ServerResponse, status: number, code: string | undefined, message: string): void {
  answerJson(response, { error: message }, status, {
    ...(code && { 'x-error-code': code }),
    'x-error-message': message,
  })
}

/** Starts the server and its storage on this machine. */
export async function startHubServer(): Promise<HubServer> {
  const commits = new Map<string, { id: string; entries: Entry[] }>()
  const branches = new Map<string, string>()
  const names = new Map<string, string>()
  const faults: { match: RegExp; listener: RequestListener; times: number }[] = []
  const stored = new Map<string, Buffer>()

  const intercepted: RequestListener = (request, response) => {
    const fault = faults.find(({ match, times }) => times > 0 && match.test(request.url!))
    if (fault === undefined) return
    fault.times -= 1
    fault.listener(request, response)
  }
  const withFaults =
    (host: 'hub' | 'storage', listener: RequestListener): RequestListener =>
    (request, response) => {
      server.asked.push({ host, path: request.url!, authorization: request.headers.authorization })
      const before = faults.reduce((sum, { times }) => sum + times, 0)
      intercepted(request, response)
      if (faults.reduce((sum, { times }) => sum + times, 0) === before) listener(request, response)
    }

  const find = (id: string, revision: string, authorization: string | undefined, response: ServerResponse) => {
    const isOpen = !server.hidden.has(id) || authorization === `Bearer ${server.token}`
    if (!isOpen || ![...commits.values()].some((commit) => commit.id === id)) {
      answerError(response, authorization === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found')
      return undefined
    }
    const sha1 = branches.get(`${id} ${revision}`) ?? revision
    const commit = commits.get(sha1)
    if (commit?.id === id) return { sha1, ...commit }
    answerError(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`)
    return undefined
  }

  const hub: RequestListener = (request, response) => {
    const url = new URL(request.url!, 'http://hub')
    const { authorization } = request.headers
    for (const [from, to] of names) {
      if (!url.pathname.startsWith(`/api/models/${from}/`) && !url.pathname.startsWith(`/${from}/`)) continue
      response.writeHead(307, { location: request.url!.replace(`/${from}/`, `/${to}/`) }).end()
      return
    }
    const cached = /^\/api\/resolve-cache\/models\/(.+?)\/([0-9a-f]{40})\/(.+)$/.exec(url.pathname)
    if (cached !== null) {
      const commit = commits.get(cached[2]!)!
      const entry = commit.entries.find(({ path }) => path === decodeURIComponent(cached[3]!))!
      response
        .writeHead(200, { 'content-length': entry.content.length, 'x-repo-commit': cached[2]! })
        .end(entry.content)
      return
    }
    const api = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname)
    if (api !== null) {
      const commit = find(api[1]!, decodeURIComponent(api[3]!), authorization, response)
      if (commit === undefined) return
      const { entries, id, sha1 } = commit
      if (api[2] === 'revision') {
        answerJson(response, {
          _id: 'x',
          id,
          modelId: id,
          sha: sha1,
          gated: false,
          siblings: entries.map(({ path }) => ({ rfilename: path })),
        })
        return
      }
      const from = Number(url.searchParams.get('cursor') ?? 0)
      const page = entries.slice(from, from + server.pageSize)
      const next = new URL(`${server.endpoint}${request.url!}`)
      next.searchParams.set('cursor', String(from + server.pageSize))
      const more = from + server.pageSize < entries.length
      answerJson(response, treeOf(page), 200, more ? { link: `<${next.href}>; rel="next"` } : {})
      return
    }
    const file = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname)
    if (file === null) {
      response.writeHead(404).end('not found')
      return
    }
    const commit = find(file[1]!, decodeURIComponent(file[2]!), authorization, response)
    if (commit === undefined) return
    const entry = commit.entries.find(({ path }) => path === decodeURIComponent(file[3]!))
    if (entry === undefined) return answerError(response, 404, 'EntryNotFound', 'Entry not found')
    const location = entry.lfs
      ? `${server.storage}/lfs/${sha('sha256', entry.content)}?X-Amz-Signature=abc`
      : `/api/resolve-cache/models/${commit.id}/${commit.sha1}/${file[3]!}`
    response.writeHead(entry.lfs ? 302 : 307, { location, 'x-repo-commit': commit.sha1 }).end()
  }
  const storage: RequestListener = (request, response) => {
    const content = stored.get(/^\/lfs\/([0-9a-f]{64})/.exec(request.url!)?.[1] ?? '')
    if (content === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': content.length }).end(content)
  }

  const server: HubServer = {
    endpoint: '',
    storage: '',
    asked: [],
    pageSize: 1000,
    token: 'hf_secret',
    hidden: new Set(),
    publish: (id, files, branch = 'main') => {
      const entries = Object.entries(files).map(([path, value]): Entry => {
        const lfs = typeof value === 'object' && 'lfs' in value
        const content = Buffer.from(lfs ? value.lfs : (value as string))
        if (lfs) stored.set(sha('sha256', content), content)
        return { path, content, lfs }
      })
      const contents = entries.flatMap(({ path, content }) => [Buffer.from(path), content])
      const commit = sha('sha1', id, String(commits.size), Buffer.concat(contents))
      commits.set(commit, { id, entries })
      branches.set(`${id} ${branch}`, commit)
      return commit
    },
    rename: (from, to) => void names.set(from, to),
    fault: (match, listener, times = 1) => void faults.push({ match, listener, times }),
    mend: () => void faults.splice(0),
    stop: async () => {
      await Promise.all([close(hubHost), close(storageHost)])
    },
  }
  const hubHost = createServer(withFaults('hub', hub))
  const storageHost = createServer(withFaults('storage', storage))
  server.endpoint = await listen(hubHost)
  server.storage = await listen(storageHost)
  return server
}

/** The entries of a tree, folders too. */
function treeOf(entries: readonly Entry[]): unknown[] {
  const folders = new Set(entries.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))))
  folders.delete('')
  return [
    ...Array.from(folders, (path) => ({ type: 'directory', oid: sha('sha1', path), size: 0, path })),
    ...entries.map(({ path, content, lfs }) => {
      if (!lfs) return { type: 'file', oid: gitBlobId(content), size: content.length, path }
      const oid = sha('sha256', content)
      const pointer = Buffer.from(
        `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`,
      )
      const xet = { xetHash: sha('sha256', 'xet', content) }
      return {
        type: 'file',
        oid: gitBlobId(pointer),
        size: content.length,
        lfs: { oid, size: content.length, pointerSize: pointer.length },
        ...xet,
        path,
      }
    }),
  ]
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}
