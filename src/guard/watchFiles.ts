import { lstatSync, readdirSync, watch, type FSWatcher } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { quoted } from '../core/text.ts'
import { statusAt } from './inodes.ts'
import type { FileWatch, HeldFile, Integrity } from './ports.ts'
import { takeReadLeases, type ReadLeases } from './readLease.ts'
import { haveVerity } from './verity.ts'

/** Time between two checks, in milliseconds of the monotonic clock. */
const CHECK_EVERY = 1000
/** How many files are looked at before others get their turn. */
const FILES_A_TURN = 500
/** Most folders that the system watches for us; all are checked each second in any case. */
const MAX_WATCHED = 256

/**
 * Watches the files of a model while a command uses them: what the system says of them, their state each second, and a read lease or fs-verity
 * where there is one. A file or a folder that is added to the model's folder is a change too. Begun before the
 * files are hashed, it covers the hashing as well.
 *
 * @param root absolute path of the model: its folder, or its file
 * @param onChange called once, with the first change
 */
export async function watchFiles(
  files: readonly HeldFile[],
  { root, onChange, signal }: { root: string; onChange: (what: string) => void; signal?: AbortSignal | undefined },
): Promise<FileWatch> {
  const folders = foldersOf(root)
  let change: string | null = null
  let ended = false
  const changed = (what: string) => {
    if (ended || change !== null) return
    change = what
    onChange(what)
  }
  const isVerity = await haveVerity(files)
  const leases = isVerity
    ? null
    : await takeReadLeases(files, ({ path }) => changed(`${quoted(path)} was opened for writing`))
  let running: Promise<void> | undefined
  const check = () =>
    (running ??= lookForChange(files, folders).then((what) => {
      running = undefined
      if (what !== null) changed(what)
    }))
  const watchers = watchersOf(files, folders, () => void check())
  const timer = setInterval(() => void check(), CHECK_EVERY)
  timer.unref()
  const end = async () => {
    if (ended) return
    clearInterval(timer)
    for (const watcher of watchers) watcher.close()
    ended = true
    await leases?.end()
  }
  signal?.addEventListener('abort', () => void end(), { once: true })
  if (signal?.aborted === true) await end()
  await check()
  return {
    integrity: integrityOf(isVerity, leases),
    async stop() {
      await running
      await check()
      await end()
      return change
    },
  }
}

function integrityOf(isVerity: boolean, leases: ReadLeases | null): Integrity {
  if (isVerity) return 'verity'
  return leases === null ? 'stat' : 'lease'
}

/** A folder with its time of change and what is in it. */
type Folder = { ctimeNs: bigint; names: ReadonlySet<string> }

/** The folders of a model by their paths; empty for a file. */
function foldersOf(root: string): Map<string, Folder> {
  const folders = new Map<string, Folder>()
  const visit = (path: string) => {
    const stats = statusAt(path)
    if (stats?.isDirectory() !== true) return
    const entries = readdirSync(path, { withFileTypes: true })
    folders.set(path, { ctimeNs: stats.ctimeNs, names: new Set(entries.map(({ name }) => name)) })
    for (const entry of entries) if (entry.isDirectory()) visit(join(path, entry.name))
  }
  visit(root)
  return folders
}

async function lookForChange(files: readonly HeldFile[], folders: ReadonlyMap<string, Folder>): Promise<string | null> {
  for (const [index, file] of files.entries()) {
    if (index % FILES_A_TURN === FILES_A_TURN - 1) await setImmediate()
    const what = changeOf(file)
    if (what !== null) return what
  }
  for (const [path, folder] of folders) {
    const what = changeOfFolder(path, folder)
    if (what !== null) return what
  }
  return null
}

function changeOf({ path, state }: HeldFile): string | null {
  try {
    const now = stateOf(lstatSync(path, { bigint: true }))
    if (isSameState(now, state)) return null
    return `${quoted(path)} was ${now.inode === state.inode ? 'changed' : 'replaced'}`
  } catch (error) {
    return `${quoted(path)} cannot be seen any more (${(error as NodeJS.ErrnoException).code})`
  }
}

function changeOfFolder(path: string, { ctimeNs, names }: Folder): string | null {
  try {
    if (statusAt(path)?.ctimeNs === ctimeNs) return null
    const added = readdirSync(path).find((name) => !names.has(name))
    // What was removed and is not a file of the model does not matter.
    return added === undefined ? null : `${quoted(join(path, added))} was added`
  } catch (error) {
    return `${quoted(path)} cannot be seen any more (${(error as NodeJS.ErrnoException).code})`
  }
}

function watchersOf(
  files: readonly HeldFile[],
  folders: ReadonlyMap<string, Folder>,
  onEvent: () => void,
): FSWatcher[] {
  const paths = new Set([...folders.keys(), ...files.map(({ path }) => dirname(path))])
  return [...paths].slice(0, MAX_WATCHED).flatMap((path) => {
    try {
      return [watch(path, { persistent: false }, onEvent).on('error', () => {})]
    } catch {
      // The system has a limit; then the check of each second has to do.
      return []
    }
  })
}
