import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted } from '../core/text.ts'

/** Longest file of the state where nobody asks for more, in bytes. */
const MOST_BYTES = 64 * 1024

/** The folder in which the guard keeps its state: `$XDG_STATE_HOME/stemma/guard`, or below `~/.local/state`. */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_STATE_HOME: base, HOME: home } = env
  const own = home !== undefined && isAbsolute(home) ? home : homedir()
  // The XDG base directory specification wants a relative path ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(own, '.local', 'state'), 'stemma', 'guard')
}

/**
 * A folder of small JSON files that only its owner reads and writes. A file that anybody else could have written does not count,
 * nor does one that is too long or malformed: what is missing only makes the guard stricter.
 */
export class StateFolder {
  readonly path: string

  /** @throws {@link UntrustedStateError} when the folder is a link, or others may write to it */
  constructor(path: string) {
    this.path = path
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
    } catch (cause) {
      throw new StateNotWritableError(path, cause)
    }
    const stats = lstatSync(path)
    const user = process.getuid?.()
    const reason = !stats.isDirectory()
      ? 'is not a folder'
      : user !== undefined && stats.uid !== user
        ? 'belongs to another user'
        : stats.mode & 0o077
          ? 'may be read or written by other users'
          : undefined
    if (reason !== undefined) throw new UntrustedStateError(path, reason)
  }

  /** The value in a file of the folder; undefined where there is none that counts. @param most its longest, in bytes */
  read(name: string, most = MOST_BYTES): unknown {
    let descriptor: number | undefined
    try {
      descriptor = openSync(this.#file(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const stats = fstatSync(descriptor)
      const user = process.getuid?.()
      const isOwn = (user === undefined || stats.uid === user) && (stats.mode & 0o077) === 0 && stats.nlink === 1
      if (!stats.isFile() || !isOwn || stats.size > most) return undefined
      const bytes = Buffer.alloc(stats.size)
      const length = readSync(descriptor, bytes, 0, bytes.length, 0)
      return parseStrictJson(bytes.toString('utf8', 0, length), quoted(name))
    } catch {
      return undefined
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }

  /** Writes a value whole or not at all. @throws {@link StateNotWritableError} */
  write(name: string, value: unknown): void {
    const target = this.#file(name)
    const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`
    try {
      const descriptor = openSync(draft, 'wx', 0o600)
      try {
        // Unlike a single write, this one writes all or throws.
        writeFileSync(descriptor, `${JSON.stringify(value)}\n`)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      renameSync(draft, target)
    } catch (cause) {
      rmSync(draft, { force: true })
      throw new StateNotWritableError(target, cause)
    }
  }

  /** Removes a file, if it is there. */
  remove(name: string): void {
    rmSync(this.#file(name), { force: true })
  }

  #file(name: string): string {
    return join(this.path, name)
  }
}

/** Thrown when others could have written the state of the guard. */
export class UntrustedStateError extends StemmaError {
  override name = 'UntrustedStateError'
  constructor(path: string, reason: string) {
    super(
      'UNTRUSTED_GUARD_STATE',
      `The folder ${quoted(path)}, in which the guard keeps its state, ${reason}. Make it yours alone (chmod 700), or set XDG_STATE_HOME.`,
    )
  }
}

/** Thrown when the state of the guard cannot be written. */
export class StateNotWritableError extends StemmaError {
  override name = 'StateNotWritableError'
  constructor(path: string, cause: unknown) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    super(
      'GUARD_STATE_NOT_WRITABLE',
      `The guard cannot keep its state in ${quoted(path)} (${code}). Check the permissions and the disk, or set XDG_STATE_HOME.`,
      { cause },
    )
  }
}
