/**
 * The server that bench/loop.ts measures, in a process of its own. `start` begins a measurement of its event loop, `stop` ends it and answers
 * with it; a lost parent ends the process.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { serveApi } from '../../packages/server/src/api/serve.ts'

/** How the event loop stood still, in milliseconds. */
export type LoopFigures = {
  /** The longest time between two turns. */
  delay: number
  /** The most processor time of the loop's own thread between two turns: what another process takes does not count. */
  busy: number
}

const RESOLUTION = 5

const server = await serveApi({ database: process.argv[2]!, port: 0, host: '127.0.0.1' })
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
let busy = 0
let before = threadTime()
const clock = setInterval(() => {
  const now = threadTime()
  busy = Math.max(busy, now - before)
  before = now
}, RESOLUTION)

process.on('message', (order: 'start' | 'stop' | 'close') => {
  if (order === 'start') {
    delay.reset()
    delay.enable()
    busy = 0
    before = threadTime()
    process.send!({})
  } else if (order === 'stop') {
    delay.disable()
    process.send!({ delay: delay.count > 0 ? delay.max / 1e6 : 0, busy } satisfies LoopFigures)
  } else void close()
})
process.once('disconnect', () => process.exit())
process.send!({ url: server.url })

async function close(): Promise<void> {
  clearInterval(clock)
  await server.close(0)
  process.disconnect()
}

/** Processor time of this thread, in milliseconds. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
