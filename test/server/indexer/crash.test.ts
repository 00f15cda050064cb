import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import pg from 'pg'

import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { live } from './play/live.ts'
import { faulty } from './faults.ts'
import { serveNode } from './node.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, temporaryFolder, type Dump } from './world.ts'

/** How often the process is killed per kind of database. */
const KILLS = inDepth(1, 50)
const MAIN = join(import.meta.dirname, '../../../packages/server/src/cli/main.ts')
const DEPTH = 16

describe('indexer: crashes', function () {
  this.timeout(1_200_000)
  let chain: Chain
  let node: Awaited<ReturnType<typeof serveNode>>
  let deployment: string
  let expected: Dump

  before(async function () {
    chain = await startChain()
    // Long enough for all of the kills.
    await live(chain, new Random(41), Math.max(150, KILLS * 8), 6)
    // Small ranges make many batches, in which the process can be killed.
    node = await serveNode(faulty(chain.rpc, new Random(1), { mostBlocks: 2 }))
    deployment = join(temporaryFolder(), 'test.json')
    writeFileSync(deployment, JSON.stringify(chain.deployment))
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store, { depth: DEPTH })
    await store.close()
    expected = await dumpOf(where)
  })

  after(async function () {
    await node.close()
  })

  /** Starts the program in a process of its own. */
  function start(
    where: string,
    ...more: string[]
  ): { child: ChildProcess; lines: string[]; done: Promise<number | null> } {
    const args = ['index', '--json', '--database', where, '--deployment', deployment, '--rpc', node.url]
    const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args, '--depth', String(DEPTH), ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines: string[] = []
    child.stdout!.on('data', (chunk) => lines.push(...String(chunk).split('\n').filter(Boolean)))
    child.stderr!.on('data', (chunk) => lines.push(String(chunk)))
    const done = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
    return { child, lines, done }
  }

  for (const kind of KINDS) {
    it(`neither loses nor repeats rows in ${kind.name} when it is killed ${KILLS} times`, async function () {
      const random = new Random(KILLS)
      const where = await kind.where()
      let progress = 0
      for (let kill = 0; kill < KILLS; kill++) {
        const { child, lines, done } = start(where)
        const after = random.integer(1, Math.ceil(120 / KILLS))
        const isThere = (): boolean => lines.some((line) => line.includes('"kind":"caught-up"'))
        await until(() => lines.length > after || isThere() || child.exitCode !== null)
        await new Promise((next) => setTimeout(next, random.integer(0, 15)))
        child.kill('SIGKILL')
        await done
        progress = Math.max(progress, lines.length)
        const found = await dumpOf(where)
        // Whenever it was killed, the database is consistent: no event is later than the checkpoint.
        const block = Number(found.checkpoint[0]!.split(' | ')[4])
        for (const row of found.events) expect(Number(row.split(' | ')[0])).to.be.at.most(block)
      }
      expect(progress).to.be.greaterThan(1)
      const { done, lines } = start(where, '--once')
      expect(await done, lines.at(-1)).to.equal(0)
      expectSame(await dumpOf(where), expected, kind.name)
    })
  }

  it('continues after the PostgreSQL server went away and came back', async function () {
    const kind = KINDS[1]!
    const server = (await kind.server())!
    const where = await kind.where()
    const { child, lines, done } = start(where)
    await until(() => lines.length > 3)
    await (server.crash ?? (() => endConnections(where)))()
    await until(() => lines.some((line) => line.includes('"kind":"failure"')))
    await server.restart?.()
    await until(() => lines.some((line) => line.includes('"kind":"caught-up"')))
    child.kill('SIGTERM')
    expect(await done).to.equal(0)
    expectSame(await dumpOf(where), expected, 'PostgreSQL')
  })

  it('rebuilds a SQLite file that is deleted while it runs', async function () {
    const where = await KINDS[0]!.where()
    const { child, lines, done } = start(where)
    await until(() => lines.length > 3)
    for (const file of [where, `${where}-wal`, `${where}-shm`]) rmSync(file, { force: true })
    await until(
      () =>
        lines.some((line) => line.includes('"kind":"caught-up"')) &&
        lines.some((line) => line.includes('"kind":"failure"')),
    )
    child.kill('SIGTERM')
    expect(await done).to.equal(0)
    expectSame(await dumpOf(where), expected, 'SQLite')
  })

  it('waits while the disk is full, and continues when there is space', async function () {
    const where = await KINDS[0]!.where()
    const { child, lines, done } = start(where)
    await until(() => lines.length > 3)
    // A limit on the size of files acts as a full disk for this process, and can be lifted while it runs.
    const limit = (bytes: string): void => {
      const { status, stderr } = spawnSync('prlimit', [`--pid=${child.pid}`, `--fsize=${bytes}`], { encoding: 'utf8' })
      expect(status, stderr).to.equal(0)
    }
    limit('4096:unlimited')
    await until(() => lines.some((line) => line.includes('"kind":"failure"') && line.includes('"DATABASE"')))
    limit('unlimited:unlimited')
    await until(() => lines.some((line) => line.includes('"kind":"caught-up"')))
    child.kill('SIGTERM')
    expect(await done).to.equal(0)
    expectSame(await dumpOf(where), expected, 'full disk')
  })
})

/** Ends every connection to a database: the most that a test may do to a server that it did not start. */
async function endConnections(where: string): Promise<void> {
  const client = new pg.Client({ connectionString: where })
  await client.connect()
  const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
  await client.query(`SELECT pg_terminate_backend(pid) ${others}`)
  await client.end()
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 120_000
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not come in two minutes.')
    await new Promise((next) => setTimeout(next, 2))
  }
}

async function dumpOf(where: string): Promise<Dump> {
  const database = openDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}
