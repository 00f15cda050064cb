import { chmodSync, mkdirSync, renameSync, rmdirSync, unlinkSync, type BigIntStats } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

import { FileChangedError, isSameState, stateOf, type FileState } from '../artifacts/listFiles.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import {
  newHoldId,
  syncFolder,
  type GiveBackIntent,
  type HeldInode,
  type Hold,
  type HoldJournal,
  type JournalWriter,
} from './holdJournal.ts'
import { remainsOf } from './holdRemains.ts'
import { inodeOf, isInode, keyOf, modeOf, moveWithoutOverwriting, setMode, statusAt } from './inodes.ts'
import type { GuardedModel, HeldFile } from './ports.ts'

/** What was held, and what can still be done with it. */
export type HeldOutcome = {
  /** `mode`: in place, without permissions; `moved`: in a folder of its own as well; `untouched`: not held at all. */
  how: 'mode' | 'moved' | 'untouched'
  /** How many files are held. */
  files: number
  /** What root or another program can still do, a sentence each. */
  remains: string[]
}

/** A model that is held. */
export type HeldModel = {
  digest: Digest
  /** Where the user had it. */
  root: string
  /** Where it is: the same, or the folder that it was moved to. */
  at: string
  how: 'mode' | 'moved'
  reason: string
  /** Unix seconds of the wall clock. Only for display. */
  since: number
  files: number
  bytes: bigint
  /** What was hashed, with the states that the files got when they were held. */
  contents: readonly HeldFile[]
}

/** A file or folder that somebody changed while it was held. It is left as it is. */
export type ChangedWhileHeld = { path: string; what: string }

/** A model that was given back. */
export type GivenBack = {
  digest: Digest
  root: string
  /** Where its bytes are now. */
  at: string
  /** How many files have their mode again. */
  files: number
  /** How many are part of another held model, and stay held until that one is released. */
  stillHeld: number
  changed: readonly ChangedWhileHeld[]
  /** The files that nobody changed since they were hashed, with their states now. */
  contents: readonly HeldFile[]
}

/** What a start found of a guard that ended in the middle. */
export type Recovered = { digest: Digest; root: string; outcome: 'held' | 'undone' | 'released' | 'restored' }

/**
 * Holds a model: the user's own files lose all permissions in place, and are moved only on request, by a rename in the same file system. Nothing
 * is copied, and nothing of a shared store or of another user is touched. A model that is held already stays as it is.
 *
 * @throws {@link HoldFailedError} when the file system refuses; all is as it was then
 * @throws `FileChangedError` when a file is not as it was hashed
 */
export async function holdModel(
  model: GuardedModel,
  {
    move,
    reason,
    journal,
    now = Date.now,
    signal,
  }: { move: boolean; reason: string; journal: HoldJournal; now?: () => number; signal?: AbortSignal | undefined },
): Promise<HeldOutcome> {
  if (model.place !== 'own') return { how: 'untouched', files: 0, remains: remainsOf(model, 'untouched', []) }
  if (isBelow(journal.folder, model.root)) throw new JournalInModelError(journal.folder, model.root)
  return journal.locked((writer) => {
    recoverAll(writer)
    const known = writer.holds.find(({ digest, root }) => digest === model.digest && root === model.root)
    if (known !== undefined) return outcomeOf(model, known, [])
    const inodes = inodesOf(model, writer.holds)
    const begin = (how: 'mode' | 'moved') => {
      const id = newHoldId()
      const folder = how === 'moved' ? join(dirname(model.root), `.stemma-held-${id}`) : null
      const intent = { id, digest: model.digest, root: model.root, reason, how, folder }
      return writer.intend({ ...intent, at: Math.floor(now() / 1000) }, inodes)
    }
    if (!move) return outcomeOf(model, act(writer, begin('mode')), [])
    try {
      return outcomeOf(model, act(writer, begin('moved')), [])
    } catch (error) {
      if (!(error instanceof HoldFailedError)) throw error
      const why = error.reason === 'EXDEV' ? 'that would need a copy' : 'the system refused it'
      const note = `It was not moved, because ${why} (${error.reason}): it is held in place.`
      return outcomeOf(model, act(writer, begin('mode')), [note])
    }
  }, signal)
}

/** The models that are held, in the order in which they were. @throws `HoldJournalDamagedError` */
export function readHeld(journal: HoldJournal): HeldModel[] {
  return journal.read().map((hold) => {
    const files = hold.inodes.filter(({ kind }) => kind === 'file')
    return {
      digest: hold.digest,
      root: hold.root,
      at: rootNow(hold),
      how: hold.how,
      reason: hold.reason,
      since: hold.at,
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + BigInt(size), 0n),
      contents: hold.inodes.flatMap((inode, index) => {
        const ctime = hold.ctimes[index]
        return inode.kind === 'folder' || ctime === undefined ? [] : [fileOf(hold, inode, BigInt(ctime))]
      }),
    }
  })
}

