import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

import { FolderLockedError, lockFolder } from '../audit/folderLock.ts'
import { StemmaError } from '../core/errors.ts'
import { isBytes32, type Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { StateNotWritableError } from './stateFolder.ts'

/** What is held, or was: an inode at a path, as it was before. Numbers of 64 bits and nanoseconds are decimal strings. */
export type HeldInode = {
  kind: 'file' | 'folder'
  /** Absolute path at which the user had it. */
  path: string
  /** Name in the manifest; empty for the folder. */
  name: string
  /** SHA-256: 64 hex digits; empty for the folder. */
  digest: string
  device: string
  inode: string
  size: string
  /** The permission bits. */
  mode: number
  uid: number
  gid: number
  mtimeNs: string
  /** Names that the inode had. */
  links: number
  /** Target of a symbolic link; null for what is not one. */
  target: string | null
}

/** What a hold began with. */
export type HoldIntent = {
  id: string
  digest: Digest
  root: string
  reason: string
  how: 'mode' | 'moved'
  /** The folder that moved files are in; null when nothing is moved. */
  folder: string | null
  /** Unix seconds. Only for display. */
  at: number
}

/** Where files of a hold go when they are given back. */
export type GiveBackIntent = { outcome: 'released' | 'restored'; to: string | null }

/** A hold, as the journal tells it. */
export type Hold = HoldIntent & {
  inodes: readonly HeldInode[]
  /** `holding` and `giving-back` were begun and not ended: recovery ends them. */
  state: 'holding' | 'held' | 'giving-back' | 'ended'
  givingBack: GiveBackIntent | null
  /** The time of change of each inode after it was held, in nanoseconds; empty before that. */
  ctimes: readonly string[]
}

type Entry =
  | ({ type: 'hold'; count: number } & HoldIntent)
  | ({ type: 'inode'; id: string } & HeldInode)
  | { type: 'intent'; id: string }
  | { type: 'ctimes'; id: string; ctimes: string[] }
  | { type: 'held'; id: string }
  | ({ type: 'give-back'; id: string } & GiveBackIntent)
  | { type: 'ended'; id: string }

/** Longest line, in bytes: a path of 4,096 bytes that JSON escapes, twice, fits. */
const MAX_LINE_BYTES = 64 * 1024
const MAX_JOURNAL_BYTES = 512 * 1024 * 1024
/** Past this length, what has ended is dropped at the next start. */
const COMPACT_BYTES = 1024 * 1024
const CTIMES_A_LINE = 1000
/** How long a lock is waited for between two tries, in milliseconds. */
const LOCK_WAIT = 20

/** The folder of the journal: `$XDG_STATE_HOME/stemma/guard`, else `~/.local/state/stemma/guard`. */
export function defaultHoldFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = env.XDG_STATE_HOME
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir()
  return join(state !== undefined && isAbsolute(state) ? state : join(home, '.local/state'), 'stemma/guard')
}

/**
 * The journal of what is held. What is going to be done is on the disk before it is done, so a crash at any point can be
 * undone or completed. Each line has a checksum. A line that a crash tore is the last one, and nothing was done for it.
 */
export type HoldJournal = {
  /** Absolute path of its folder, without links. */
  readonly folder: string
  /** Runs a function while no other guard works with the journal. */
  locked<T>(work: (writer: JournalWriter) => T | Promise<T>, signal?: AbortSignal): Promise<T>
  /** The holds that have not ended. @throws {@link HoldJournalDamagedError} */
  read(): Hold[]
}

/** Writes the journal, under its lock. Each function returns when the disk has what it wrote. */
export type JournalWriter = {
  holds: readonly Hold[]
  intend(intent: HoldIntent, inodes: readonly HeldInode[]): Hold
  held(hold: Hold, ctimes: readonly string[]): void
  giveBack(hold: Hold, intent: GiveBackIntent): void
  ended(hold: Hold): void
}

/**
 * Opens the journal in a folder, which is made for this user alone.
 *
 * @throws {@link HoldJournalFolderError} for a folder that another user could have written
 */
export function openHoldJournal(folder: string = defaultHoldFolder()): HoldJournal {
  const real = ownFolder(folder)
  const path = join(real, 'holds.log')
  return {
    folder: real,
    read: () => readHolds(path),
    async locked(work, signal) {
      const release = await waitForLock(real, signal)
      try {
        return await work(writerOf(path))
      } finally {
        release()
      }
    },
  }
}

/** Waits until the lock of a folder is free, and takes it. Returns what releases it. */
export async function waitForLock(folder: string, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (!(error instanceof FolderLockedError)) throw new StateNotWritableError(folder, error)
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT))
  }
}

/**
 * Takes the lock of a model for as long as a guard works on it, after waiting for another guard on the same digest. Returns
 * what releases it. The system frees it when the process ends.
 */
