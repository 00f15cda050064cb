import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs'

import type { HeldInode } from './holdJournal.ts'

/** Linux's O_PATH: names an inode without a right to read it, so that its mode can be set without a race for its path. */
const O_PATH = 0o10000000
const PERMISSIONS = 0o7777

/** Status of what is at a path, without following a link there; undefined when nothing is. @throws what the system answers */
export function statusAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** An inode as it is now, for the journal. */
export function inodeOf(path: string, name: string, digest: string, stats: BigIntStats): HeldInode {
  return {
    kind: stats.isDirectory() ? 'folder' : 'file',
    path,
    name,
    digest,
    device: `${stats.dev}`,
    inode: `${stats.ino}`,
    size: `${stats.size}`,
    mode: modeOf(stats),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: `${stats.mtimeNs}`,
    links: Number(stats.nlink),
    target: null,
  }
}

/** The permission bits of a status. */
export function modeOf(stats: BigIntStats): number {
  return Number(stats.mode) & PERMISSIONS
}

/**
 * Whether a status is of the inode of a record. The number of a device may change when a system starts, so a file counts by its
 * inode, size and time as well.
 */
export function isInode(stats: BigIntStats, held: HeldInode): boolean {
  if (`${stats.ino}` !== held.inode || stats.isDirectory() !== (held.kind === 'folder') || stats.isSymbolicLink())
    return false
  if (`${stats.dev}` === held.device || held.kind === 'folder') return true
  return `${stats.size}` === held.size && `${stats.mtimeNs}` === held.mtimeNs
}

/** What tells two inodes apart in all holds. */
export function keyOf({ kind, inode, size, mtimeNs, path }: HeldInode): string {
  return kind === 'folder' ? `folder ${inode} ${path}` : `file ${inode} ${size} ${mtimeNs}`
}

/**
 * Sets the mode of the inode at a path, when it is the one that is meant.
 *
 * @returns the status after it; undefined when another inode is there, or none
 * @throws what the system answers, such as EROFS, EPERM
 */
export function setMode(path: string, held: HeldInode, mode: number): BigIntStats | undefined {
  if (process.platform !== 'linux') return setModeByPath(path, held, mode)
  let descriptor: number
  try {
    descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true })
    if (!isInode(stats, held)) return undefined
    if (modeOf(stats) === mode) return stats
    chmodSync(`/proc/self/fd/${descriptor}`, mode)
    return fstatSync(descriptor, { bigint: true })
  } finally {
    closeSync(descriptor)
  }
}

function setModeByPath(path: string, held: HeldInode, mode: number): BigIntStats | undefined {
  const stats = statusAt(path)
  if (stats === undefined || !isInode(stats, held)) return undefined
  chmodSync(path, mode)
  return statusAt(path)
}

/**
 * Moves a file or a folder to a path where nothing is. A file never takes the place of another, at no point in time.
 *
 * @param afterCrash whether an empty folder may be there, which the same move made before a crash
 * @throws EEXIST or ENOTEMPTY when something is there, EXDEV for another file system, and what else the system answers
 */
export function moveWithoutOverwriting(from: string, to: string, held: HeldInode, afterCrash: boolean): void {
  if (held.kind === 'file') {
    const there = statusAt(to)
    // A crash may have come between the two.
    if (!afterCrash || there === undefined || !isInode(there, held)) linkSync(from, to)
    unlinkSync(from)
    return
  }
  let made = false
  try {
    mkdirSync(to, { mode: 0o700 })
    made = true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !afterCrash || !statusAt(to)?.isDirectory()) throw error
  }
  try {
    // Of a folder that is not empty, the system makes ENOTEMPTY.
    renameSync(from, to)
  } catch (error) {
    if (made) rmdirSync(to)
    throw error
  }
}