/**
 * Gives a model back after it was cleared: modes, and the place of what was moved. A file that is part of another held model stays held.
 *
 * @param root one of several places at which the model is held; all without it
 * @throws {@link NotHeldError} {@link RestoreRefusedError} {@link HoldFailedError}
 */
export function releaseModel(
  digest: Digest,
  options: { journal: HoldJournal; root?: string | undefined; signal?: AbortSignal | undefined },
): Promise<GivenBack[]> {
  return giveBackAll(digest, { outcome: 'released', to: null }, options)
}

/**
 * Gives the bytes of a model back to their owner, whatever its state: it is not cleared by that. Never overwrites anything, and
 * copies nothing.
 *
 * @param to another path in the same file system, where nothing is yet
 * @throws {@link NotHeldError} {@link RestoreRefusedError} {@link HoldFailedError}
 */
export function restoreModel(
  digest: Digest,
  {
    to,
    ...options
  }: { journal: HoldJournal; to?: string | undefined; root?: string | undefined; signal?: AbortSignal | undefined },
): Promise<GivenBack[]> {
  return giveBackAll(digest, { outcome: 'restored', to: to === undefined ? null : resolve(to) }, options)
}

/** Ends what a guard began that did not live to end it. Is run at each start. */
export function recoverHolds(journal: HoldJournal, signal?: AbortSignal): Promise<Recovered[]> {
  return journal.locked(recoverAll, signal)
}

function giveBackAll(
  digest: Digest,
  intent: GiveBackIntent,
  { journal, root, signal }: { journal: HoldJournal; root?: string | undefined; signal?: AbortSignal | undefined },
): Promise<GivenBack[]> {
  return journal.locked((writer) => {
    recoverAll(writer)
    const held = writer.holds.filter((hold) => hold.digest === digest && (root === undefined || hold.root === root))
    if (held.length === 0) throw new NotHeldError(digest)
    if (intent.to !== null && held.length > 1) throw new SeveralHeldError(digest, held)
    for (const hold of held) checkFree(hold, intent)
    return held.map((hold) => {
      writer.giveBack(hold, intent)
      return giveBackOrHold(writer, hold, intent, false)
    })
  }, signal)
}

function recoverAll(writer: JournalWriter): Recovered[] {
  return writer.holds.flatMap((hold): Recovered[] => {
    const { digest, root, givingBack } = hold
    if (hold.state === 'held') return []
    try {
      if (givingBack === null) act(writer, hold)
      else giveBackOrHold(writer, hold, givingBack, true)
      return [{ digest, root, outcome: givingBack?.outcome ?? 'held' }]
    } catch (error) {
      if (!(error instanceof StemmaError)) throw error
      return [{ digest, root, outcome: givingBack === null ? 'undone' : 'held' }]
    }
  })
}

/** Does what a hold intends. When it cannot be done, all is undone. */
function act(writer: JournalWriter, hold: Hold): Hold {
  try {
    writer.held(hold, take(hold))
    return writer.holds.find(({ id }) => id === hold.id)!
  } catch (error) {
    try {
      giveBack(writer, hold, { outcome: 'restored', to: null }, true)
      writer.ended(hold)
    } catch (undo) {
      // What is left of it is undone at the next start.
      throw new HoldFailedError(hold.root, undo)
    }
    throw error instanceof StemmaError ? error : new HoldFailedError(hold.root, error)
  }
}

/** Takes the files of a hold out of use. Can be repeated. Returns the time of change of each inode after it. */
function take(hold: Hold): string[] {
  if (hold.folder !== null) moveAway(hold, hold.folder)
  const folder = hold.inodes.find(({ kind }) => kind === 'folder')
  if (folder !== undefined) reach(hold, folder)
  const times = new Map<HeldInode, string>()
  for (const inode of hold.inodes) if (inode !== folder) times.set(inode, takeOne(hold, inode))
  if (folder !== undefined) times.set(folder, takeOne(hold, folder))
  return hold.inodes.map((inode) => times.get(inode)!)
}

function takeOne(hold: Hold, inode: HeldInode): string {
  const stats = setMode(pathNow(hold, inode), inode, 0)
  if (stats === undefined) throw new FileChangedError(inode.path, 'was replaced')
  return `${stats.ctimeNs}`
}

