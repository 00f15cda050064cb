import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { expect } from 'chai'
import pg from 'pg'

import type { Address } from '../../../src/core/hex.ts'
import type { Hex } from '../../../src/core/hex.ts'
import { createApi } from '../../../packages/server/src/api/api.ts'
import type { IndexerStep } from '../../../packages/server/src/indexer/indexer.ts'
import { openPostgresDatabase } from '../../../packages/server/src/indexer/postgres.ts'
import { createPostgresStore } from '../../../packages/server/src/indexer/postgresStore.ts'
import type { RowBatch } from '../../../packages/server/src/indexer/store.ts'
import { startPgbouncer } from '../../fixtures/pgbouncer.ts'
import { startPooler, type Pooler } from '../../fixtures/pooler.ts'
import { recordedNode } from './recordedNode.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, type Dump } from './world.ts'

const { deployment, rpc } = recordedNode()
const IDENTITY = { chainId: 31337, ledger: `0x${'a'.repeat(40)}` as Address }
/** A lease that no pause of a busy machine outlasts. */
const PATIENT = { beat: 50, lease: 60_000 }
/** A short one, so that a test need not wait long for a writer that is gone. */
const QUICK = { beat: 50, lease: 400 }

/** How a database is reached: with `npm run deep`, through the real pgbouncer too. */
const WAYS = ['directly', 'through a pooler', ...(process.env.STEMMA_PGBOUNCER === '1' ? ['through pgbouncer'] : [])]

let pooler: Pooler
let pgbouncer: { through(url: string): string; close(): Promise<void> } | undefined
let expected: Dump

