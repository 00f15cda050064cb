import type { CallId, UsageStore } from 'stemma/audit'
import { ZERO_DIGEST, type Digest } from 'stemma/core'

import { createCallClock } from './callClock.ts'
import { createCallIds } from './callId.ts'
import type { KeyEntry } from './ports.ts'

/** Most records of refused calls for a key within a minute: the log is not a place to flood. */
export const REFUSED_RECORDS = 60

/** Records calls that a known key made and that were refused. */
export type RefusedCalls = {
  /**
   * Records one, unless the key has had its share of this minute.
   *
   * @param at the block and the epoch at which it was refused; undefined while the head is not known, or too old
   * @returns the id of the call; undefined when it is only counted
   */
  record(entry: KeyEntry, at: { block: number; epoch: number } | undefined, request: Digest): CallId | undefined
}

/**
 * Begins to record refused calls.
 *
 * @param headTime of the newest block, in Unix seconds
 * @param onFailure called when the store cannot keep one
 */
export function createRefusedCalls(
  store: UsageStore,
  headTime: () => number | undefined,
  onFailure: (failure: Error) => void,
  now: () => number = Date.now,
): RefusedCalls {
  const clock = createCallClock(now, headTime)
  const nextId = createCallIds(clock)
  let minute = 0
  let counts = new Map<string, number>()
  return {
    record(entry, at, request) {
      const current = Math.floor(now() / 60_000)
      if (current !== minute) {
        minute = current
        counts = new Map()
      }
      const count = counts.get(entry.id) ?? 0
      if (count >= REFUSED_RECORDS || at === undefined) return undefined
      counts.set(entry.id, count + 1)
      const call = nextId()
      const time = Math.floor(clock() / 1000)
      const { credential, use } = entry
      const none = { inputTokens: 0, outputTokens: 0, counted: 'estimated' as const }
      store
        .begin({ call, credential, use, time, ...at, reserved: 0 })
        .then(() => store.end({ call, request, response: ZERO_DIGEST, outcome: 'refused', ...none }))
        .catch(onFailure)
      return call
    },
  }
}
