import { lstatSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { quoted } from '../core/text.ts'
import type { PinnedPlace } from './pinnedPlace.ts'
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
 * where there is one. What is added to the model's folder, or leads elsewhere, since its place was pinned is a change too.
 *
 * @param place the place of the model, pinned before it was hashed; closed in the end
 * @param onChange called once, with the first change
 */
export async function watchFiles(
  files: readonly HeldFile[],
  {
    place,
    onChange,
    signal,
  }: { place: PinnedPlace; onChange: (what: string) => void; signal?: AbortSignal | undefined },
): Promise<FileWatch> {
  let change: string | null = null
  let ended = false
  const changed = (what: string) => {
    if (ended || change !== null) return
    change = what
    onChange(what)
  }
  const replaced = place.keep(files)
  if (replaced !== null) changed(replaced)
  const isVerity = await haveVerity(files)
  const leases = isVerity
    ? null
    : await takeReadLeases(files, ({ path }) => changed(`${quoted(path)} was opened for writing`))
  let running: Promise<void> | undefined
  const check = () =>
    (running ??= lookForChange(files, place).then((what) => {
      running = undefined
      if (what !== null) changed(what)
    }))
  const watchers = watchersOf(files, place, () => void check())
  const timer = setInterval(() => void check(), CHECK_EVERY)
  timer.unref()
  const end = async () => {
    if (ended) return
    clearInterval(timer)
    for (const watcher of watchers) watcher.close()
    ended = true
    place.close()
    await leases?.end()
  }
  signal?.addEventListener('abort', () => void end(), { once: true })
  if (signal?.aborted === true) await end()
  await check()
  return {
    integrity: integrityOf(isVerity, leases),
    check,
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

async function lookForChange(files: readonly HeldFile[], place: PinnedPlace): Promise<string | null> {
  for (const [index, file] of files.entries()) {
    if (index % FILES_A_TURN === FILES_A_TURN - 1) await setImmediate()
    const what = changeOf(file)
    if (what !== null) return what
  }
  return place.change()
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

function watchersOf(files: readonly HeldFile[], { folders }: PinnedPlace, onEvent: () => void): FSWatcher[] {
  const paths = new Set([...folders, ...files.map(({ path }) => dirname(path))])
  return [...paths].slice(0, MAX_WATCHED).flatMap((path) => {
    try {
      return [watch(path, { persistent: false }, onEvent).on('error', () => {})]
    } catch {
      // The system has a limit; then the check of each second has to do.
      return []
    }
  })
}