describe('PostgreSQL as it is run', function () {
  before(async function () {
    this.timeout(60_000)
    const where = await KINDS[1]!.where()
    pooler = await startPooler(where)
    if (WAYS.length > 2) pgbouncer = await startPgbouncer(where)
    await index(where)
    expected = await dumpOf(where)
  })

  after(async function () {
    await pooler.close()
    await pgbouncer?.close()
  })

  for (const way of WAYS) {
    describe(`indexer: PostgreSQL ${way}`, function () {
      this.timeout(60_000)
      let direct: string
      let where: string

      beforeEach(async function () {
        direct = await KINDS[1]!.where()
        where =
          way === 'directly' ? direct : way === 'through a pooler' ? pooler.through(direct) : pgbouncer!.through(direct)
      })

      it('indexes, and answers many readers at once', async function () {
        const before = pooler.used.length
        await index(where)
        expectSame(await dumpOf(where), expected, way)
        if (way === 'through a pooler') expect(new Set(pooler.used.slice(before))).to.deep.equal(new Set([0, 1, 2]))
        const database = openPostgresDatabase(where)
        const api = createApi({ database })
        const asked = Array.from({ length: 60 }, async (_, at) => {
          const response = await api.fetch(new Request(`http://x/v1/models?first=${(at % 5) + 1}`))
          const answer = (await response.json()) as { models?: { nodes: unknown[] }; error?: unknown }
          return answer.models?.nodes.length ?? answer
        })
        expect(await Promise.all(asked)).to.deep.equal(asked.map((_, at) => (at % 5) + 1))
        await database.close()
      })

      it('has one writer at a time, and the next at once when that one closes', async function () {
        const [one, other] = [createPostgresStore(where, PATIENT), createPostgresStore(where, PATIENT)]
        await one.start(IDENTITY)
        expect(await codeOf(other.start(IDENTITY))).to.equal('DATABASE_LOCKED')
        await one.append(batch(1))
        await one.close()
        expect(await other.start(IDENTITY)).to.include({ block: 1 })
        await other.close()
      })

      it('lets another take over from a writer without a sign of life, whose next write fails', async function () {
        const paused = createPostgresStore(where, { ...PATIENT, beat: 1e8 })
        await paused.start(IDENTITY)
        await paused.append(batch(1))
        const next = createPostgresStore(where, QUICK)
        expect(await until(() => next.start(IDENTITY))).to.include({ block: 1 })
        await next.append(batch(2))
        expect(await codeOf(paused.append(batch(2)))).to.equal('DATABASE_LOCKED')
        expect(await codeOf(paused.start(IDENTITY))).to.equal('DATABASE_LOCKED')
        await next.append(batch(3))
        await next.close()
        await paused.close()
        expect(await numbers(direct)).to.deep.equal([1, 2, 3])
      })

      it('lets a process that wakes up write nothing after another took over', async function () {
        const child = spawn(process.execPath, ['-C', 'source', join(import.meta.dirname, 'endlessWriter.ts'), where], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let output = ''
        child.stdout.on('data', (chunk) => (output += chunk))
        await until(async () =>
          output.includes('appended') ? true : Promise.reject(new Error('It appended nothing.')),
        )
        child.kill('SIGSTOP')
        const next = createPostgresStore(where, QUICK)
        // A transaction that it has open is ended by the server.
        await endTransactions(direct)
        const { block } = (await until(() => next.start(IDENTITY)))!
        await next.append(batch(block + 1))
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGCONT')
        await ended
        expect(output).to.match(/^appended\nDATABASE(_LOCKED)?\n$/)
        await next.append(batch(block + 2))
        await next.close()
        expect(await numbers(direct)).to.deep.equal(Array.from({ length: block + 2 }, (_, i) => i + 1))
      })

      it('keeps each schema to itself, whatever its name', async function () {
        const schemas = ['one', 'Two "quoted" ünï; --']
        const places = schemas.map((schema) => `${where}?schema=${encodeURIComponent(schema)}`)
        const stores = places.map((place) => createPostgresStore(place, PATIENT))
        await Promise.all(stores.map((store) => indexOnce(deployment, rpc, store, { depth: 16 })))
        for (const place of places) {
          expect(await codeOf(createPostgresStore(place, PATIENT).start(IDENTITY))).to.equal('DATABASE_LOCKED')
          expectSame(await dumpOf(place), expected, place)
        }
        for (const store of stores) await store.close()
        const { code, message } = await failureOf(dumpOf(`${where}?schema=three`))
        expect(code).to.equal('DATABASE')
        expect(message).to.contain('It holds no index').and.to.contain('?schema=three')
      })
    })
  }

  describe('indexer: faults of PostgreSQL', function () {
    this.timeout(60_000)

    /** Whether a batch is in the database: an indexer that runs once does not wait before it. */
    let isUnderWay = false

    /** Indexes with faults, and returns the failures that were waited out. */
    const indexWith = async (where: string, direct = where): Promise<string[]> => {
      const failures: string[] = []
      isUnderWay = false
      const onStep = (step: IndexerStep): void => {
        isUnderWay ||= step.kind === 'batch'
        if (step.kind === 'failure') failures.push(step.error.message)
      }
      const store = createPostgresStore(where, PATIENT)
      await indexOnce(deployment, rpc, store, { depth: 16, maxFailures: 20, onStep, read: { target: 40 } })
      await store.close()
      expectSame(await dumpOf(direct), expected, 'after faults')
      return failures
    }

    for (const [moment, isIt] of Object.entries({
      'a COPY': (type: string) => type === 'd',
      'a COMMIT': (type: string, body: Buffer) => type === 'Q' && body.includes('COMMIT'),
      'the making of indexes': (type: string, body: Buffer) => type === 'Q' && body.includes('CREATE INDEX'),
    })) {
      for (const cut of ['cut', 'cut the answer'] as const) {
        it(`continues when the connection is lost in ${moment}${cut === 'cut' ? '' : ', of which the answer is lost'}`, async function () {
          const direct = await KINDS[1]!.where()
          let [count, cuts] = [0, 0]
          pooler.onMessage = (type, body) => {
            if (!isIt(type, body) || !isUnderWay || ++count % 3 !== 2 || cuts === 3) return 'pass'
            cuts += 1
            return cut
          }
          try {
            const failures = await indexWith(pooler.through(direct), direct)
            expect(cuts).to.be.greaterThan(0)
            expect(failures.length).to.be.greaterThan(0)
          } finally {
            pooler.onMessage = () => 'pass'
          }
        })
      }
    }

    it('waits out what passes: a full disk, conflicts, timeouts, a replica, a shutdown', async function () {
      const where = await KINDS[1]!.where()
      const store = createPostgresStore(where, PATIENT)
      await store.start({ chainId: 31337, ledger: deployment.contracts.ledger, firstBlock: deployment.firstBlock })
      await store.close()
      const codes = ['53100', '40001', '40P01', '57014', '55P03', '25006', '53300', '57P03', '25P03', '08006', '58030']
      await query(
        where,
        `CREATE SEQUENCE faults;
       CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE at INTEGER := nextval('faults') - 1; codes TEXT[] := '{${codes.join(',')}}';
       BEGIN
         IF at BETWEEN 1 AND ${codes.length} THEN RAISE EXCEPTION 'fault %', codes[at] USING ERRCODE = codes[at]; END IF;
         IF at BETWEEN 1 AND ${codes.length + 2} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
         RETURN new;
       END $$;
       CREATE TRIGGER fail BEFORE INSERT ON blocks FOR EACH STATEMENT EXECUTE FUNCTION fail()`,
      )
      const failures = await indexWith(where)
      expect(failures).to.have.length(codes.length + 2)
      for (const [at, code] of codes.entries()) expect(failures[at]).to.contain(`fault ${code}`)
      expect(failures[0]).to.contain("Free some space on the server's disk.")
      expect(failures[5]).to.contain('It is a read-only replica')
    })

    it('asks nothing on a connection that a failed snapshot has given back', async function () {
      const where = await KINDS[1]!.where()
      const database = openPostgresDatabase(where, { connections: 1 })
      let late: Promise<unknown> | undefined
      const failed = database.snapshot(async ({ all }) => {
        // Goes on by itself after the failure, as the branches of a query do.
        late = all('SELECT pg_sleep(0.05)')
          .then(() => failed.catch(() => undefined))
          .then(() => all('SELECT 1 AS n'))
          .catch((error: Error) => error.message)
        await all('SELECT nothing')
      })
      expect(await codeOf(failed)).to.equal('DATABASE')
      expect(await database.all('SELECT 2 AS n')).to.deep.equal([{ n: 2 }])
      expect(await late).to.contain('was asked after its end')
      await database.close()
    })

    it('ends an older transaction of its own whose connection is lost', async function () {
      const where = await KINDS[1]!.where()
      const store = createPostgresStore(where, PATIENT)
      await store.start(IDENTITY)
      const lost = new pg.Client({ connectionString: where })
      const ended = new Promise((resolve) => lost.on('error', resolve))
      await lost.connect()
      await lost.query(
        `UPDATE index_writer SET pid = pg_backend_pid(),
       started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())`,
      )
      await lost.query('BEGIN; SELECT * FROM index_writer FOR UPDATE')
      // Several signs of life are due before the next start.
      await lost.query('SELECT pg_sleep(0.2)')
      await store.start(IDENTITY)
      await ended
      await store.append(batch(1))
      await store.close()
    })

    it('waits while the server has too many connections', async function () {
      const where = new URL(await KINDS[1]!.where())
      await query(where.href, `DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN SUPERUSER`)
      await query(where.href, `ALTER ROLE narrow NOSUPERUSER CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO narrow`)
      where.username = 'narrow'
      const other = new pg.Client({ connectionString: where.href })
      await other.connect()
      const store = createPostgresStore(where.href, PATIENT)
      const error = await failureOf(store.start(IDENTITY))
      expect(error).to.include({ code: 'DATABASE', isTransient: true })
      expect(error.message).to.contain('raise max_connections')
      await other.end()
      await until(() => store.start(IDENTITY))
      await store.close()
    })

    for (const [what, change, words] of [
      ['a database that does not exist', (url: URL) => void (url.pathname = '/nothing'), 'Create the database'],
      ['a user that does not exist', (url: URL) => void (url.username = 'nobody'), 'Check the user and the password'],
      [
        'a wrong password',
        (url: URL) => void ([url.username, url.password] = ['keeper', 'wrong']),
        'Check the user and the password',
      ],
      ['a missing password', (url: URL) => void (url.username = 'keeper'), 'put it into the URL'],
      ['encryption that the server lacks', (url: URL) => url.searchParams.set('ssl', 'true'), 'Set sslmode'],
    ] as [string, (url: URL) => void, string][]) {
      it(`does not wait for ${what}, and says what to do`, async function () {
        const url = new URL(await KINDS[1]!.where())
        await query(url.href, `DROP ROLE IF EXISTS keeper; CREATE ROLE keeper LOGIN PASSWORD 'right'`)
        change(url)
        for (const failure of [
          await failureOf(createPostgresStore(url.href, PATIENT).start(IDENTITY)),
          await failureOf(dumpOf(url.href)),
        ]) {
          expect(failure, failure.message).to.include({ code: 'DATABASE', isTransient: false })
          expect(failure.message).to.contain(words).and.to.not.contain('wrong@')
        }
      })
    }

    it('explains that a pooler refuses settings in the URL', async function () {
      const url = `${pooler.through(await KINDS[1]!.where())}?options=-csearch_path%3Done`
      const { message, isTransient } = await failureOf(createPostgresStore(url, PATIENT).start(IDENTITY))
      expect(message).to.contain('unsupported startup parameter: options').and.to.contain('?schema=')
      expect(isTransient).to.equal(false)
    })

    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      it(`refuses a database in ${encoding}, to write and to read`, async function () {
        const url = new URL(await KINDS[1]!.where())
        const name = `stemma_${encoding.toLowerCase()}_${process.pid}`
        await query(url.href, `DROP DATABASE IF EXISTS ${name}`)
        await query(url.href, `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`)
        url.pathname = `/${name}`
        for (const place of [url.href, pooler.through(url.href)]) {
          for (const failure of [
            await failureOf(createPostgresStore(place, PATIENT).start(IDENTITY)),
            await failureOf(dumpOf(place)),
          ]) {
            expect(failure.code).to.equal('DATABASE_ENCODING')
            expect(failure.message).to.contain(`the encoding ${encoding}`).and.to.contain("ENCODING 'UTF8'")
          }
        }
      })
    }
  })
})

