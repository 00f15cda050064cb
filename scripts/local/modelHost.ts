import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A host of models on this machine. */
export type ModelHost = {
  /** Its address, for HF_ENDPOINT. */
  endpoint: string
  close(): Promise<void>
}

/** Serves the files of one folder as a model at its only commit, with the part of the Hub's API by which files are listed and downloaded. */
export async function serveModel(id: string, folder: string): Promise<ModelHost> {
  const names = (await readdir(folder)).toSorted()
  const files = new Map<string, Buffer>()
  for (const name of names) files.set(name, await readFile(join(folder, name)))
  const commit = createHash('sha1')
    .update(Buffer.concat([...files.values()]))
    .digest('hex')
  const listed = {
    [`/api/models/${id}/revision/`]: { id, sha: commit, siblings: names.map((rfilename) => ({ rfilename })) },
    [`/api/models/${id}/tree/`]: [...files].map(([path, bytes]) => ({ type: 'file', ...entryOf(bytes), path })),
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://host')
    const found = Object.entries(listed).find(([start]) => pathname.startsWith(start))
    if (found !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found[1]))
      return
    }
    const bytes = files.get(pathname.replace(`/${id}/resolve/${commit}/`, ''))
    if (bytes === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** As the Hub lists a file: by the id of its blob in Git, or by its SHA-256 where Git has a pointer instead. */
function entryOf(bytes: Buffer): object {
  const blobOf = (content: Buffer): string =>
    createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
  if (bytes.length < 100_000) return { oid: blobOf(bytes), size: bytes.length }
  const oid = createHash('sha256').update(bytes).digest('hex')
  const pointer = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`)
  return { oid: blobOf(pointer), size: bytes.length, lfs: { oid, size: bytes.length, pointerSize: pointer.length } }
}
