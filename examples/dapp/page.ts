import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

import { build } from 'esbuild'

import type { Deployment } from 'stemma/sdk'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
}

/** Builds the page for a deployment: its files by path, which any web server can serve. */
export async function buildPage(deployment: Deployment): Promise<Map<string, Uint8Array>> {
  const folder = import.meta.dirname
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src/main.ts')],
    outdir: join(folder, 'site'),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2023',
    // In a clone, the names of the packages lead to the sources.
    conditions: ['source'],
    write: false,
  })
  const files = new Map(
    outputFiles.map(({ path, contents }) => [path.slice(join(folder, 'site').length + 1), contents]),
  )
  for (const name of ['index.html', 'style.css']) files.set(name, await readFile(join(folder, name)))
  return files.set('deployment.json', new TextEncoder().encode(`${JSON.stringify(deployment, null, 2)}\n`))
}

/** Serves files on 127.0.0.1. */
export async function serveFiles(
  files: ReadonlyMap<string, Uint8Array>,
  port: number,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?')
    const name = path === '/' ? 'index.html' : path.slice(1)
    const file = files.get(name)
    if (!file) return void response.writeHead(404).end()
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(file)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => void (server.close(), server.closeAllConnections()),
  }
}