function batch(block: number): RowBatch {
  const hash = `0x${block.toString(16).padStart(64, '0')}` as Hex
  return {
    rows: { blocks: [[block, hash, hash, block]] },
    checkpoint: { block, hash, time: block, finalized: 0, head: block },
  }
}

async function index(where: string): Promise<void> {
  const store = createPostgresStore(where, PATIENT)
  await indexOnce(deployment, rpc, store, { depth: 16 })
  await store.close()
}

async function dumpOf(where: string): Promise<Dump> {
  const database = openPostgresDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}

async function numbers(where: string): Promise<number[]> {
  return (await query(where, 'SELECT number::int FROM blocks ORDER BY number')).map(({ number }) => number as number)
}

async function query(where: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: where })
  await client.connect()
  return (await client.query(sql).finally(() => client.end())).rows
}

async function endTransactions(where: string): Promise<void> {
  const stopped = "state = 'idle in transaction' AND datname = current_database()"
  await query(where, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${stopped}`)
}

type Failure = { code: string; message: string; isTransient?: boolean }

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const done = await work.then(
    () => undefined,
    (error: Failure) => error,
  )
  if (!done) throw new Error('Nothing failed.')
  return done
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await failureOf(work)).code
}

async function until<T>(attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((next) => setTimeout(next, 20))
    }
  }
}
