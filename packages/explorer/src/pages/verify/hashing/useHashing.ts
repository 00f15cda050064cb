import { useCallback, useEffect, useReducer, useRef } from 'react'

import type { Dropped } from '../../../app/dropped.ts'
import { collect, type Collected } from './collect.ts'
import type { HashedFile, HashedModel } from './hashModel.ts'
import type { HashAnswer } from './hashWorker.ts'

/**
 * Most bytes that the page hashes: 8 GiB take more than a minute at the 113 MiB/s that one worker reaches, and a tab that is closed loses
 * all of it. The command line uses every core, and remembers what it hashed.
 */
export const MAX_BYTES = 8 * 1024 ** 3

/** How far the hashing of dropped files is. */
export type Hashing = {
  state: 'none' | 'listing' | 'hashing' | 'done' | 'cancelled' | 'too-large' | 'too-many' | 'failed'
  collected: Collected | undefined
  /** Bytes that were read of each file, in the order of the files. */
  read: readonly number[]
  hashed: readonly (HashedFile | undefined)[]
  model: HashedModel | undefined
  /** Why it failed, and at which file. */
  failure: { message: string; path: string | undefined } | undefined
}

const NONE: Hashing = {
  state: 'none',
  collected: undefined,
  read: [],
  hashed: [],
  model: undefined,
  failure: undefined,
}

type Step = Partial<Hashing> | HashAnswer

function advance(before: Hashing, step: Step): Hashing {
  if (!('steps' in step)) return { ...before, ...step }
  const read = [...before.read]
  const hashed = [...before.hashed]
  for (const one of step.steps) {
    if ('bytes' in one) read[one.index]! += one.bytes
    else hashed[one.index] = one.hashed
  }
  const { model, failed } = step
  const path = failed && before.collected?.files[failed.index]?.path
  return {
    ...before,
    read,
    hashed,
    ...(model && { state: 'done', model }),
    ...(failed && { state: 'failed', failure: { message: failed.message, path } }),
  }
}

/** Hashes what is dropped in a worker, one drop at a time; a new drop or `cancel` ends the one before. */
export function useHashing(): {
  hashing: Hashing
  start: (dropped: Dropped) => void
  cancel: () => void
  /** Ends the work, and forgets it. */
  clear: () => void
} {
  const [hashing, dispatch] = useReducer(advance, NONE)
  const worker = useRef<Worker | null>(null)
  const turn = useRef(0)
  const stop = useCallback(() => {
    turn.current += 1
    worker.current?.terminate()
    worker.current = null
  }, [])
  useEffect(() => stop, [stop])
  const start = useCallback(
    (dropped: Dropped) => {
      stop()
      const mine = turn.current
      const show = (step: Step): void => {
        if (mine === turn.current) dispatch(step)
      }
      const fail = (error: unknown): void =>
        show({
          state: 'failed',
          failure: { message: error instanceof Error ? error.message : String(error), path: undefined },
        })
      show({ ...NONE, state: 'listing' })
      void collect(dropped).then((collected) => {
        if (mine !== turn.current) return
        if (collected === undefined) return show({ state: 'too-many' })
        if (collected.bytes > MAX_BYTES) return show({ state: 'too-large', collected })
        const { files, isFolder, leftOut } = collected
        show({ state: 'hashing', collected, read: files.map(() => 0), hashed: files.map(() => undefined) })
        const thread = new Worker(new URL('./hashWorker.ts', import.meta.url), { type: 'module' })
        worker.current = thread
        thread.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
          show(data)
          if (data.model || data.failed) thread.terminate()
        }
        thread.onerror = (event) => fail(new Error(event.message || 'The worker that hashes could not start.'))
        thread.postMessage({ files, isFolder, leftOut })
      }, fail)
    },
    [stop],
  )
  const cancel = useCallback(() => {
    stop()
    dispatch({ state: 'cancelled' })
  }, [stop])
  const clear = useCallback(() => {
    stop()
    dispatch(NONE)
  }, [stop])
  return { hashing, start, cancel, clear }
}
