import { useEffect, useSyncExternalStore } from 'react'

import { apiUrl, queries } from './queries.ts'

/**
 * The stream of events, one for all parts of a page. It only says that there is something new: what it is, the page asks as always, so that a page with
 * and one without a stream show the same. A page that nobody looks at has none, because a browser opens few connections to one server.
 */
let source: EventSource | undefined
let users = 0
let isOpen = false
const listeners = new Set<() => void>()

function set(open: boolean): void {
  if (open === isOpen) return
  isOpen = open
  for (const each of listeners) each()
}

function follow(): void {
  const isWanted = users > 0 && document.visibilityState === 'visible'
  if (!isWanted) {
    source?.close()
    source = undefined
    set(false)
    return
  }
  if (source) return
  const opened = (source = new EventSource(new URL('/v1/activity/stream', apiUrl)))
  opened.onopen = () => set(true)
  opened.onerror = () => {
    set(false)
    // A browser gives up where the server refuses, as it does beyond its limit of streams; the page goes on asking.
    if (opened.readyState === EventSource.CLOSED && source === opened) source = undefined
  }
  for (const name of ['activity', 'replaced']) opened.addEventListener(name, changed)
}

let waiting: ReturnType<typeof setTimeout> | undefined
/** Many events come at once, and are asked for once. */
const SETTLE = 150

function changed(): void {
  waiting ??= setTimeout(() => {
    waiting = undefined
    void queries.invalidateQueries({ queryKey: ['status'] })
  }, SETTLE)
}

document.addEventListener('visibilitychange', follow)

/** Follows the stream of events while a part of a page wants it. Returns whether it is there. */
export function useLive(isWanted: boolean): boolean {
  useEffect(() => {
    if (!isWanted) return
    users += 1
    follow()
    return () => {
      users -= 1
      follow()
    }
  }, [isWanted])
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => isOpen,
  )
}