/** Lets the owner into a folder that has no permissions. Returns whether its mode is one that a guard gave it. */
function reach(hold: Hold, folder: HeldInode): boolean {
  const path = pathNow(hold, folder)
  const stats = statusAt(path)
  if (stats === undefined || !isInode(stats, folder)) return false
  const open = folder.mode | 0o700
  if (modeOf(stats) === 0) setMode(path, folder, open)
  return [0, open, folder.mode].includes(modeOf(stats))
}

function moveAway(hold: Hold, folder: string): void {
  if (statusAt(folder) === undefined) mkdirSync(folder, { mode: 0o700 })
  chmodSync(folder, 0o700)
  for (const inode of itemsOf(hold)) {
    const stats = statusAt(inode.path)
    if (stats !== undefined && isInode(stats, inode)) renameSync(inode.path, awayPath(hold, folder, inode))
  }
  syncFolder(folder)
  syncFolder(dirname(hold.root))
}

/** What is moved: the folder, or each file when there is none. */
function itemsOf({ inodes }: Hold): HeldInode[] {
  const folder = inodes.find(({ kind }) => kind === 'folder')
  return folder === undefined ? [...inodes] : [folder]
}

/** Where an item or what is below it is in the folder of a hold. */
function awayPath(hold: Hold, folder: string, inode: HeldInode): string {
  const isFolder = hold.inodes.some(({ kind }) => kind === 'folder')
  if (isFolder) return join(folder, basename(hold.root), relative(hold.root, inode.path))
  return join(folder, basename(inode.path))
}

/** Where an inode of a hold is: at its path, in the folder of the hold, or where it is given back to. */
function pathNow(hold: Hold, inode: HeldInode): string {
  const places = [inode.path]
  if (hold.folder !== null) places.push(awayPath(hold, hold.folder, inode))
  const to = hold.givingBack?.to
  if (to !== null && to !== undefined) places.push(targetOf(hold, inode, to))
  return (
    places.find((path) => {
      const stats = places.length === 1 ? undefined : statusAt(path)
      return stats !== undefined && isInode(stats, inode)
    }) ?? inode.path
  )
}

function rootNow(hold: Hold): string {
  const [item] = itemsOf(hold)
  try {
    return item === undefined ? hold.root : pathNow(hold, item)
  } catch {
    return hold.root
  }
}

/** Where an inode goes: its path, or below another one. */
function targetOf(hold: Hold, inode: HeldInode, to: string | null): string {
  if (to === null) return inode.path
  const items = itemsOf(hold)
  if (items[0]?.kind === 'folder') return join(to, relative(hold.root, inode.path))
  return items.length === 1 ? to : join(to, basename(inode.path))
}

/** @throws {@link RestoreRefusedError} when something is where an item of a hold would go */
function checkFree(hold: Hold, { to }: GiveBackIntent): void {
  if (hold.folder === null && to === null) return
  for (const item of itemsOf(hold)) {
    const target = targetOf(hold, item, to)
    const stats = statusAt(target)
    if (stats !== undefined && !isInode(stats, item)) throw new RestoreRefusedError(target, rootNow(hold), 'EEXIST')
  }
}

function giveBackOrHold(writer: JournalWriter, hold: Hold, intent: GiveBackIntent, afterCrash: boolean): GivenBack {
  try {
    const given = giveBack(writer, hold, intent, afterCrash)
    writer.ended(hold)
    return given
  } catch (error) {
    const at = rootNow(hold)
    holdAgain(writer, hold)
    if (error instanceof StemmaError) throw error
    throw new RestoreRefusedError(targetOf(hold, itemsOf(hold)[0]!, intent.to), at, reasonOf(error))
  }
}

/** Holds what was not given back. Where that fails, the next start tries again to give it back. */
function holdAgain(writer: JournalWriter, hold: Hold): void {
  try {
    writer.held(hold, take(hold))
  } catch {
    // The journal still says that it is being given back.
  }
}

