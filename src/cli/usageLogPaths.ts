import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { LogId } from '../core/hex.ts'
import { FileError, pathOf } from '../console/files.ts'
import type { Context } from '../console/context.ts'

/** How many folders deep logs are looked for: a gateway's folder has its logs in folders of their own. */
const DEPTH = 4

/**
 * The usage logs at a path: the file itself, or those in a folder and its folders, by name. Empty where a file is not a log.
 *
 * @param withMissing also the places where a gateway kept a log, whatever stands there now
 */
export async function usageLogPaths(context: Context, path: string, withMissing = false): Promise<string[]> {
  try {
    const { isFolder, paths } = await find(pathOf(context, path), DEPTH, withMissing)
    return isFolder ? paths.map((each) => join(path, each)) : paths.map(() => path)
  } catch (cause) {
    throw cause instanceof FileError ? cause : new FileError(path, 'read', cause)
  }
}

/** Whether a path is a folder. */
export async function isFolder(context: Context, path: string): Promise<boolean> {
  return stat(pathOf(context, path)).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** The id of the log that a gateway keeps at a path: that of its folder. Undefined for a file with another name. */
export function logIdIn(path: string): LogId | undefined {
  const [folder, name] = path.split(/[\\/]/).slice(-2)
  return name === LOG_NAME && LOG_ID.test(folder!) ? (folder as LogId) : undefined
}

const LOG_ID = /^0x[0-9a-f]{64}$/
const LOG_NAME = 'usage.log'

async function find(
  path: string,
  depth: number,
  withMissing: boolean,
): Promise<{ isFolder: boolean; paths: string[] }> {
  const found = await stat(path)
  if (!found.isDirectory()) return { isFolder: false, paths: (await isUsageLog(path)) ? [''] : [] }
  const paths: string[] = []
  for (const entry of (await readdir(path, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const isKept = withMissing && entry.name === LOG_NAME
    const isLog = isKept || (entry.isFile() && (await isUsageLog(join(path, entry.name))))
    if (isLog) paths.push(entry.name)
    if (!entry.isDirectory() || depth === 0) continue
    const inner = await find(join(path, entry.name), depth - 1, withMissing)
    const isMissing = withMissing && inner.paths.length === 0 && LOG_ID.test(entry.name)
    const found = isMissing ? [LOG_NAME] : inner.paths
    paths.push(...found.map((each) => join(entry.name, each)))
  }
  return { isFolder: true, paths }
}

/** A log begins with a line that says so. */
async function isUsageLog(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.subarray(0, bytesRead).toString().split('\n')[0]!.includes('"usageLog"')
  } finally {
    await file.close()
  }
}
