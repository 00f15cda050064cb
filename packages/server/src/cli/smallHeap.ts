import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Bytes that the heap's young generation may have: calls that are not slow live and die in it. */
const YOUNG = 8_000_000

/**
 * Keeps the heap of this program small. V8 else lets the young generation grow to 134 MB under load, and the old one to several times of
 * what is in use: most of both is garbage. V8 reads these flags at each collection, so `node` needs no options, and threads are kept
 * small, too.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=40')
  // What survives makes it grow. While the program loads, nothing else can hold it back in time.
  const kept: unknown[] = []
  while (youngBytes() < YOUNG) kept.push(Array.from({ length: 8192 }))
  mayGrow(false)
  // An idle program gives it back, and is to have it again when calls come.
  new PerformanceObserver(() => mayGrow(youngBytes() < YOUNG)).observe({ entryTypes: ['gc'] })
}

function mayGrow(may: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`)
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Infinity
}