/** Gives modes and places back. Can be repeated. What somebody changed meanwhile is left as it is, and reported. */
function giveBack(writer: JournalWriter, hold: Hold, { to }: GiveBackIntent, afterCrash: boolean): GivenBack {
  const others = new Set(writer.holds.filter(({ id }) => id !== hold.id).flatMap(({ inodes }) => inodes.map(keyOf)))
  const folder = hold.inodes.find(({ kind }) => kind === 'folder')
  const changed: ChangedWhileHeld[] = []
  const isOurs = folder === undefined || checkFolder(hold, folder, changed)
  const files: { inode: HeldInode; unchanged: boolean }[] = []
  let stillHeld = 0
  for (const [index, inode] of hold.inodes.entries()) {
    if (inode === folder) continue
    const kept = others.has(keyOf(inode))
    const given = giveModeBack(hold, inode, { ctime: hold.ctimes[index], kept, changed })
    if (given === undefined) continue
    if (kept) stillHeld++
    else files.push({ inode, unchanged: given })
  }
  moveBack(hold, to, afterCrash)
  if (folder !== undefined && isOurs) {
    const mode = others.has(keyOf(folder)) ? 0 : folder.mode
    const contents = statesOf(hold, files, to)
    setMode(targetOf(hold, folder, to), folder, mode)
    return { ...named(hold, to), files: files.length, stillHeld, changed, contents }
  }
  return { ...named(hold, to), files: files.length, stillHeld, changed, contents: statesOf(hold, files, to) }
}

function named(hold: Hold, to: string | null): Pick<GivenBack, 'digest' | 'root' | 'at'> {
  return { digest: hold.digest, root: hold.root, at: to ?? hold.root }
}

/** Opens the folder of a hold for its owner. Returns whether its mode is to be given back. */
function checkFolder(hold: Hold, folder: HeldInode, changed: ChangedWhileHeld[]): boolean {
  const stats = statusAt(pathNow(hold, folder))
  if (stats === undefined || !isInode(stats, folder))
    changed.push({ path: folder.path, what: 'is not there any more, or is another folder' })
  else if (Number(stats.uid) !== folder.uid)
    changed.push({ path: folder.path, what: `belongs to user ${stats.uid} now` })
  else if (reach(hold, folder)) return true
  else changed.push({ path: folder.path, what: `has the mode ${modeOf(stats).toString(8)} now` })
  return false
}

/** Gives a file its mode back. Returns whether nobody changed it; undefined when it is left as it is. */
function giveModeBack(
  hold: Hold,
  inode: HeldInode,
  { ctime, kept, changed }: { ctime: string | undefined; kept: boolean; changed: ChangedWhileHeld[] },
): boolean | undefined {
  const leave = (what: string) => void changed.push({ path: inode.path, what })
  const found = find(hold, inode)
  if (found === undefined) return leave('cannot be reached any more')
  const { path, stats } = found
  if (stats === undefined) return leave('is not there any more')
  if (!isInode(stats, inode)) return leave('is another file now')
  if (Number(stats.uid) !== inode.uid) return leave(`belongs to user ${stats.uid} now`)
  const mode = modeOf(stats)
  if (mode !== 0 && mode !== inode.mode) return leave(`has the mode ${mode.toString(8)} now`)
  const sameBytes = `${stats.size}` === inode.size && `${stats.mtimeNs}` === inode.mtimeNs
  if (!sameBytes) leave('was written to while it was held')
  if (!kept) setMode(path, inode, inode.mode)
  return sameBytes && `${stats.ctimeNs}` === ctime
}

