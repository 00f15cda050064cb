import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { SubjectOptions } from '../subjects/subject.ts'
import type { GuardEvent } from './startGuarded.ts'
import type { Holder, HoldResult } from './holder.ts'
import { openGuarded } from './openGuarded.ts'
import type { GuardSession, LoadAnswer } from './session.ts'

/** How often a folder of adapters is looked at, in milliseconds. */
const LOOK_MILLISECONDS = 250
/** Most entries of a folder of adapters at the start; and most of one adapter whose times are compared. */
const MOST_ENTRIES = 10_000

/** What watching adapters needs. */
export type AdapterWatch = {
  session: GuardSession
  holder: Holder
  /** Judges what is at a path, also what is held there; what may be loaded is given back. */
  judge: (path: string) => Promise<LoadAnswer>
  /** Time between two judgments of what may not be loaded yet, in milliseconds. */
  againMilliseconds: number
  report: (event: GuardEvent) => void
  signal: AbortSignal
  hashing: SubjectOptions
}

/**
 * Judges each entry of some folders, and then what appears or changes there: what may not be loaded is held, judged again from time to time, and
 * given back once it may. Judges all that is there
 * before it returns, so that an engine that starts then finds nothing else; returns the promise that goes on until the signal. A folder whose
 * name is led elsewhere meanwhile is looked at where it leads.
 *
 * @throws {@link AdapterFolderError} when a folder cannot be read, or has too many entries
 */
export async function watchAdapters(folders: readonly string[], watch: AdapterWatch): Promise<{ done: Promise<void> }> {
  const { cwd = process.cwd() } = watch.hashing
  const named = folders.map((folder) => resolve(cwd, folder))
  const roots = new Set<string>()
  const entries: Entries = new Map()
  for (const folder of named) await addRoot(folder, roots, watch)
  for (const root of roots) {
    const { length } = await readdir(root)
    if (length > MOST_ENTRIES) throw new AdapterFolderError(root, `has ${length} entries, more than ${MOST_ENTRIES}`)
    await lookAt(root, entries, watch)
  }
  return { done: goOn(named, roots, entries, watch) }
}

/** What is known of entries, by their paths. */
type Entries = Map<string, { state: string; isLoadable: boolean }>

/** Guards the folder that a name leads to now. */
async function addRoot(folder: string, roots: Set<string>, watch: AdapterWatch): Promise<void> {
  const root = await rootOf(folder)
  if (roots.has(root)) return
  roots.add(root)
  watch.session.guardFolder(root)
}

async function goOn(
  folders: readonly string[],
  roots: Set<string>,
  entries: Entries,
  watch: AdapterWatch,
): Promise<void> {
  let judged = performance.now()
  while (folders.length > 0 && !watch.signal.aborted) {
    await delay(LOOK_MILLISECONDS, undefined, { signal: watch.signal }).catch(() => {})
    if (watch.signal.aborted) return
    for (const folder of folders) await addRoot(folder, roots, watch).catch(() => {})
    for (const root of roots) await lookAt(root, entries, watch).catch(() => {})
    if (performance.now() - judged < watch.againMilliseconds) continue
    await judgeAgain(entries, watch)
    judged = performance.now()
  }
}

/** Judges again what may not be loaded: its review may be over. */
async function judgeAgain(entries: Entries, watch: AdapterWatch): Promise<void> {
  for (const [path, { isLoadable }] of entries) {
    if (watch.signal.aborted) return
    if (isLoadable || !(await watch.holder.isHeld(path))) continue
    const answer = await watch.judge(path).catch(() => undefined)
    if (answer?.loadable !== true) continue
    watch.report({ event: 'adapter', path, loadable: true, message: '', hold: null })
    entries.set(path, { state: await stateOf(path), isLoadable: true })
  }
}

async function rootOf(folder: string): Promise<string> {
  try {
    const root = await realpath(folder)
    await readdir(root)
    return root
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new AdapterFolderError(folder, `cannot be read (${code})`, cause)
  }
}

/** Judges the entries of a folder that are new or were changed since. */
async function lookAt(root: string, entries: Entries, watch: AdapterWatch): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name)
    const state = await stateOf(path)
    if (entries.get(path)?.state === state || (await watch.holder.isHoldFolder(path))) continue
    entries.set(path, { state, isLoadable: false })
    const isLoadable = await judgeEntry(path, watch)
    // Holding changes the entry too.
    entries.set(path, { state: await stateOf(path), isLoadable })
  }
}

/** Returns whether it may be loaded. */
async function judgeEntry(path: string, watch: AdapterWatch): Promise<boolean> {
  const answer = await watch.judge(path).catch((error: unknown): LoadAnswer => {
    const message = error instanceof StemmaError ? error.message : 'It could not be read.'
    return { loadable: false, code: 'UNREADABLE', message, missing: [] }
  })
  if (answer.loadable) {
    watch.report({ event: 'adapter', path, loadable: true, message: '', hold: null })
    return true
  }
  const hold = await holdEntry(path, watch)
  watch.report({ event: 'adapter', path, loadable: false, message: answer.message, hold })
  return false
}

async function holdEntry(path: string, { holder, hashing }: AdapterWatch): Promise<HoldResult | null> {
  if (await holder.isHeld(path)) return null
  try {
    return await holder.hold(await openGuarded({ reference: path, isAdapter: true }, hashing))
  } catch (error) {
    // What cannot be read, such as a half of a copy, is looked at again when it changes.
    const { code = 'unknown' } = error as { code?: string }
    return {
      place: 'own',
      by: 'nothing',
      says: [`It is not held (${code}), so the engine may still be able to load it.`],
    }
  }
}

/** What changes when a file directly in an entry does; deeper ones are seen by the watch of their model. */
async function stateOf(path: string): Promise<string> {
  try {
    const stats = await stat(path, { bigint: true })
    const of = ({ ino, size, mtimeNs }: typeof stats): string => `${ino} ${size} ${mtimeNs}`
    if (!stats.isDirectory()) return of(stats)
    const names = (await readdir(path)).slice(0, MOST_ENTRIES)
    const files = await Promise.all(
      names.map((name) => stat(join(path, name), { bigint: true }).then(of, () => 'unreadable')),
    )
    return [of(stats), ...files].join('\n')
  } catch {
    return 'unreadable'
  }
}

/** Thrown when a folder of adapters cannot be read, or has too many entries. */
export class AdapterFolderError extends StemmaError {
  override name = 'AdapterFolderError'
  constructor(path: string, fault: string, cause?: unknown) {
    super(
      'ADAPTER_FOLDER',
      `The folder of adapters ${quoted(path)} ${fault}. Name a folder that exists and holds adapters alone.`,
      { cause },
    )
  }
}
