import { lstatSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, sep } from 'node:path'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import { defaultHoldFolder, lockModel, openHoldJournal } from './holdJournal.ts'
import { holdModel, readHeld, recoverHolds, releaseModel } from './holdModel.ts'
import type { Holder } from './holder.ts'
import { isInUse, markInUse } from './inUse.ts'
import { guardedOf, type PinnedModel } from './openGuarded.ts'
import type { HeldFile } from './ports.ts'
import { placeOf } from './placeOf.ts'
import { privateView, type ViewedPath } from './privateView.ts'
import { watchFiles } from './watchFiles.ts'

/** Most paths of a private view: more would make each start slow. */
const MAX_VIEWED = 256

/** What is reported of a model that another guard's command runs with. */
const IN_USE = 'Another guard runs a command with these files, so they were left to it. Only this start is refused.'

/** Holds models on this disk, by their place. First ends what a guard began that did not live to end it. */
export async function localHolder({
  move,
  env,
  signal,
}: {
  move: boolean
  env: NodeJS.ProcessEnv
  signal?: AbortSignal | undefined
}): Promise<Holder> {
  const journal = openHoldJournal(defaultHoldFolder(env))
  await recoverHolds(journal, signal)
  return {
    lock: async (digests) => {
      const frees: (() => void)[] = []
      const free = (): void => frees.forEach((each) => each())
      try {
        // Always in the same order, so that two guards never wait for each other.
        for (const digest of [...new Set(digests)].toSorted()) frees.push(await lockModel(journal, digest, signal))
        return free
      } catch (error) {
        free()
        throw error
      }
    },
    held: async (path) => {
      const root = await realpath(path).catch(() => path)
      const held = readHeld(journal).find((each) => each.root === root)
      if (held === undefined || !held.contents.every(isUnchanged)) return undefined
      return { root, digest: held.digest, files: held.contents }
    },
    isHeld: async (path) => {
      const root = await realpath(path).catch(() => path)
      return readHeld(journal).some((each) => each.root === root)
    },
    isHoldFolder: (path) =>
      Promise.resolve(readHeld(journal).some(({ how, at }) => how === 'moved' && dirname(at) === path)),
    hold: async (opened) => {
      const paths = opened.files.map(({ path }) => path)
      const place = await placeOf(opened.root, paths, { env })
      if (place === 'own' && (await isInUse(journal.folder, opened))) return { place, by: 'nothing', says: [IN_USE] }
      const outcome = await holdModel(guardedOf(opened, place), { move, journal, reason: 'It is not verified.' })
      const by = ({ mode: 'mode', moved: 'move', untouched: 'nothing' } as const)[outcome.how]
      return { place, by, says: outcome.remains }
    },
    release: async ({ root, digest }) => {
      if (!readHeld(journal).some((each) => each.root === root && each.digest === digest)) return undefined
      const [given] = await releaseModel(digest, { journal, root })
      return given!.changed.length === 0 && given!.stillHeld === 0 ? given!.contents : undefined
    },
    isAsHashed: ({ files }) => files.every(isUnchanged),
    releaseAt: async (path) => {
      const root = await realpath(path).catch(() => path)
      for (const { digest } of readHeld(journal).filter((each) => each.root === root)) {
        await releaseModel(digest, { journal, root })
      }
    },
    use: (model) => markInUse(journal.folder, model),
    watch: ({ files, place }, changed) => watchFiles(files, { place, onChange: changed }),
    view: async (models) => {
      const paths = new Map(models.flatMap((model) => viewedOf(model, env).map((each) => [each.path, each])))
      if (paths.size === 0 || paths.size > MAX_VIEWED) return undefined
      return privateView([...paths.values()]).prefix ?? undefined
    },
  }
}

function isUnchanged({ path, state }: HeldFile): boolean {
  // What is below a folder without permissions cannot be looked at, nor changed, but by root.
  try {
    return isSameState(stateOf(lstatSync(path, { bigint: true })), state)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

/**
 * What belongs to a model alone, as it was hashed: its folder or file, and the files that links in it lead to. A model of a store has no folder of its
 * own: other programs add files beside its own at any time.
 */
function viewedOf({ reference, root, files, place }: PinnedModel, env: NodeJS.ProcessEnv): ViewedPath[] {
  const all = files.map(({ path, state: { device, inode } }) => ({ path, identity: `${device}:${inode}` }))
  const identity = isPlaceReference(reference, env) ? undefined : place.identityOf(root)
  if (identity === undefined) return all
  return [{ path: root, identity }, ...all.filter(({ path }) => !path.startsWith(root + sep))]
}
