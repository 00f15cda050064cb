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
/** Most entries of a folder of adapters. */
const MOST_ENTRIES = 10_000

/** What watching adapters needs. */
export type AdapterWatch = {
  session: GuardSession
  holder: Holder
  judge: (path: string) => Promise<LoadAnswer>
  report: (event: GuardEvent) => void
  signal: AbortSignal
  hashing: SubjectOptions
}

/**
 * Judges each entry of some folders, and then what appears or changes there: what may not be loaded is held. Judges all that is there
 * before it returns, so that an engine that starts then finds nothing else; returns the promise that goes on until the signal.
 *
 * @throws {@link AdapterFolderError} when a folder cannot be read
 */
export async function watchAdapters(folders: readonly string[], watch: AdapterWatch): Promise<{ done: Promise<void> }> {
  const { cwd = process.cwd() } = watch.hashing
  const roots = await Promise.all(folders.map((folder) => rootOf(resolve(cwd, folder))))
  for (const root of roots) watch.session.guardFolder(root)
  const known = new Map<string, string>()
  for (const root of roots) await lookAt(root, known, watch)
  return { done: goOn(roots, known, watch) }
}

async function goOn(roots: readonly string[], known: Map<string, string>, watch: AdapterWatch): Promise<void> {
  while (roots.length > 0 && !watch.signal.aborted) {
    await delay(LOOK_MILLISECONDS, undefined, { signal: watch.signal }).catch(() => {})
    if (watch.signal.aborted) return
    for (const root of roots) await lookAt(root, known, watch).catch(() => {})
  }
}

async function rootOf(folder: string): Promise<string> {
  try {
    const root = await realpath(folder)
    await readdir(root)
    return root
  } catch (cause) {
    throw new AdapterFolderError(folder, cause)
  }
}

/** Judges the entries of a folder that are new or were changed since. */
async function lookAt(root: string, known: Map<string, string>, watch: AdapterWatch): Promise<void> {
  const names = (await readdir(root)).filter((name) => !name.startsWith('.'))
  for (const name of names.slice(0, MOST_ENTRIES)) {
    const path = join(root, name)
    const state = await stateOf(path)
    if (known.get(path) === state) continue
    known.set(path, state)
    await judgeEntry(path, watch)
    // Holding changes the entry too.
    known.set(path, await stateOf(path))
  }
}

async function judgeEntry(path: string, watch: AdapterWatch): Promise<void> {
  const answer = await watch.judge(path).catch((error: unknown): LoadAnswer => {
    const message = error instanceof StemmaError ? error.message : 'It could not be read.'
    return { loadable: false, code: 'UNREADABLE', message, missing: [] }
  })
  if (answer.loadable) {
    watch.report({ event: 'adapter', path, loadable: true, message: '', hold: null })
    return
  }
  const hold = await holdEntry(path, watch)
  watch.report({ event: 'adapter', path, loadable: false, message: answer.message, hold })
}

async function holdEntry(path: string, { holder, hashing }: AdapterWatch): Promise<HoldResult | null> {
  try {
    return await holder.hold(await openGuarded({ reference: path, isAdapter: true }, hashing))
  } catch {
    // What cannot be read, such as a half of a copy, is looked at again when it changes.
    return null
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

/** Thrown when a folder of adapters cannot be read. */
export class AdapterFolderError extends StemmaError {
  override name = 'AdapterFolderError'
  constructor(path: string, cause: unknown) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    super(
      'ADAPTER_FOLDER',
      `The folder of adapters ${quoted(path)} cannot be read (${code}). Name a folder that exists.`,
      {
        cause,
      },
    )
  }
}
