/**
 * What the gateway costs: the same calls to the same upstream without a proxy, by a plain proxy of undici, by Portkey's gateway, by nginx
 * where it is installed, and by ours, with a key, standing at the head of a chain, a quota, and both records on the disk. One run, in rounds
 * that take turns; the median of the rounds counts. Each contender is a process of its own, whose processor time Linux tells. The load is
 * by wrk where it is installed, else by autocannon.
 *
 * Usage: npm run bench:gateway [-- --rounds 3 --seconds 3 --quick --no-portkey --json]
 *   --rounds      how often each contender is measured
 *   --seconds     how long each load lasts; streams get twice as long
 *   --quick       one round of one second: says that it works, not how fast
 *   --no-portkey  leave out the peer, which npm installs into a temporary folder
 *   --json        one object
 *
 * Ends with 1 when a goal is missed or a call failed, with 2 when it is used wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { direct, nginx, plain, portkey, startProgram, type Contender } from './gateway/contenders.ts'
import { durabilityOf, syncOf } from './gateway/durability.ts'
import { goalsOf, type ContenderFigures } from './gateway/goals.ts'
import { bodyOf, latenessOf, load, LOAD_TOOL, type Lateness, type LoadFigures } from './gateway/load.ts'
import { MODEL, ours } from './gateway/ours.ts'

const CONNECTIONS = [1, 50, 200] as const
/** Calls of each contender before the first round. */
const WARMING_CALLS = 20_000
/** Paced streams at once, and milliseconds between their chunks. */
const PACED = [1, 20] as const
const PACE = 10

const { values } = readOptions({
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
  quick: { type: 'boolean', default: false },
  portkey: { type: 'boolean', default: true },
  json: { type: 'boolean', default: false },
})
const [rounds, seconds] = values.quick ? [1, 1] : [Number(values.rounds), Number(values.seconds)]
if (![rounds, seconds].every((number) => Number.isInteger(number) && number > 0)) {
  exitForUsage('--rounds and --seconds are whole numbers from 1 on.')
}
const report = (line: string): void => console.error(line)

const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
const upstream = await startProgram('upstream.ts', [])
const url = `http://127.0.0.1:${upstream.port}`
const contenders: Contender[] = []
try {
  contenders.push(direct(url), await plain(url))
  const floor = await nginx(url, folder)
  if (floor) contenders.push(floor)
  else report('nginx is not installed, and left out.')
  if (values.portkey) contenders.push(await portkey(url, folder, report))
  contenders.push(await ours(url, report))
  const figures = await measureAll(contenders)
  const durability = await durabilityOf(folder, seconds)
  const sync = syncOf(folder)
  const goals = goalsOf(figures, durability, sync)
  const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, load: loadavg()[0]!, tool: LOAD_TOOL }
  if (values.json) console.log(JSON.stringify({ ...about, rounds, seconds, sync, durability, figures, goals }))
  else print(figures, goals, { ...about, sync })
  const failed = figures.flatMap(({ json, streams }) => [...json, ...streams]).some((each) => each.failed > 0)
  process.exitCode = goals.every(({ isMet }) => isMet) && !failed ? 0 : 1
} finally {
  for (const contender of contenders) await contender.close()
  upstream.child.kill()
  rmSync(folder, { recursive: true, force: true })
}

/** Measures each contender in each round, one after the other, and returns the medians. */
async function measureAll(all: readonly Contender[]): Promise<ContenderFigures[]> {
  const rows = all.map(({ name }) => ({
    name,
    json: CONNECTIONS.map((): LoadFigures[] => []),
    streams: CONNECTIONS.map((): LoadFigures[] => []),
    lateness: PACED.map((): Lateness[] => []),
  }))
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of all.entries()) {
      report(`Round ${round + 1} of ${rounds}: ${contender.name} …`)
      const row = rows[index]!
      // Without counting, so that code is measured that V8 has compiled: with as many calls for the slow ones as for the fast.
      for (let calls = 0, least = values.quick || round > 0 ? 1 : WARMING_CALLS; calls < least;) {
        calls += (await load(contender, { body: bodyOf(MODEL, false), connections: 50, seconds: 1, folder })).calls
      }
      for (const [place, connections] of CONNECTIONS.entries()) {
        row.json[place]!.push(await load(contender, { body: bodyOf(MODEL, false), connections, seconds, folder }))
        const long = { body: bodyOf(MODEL, true), connections, seconds: 2 * seconds, folder }
        row.streams[place]!.push(await load(contender, long))
      }
      for (const [place, streams] of PACED.entries())
        row.lateness[place]!.push(await latenessOf(contender, bodyOf(MODEL, true, PACE), streams))
    }
  }
  return rows.map(({ name, json, streams, lateness }) => ({
    name,
    json: json.map(medians),
    streams: streams.map(medians),
    lateness: lateness.map(medians),
  }))
}

/** The median of each figure; of an even number the lower one in the middle. */
function medians<T extends Record<string, number>>(rows: readonly T[]): T {
  const median = (name: string): number =>
    rows.map((row) => row[name]!).toSorted((a, b) => a - b)[Math.floor((rows.length - 1) / 2)]!
  return Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, median(name)])) as T
}

function print(
  figures: readonly ContenderFigures[],
  goals: ReturnType<typeof goalsOf>,
  { cpu, node, load: busy, tool, sync }: { cpu: string; node: string; load: number; tool: string; sync: number },
): void {
  console.log(
    `${cpu}, Node ${node}, load ${busy.toFixed(1)}, by ${tool}; a sync of the disk takes ${sync.toFixed(2)} ms\n`,
  )
  const columns = ['', 'connections', 'calls/s', 'ms processor', 'p50 ms', 'MB', 'failed']
  for (const [what, pick] of [
    ['JSON', ({ json }: ContenderFigures) => json],
    ['SSE of 200 chunks', ({ streams }: ContenderFigures) => streams],
  ] as const) {
    console.log(what)
    const rows = figures.flatMap((each) =>
      pick(each).map(({ callsPerSecond, processor, p50, memory, failed }, place) => [
        each.name,
        String(CONNECTIONS[place]),
        callsPerSecond.toFixed(0),
        processor.toFixed(3),
        p50.toFixed(2),
        memory.toFixed(0),
        String(failed),
      ]),
    )
    table([columns, ...rows])
  }
  console.log('Lateness of a chunk, ms')
  table([
    ['', ...PACED.flatMap((streams) => [`p50 at ${streams}`, `p99 at ${streams}`])],
    ...figures.map(({ name, lateness }) => [
      name,
      ...lateness.flatMap(({ p50, p99 }) => [p50.toFixed(2), p99.toFixed(2)]),
    ]),
  ])
  for (const { goal, figure, limit, isMet } of goals)
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${goal}: ${figure.toFixed(2)} (${limit})`)
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows)
    console.log(
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
    )
  console.log()
}
