import fs from 'node:fs'

/** The calls of the system by which sealed logs and tiles are written and read: those of Node, or of a test that lets them fail. */
export type SealFiles = Pick<
  typeof fs,
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'fdatasyncSync'
  | 'fsyncSync'
  | 'fstatSync'
  | 'ftruncateSync'
  | 'mkdirSync'
>

const { O_CREAT, O_RDONLY, O_RDWR } = fs.constants

/**
 * Writes bytes at a place of a file, which ends behind them then, and returns when they are on the disk. Only its owner can read it.
 *
 * @throws {@link ShortFileError} when the file ends before that place: somebody cut or removed it
 */
export function writeAt(files: SealFiles, path: string, bytes: Buffer, at: number): void {
  const file = files.openSync(path, O_RDWR | O_CREAT, 0o600)
  try {
    if (files.fstatSync(file).size < at) throw new ShortFileError(path)
    // What a crash left behind was never acknowledged.
    files.ftruncateSync(file, at)
    for (let done = 0; done < bytes.length;) {
      const written = files.writeSync(file, bytes, done, bytes.length - done, at + done)
      if (written === 0) throw new Error('the system wrote nothing')
      done += written
    }
    files.fdatasyncSync(file)
  } finally {
    files.closeSync(file)
  }
}

/** Reads bytes from a place of a file. @throws {@link ShortFileError} when it ends before them */
export function readAt(files: SealFiles, path: string, at: number, length: number): Buffer {
  const file = files.openSync(path, O_RDONLY)
  try {
    const bytes = Buffer.alloc(length)
    for (let done = 0; done < length;) {
      const read = files.readSync(file, bytes, done, length - done, at + done)
      if (read === 0) throw new ShortFileError(path)
      done += read
    }
    return bytes
  } finally {
    files.closeSync(file)
  }
}

/** Puts the names in a folder on the disk: files and folders that were made there. */
export function syncNames(files: SealFiles, path: string): void {
  const folder = files.openSync(path, O_RDONLY)
  try {
    files.fsyncSync(folder)
  } finally {
    files.closeSync(folder)
  }
}

/** Thrown when a file is shorter than what was written to it. */
export class ShortFileError extends Error {
  override name = 'ShortFileError'
  constructor(path: string) {
    super(`${path} is shorter than what was written to it`)
  }
}
