import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** A folder of the test's own with some files, by path; removed by {@link removeFolders}. */
export function createFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'stemma-')))
  folders.push(folder)
  for (const [name, contents] of Object.entries(files)) writeFile(folder, name, contents)
  return folder
}

/** Writes a file below a folder, and the folders on the way. */
export function writeFile(folder: string, name: string, contents: string | Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, contents)
  return path
}

/** A repository of the Hub's shared cache as `hf download` writes it: blobs, a ref, and a snapshot of links to the blobs. */
export function createHubCache(
  repository: string,
  files: Record<string, string>,
): { repository: string; snapshot: string; blobOf: (name: string) => string } {
  const path = join(createFolder(), repository)
  const commit = '0f3e'.repeat(10)
  const snapshot = join(path, 'snapshots', commit)
  const blobOf = (name: string) => join(path, 'blobs', createHash('sha256').update(files[name]!).digest('hex'))
  writeFile(path, 'refs/main', commit)
  for (const [name, contents] of Object.entries(files)) {
    writeFile(path, relative(path, blobOf(name)), contents)
    const link = join(snapshot, name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(relative(dirname(link), blobOf(name)), link)
  }
  return { repository: path, snapshot, blobOf }
}

/** Removes what {@link createFolder} made. For an `after` hook. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

const folders: string[] = []

/** Asserts that a promise rejects with an error of ours, and returns the error. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('Expected a rejection, but the promise was fulfilled.')
}
