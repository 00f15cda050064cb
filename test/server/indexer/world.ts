import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { runIndexer, type IndexOptions } from '../../../packages/server/src/indexer/indexer.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import type { Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { TABLES, TABLE_NAMES, type TableName } from '../../../packages/server/src/indexer/schema.ts'
import { createChainSource, type ChainSourceOptions } from '../../../packages/server/src/indexer/chainSource.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import type { Deployment } from '../../../src/core/deployment.ts'

/** Indexes what a node has, once, into a store that stays open. */
export async function indexOnce(
  deployment: Deployment,
  rpc: Rpc,
  store: Store,
  options: Partial<IndexOptions> & { source?: never; read?: Partial<ChainSourceOptions> } = {},
): Promise<void> {
  const { addresses, topics } = eventTable(deployment)
  const source = createChainSource({ rpc, addresses, topics, pause: 1, ...options.read })
  await runIndexer({ deployment, store, maxFailures: 0, pause: 1, ...options, source, once: true })
}

/**
 * Checks that a database that followed a chain is the same as one that was built from it, row by row. Only one thing may differ:
 * after a chain has become shorter, the older database still knows as final what the other could undo.
 */
export function expectSame(followed: Dump, built: Dump, message: string): void {
  const { heads, ...tables } = followed
  const { heads: all, ...expected } = built
  for (const table of TABLE_NAMES) {
    if (table !== 'heads') expect(tables[table], `${message}: ${table}`).to.deep.equal(expected[table])
  }
  expect(heads.length, `${message}: heads`).to.be.greaterThan(0)
  expect(heads, `${message}: heads`).to.deep.equal(all.slice(-heads.length))
}

/** Rows by table. */
export type Dump = Record<TableName, string[]>

/**
 * Every row of every table, as text. What the node's head and final block were when the database was written is left out, and so is
 * what every database has of its own.
 */
export async function dump(database: Database): Promise<Dump> {
  return database.snapshot(async ({ all }) => {
    const tables: [TableName, string[]][] = []
    for (const name of TABLE_NAMES) {
      const columns = Object.keys(TABLES[name].columns).filter(
        (column) =>
          name !== 'checkpoint' ||
          !['head', 'finalized', 'identity', 'first_hash', 'code_hash', 'state'].includes(column),
      )
      const rows = await all(`SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${TABLES[name].primaryKey.join(', ')}`)
      tables.push([name, rows.map((row) => columns.map((column) => textOf(row[column])).join(' | '))])
    }
    return Object.fromEntries(tables) as Dump
  })
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : JSON.stringify(value)
}

let root: string | undefined

/** A folder that is gone when the tests are over. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'stemma-index-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    root = made
  }
  return mkdtempSync(join(root, 'test-'))
}
