import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { spawnSync } from 'node:child_process'
import { userInfo } from 'node:os'

import { expect } from 'chai'

import type { Address, Hex } from '../../../src/core/hex.ts'
import { resolveDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { openSqliteDatabase } from '../../../packages/server/src/indexer/sqlite.ts'
import { createSqliteStore } from '../../../packages/server/src/indexer/sqliteStore.ts'
import type { RowBatch } from '../../../packages/server/src/indexer/store.ts'
import { temporaryFolder } from './world.ts'

const IDENTITY = { chainId: 31337, ledger: `0x${'a'.repeat(40)}` as Address }

describe('indexer: files of SQLite', function () {
  let folder: string
  let path: string

  beforeEach(function () {
    folder = temporaryFolder()
    path = join(folder, 'index.sqlite')
  })

  /** Makes an index with one block. */
  async function made(where = path): Promise<void> {
    const store = createSqliteStore(where)
    await store.start(IDENTITY)
    await store.append(batch(1))
    await store.close()
  }

  const blocks = async (where = path): Promise<number> => {
    const database = openSqliteDatabase(where)
    try {
      return (await database.all('SELECT count(*) AS count FROM blocks'))[0]!.count as number
    } finally {
      await database.close()
    }
  }
  const starting = async (where = path): Promise<Failure> => {
    const store = createSqliteStore(where)
    return failureOf(store.start(IDENTITY).finally(() => store.close()))
  }

  for (const name of ['a b', 'a?b#c%20d', "it's", 'ünï 😀', 'file:x', '%00', '-x', 'a;b"']) {
    it(`takes the file name ${name} as it is`, async function () {
      const where = join(folder, name)
      await made(where)
      expect(await blocks(where)).to.equal(1)
    })
  }

  for (const name of ['file:x.sqlite', 'file:///x', ':memory:', 'postgres:x', 'a\0b', '']) {
    it(`refuses ${JSON.stringify(name)} as the name of a database`, function () {
      expect(() => resolveDatabase(name, folder)).to.throw(/^Invalid database: .* Name a file, or postgres:/)
    })
  }

  it('refuses a folder and a device, and makes nothing of them', async function () {
    mkdirSync(path)
    for (const failure of [await starting(), await failureOf(blocks())]) {
      expect(failure).to.include({ code: 'INVALID_DATABASE' })
      expect(failure.message).to.contain(`${path} is a folder.`)
    }
    const pipe = join(folder, 'pipe')
    expect(spawnSync('mkfifo', [pipe]).status).to.equal(0)
    expect((await starting(pipe)).message).to.contain('is a device')
    expect((await failureOf(blocks(pipe))).code).to.equal('INVALID_DATABASE')
  })

  it('says that a part of the path is a file', async function () {
    writeFileSync(path, '')
    const failure = await starting(join(path, 'x.sqlite'))
    expect(failure).to.include({ code: 'DATABASE', isTransient: false })
  })

  it('shares one lock among all links to a file', async function () {
    const link = join(folder, 'link.sqlite')
    symlinkSync('index.sqlite', link)
    const store = createSqliteStore(link)
    await store.start(IDENTITY)
    await store.append(batch(1))
    expect((await starting(path)).code).to.equal('DATABASE_LOCKED')
    expect((await starting(link)).code).to.equal('DATABASE_LOCKED')
    await store.close()
    expect(await blocks(path)).to.equal(1)
    symlinkSync('loop', join(folder, 'loop'))
    expect(await starting(join(folder, 'loop'))).to.include({ code: 'DATABASE', isTransient: false })
  })

  it('refuses what is not a database, and leaves it as it is', async function () {
    const text = 'This is a text, long enough to be read as a file of SQLite. '.repeat(200)
    writeFileSync(path, text)
    for (const failure of [await starting(), await failureOf(blocks())]) {
      expect(failure).to.include({ code: 'DATABASE', isTransient: false })
      expect(failure.message).to.match(/not a database\. Name another file/)
    }
    expect(readFileSync(path, 'utf8')).to.equal(text)
    new DatabaseSync(join(folder, 'other.sqlite')).exec('CREATE TABLE t (x)')
    expect((await failureOf(blocks(join(folder, 'other.sqlite')))).message).to.contain('It holds no index')
  })

  it('says that a file is damaged, and how to go on', async function () {
    await made()
    const size = readFileSync(path).length
    truncateSync(path, size / 2 - ((size / 2) % 4096))
    for (const failure of [await starting(), await failureOf(blocks())]) {
      expect(failure).to.include({ code: 'DATABASE', isTransient: false })
      expect(failure.message).to.contain('malformed. Delete the file and its -wal')
    }
  })

  it('waits for another program that has locked the file, and loses nothing', async function () {
    this.timeout(20_000)
    await made()
    const store = createSqliteStore(path)
    await store.start(IDENTITY)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const failure = await failureOf(store.append(batch(2)))
    expect(failure).to.include({ code: 'DATABASE', isTransient: true })
    expect(failure.message).to.contain('locked. Another program has locked it')
    other.exec('COMMIT')
    other.close()
    expect(await store.start(IDENTITY)).to.include({ block: 1 })
    await store.append(batch(2))
    await store.close()
    expect(await blocks()).to.equal(2)
  })

  it('writes on beside a reader that stays at one state', async function () {
    this.timeout(20_000)
    await made()
    const store = createSqliteStore(path)
    await store.start(IDENTITY)
    const reader = new DatabaseSync(path, { readOnly: true })
    reader.exec('BEGIN')
    expect(reader.prepare('SELECT count(*) AS count FROM blocks').get()!.count).to.equal(1)
    for (let block = 2; block <= 200; block++) await store.append(batch(block))
    expect(reader.prepare('SELECT count(*) AS count FROM blocks').get()!.count).to.equal(1)
    reader.exec('COMMIT')
    reader.close()
    await store.close()
    expect(await blocks()).to.equal(200)
  })

  it('says at once that a file was deleted, and reads the one that takes its place', async function () {
    await made()
    const database = openSqliteDatabase(path)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
    const failure = await failureOf(database.all('SELECT 1'))
    expect(failure).to.include({ code: 'DATABASE', isTransient: true })
    expect(failure.message).to.contain('the file does not exist')
    await made(`${path}-new`)
    renameSync(`${path}-new`, path)
    expect((await database.all('SELECT count(*) AS count FROM blocks'))[0]!.count).to.equal(1)
    await database.close()
  })

  describe('without the right to write', function () {
    /** Runs as a user who may not write, as root may always. */
    const asReader = async <T>(run: () => Promise<T>): Promise<T> => {
      if (userInfo().uid !== 0) return run()
      process.seteuid!(65534)
      try {
        return await run()
      } finally {
        process.seteuid!(0)
      }
    }

    beforeEach(async function () {
      chmodSync(join(folder, '..'), 0o755)
      await made()
    })

    afterEach(() => chmodSync(folder, 0o755))

    it('reads a whole index in a folder that is read-only, and sees when it is replaced', async function () {
      chmodSync(path, 0o444)
      chmodSync(folder, 0o555)
      const database = await asReader(async () => openSqliteDatabase(path))
      const count = async (): Promise<unknown> =>
        asReader(async () => (await database.all('SELECT count(*) AS count FROM blocks'))[0]!.count)
      expect(await count()).to.equal(1)
      chmodSync(folder, 0o755)
      const store = createSqliteStore(join(folder, 'more.sqlite'))
      await store.start(IDENTITY)
      for (const block of [1, 2]) await store.append(batch(block))
      await store.close()
      copyFileSync(join(folder, 'more.sqlite'), `${path}-copy`)
      chmodSync(`${path}-copy`, 0o444)
      renameSync(`${path}-copy`, path)
      chmodSync(folder, 0o555)
      expect(await count()).to.equal(2)
      await database.close()
    })

    it('says that changes lie in a journal that cannot be read so', async function () {
      const other = new DatabaseSync(path)
      other.exec('UPDATE checkpoint SET head = 99; PRAGMA wal_autocheckpoint = 0; UPDATE checkpoint SET head = 100')
      copyFileSync(path, join(folder, 'copy.sqlite'))
      copyFileSync(`${path}-wal`, join(folder, 'copy.sqlite-wal'))
      other.close()
      chmodSync(folder, 0o555)
      const failure = await asReader(() => failureOf(blocks(join(folder, 'copy.sqlite'))))
      expect(failure).to.include({ code: 'DATABASE', isTransient: false })
      expect(failure.message).to.contain('copy.sqlite-wal, and its folder is read-only. Open it once')
    })

    it('does not wait to write to a file or a folder that is read-only', async function () {
      chmodSync(folder, 0o777)
      chmodSync(path, 0o444)
      rmSync(`${path}-lock`, { force: true })
      const file = await asReader(() => starting())
      expect(file, file.message).to.include({ code: 'DATABASE', isTransient: false })
      expect(file.message).to.match(/Give this user the right to write/)
      chmodSync(folder, 0o555)
      for (const where of [path, join(folder, 'new.sqlite'), join(folder, 'deeper/new.sqlite')]) {
        rmSync(`${where}-lock`, { force: true })
        const failure = await asReader(() => starting(where))
        expect(failure, failure.message).to.include({ code: 'DATABASE', isTransient: false })
        expect(failure.message).to.match(/Give this user the right to write/)
      }
    })
  })
})

function batch(block: number): RowBatch {
  const hash = `0x${block.toString(16).padStart(64, '0')}` as Hex
  return {
    rows: { blocks: [[block, hash, hash, block]] },
    checkpoint: { block, hash, time: block, finalized: 0, head: block },
  }
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
