import { randomBytes } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { link, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'
import { UsageError, type Context } from './context.ts'

/** The path that an argument names. An empty one, as from an unset variable, does not stand for this folder. */
export function pathOf(context: Pick<Context, 'cwd'>, path: string): string {
  if (path === '') throw new UsageError('A path is empty. Name a file or a folder; for the current folder, use ".".')
  return resolve(context.cwd, path)
}

/** Longest file of JSON that is read, in bytes. A statement about a model of 10,000 files takes some megabytes. */
export const MAX_JSON_BYTES = 64 * 1024 * 1024

/** The JSON of a file that an argument names. @throws {@link FileError} `InvalidJsonError` */
export async function readJsonFile(context: Context, path: string): Promise<unknown> {
  return parseStrictJson(await readTextFile(context, path, MAX_JSON_BYTES), quoted(path))
}

/**
 * The text of a file that an argument names, without a byte-order mark. Reads no more than it may, also of a device or pipe that
 * never ends.
 *
 * @param most the longest file, in bytes
 * @throws {@link FileError} {@link UsageError} when the file is too long, or not UTF-8
 */
export async function readTextFile(context: Pick<Context, 'cwd'>, path: string, most: number): Promise<string> {
  return textOf(await readBytesFile(context, path, most), path)
}

/** The text of a file whose bytes were read, without a byte-order mark. @throws {@link UsageError} when it is not UTF-8 */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`The file ${quoted(path)} is not UTF-8. Save it as UTF-8.`)
  }
}

/** The bytes of a file that an argument names. As {@link readTextFile}. */
export async function readBytesFile(
  context: Pick<Context, 'cwd'>,
  path: string,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = pathOf(context, path)
  const stats = await stat(file).catch(() => undefined)
  refuseNamedPipe(path, file, stats)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of createReadStream(file, { end: most })) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
    }
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new FileError(path, 'read', cause)
  }
  if (length > most) {
    throw new UsageError(`The file ${quoted(path)} is too large: at most ${most} bytes are read. Use a smaller file.`)
  }
  return Buffer.concat(chunks)
}

/** Opening one without another end waits, and not even Ctrl-C ends that. A shell's own pipes are in /dev and /proc. */
function refuseNamedPipe(path: string, file: string, stats: Stats | undefined): void {
  if (!stats?.isFIFO() || /^\/(dev|proc)\//.test(file)) return
  throw new UsageError(`${quoted(path)} is a named pipe, which may never end. Name a file.`)
}

/**
 * Writes a file whole or not at all: first under another name beside it. A device, such as /dev/null, is written to: a file in its place would
 * take it from every other program.
 *
 * @param options `fresh` refuses to replace a file; `mode` is that of the file
 */
export async function writeWhole(
  context: Context,
  path: string,
  text: string | Uint8Array,
  options: { fresh?: boolean; mode?: number } = {},
): Promise<void> {
  const { fresh = false, mode = 0o644 } = options
  const target = pathOf(context, path)
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`
  const stats = await stat(target).catch(() => undefined)
  refuseNamedPipe(path, target, stats)
  try {
    if (!fresh && stats && !stats.isFile() && !stats.isDirectory()) return await writeFile(target, text)
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
      ENOTDIR: 'a part of its path is a file. Check the path',
      ENAMETOOLONG: 'its name is too long. Choose a shorter one',
      ENOSPC: 'the disk is full. Make room',
      EROFS: 'the disk cannot be written to. Choose another path',
      EACCES: 'its permissions do not allow it. Change them',
    }
    super('FILE', `The file ${quoted(path)} cannot be ${what}: ${reasons[code] ?? `the system reports ${code}`}.`, {
      cause,
    })
  }
}