export async function lockModel(journal: HoldJournal, digest: Digest, signal?: AbortSignal): Promise<() => void> {
  const folder = join(journal.folder, 'locks', digest.slice(2))
  writing(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  return waitForLock(folder, signal)
}

/** A new id of a hold. */
export function newHoldId(): string {
  return randomBytes(8).toString('hex')
}

/** Does what writes to the disk of the journal. @throws {@link StateNotWritableError} as on a disk that is full or read-only */
function writing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof StemmaError ? error : new StateNotWritableError(path, error)
  }
}

function ownFolder(folder: string): string {
  writing(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  const real = realpathSync(folder)
  const stats = lstatSync(real)
  if (!stats.isDirectory()) throw new HoldJournalFolderError(folder, 'is not a folder')
  checkOwn(folder, stats)
  return real
}

function checkOwn(path: string, stats: { uid: number; mode: number }): void {
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user)
    throw new HoldJournalFolderError(path, `belongs to user ${stats.uid}, not to you (${user})`)
  if (user !== undefined && (stats.mode & 0o077) !== 0)
    throw new HoldJournalFolderError(path, `is open to others (mode ${(stats.mode & 0o777).toString(8)})`)
}

/** Reads the file of the journal; empty when there is none. */
function readOwn(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0)
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    throw new HoldJournalFolderError(path, `cannot be opened (${(error as NodeJS.ErrnoException).code})`)
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.nlink !== 1) throw new HoldJournalFolderError(path, 'is not a plain file of its own')
    checkOwn(path, stats)
    if (stats.size > MAX_JOURNAL_BYTES) throw new HoldJournalDamagedError(path, 1, 'is too large')
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readHolds(path: string): Hold[] {
  return [...replay(path, readOwn(path)).holds.values()].filter(({ state }) => state !== 'ended')
}

type OpenHold = { -readonly [K in keyof Hold]: Hold[K] } & {
  inodes: HeldInode[]
  ctimes: string[]
  count: number
  complete: boolean
}

/** Plays the lines of a journal. Returns the holds whose intent is complete, and the length of the whole lines. */
function replay(path: string, bytes: Buffer): { holds: Map<string, OpenHold>; length: number } {
  const holds = new Map<string, OpenHold>()
  let start = 0
  for (let line = 1; start < bytes.length; line++) {
    const { entry, next } = entryAt(bytes, start)
    if (entry === undefined || !apply(holds, entry)) {
      if (entry !== undefined || hasEntryAfter(bytes, next)) throw new HoldJournalDamagedError(path, line, 'is damaged')
      break
    }
    start = next
  }
  // Nothing was done for an intent whose end is missing.
  for (const [id, hold] of holds) if (!hold.complete) holds.delete(id)
  return { holds, length: start }
}

/** The entry of the line that begins at a byte, and where the next line begins. */
function entryAt(bytes: Buffer, start: number): { entry: Entry | undefined; next: number } {
  const end = bytes.indexOf(10, start)
  if (end === -1) return { entry: undefined, next: bytes.length }
  const entry = end - start > MAX_LINE_BYTES ? undefined : parseLine(bytes.toString('utf8', start, end))
  return { entry, next: end + 1 }
}

/** Whether a whole line comes after a damaged one: then it is not the end that a crash tore. */
function hasEntryAfter(bytes: Buffer, start: number): boolean {
  for (let next = start; next < bytes.length;) {
    const line = entryAt(bytes, next)
    if (line.entry !== undefined) return true
    next = line.next
  }
  return false
}

function apply(holds: Map<string, OpenHold>, entry: Entry): boolean {
  if (entry.type === 'hold') {
    const { type: _, ...intent } = entry
    if (holds.has(entry.id)) return false
    holds.set(entry.id, { ...intent, inodes: [], state: 'holding', givingBack: null, ctimes: [], complete: false })
    return true
  }
  const hold = holds.get(entry.id)
  if (hold === undefined) return false
  switch (entry.type) {
    case 'inode': {
      const { type: _, id: __, ...inode } = entry
      hold.inodes.push(inode)
      return !hold.complete && hold.inodes.length <= hold.count
    }
    case 'intent':
      hold.complete = hold.inodes.length === hold.count
      return hold.complete
    case 'ctimes':
      hold.ctimes.push(...entry.ctimes)
      return hold.complete && hold.ctimes.length <= hold.count
    case 'held':
      hold.state = 'held'
      hold.givingBack = null
      return hold.complete
    case 'give-back':
      hold.state = 'giving-back'
      hold.givingBack = { outcome: entry.outcome, to: entry.to }
      return hold.complete
    case 'ended':
      hold.state = 'ended'
      return hold.complete
  }
}

function lineOf(entry: Entry): string {
  const json = JSON.stringify(entry)
  return `${checksum(json)} ${json}\n`
}

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16)
}

