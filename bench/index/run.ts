/**
 * One contender of the benchmark in a process of its own, so that its memory is its own. Prints one line of JSON.
 * Usage: node bench/index/run.ts <ours|floor> <database> <file with { url, deployment }>
 */
import { readFileSync } from 'node:fs'

import type { Deployment } from '../../src/core/deployment.ts'
import { built } from './built.ts'

const [contender, database, file] = process.argv.slice(2) as [string, string, string]
const { url, deployment } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; deployment: Deployment }
const began = performance.now()
const memory: number[] = []
const events = contender === 'floor' ? await floor() : await ours()
const seconds = (performance.now() - began) / 1000
const cpu = process.cpuUsage()
const cpuSeconds = (cpu.user + cpu.system) / 1e6
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(JSON.stringify({ events, seconds, rate: Math.round(events / seconds), cpuSeconds, peakMiB, memory }))

async function floor(): Promise<number> {
  const { readAndInsert } = await import('./floor.ts')
  return readAndInsert(url, deployment, database)
}

/** Our indexer, from nothing to the head, its indexes included. */
async function ours(): Promise<number> {
  const { indexLedger } =
    await built<typeof import('../../packages/server/src/indexer/indexLedger.ts')>('indexer/indexLedger')
  let total = 0
  let next = 0
  await indexLedger({
    deployment,
    database,
    rpc: { url },
    once: true,
    onStep: (step) => {
      if (step.kind !== 'batch') return
      total = step.total
      // Memory at every tenth of the way, to see whether it grows with the chain.
      if (step.checkpoint.block < (step.checkpoint.head * next) / 10) return
      next += 1
      memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20))
    },
  })
  return total
}
