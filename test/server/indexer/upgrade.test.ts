import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { expect } from 'chai'
import pg from 'pg'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { SCHEMA_VERSION } from '../../../packages/server/src/indexer/schema.ts'
import { INDEX_V4, recordedNode } from './recordedNode.ts'
import { KINDS, type Kind } from './stores.ts'
import { dump, indexOnce, type Dump } from './world.ts'

const { deployment, rpc } = recordedNode()
const IDENTITY = { chainId: deployment.chainId, ledger: deployment.contracts.ledger, firstBlock: deployment.firstBlock }

for (const kind of KINDS) {
  describe(`indexer: upgrades of the schema in ${kind.name}`, function () {
    this.timeout(60_000)

    it('keeps every row of an index that the last release made, as if this one had made it', async function () {
      const old = await oldIndex(kind)
      await index(old)
      const fresh = await kind.where()
      await index(fresh)
      const [upgraded, made] = [await dumpOf(old), await dumpOf(fresh)]
      expect(made.models.length).to.be.greaterThan(10)
      expect(upgraded).to.deep.equal(made)
      expect(await schemaOf(kind, old)).to.deep.equal(await schemaOf(kind, fresh))
    })

    it('refuses to read an older index, and says who upgrades it', async function () {
      const old = await oldIndex(kind)
      const { code, message } = await warm(old)
      expect(code).to.equal('FOREIGN_DATABASE')
      expect(message).to.match(/version 4 of the schema, not \d+\. Upgrade it: run stemma-server index/)
    })

    it('refuses the index of a newer release, to write and to read, and changes nothing', async function () {
      const where = await kind.where()
      await index(where)
      await change(kind, where, `UPDATE checkpoint SET version = ${SCHEMA_VERSION + 1}`)
      const before = await dumpOf(where)
      const { code, message } = await starting(where)
      expect(code).to.equal('DATABASE_NEWER')
      expect(message).to.contain(`made by a newer release: it has version ${SCHEMA_VERSION + 1}`)
      expect((await warm(where)).code).to.equal('DATABASE_NEWER')
      expect(await dumpOf(where)).to.deep.equal(before)
    })

    it('refuses an index that is too old for any step, and rebuilds it on request', async function () {
      const where = await oldIndex(kind)
      await change(kind, where, 'UPDATE checkpoint SET version = 3')
      const { code, message } = await starting(where)
      expect(code).to.equal('FOREIGN_DATABASE')
      expect(message).to.contain('has version 3 of the schema').and.to.contain('--rebuild')
      const store = createStore(where)
      expect(await store.start(IDENTITY, true)).to.equal(undefined)
      await store.close()
      await index(where)
      const fresh = await kind.where()
      await index(fresh)
      expect(await dumpOf(where)).to.deep.equal(await dumpOf(fresh))
    })

    it('does not upgrade the index of another ledger', async function () {
      const where = await oldIndex(kind)
      const store = createStore(where)
      const other = { ...IDENTITY, ledger: `0x${'b'.repeat(40)}` as typeof IDENTITY.ledger }
      const error = await store.start(other).catch((failure: unknown) => failure)
      await store.close()
      expect(error).to.have.property('code', 'FOREIGN_DATABASE')
      expect((await warm(where)).message).to.contain('has version 4')
    })

    it('leaves tables alone that are not of an index', async function () {
      const where = await kind.where()
      await change(kind, where, 'CREATE TABLE accounts (name TEXT)')
      expect((await starting(where)).message).to.contain('a table "accounts" that is not of an index')
      await change(kind, where, 'CREATE TABLE checkpoint (name TEXT)')
      await change(kind, where, "INSERT INTO checkpoint VALUES ('x')")
      expect((await starting(where)).message).to.contain('a table "checkpoint" that is not of an index')
    })
  })
}

describe('indexer: upgrades of the schema while an older release runs', function () {
  it('waits for its end, as it holds a lock of its session', async function () {
    const where = await oldIndex(KINDS[1]!)
    const running = new pg.Client({ connectionString: where })
    await running.connect()
    await running.query('SELECT pg_advisory_lock($1::bigint)', [0x7374656d6d61])
    expect((await starting(where)).code).to.equal('DATABASE_LOCKED')
    await running.end()
    await index(where)
  })
})

/** A database as the last release made it. */
async function oldIndex(kind: Kind): Promise<string> {
  const where = await kind.where()
  const read = (file: string): string => readFileSync(join(INDEX_V4, file), 'utf8')
  const rows = read('rows.sql')
  if (kind.name === 'SQLite') await change(kind, where, `BEGIN; ${read('sqlite.sql')} ${rows} COMMIT`)
  else await change(kind, where, `BEGIN; ${read('postgres.sql')} ${rows.replaceAll(/\bX'/g, "'\\x")} COMMIT`)
  return where
}

async function change(kind: Kind, where: string, sql: string): Promise<void> {
  if (kind.name === 'SQLite') {
    const database = new DatabaseSync(where)
    database.exec(sql)
    return database.close()
  }
  const client = new pg.Client({ connectionString: where })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

async function index(where: string): Promise<void> {
  const store = createStore(where)
  try {
    await indexOnce(deployment, rpc, store, { depth: 16 })
  } finally {
    await store.close()
  }
}

async function starting(where: string): Promise<{ code: string; message: string }> {
  const store = createStore(where)
  const error = await store.start(IDENTITY).catch((failure: unknown) => failure)
  await store.close()
  return error as { code: string; message: string }
}

async function warm(where: string): Promise<{ code: string; message: string }> {
  const database = openDatabase(where)
  const error = await createApi({ database })
    .warm()
    .catch((failure: unknown) => failure)
  await database.close()
  return error as { code: string; message: string }
}

async function dumpOf(where: string): Promise<Dump> {
  const database = openDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}

/** The columns and indexes of every table. */
async function schemaOf(kind: Kind, where: string): Promise<unknown> {
  const database = openDatabase(where)
  try {
    return kind.name === 'SQLite'
      ? await database.all(
          `SELECT t.name AS of, c.name, c.type, c."notnull", c.pk FROM sqlite_schema t, pragma_table_info(t.name) c
           WHERE t.type = 'table' UNION ALL SELECT name, tbl_name, sql, 0, 0 FROM sqlite_schema WHERE type = 'index'
           ORDER BY 1, 2`,
        )
      : await database.all(
          `SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default FROM information_schema.columns
           WHERE table_schema = current_schema() UNION ALL
           SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2`,
        )
  } finally {
    await database.close()
  }
}
