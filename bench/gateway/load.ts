import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { memoryOf, processorOf, type Contender } from './contenders.ts'

/** What one load did. */
export type LoadFigures = {
  calls: number
  callsPerSecond: number
  /** Processor time of the contender for each call, in milliseconds; zero where nothing stands between. */
  processor: number
  /** Median time of a call, in milliseconds. */
  p50: number
  /** The most memory of the contender that was seen, in MB. */
  memory: number
  failed: number
}

/** Lateness of chunks, in milliseconds. */
export type Lateness = { p50: number; p99: number }

const hasWrk = spawnSync('wrk', ['--version']).error === undefined

/** Which tool makes the load. */
export const LOAD_TOOL = hasWrk ? 'wrk' : 'autocannon'

/** A request of 1.6 kB, whole or as a stream. */
export function bodyOf(model: string, stream: boolean, pace = 1): string {
  const content = 'What is the lineage of this model, and may I use it? '.repeat(28)
  return JSON.stringify({
    model,
    messages: [{ role: 'user', content }],
    max_tokens: 400,
    ...(stream ? { stream: true, metadata: { pace } } : {}),
  })
}

/** Calls a contender from some connections for some seconds. */
export async function load(
  { url, headers, pid }: Contender,
  { body, connections, seconds, folder }: { body: string; connections: number; seconds: number; folder: string },
): Promise<LoadFigures> {
  const before = pid === undefined ? 0 : processorOf(pid)
  let memory = 0
  const look = setInterval(() => {
    if (pid !== undefined) memory = Math.max(memory, memoryOf(pid))
  }, 100)
  const all = { 'content-type': 'application/json', ...headers }
  try {
    const made = await (hasWrk ? byWrk : byAutocannon)(url, all, body, connections, seconds, folder)
    const used = pid === undefined ? 0 : processorOf(pid) - before
    return { ...made, processor: used / made.calls, memory }
  } finally {
    clearInterval(look)
  }
}

type Made = Pick<LoadFigures, 'calls' | 'callsPerSecond' | 'p50' | 'failed'>

async function byWrk(
  url: string,
  headers: Record<string, string>,
  body: string,
  connections: number,
  seconds: number,
  folder: string,
): Promise<Made> {
  const script = join(folder, 'load.lua')
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = ${JSON.stringify(body)}\n${lines.join('\n')}
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`,
  )
  const counts = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '20s']
  const { stdout } = await promisify(execFile)('wrk', [...counts, '-s', script, url])
  const [calls, took, p50, failed] = /^FIGURES (\d+) (\d+) (\d+) (\d+)$/m.exec(stdout)!.slice(1).map(Number)
  return { calls: calls!, callsPerSecond: calls! / (took! / 1e6), p50: p50! / 1000, failed: failed! }
}

async function byAutocannon(
  url: string,
  headers: Record<string, string>,
  body: string,
  connections: number,
  seconds: number,
): Promise<Made> {
  const program = join(import.meta.dirname, '../../node_modules/autocannon/autocannon.js')
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const counts = ['-c', String(connections), '-d', String(seconds), '-t', '20']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, '--json', '--no-progress', '-m', 'POST', ...counts, '-b', body, ...named, url],
    { env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 1 << 24 },
  )
  const { requests, latency, duration, non2xx, errors } = JSON.parse(stdout) as {
    requests: { total: number }
    latency: { p50: number }
    duration: number
    non2xx: number
    errors: number
  }
  const calls = requests.total
  return { calls, callsPerSecond: calls / duration, p50: latency.p50, failed: non2xx + errors }
}

/** How much later than it was sent each chunk of so many paced streams comes. */
export async function latenessOf({ url, headers }: Contender, body: string, streams: number): Promise<Lateness> {
  const late: number[] = []
  const follow = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } })
      sent.once('error', reject)
      sent.once('response', (response) => {
        let line = ''
        response.on('data', (part: Buffer) => {
          const now = Number(process.hrtime.bigint()) / 1e6
          const lines = (line + part.toString()).split('\n')
          line = lines.pop()!
          for (const each of lines) {
            const at = /"sentAt":([\d.]+)/.exec(each)
            if (at) late.push(now - Number(at[1]))
          }
        })
        response.once('error', reject)
        response.once('end', resolve)
      })
      sent.end(body)
    })
  await Promise.all(Array.from({ length: streams }, follow))
  if (late.length === 0) throw new Error(`${url} gave no stream.`)
  late.sort((a, b) => a - b)
  const at = (share: number): number => late[Math.floor(late.length * share)]!
  return { p50: at(0.5), p99: at(0.99) }
}
