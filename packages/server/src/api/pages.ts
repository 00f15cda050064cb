import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { StemmaError } from 'stemma/core'
import type { Answer } from './http/answer.ts'
import { READ } from './http/methods.ts'
import type { Resource } from './http/resource.ts'

/** The built files of the explorer, by their paths from the root. They are small, and all are kept. */
export type Pages = { index: string; files: ReadonlyMap<string, Answer> }

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Nothing but our own files runs, and nothing is sent anywhere else. Images may come from the page itself, which draws some. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Policies of scripts that run as workers, by how their names begin. A worker has the policy of its own file, not that of the page. What
 * reads a model's files may run WebAssembly, and may connect to nothing: the browser itself keeps the files here. What asks a node may
 * connect to any, because the reader names it, and gets no file. So the page may still speak to this server alone.
 */
const WORKERS: readonly (readonly [name: string, policy: string])[] = [
  ['/assets/hashWorker-', "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"],
  ['/assets/nodeWorker-', "default-src 'none'; script-src 'self'; connect-src http: https: ws: wss:"],
]

/** Where the explorer is: in the installed package, or in a checkout in which it was built; undefined when it was not. */
export function builtExplorer(): string | undefined {
  const folders = ['../explorer', '../../../explorer/dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(join(folder, 'index.html')))
}

/** Reads the built files of the explorer. @throws {@link ExplorerNotBuiltError} */
export async function readPages(folder: string): Promise<Pages> {
  try {
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = new Map<string, Answer>()
    for (const entry of names) {
      const type = TYPES[extname(entry.name)]
      if (!entry.isFile() || type === undefined) continue
      const file = join(entry.parentPath, entry.name)
      const path = file.slice(folder.replace(/[/\\]+$/, '').length).replaceAll('\\', '/')
      // The names of built files have a digest of what is in them.
      const lifetime = path.startsWith('/assets/') ? 'final' : 'current'
      const policy = WORKERS.find(([start]) => path.startsWith(start))?.[1]
      const headers = { 'content-type': type, ...(policy !== undefined && { 'content-security-policy': policy }) }
      files.set(path, { status: 200, headers, body: await readFile(file), lifetime })
    }
    return { index: await readFile(join(folder, 'index.html'), 'utf8'), files }
  } catch (error) {
    throw new ExplorerNotBuiltError(folder, error)
  }
}

/**
 * What of the explorer is at an address: a file, or the page, which finds by itself what the address means. Only browsers get the page:
 * programs that miss an address of the API get its refusal.
 */
export function pageAt({ index, files }: Pages, pathname: string, accept: string | null): Resource | undefined {
  const file = files.get(pathname)
  if (file) return { kind: 'page', methods: READ, answer: () => Promise.resolve(file) }
  const isOfApi = /^\/(v1|graphql|assets)(\/|$)/.test(pathname) || extname(pathname) === '.json'
  if (isOfApi || !accept?.includes('text/html')) return undefined
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    vary: 'accept',
  }
  return {
    kind: 'page',
    methods: READ,
    answer: () => Promise.resolve({ status: 200, headers, body: index, lifetime: 'current' }),
  }
}

/** Thrown when the folder of the explorer has no built pages. */
export class ExplorerNotBuiltError extends StemmaError {
  override name = 'ExplorerNotBuiltError'
  constructor(folder: string, cause: unknown) {
    super(
      'EXPLORER_NOT_BUILT',
      `The folder "${folder}" has no built explorer. Build it with npm run build:explorer, or leave out --explorer.`,
      { cause },
    )
  }
}
