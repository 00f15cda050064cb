import { lstat } from 'node:fs/promises'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { quoted } from '../core/text.ts'
import type { Holder } from './holder.ts'

/** Holds models on this disk. */
export function localHolder(_options: { move: boolean; env: NodeJS.ProcessEnv }): Holder {
  return {
    held: async () => undefined,
    hold: async () => ({ place: 'own', by: 'nothing', says: [] }),
    release: async () => {},
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