function parseLine(line: string): Entry | undefined {
  const json = line.slice(17)
  if (line[16] !== ' ' || line.slice(0, 16) !== checksum(json)) return undefined
  try {
    const value = JSON.parse(json) as unknown
    return isEntry(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an entry. The checksum is not a secret, so the types are checked too. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Record<string, unknown>
  if (typeof entry.id !== 'string' || !/^[0-9a-f]{16}$/.test(entry.id)) return false
  switch (entry.type) {
    case 'hold':
      return (
        typeof entry.digest === 'string' &&
        isBytes32(entry.digest) &&
        isPath(entry.root) &&
        typeof entry.reason === 'string' &&
        (entry.how === 'mode' || entry.how === 'moved') &&
        (entry.folder === null ? entry.how === 'mode' : isPath(entry.folder)) &&
        isCount(entry.at) &&
        isCount(entry.count)
      )
    case 'inode':
      return (
        (entry.kind === 'file' || entry.kind === 'folder') &&
        isPath(entry.path) &&
        typeof entry.name === 'string' &&
        typeof entry.digest === 'string' &&
        [entry.device, entry.inode, entry.size, entry.mtimeNs].every(isDecimal) &&
        [entry.mode, entry.uid, entry.gid, entry.links].every(isCount) &&
        (entry.mode as number) <= 0o7777 &&
        (entry.target === null || typeof entry.target === 'string')
      )
    case 'ctimes':
      return Array.isArray(entry.ctimes) && entry.ctimes.every(isDecimal)
    case 'give-back':
      return (entry.outcome === 'released' || entry.outcome === 'restored') && (entry.to === null || isPath(entry.to))
    case 'intent':
    case 'held':
    case 'ended':
      return true
    default:
      return false
  }
}

const isPath = (value: unknown) => typeof value === 'string' && isAbsolute(value) && !value.includes('\0')
const isDecimal = (value: unknown) => typeof value === 'string' && /^-?\d{1,20}$/.test(value)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

function writerOf(path: string): JournalWriter {
  const bytes = readOwn(path)
  const { holds, length } = replay(path, bytes)
  for (const [id, { state }] of holds) if (state === 'ended') holds.delete(id)
  const isNew = bytes.length === 0
  writing(path, () => {
    if (length < bytes.length) cutTo(path, length)
    if (length > COMPACT_BYTES && holds.size === 0) rewrite(path, '')
    if (!isNew) return
    rewrite(path, '')
    syncFolder(dirname(dirname(path)))
  })
  const write = (entries: readonly Entry[]) => {
    writing(path, () => append(path, entries.map(lineOf).join('')))
    for (const entry of entries) apply(holds, entry)
  }
  return {
    get holds() {
      return [...holds.values()].filter(({ state }) => state !== 'ended')
    },
    intend(intent, inodes) {
      const { id } = intent
      write([
        { type: 'hold', count: inodes.length, ...intent },
        ...inodes.map((inode): Entry => ({ type: 'inode', id, ...inode })),
        { type: 'intent', id },
      ])
      return holds.get(id)!
    },
    held({ id, inodes }, ctimes) {
      const known = holds.get(id)!.ctimes.length === inodes.length ? [] : ctimes
      const lines: Entry[] = []
      for (let first = 0; first < known.length; first += CTIMES_A_LINE)
        lines.push({ type: 'ctimes', id, ctimes: known.slice(first, first + CTIMES_A_LINE) })
      write([...lines, { type: 'held', id }])
    },
    giveBack: ({ id }, intent) => write([{ type: 'give-back', id, ...intent }]),
    ended: ({ id }) => write([{ type: 'ended', id }]),
  }
}

function append(path: string, text: string): void {
  const descriptor = openSync(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o600,
  )
  const { size } = fstatSync(descriptor)
  try {
    const bytes = Buffer.from(text)
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done)
    fsyncSync(descriptor)
  } catch (error) {
    // A torn line may only be the last one: another one may follow in this process.
    ftruncateSync(descriptor, size)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function cutTo(path: string, length: number): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
  try {
    ftruncateSync(descriptor, length)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function rewrite(path: string, text: string): void {
  const next = `${path}.next`
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
  closeSync(openSync(next, flags, 0o600))
  if (text !== '') append(next, text)
  renameSync(next, path)
  syncFolder(dirname(path))
}

/** Puts the names in a folder on the disk. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Thrown for a folder or a file of the journal that somebody else could have written. */
export class HoldJournalFolderError extends StemmaError {
  override name = 'HoldJournalFolderError'
  constructor(path: string, what: string) {
    super(
      'HOLD_JOURNAL_FOLDER',
      `${quoted(path)} ${what}. The journal of what is held must be yours alone: check who made it, then "chmod -R go= ${quoted(path)}", or set XDG_STATE_HOME to another folder.`,
    )
  }
}

/** Thrown when the journal has a line that cannot be read and is not the last. */
export class HoldJournalDamagedError extends StemmaError {
  override name = 'HoldJournalDamagedError'
  constructor(path: string, line: number, what: string) {
    super(
      'HOLD_JOURNAL_DAMAGED',
      `Line ${line} of ${quoted(path)} ${what}, so it is not known what is held. Nothing was changed. Keep a copy of the file. Its other lines name each path and mode: give files back by "chmod", and moved ones by "mv -n" from the folder that the line of the hold names; then remove the file.`,
    )
  }
}
