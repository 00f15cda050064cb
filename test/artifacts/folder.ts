import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

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
