/**
 * Measures how fast a ledger's events get into a database: ours into SQLite and PostgreSQL, Ponder into PGlite (its default) and
 * PostgreSQL, and for either database a floor that checks and links nothing. One run, one chain, the same events; each contender is a
 * process of its own, and its time runs from its start to its end, or until it says that all is in. Ours and the floors run as
 * the package ships them, from `dist/`.
 *
 * Usage: npm run bench:index [-- --events 100000 --rounds 3 --port 8645 --no-ponder --json]
 *   --events      half registrations, half credentials
 *   --rounds      each contender runs so often; the median counts, of an even number the better of the two in the middle
 *   --port        first of four ports on 127.0.0.1
 *   --no-ponder   leave the peer out, which npm installs into a temporary folder
 *   --json        one object
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { startPostgres } from '../test/server/indexer/postgres.ts'
import { fillChain } from './index/chain.ts'
import { makeProject, PONDER, runPonder, type Figures } from './index/ponder.ts'

const { values } = readOptions({
  events: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '3' },
  port: { type: 'string', default: '8645' },
  ponder: { type: 'boolean', default: true },
  json: { type: 'boolean', default: false },
})
const [events, rounds, port] = [Number(values.events), Number(values.rounds), Number(values.port)]
if (![events, rounds, port].every((number) => Number.isInteger(number) && number > 0)) {
  exitForUsage('--events, --rounds and --port are whole numbers from 1 on.')
}
const report = (line: string): void => console.error(line)

/** Targets: at least so many times the peer, so much of the database's floor, and at most so much memory. */
const TARGETS = { peer: 3, floor: 0.5, peakMiB: 400 }

const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
report(`Filling a chain with ${events} events …`)
const chain = await fillChain(events, port, report)
const postgres = await startPostgres({ isDurable: true })
const settings = join(folder, 'chain.json')
writeFileSync(settings, JSON.stringify({ url: chain.url, deployment: chain.deployment }))

type Measured = Figures & { memory?: number[] }
let files = 0
const own = (contender: 'ours' | 'floor', database: string): Measured => {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'index/run.ts'), contender, database, settings],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${contender} failed: ${stderr}`)
  const figures = JSON.parse(stdout) as Measured
  const seconds = (performance.now() - began) / 1000
  return { ...figures, seconds, rate: Math.round(figures.events / seconds) }
}
const project = join(folder, 'ponder')
if (values.ponder) makeProject(project, chain, report)

const contenders: Record<string, () => Promise<Measured> | Measured> = {
  'floor, SQLite': () => own('floor', join(folder, `floor-${++files}.sqlite`)),
  'ours, SQLite': () => own('ours', join(folder, `ours-${++files}.sqlite`)),
  'floor, PostgreSQL': async () => own('floor', await postgres.createDatabase()),
  'ours, PostgreSQL': async () => own('ours', await postgres.createDatabase()),
  ...(values.ponder && {
    [`Ponder ${PONDER}, PGlite`]: () => {
      rmSync(join(project, '.ponder'), { recursive: true, force: true })
      return runPonder(project, port + 1, `bench_${++files}`, events)
    },
    [`Ponder ${PONDER}, PostgreSQL`]: async () =>
      runPonder(project, port + 2, `bench_${++files}`, events, await postgres.createDatabase()),
  }),
}

const runs: Record<string, Measured[]> = {}
// Round by round, so that what else the machine does falls on all alike.
for (let round = 1; round <= rounds; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const figures = await run()
    ;(runs[name] ??= []).push(figures)
    report(`round ${round}, ${name}: ${figures.rate.toLocaleString('en')} events a second, peak ${figures.peakMiB} MiB`)
  }
}
await postgres.stop()
chain.stop()

const result = Object.fromEntries(
  Object.entries(runs).map(([name, list]) => {
    const median = list.toSorted((a, b) => a.rate - b.rate)[Math.floor(list.length / 2)]!
    return [name, { ...median, peakMiB: Math.max(...list.map(({ peakMiB }) => peakMiB)) }]
  }),
)
/** The rate of the floor of a contender's database; Ponder's own is a PostgreSQL too. */
const floorOf = (name: string): number => result[`floor, ${name.endsWith('SQLite') ? 'SQLite' : 'PostgreSQL'}`]!.rate
const peers = Object.entries(result).filter(([name]) => name.startsWith('Ponder'))
const peer = peers.length > 0 ? Math.max(...peers.map(([, { rate }]) => rate)) : undefined
const summary = Object.entries(result)
  .filter(([name]) => name.startsWith('ours'))
  .map(([name, { rate, peakMiB, memory }]) => ({
    name,
    ofFloor: rate / floorOf(name),
    ofPeer: peer && rate / peer,
    peakMiB,
    memory,
    met: rate / floorOf(name) >= TARGETS.floor && (!peer || rate / peer >= TARGETS.peer) && peakMiB <= TARGETS.peakMiB,
  }))

if (values.json) {
  const { registrations, credentials, blocks } = chain
  console.log(
    JSON.stringify(
      { chain: { registrations, credentials, blocks }, rounds, result, targets: TARGETS, summary },
      null,
      2,
    ),
  )
} else {
  console.log(
    `\n${chain.registrations} registrations and ${chain.credentials} credentials in ${chain.blocks} blocks, median of ${rounds}\n`,
  )
  console.table(
    Object.fromEntries(
      Object.entries(result).map(([name, { seconds, rate, peakMiB }]) => [
        name,
        {
          'events/s': rate,
          seconds: seconds.toFixed(1),
          'peak MiB': peakMiB,
          'of its floor': (rate / floorOf(name)).toFixed(2),
        },
      ]),
    ),
  )
  for (const { name, ofFloor, ofPeer, memory, met } of summary) {
    const times = ofPeer ? `, ${ofPeer.toFixed(1)} times the better Ponder` : ''
    console.log(
      `${name}: ${ofFloor.toFixed(2)} of its floor${times}; memory in MiB on the way: ${memory?.join(', ')}. Targets ${met ? 'met' : 'NOT met'}.`,
    )
  }
}
