import { join } from 'node:path'

import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { temporaryFolder } from './world.ts'

/** A kind of database, of which a test gets as many as it wants. */
export type Kind = {
  name: 'SQLite' | 'PostgreSQL'
  /** Where a new, empty database is. */
  where(): Promise<string>
  /** The server, where there is one. */
  server(): Promise<PostgresServer | undefined>
}

let server: Promise<PostgresServer> | undefined
let files = 0

/** Both kinds, for tests that hold for both. One server serves all files of a run, and ends with it. */
export const KINDS: readonly Kind[] = [
  {
    name: 'SQLite',
    where: async () => join(temporaryFolder(), `index-${++files}.sqlite`),
    server: async () => undefined,
  },
  {
    name: 'PostgreSQL',
    where: async () => (await (server ??= startPostgres())).createDatabase(),
    server: () => (server ??= startPostgres()),
  },
]

after(async () => (await server)?.stop())

/** For tests of what lies above the database: SQLite, and both kinds in the deep run. */
export const KINDS_IN_DEPTH: readonly Kind[] = inDepth(KINDS.slice(0, 1), KINDS)

/** A new database of a kind, to write to and to read from. */
export async function open(kind: Kind): Promise<{ where: string; store: Store; read: () => Database }> {
  const where = await kind.where()
  return { where, store: createStore(where), read: () => openDatabase(where) }
}
