import { lstatSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { sep } from 'node:path'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { quoted } from '../core/text.ts'
import { homeOf } from '../subjects/storedModel.ts'
import { defaultHoldFolder, openHoldJournal } from './holdJournal.ts'
import { holdModel, readHeld, releaseModel } from './holdModel.ts'
import type { Holder } from './holder.ts'
import { guardedOf, type OpenedModel } from './openGuarded.ts'
import type { GuardedModel } from './ports.ts'

/** Where stores that programs share have their files: below the user's home, and where variables move them. */
const STORE_FOLDERS = [
  '.cache/huggingface',
  '.ollama',
  '.lmstudio',
  '.cache/lm-studio',
  '.cache/torch',
  '.cache/llama.cpp',
]
const STORE_VARIABLES = [
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'OLLAMA_MODELS',
  'TORCH_HOME',
  'LLAMA_CACHE',
]
/** Folders by which a store is known wherever it is: the Hub's snapshots and blobs, and blobs that are named by their digest. */
const STORE_PATHS = [/\/models--[^/]+\/(snapshots|blobs)(\/|$)/, /\/blobs\/sha256[-:/]/]

/** Holds models on this disk, by their place. */
export function localHolder({ move, env }: { move: boolean; env: NodeJS.ProcessEnv }): Holder {
  const journal = openHoldJournal(defaultHoldFolder(env))
  return {
    held: async (path) => {
      const root = await realpath(path).catch(() => path)
      const held = readHeld(journal).find((each) => each.root === root)
      if (held === undefined || !held.contents.every(({ path: file, state }) => isUnchanged(file, state)))
        return undefined
      return { root, digest: held.digest, files: held.contents }
    },
    isHeld: async (path) => {
      const root = await realpath(path).catch(() => path)
      return readHeld(journal).some((each) => each.root === root)
    },
    hold: async (opened) => {
      const place = await placeOf(opened, env)
      const outcome = await holdModel(guardedOf(opened, place), { move, journal, reason: 'It is not verified.' })
      const by = ({ mode: 'mode', moved: 'move', untouched: 'nothing' } as const)[outcome.how]
      return { place, by, says: outcome.remains }
    },
    release: async ({ root, digest }) => {
      if (!readHeld(journal).some((each) => each.root === root && each.digest === digest)) return undefined
      const [given] = await releaseModel(digest, { journal, root })
      return given!.changed.length === 0 && given!.stillHeld === 0 ? given!.contents : undefined
    },
    releaseAt: async (path) => {
      const root = await realpath(path).catch(() => path)
      for (const { digest } of readHeld(journal).filter((each) => each.root === root)) {
        await releaseModel(digest, { journal, root })
      }
    },
    watch: async ({ files }, changed) => {
      const check = async (): Promise<string | null> => {
        for (const { path, state } of files) {
          const stats = await lstat(path, { bigint: true }).catch(() => undefined)
          if (stats === undefined || !isSameState(stateOf(stats), state)) return `${quoted(path)} was changed.`
        }
        return null
      }
      const timer = setInterval(() => void check().then((what) => what !== null && changed(what)), 1000)
      return {
        integrity: 'stat',
        stop: () => {
          clearInterval(timer)
          return check()
        },
      }
    },
    view: async () => undefined,
  }
}

function isUnchanged(path: string, state: OpenedModel['files'][number]['state']): boolean {
  // What is below a folder without permissions cannot be looked at, nor changed, but by root.
  try {
    return isSameState(stateOf(lstatSync(path, { bigint: true })), state)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

/** Whose files they are. */
async function placeOf({ root, files }: OpenedModel, env: NodeJS.ProcessEnv): Promise<GuardedModel['place']> {
  const folders = [
    ...STORE_FOLDERS.map((name) => `${homeOf({ env })}${sep}${name}`),
    ...STORE_VARIABLES.flatMap((name) => (env[name] ? [env[name]] : [])),
  ]
  const stores = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)))
  const isStored = (path: string): boolean =>
    stores.some((store) => path === store || path.startsWith(store + sep)) ||
    STORE_PATHS.some((known) => known.test(path))
  const paths = [root, ...files.map(({ path }) => path)]
  if (paths.some(isStored)) return 'shared-store'
  const user = process.geteuid?.()
  return user !== undefined && paths.some((path) => Number(lstatSync(path).uid) !== user) ? 'foreign' : 'own'
}