/** Where an inode is, and its status there; undefined when a folder on the way keeps this user out. */
function find(hold: Hold, inode: HeldInode): { path: string; stats: BigIntStats | undefined } | undefined {
  try {
    const path = pathNow(hold, inode)
    return { path, stats: statusAt(path) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined
    throw error
  }
}

function moveBack(hold: Hold, to: string | null, afterCrash: boolean): void {
  if (hold.folder === null && to === null) return
  const items = itemsOf(hold)
  if (to !== null && items.length > 1 && statusAt(to) === undefined) mkdirSync(to)
  for (const item of items) {
    const target = targetOf(hold, item, to)
    const from = pathNow(hold, item)
    const away = hold.folder === null ? undefined : awayPath(hold, hold.folder, item)
    const stats = statusAt(from)
    if (stats === undefined || !isInode(stats, item)) continue
    if (from !== target) moveWithoutOverwriting(from, target, item, afterCrash)
    else if (away !== undefined && item.kind === 'file') dropSecondName(away, item)
    syncFolder(dirname(target))
  }
  if (hold.folder !== null && statusAt(hold.folder) !== undefined) rmdirSync(hold.folder)
}

/** Drops the name that a crash left between a link and the removal of the name before it. */
function dropSecondName(path: string, inode: HeldInode): void {
  const stats = statusAt(path)
  if (stats !== undefined && isInode(stats, inode)) unlinkSync(path)
}

function statesOf(
  hold: Hold,
  files: readonly { inode: HeldInode; unchanged: boolean }[],
  to: string | null,
): HeldFile[] {
  return files.flatMap(({ inode, unchanged }) => {
    const path = targetOf(hold, inode, to)
    const stats = unchanged ? statusAt(path) : undefined
    return stats === undefined ? [] : [{ path, name: inode.name, digest: inode.digest, state: stateOf(stats) }]
  })
}

function fileOf(hold: Hold, inode: HeldInode, ctimeNs: bigint): HeldFile {
  const state: FileState = {
    size: BigInt(inode.size),
    mtimeNs: BigInt(inode.mtimeNs),
    ctimeNs,
    inode: BigInt(inode.inode),
    device: BigInt(inode.device),
  }
  return {
    path: hold.folder === null ? inode.path : awayPath(hold, hold.folder, inode),
    name: inode.name,
    digest: inode.digest,
    state,
  }
}

/** The inodes of a model as they are before it is held. One that another hold has keeps the mode that it had before that. */
function inodesOf(model: GuardedModel, holds: readonly Hold[]): HeldInode[] {
  const known = new Map(holds.flatMap(({ inodes }) => inodes.map((inode) => [keyOf(inode), inode])))
  const before = (inode: HeldInode) => ({ ...inode, mode: known.get(keyOf(inode))?.mode ?? inode.mode })
  const root = statusAt(model.root)
  const user = process.geteuid?.()
  const folder =
    root?.isDirectory() === true && (user === undefined || Number(root.uid) === user)
      ? [before(inodeOf(model.root, '', '', root))]
      : []
  const files = model.files.map(({ path, name, digest, state }) => {
    const stats = statusAt(path)
    if (stats === undefined) throw new FileChangedError(path, 'was removed')
    const inode = inodeOf(path, name, digest, stats)
    const isHeld = known.has(keyOf(inode))
    if (!stats.isFile() || !isSameState(state, isHeld ? { ...stateOf(stats), ctimeNs: state.ctimeNs } : stateOf(stats)))
      throw new FileChangedError(path, 'was changed')
    return before(inode)
  })
  return [...folder, ...files]
}

function outcomeOf(model: GuardedModel, hold: Hold, notes: string[]): HeldOutcome {
  const files = hold.inodes.filter(({ kind }) => kind === 'file')
  return { how: hold.how, files: files.length, remains: [...notes, ...remainsOf(model, hold.how, files)] }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}

/** Thrown when the file system refuses to hold a model. All is as it was before. */
export class HoldFailedError extends StemmaError {
  override name = 'HoldFailedError'
  override readonly kind = 'refused'
  /** The code of the system, such as EROFS. */
  readonly reason: string
  constructor(root: string, cause: unknown) {
    const reason = reasonOf(cause)
    super(
      'HOLD_FAILED',
      `${quoted(root)} could not be held (${reason}), so it is as it was before. Its start is refused all the same; to hold it, see that its files can be changed by you.`,
      { cause },
    )
    this.reason = reason
  }
}

/** Thrown when something is where a held model would go, or the system refuses the move. */
export class RestoreRefusedError extends StemmaError {
  override name = 'RestoreRefusedError'
  override readonly kind = 'refused'
  constructor(target: string, at: string, reason: string) {
    super(
      'RESTORE_REFUSED',
      `The model was not given back to ${quoted(target)} (${reason}${reason === 'EEXIST' ? ': something is there' : ''}). Nothing was overwritten. Its bytes are at ${quoted(at)}. Choose a free path of the same file system with --to, or move away what is there.`,
    )
  }
}

/** Thrown for a model that is not held. */
export class NotHeldError extends StemmaError {
  override name = 'NotHeldError'
  constructor(digest: string) {
    super('NOT_HELD', `No model with the digest ${quoted(digest)} is held. "stemma guard held" lists those that are.`)
  }
}

/** Thrown when a path is given for a model that is held at several places. */
export class SeveralHeldError extends StemmaError {
  override name = 'SeveralHeldError'
  constructor(digest: string, holds: readonly { root: string }[]) {
    const roots = holds.slice(0, 3).map(({ root }) => quoted(root))
    super(
      'SEVERAL_HELD',
      `The model ${quoted(digest)} is held at ${holds.length} places (${roots.join(', ')}), which cannot all go to one path. Name one of them.`,
    )
  }
}

/** Thrown when the journal would be in the folder of the model that is held. */
export class JournalInModelError extends StemmaError {
  override name = 'JournalInModelError'
  constructor(folder: string, root: string) {
    super(
      'JOURNAL_IN_MODEL',
      `The journal ${quoted(folder)} is in the folder of the model, ${quoted(root)}, so it would be held too. Set XDG_STATE_HOME to a folder outside of it, or name the folder that holds only the model.`,
    )
  }
}
