import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type pg from 'pg'

import type { Row } from './database.ts'
import { rowsFrom } from './postgres.ts'
import { DatabaseLockedError } from './store.ts'

/** Milliseconds: between two signs of life, and without one until another indexer may take over. */
export type WriterSettings = { beat: number; lease: number }

/**
 * An indexer as the one that writes to a PostgreSQL database. The table `index_writer` has one row with the id of the indexer that may
 * write. Every transaction locks that row and compares the id, so two indexers never write in turn, however they are connected: a
 * lock of a session would be lost behind a pooler. A new indexer becomes the writer when there is none, when the connection of the
 * last one has ended, or when it gave no sign of life for a while; what it writes after that fails.
 */
export type Writer = WriterSettings & {
  readonly id: string
  /** When it last wrote, by the clock of this process. */
  wrote: number
}

/** An indexer that is not the writer yet. */
export function createWriter({ beat = 3_000, lease = 12_000 }: Partial<WriterSettings>): Writer {
  return { id: randomUUID(), beat, lease, wrote: 0 }
}

/** The statements that make the table. They can run twice, one indexer after the other. */
const TABLE = [
  'CREATE TABLE IF NOT EXISTS index_writer (n INTEGER PRIMARY KEY, id TEXT, pid INTEGER, started TIMESTAMPTZ, beat TIMESTAMPTZ)',
  'INSERT INTO index_writer (n) VALUES (1) ON CONFLICT DO NOTHING',
].join('; ')

/** Tries to become the writer within a transaction; `pid` is the server's process when the connection is direct. */
export type Claim = (client: pg.Client, pid: number | undefined) => Promise<boolean>

/**
 * Tries to become the writer until that succeeds, or another indexer shows that it lives.
 *
 * @param attempt runs one transaction, and returns false when the claim failed in it
 * @throws {@link DatabaseLockedError}
 */
export async function claimWriter<T>(
  writer: Writer,
  name: string,
  attempt: (claim: Claim) => Promise<false | { checkpoint: T }>,
): Promise<T> {
  const known: Known = { beat: undefined, isLocked: false }
  const pause = Math.min(500, writer.beat / 4)
  for (let waited = 0; ; waited += pause) {
    const done = await attempt((client, pid) => claim(client, { writer, pid, known }))
    if (done) {
      writer.wrote = Date.now()
      return done.checkpoint
    }
    if (known.isLocked || waited > writer.lease) throw new DatabaseLockedError(name)
    await sleep(pause)
  }
}

/** Gives up writing, so that the next indexer need not wait. */
export async function releaseWriter(client: pg.Client, table: string, { id }: Writer): Promise<void> {
  await client.query(`UPDATE ${table} SET id = NULL, pid = NULL WHERE n = 1 AND id = $1`, [id])
}

type Known = { beat: string | undefined; isLocked: boolean }

/** Whether the connection of the writer in a row `w` still exists. A pooler's says nothing. */
const ALIVE =
  'EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = w.pid AND (a.backend_start IS NULL OR a.backend_start = w.started))'
const WRITER = `SELECT id, pid, beat::text AS beat, (extract(epoch FROM clock_timestamp() - beat) * 1000)::float8 AS age,
  (${ALIVE})::int AS alive FROM index_writer w WHERE n = 1`

async function claim(
  client: pg.Client,
  { writer, pid, known }: { writer: Writer; pid: number | undefined; known: Known },
): Promise<boolean> {
  await client.query(TABLE)
  const free = rowsFrom(await client.query(`${WRITER} FOR UPDATE OF w SKIP LOCKED`))[0]
  if (!free) return busy(client, writer, known)
  if (!isOpen(free, writer)) {
    known.isLocked = free.alive === 1 || (known.beat !== undefined && known.beat !== free.beat)
    known.beat = free.beat as string
    return false
  }
  await client.query(
    `UPDATE index_writer SET id = $1, pid = $2, beat = clock_timestamp(),
      started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) WHERE n = 1`,
    [writer.id, pid ?? null],
  )
  return true
}

function isOpen({ id, pid, age, alive }: Row, writer: Writer): boolean {
  if (id === null || id === writer.id) return true
  return (age as number) > writer.lease || (pid !== null && alive === 0)
}

/** A transaction of the writer is open. If it is an older one of our own, whose connection is lost, it is ended. */
async function busy(client: pg.Client, writer: Writer, known: Known): Promise<boolean> {
  const row = rowsFrom(await client.query(WRITER))[0]!
  if (row.id === writer.id) {
    const ours = `SELECT pg_terminate_backend(w.pid) FROM index_writer w WHERE n = 1 AND w.pid <> pg_backend_pid() AND ${ALIVE}`
    await client.query(ours)
  } else known.isLocked = row.alive === 1
  return false
}
