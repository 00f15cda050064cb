import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'
import { UsageError, type Context } from './context.ts'

/** The path that an argument names. An empty one, as from an unset variable, does not stand for this folder. */
export function pathOf(context: Context, path: string): string {
  if (path === '') throw new UsageError('A path is empty. Name a file or a folder; for the current folder, use ".".')
  return resolve(context.cwd, path)
}

/** The JSON of a file that an argument names. @throws {@link FileError} `InvalidJsonError` */
export async function readJsonFile(context: Context, path: string): Promise<unknown> {
  const bytes = await readFile(pathOf(context, path)).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  return parseStrictJson(bytes.toString('utf8').replace(/^\ufeff/, ''), quoted(path))
}

/**
 * Writes a file whole or not at all: first under another name beside it.
 *
 * @param options `fresh` refuses to replace a file; `mode` is that of the file
 */
export async function writeWhole(
  context: Context,
  path: string,
  text: string,
  options: { fresh?: boolean; mode?: number } = {},
): Promise<void> {
  const { fresh = false, mode = 0o644 } = options
  const target = pathOf(context, path)
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(draft, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike renaming, linking fails when a file of that name exists.
    await (fresh ? link(draft, target) : rename(draft, target))
  } catch (cause) {
    throw new FileError(path, 'written', cause)
  } finally {
    await rm(draft, { force: true }).catch(() => {})
  }
}

/** Thrown when a file that an argument names cannot be read or written. */
export class FileError extends StemmaError {
  override name = 'FileError'
  constructor(path: string, what: 'read' | 'written', cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    const reasons: Record<string, string> = {
      ENOENT: what === 'read' ? 'it does not exist. Check the path' : 'its folder does not exist. Create the folder',
      EEXIST: 'it already exists. Choose another path, or remove it',
      EISDIR: 'it is a folder. Name a file',
      EACCES: 'its permissions do not allow it. Change them',
    }
    super('FILE', `The file ${quoted(path)} cannot be ${what}: ${reasons[code] ?? `the system reports ${code}`}.`, {
      cause,
    })
  }
}
