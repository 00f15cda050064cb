/**
 * How many entries of the journal reach the disk a second, with so many calls at once, beside two others in the same run: bare group commit
 * (the same bytes, write and fdatasync, no check, no frame, no segment) and node:sqlite with a transaction a batch (WAL, synchronous FULL).
 * The three take turns, so that a slow moment of the machine does not affect only one; each counts by its best run.
 *
 *     node bench/journal.ts [--seconds 0.3] [--runs 10] [--folder /tmp] [--json]
 *
 * Ends with 1 when the journal reaches less than 0.6 of bare group commit or 4 times node:sqlite with 50 writers, with 2 when it is used
 * wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { GroupCommit } from '../src/audit/groupCommit.ts'
import { openJournal, type JournalEntry } from '../src/audit/index.ts'
import { encodeEntry } from '../src/audit/journalEntry.ts'
import { sha256Text } from '../src/core/sha256.ts'

/** Durable records with so many writers at once, a second. */
type Row = { writers: number; journal: number; bare: number; sqlite: number; ofBare: number; timesSqlite: number }

/** Something that keeps entries; `append` resolves when one is on the disk. */
type Keeper = { append(entry: JournalEntry): Promise<unknown>; close(): Promise<void> }

const GOALS = { writers: 50, ofBare: 0.6, timesSqlite: 4 }
const WRITERS = [1, 50, 200, 1000]

const { values } = readOptions({
  seconds: { type: 'string', default: '0.3' },
  runs: { type: 'string', default: '10' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
})
const seconds = Number(values.seconds)
const runs = Number(values.runs)
if (!(seconds > 0) || !Number.isInteger(runs) || runs < 1) {
  exitForUsage('--seconds is a number above 0, --runs a whole number from 1 on.')
}

const folder = mkdtempSync(join(values.folder, 'stemma-bench-'))
try {
  const rows: Row[] = []
  for (const writers of WRITERS) rows.push(await measure(writers))
  const isMet = rows.every(
    ({ writers, ofBare, timesSqlite }) =>
      writers !== GOALS.writers || (ofBare >= GOALS.ofBare && timesSqlite >= GOALS.timesSqlite),
  )
  if (values.json) {
    const about = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, load: loadavg()[0]!, seconds, runs }
    console.log(JSON.stringify({ ...about, goals: GOALS, ok: isMet, rows }))
  } else print(rows)
  process.exitCode = isMet ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(writers: number): Promise<Row> {
  const best = { journal: 0, bare: 0, sqlite: 0 }
  for (let run = 0; run < runs; ++run) {
    best.journal = Math.max(best.journal, await rateOf(await openJournal(join(folder, 'journal')), writers))
    best.bare = Math.max(best.bare, await rateOf(await openBare(join(folder, 'bare')), writers))
    best.sqlite = Math.max(best.sqlite, await rateOf(openSqlite(join(folder, 'sqlite')), writers))
  }
  return { writers, ...best, ofBare: best.journal / best.bare, timesSqlite: best.journal / best.sqlite }
}

/** Entries a second that so many writers keep, each waiting for its last. */
async function rateOf(keeper: Keeper, writers: number): Promise<number> {
  const entries = Array.from({ length: 256 }, (_, number) => entryOf(number))
  const start = performance.now()
  const until = start + seconds * 1000
  let count = 0
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() < until) await keeper.append(entries[count++ % entries.length]!)
    }),
  )
  const rate = count / ((performance.now() - start) / 1000)
  await keeper.close()
  return rate
}

/** Group commit and nothing else. */
async function openBare(path: string): Promise<Keeper> {
  const file = await open(path, 'w')
  let end = 0
  const commits = new GroupCommit<string, undefined>(async (lines) => {
    const bytes = Buffer.from(lines.join(''), 'latin1')
    await file.write(bytes, 0, bytes.length, end)
    await file.datasync()
    end += bytes.length
    return lines.map(() => ({ answer: undefined }))
  })
  return { append: (entry) => commits.add(`${JSON.stringify(entry)}\n`), close: () => file.close() }
}

function openSqlite(path: string): Keeper {
  const database = new DatabaseSync(path)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, text TEXT)',
  )
  const insert = database.prepare('INSERT INTO entries (text) VALUES (?)')
  const commits = new GroupCommit<string, undefined>(async (lines) => {
    database.exec('BEGIN')
    for (const line of lines) insert.run(line)
    database.exec('COMMIT')
    return lines.map(() => ({ answer: undefined }))
  })
  return { append: (entry) => commits.add(encodeEntry(entry)), close: async () => database.close() }
}

/** What a call leaves in the journal, by turns: that it began, that it ended. */
function entryOf(number: number): JournalEntry {
  const call = `01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`
  const digest = sha256Text(`entry ${number}`)
  if (number % 2 === 1) {
    const counts = { inputTokens: 1000 + number, outputTokens: number, counted: 'reported' } as const
    return { end: { call, request: digest, response: digest, outcome: 'served', ...counts } }
  }
  const credential = `0x${'2'.repeat(64)}` as const
  return {
    intent: {
      call,
      credential: credential as never,
      epoch: 0,
      time: 1_800_000_000,
      block: 20_000_000,
      use: 'commercial',
      reserved: 4096,
    },
  }
}

function print(rows: readonly Row[]): void {
  console.log(`Entries on the disk a second, best of ${runs} (load ${loadavg()[0]!.toFixed(1)})`)
  const cells = [
    ['writers', 'journal', 'bare', 'sqlite', 'of bare', 'times sqlite'],
    ...rows.map(({ writers, journal, bare, sqlite, ofBare, timesSqlite }) => [
      String(writers),
      journal.toFixed(0),
      bare.toFixed(0),
      sqlite.toFixed(0),
      ofBare.toFixed(2),
      timesSqlite.toFixed(1),
    ]),
  ]
  for (const row of cells) console.log(row.map((cell) => cell.padStart(13)).join(''))
}
