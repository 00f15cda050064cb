import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { listFiles } from '../../src/artifacts/listFiles.ts'
import type { Digest } from '../../src/core/hex.ts'
import type { GuardedModel } from '../../src/guard/ports.ts'

/** Writes files below a folder, by their names. */
export function writeModel(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}

/** What the guard knows of a model after it was hashed. The digest here is one of its files' digests. */
export async function guardedModel(path: string, place: GuardedModel['place'] = 'own'): Promise<GuardedModel> {
  const root = realpathSync(path)
  const listed = await listFiles(root, new Set())
  const files = listed.map(({ path, name, state }) => ({ path, name, state, digest: sha256(readFileSync(path)) }))
  return {
    root,
    digest: `0x${sha256(JSON.stringify(files.map(({ name, digest }) => [name, digest])))}` as Digest,
    files,
    place,
  }
}

/** All that must come back: bytes, mode, owner, inode and time of everything below a folder, by its path. */
export function snapshot(folder: string): Record<string, string> {
  const paths = ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].sort()
  return Object.fromEntries(
    paths.map((path) => {
      const { mode, uid, gid, ino, size, mtimeNs, nlink } = lstatSync(join(folder, path), { bigint: true })
      const isFile = lstatSync(join(folder, path)).isFile()
      // The time of the top folder changes with the folders that are made in it for a hold.
      const state = isFile ? [mode, uid, gid, ino, size, mtimeNs, nlink] : [mode, uid, gid, ino]
      return [path, `${state.join(' ')} ${isFile && size < 1e6 ? sha256(readFileSync(join(folder, path))) : ''}`]
    }),
  )
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
