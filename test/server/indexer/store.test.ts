import { expect } from 'chai'

import type { Hex } from '../../../src/core/hex.ts'
import type { Row } from '../../../packages/server/src/indexer/database.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import type { IndexCheckpoint, Identity, Store } from '../../../packages/server/src/indexer/store.ts'
import { KINDS } from './stores.ts'

const IDENTITY: Identity = { chainId: 31337, ledger: `0x${'a'.repeat(40)}` as Identity['ledger'] }

for (const kind of KINDS) {
  describe(`indexer: the store in ${kind.name}`, function () {
    this.timeout(120_000)
    let where: string
    let store: Store

    beforeEach(async function () {
      where = await kind.where()
      store = createStore(where)
      await store.start(IDENTITY)
    })

    afterEach(() => store.close())

    const hash = (block: number): Hex => `0x${block.toString(16).padStart(64, '0')}`
    const checkpoint = (block: number, finalized = 0): IndexCheckpoint => ({
      block,
      hash: hash(block),
      time: 1_000 + block,
      finalized,
      head: 50,
    })
    const account = (n: number, block: number) => [n, `0x${n.toString(16).padStart(40, '0')}`, block]
    const model = (n: number, block: number, uri = '') => [
      n,
      hash(n),
      1,
      hash(7),
      null,
      null,
      null,
      null,
      null,
      uri,
      '',
      block,
      0,
    ]
    const edge = (child: number, parent: number, block: number, position = 0) => {
      const late = position < 0 ? 1 : 0
      return [child, parent, 1, late ? null : 0, late, late, position, null, block, 1]
    }
    const rows = async (sql: string): Promise<Row[]> => {
      const database = openDatabase(where)
      try {
        return await database.all(sql)
      } finally {
        await database.close()
      }
    }

    it('is empty at first, and later reports its checkpoint', async function () {
      expect(await store.start(IDENTITY)).to.equal(undefined)
      await store.append({ rows: {}, checkpoint: checkpoint(5, 3) })
      expect(await store.start(IDENTITY)).to.deep.equal(checkpoint(5, 3))
      await store.close()
      expect(await createdAnew()).to.deep.equal(checkpoint(5, 3))
    })

    async function createdAnew(identity = IDENTITY): Promise<IndexCheckpoint | undefined> {
      const other = createStore(where)
      try {
        return await other.start(identity)
      } finally {
        await other.close()
      }
    }

    it('returns any text unchanged', async function () {
      const texts = [
        '',
        'tab\tnew\nline\rback\\slash\\N',
        '"quotes" and \'more\'',
        'ünï 😀 \u{202e}',
        '\\.',
        'NULL',
        '\\x41',
      ]
      // More than one row at a time, and more than a statement's worth.
      const many = Array.from({ length: 100 }, (_, i) => model(i + 1, 1, texts[i % texts.length]))
      await store.append({ rows: { accounts: [account(1, 1)], models: many }, checkpoint: checkpoint(1) })
      await store.append({ rows: { models: [model(101, 2, texts[1])] }, checkpoint: checkpoint(2) })
      const found = await rows('SELECT * FROM models ORDER BY n')
      expect(found.map(({ uri }) => uri)).to.deep.equal([...many.map((row) => row[9]), texts[1]])
      expect(found[9]!.datasets).to.equal(null)
      expect(Buffer.from(found[9]!.id as Uint8Array).toString('hex')).to.equal(hash(10).slice(2))
      expect(found[9]!.n).to.equal(10)
    })

    for (const count of [1, 100]) {
      it(`gives back the least and the greatest numbers, by ${count === 1 ? 'the row' : 'a hundred rows'}`, async function () {
        const [key, block, time, mask] = [2 ** 31 - 1, 2 ** 53 - 1, 2 ** 40 - 1, 2 ** 32 - 1]
        const each = <T>(make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
        const terms = [null, null, null, mask, 0, 2 ** 31, 127, '0', String(2n ** 176n - 1n), null, key, null]
        await store.append({
          rows: {
            terms: each((i) => [key - i, hash(i), ...terms, 1, block - i, key]),
            edges: each((i) => edge(key - i, key, block, -1)),
            credentials: each((i) => [
              key - i,
              hash(i),
              1,
              1,
              1,
              1,
              2 ** 32,
              time,
              key - 1,
              hash(i),
              null,
              mask,
              block - i,
              key,
            ]),
          },
          checkpoint: checkpoint(1),
        })
        expect(
          await rows('SELECT n, rights, unstated, flags, family, duties, code_terms, block FROM terms ORDER BY n DESC'),
        ).to.deep.equal(
          each((i) => ({
            n: key - i,
            rights: mask,
            unstated: 0,
            flags: 2 ** 31,
            family: 127,
            duties: String(2n ** 176n - 1n),
            code_terms: key,
            block: block - i,
          })),
        )
        expect(await rows('SELECT child, position, block FROM edges ORDER BY child DESC')).to.deep.equal(
          each((i) => ({ child: key - i, position: -1, block })),
        )
        expect(await rows('SELECT valid_from, valid_until, log FROM credentials')).to.deep.equal(
          each(() => ({ valid_from: 2 ** 32, valid_until: time, log: key })),
        )
      })
    }

    it('finds keys by what they stand for, and rows by keys', async function () {
      await store.append({
        rows: { accounts: [account(1, 1), account(2, 1)], models: [model(1, 1), model(2, 1)], edges: [edge(2, 1, 1)] },
        checkpoint: checkpoint(1),
      })
      expect(await store.keysOf('models', [hash(2), hash(9)])).to.deep.equal(new Map([[hash(2), 2]]))
      expect(await store.keysOf('models', [])).to.deep.equal(new Map())
      expect([await store.lastKey('models'), await store.lastKey('claims')]).to.deep.equal([2, 0])
      expect((await store.rowsOf('edges', 'child', [1, 2])).map(({ parent }) => parent)).to.deep.equal([1])
    })

    it('deletes everything that is later than a block, and nothing else', async function () {
      for (const block of [1, 2, 3, 4]) {
        const [n, events] = [block, [[block, 0, 10, hash(block), block, block, null]]]
        await store.append({
          rows: {
            accounts: [account(n, block)],
            models: [model(n, block)],
            edges: block > 1 ? [edge(n, n - 1, block)] : [],
            events,
            blocks: [[block, hash(block), hash(block - 1), block]],
            heads: [[block, hash(block)]],
          },
          checkpoint: checkpoint(block),
        })
      }
      // An edge that came to light late, of an old model.
      await store.append({ rows: { edges: [edge(1, 2, 5, -1)] }, checkpoint: checkpoint(5) })
      await store.undo(checkpoint(2))
      expect(await rows('SELECT child, parent FROM edges')).to.deep.equal([{ child: 2, parent: 1 }].map(asRow))
      for (const [table, key] of Object.entries({
        accounts: 'n',
        models: 'n',
        events: 'block',
        blocks: 'number',
        heads: 'number',
      })) {
        expect(
          (await rows(`SELECT ${key} AS k FROM ${table} ORDER BY k`)).map(({ k }) => k),
          table,
        ).to.deep.equal([1, 2])
      }
      expect(await store.start(IDENTITY)).to.deep.equal(checkpoint(2))
      expect(await store.heads()).to.deep.equal([2, 1].map((number) => ({ number, hash: hash(number) })))
    })

    const asRow = (row: object): Row => Object.assign(Object.create(null), row) as Row

    it('drops heads that are final', async function () {
      await store.append({
        rows: {
          heads: [
            [1, hash(1)],
            [2, hash(2)],
            [3, hash(3)],
          ],
        },
        checkpoint: checkpoint(3, 2),
      })
      expect((await store.heads()).map(({ number }) => number)).to.deep.equal([3, 2])
    })

    it('writes a batch completely or not at all', async function () {
      await store.append({ rows: { models: [model(1, 1)] }, checkpoint: checkpoint(1) })
      const bad = { rows: { accounts: [account(1, 2)], models: [model(2, 2), model(1, 2)] }, checkpoint: checkpoint(2) }
      const error = await store.append(bad).catch((failure: unknown) => failure)
      expect(error).to.include({ code: 'DATABASE', isTransient: false })
      expect(await store.start(IDENTITY)).to.deep.equal(checkpoint(1))
      expect(await rows('SELECT n FROM accounts')).to.deep.equal([])
    })

    it('locks out other writers until it closes', async function () {
      const other = createStore(where)
      expect(await other.start(IDENTITY).catch((error: { code: string }) => error.code)).to.equal('DATABASE_LOCKED')
      await other.close()
      await store.close()
      await createdAnew()
    })

    it('refuses a database of another ledger, chain or schema', async function () {
      await store.close()
      const code = (identity: Identity) => createdAnew(identity).catch((error: { code: string }) => error.code)
      expect(await code({ ...IDENTITY, chainId: 1 })).to.equal('FOREIGN_DATABASE')
      expect(await code({ ...IDENTITY, ledger: `0x${'b'.repeat(40)}` as Identity['ledger'] })).to.equal(
        'FOREIGN_DATABASE',
      )
    })

    it('can be read at one state while it is written', async function () {
      await store.append({ rows: { models: [model(1, 1)] }, checkpoint: checkpoint(1) })
      const database = openDatabase(where)
      const [before, after] = await database.snapshot(async ({ all }) => {
        const first = await all('SELECT count(*) AS count FROM models WHERE n > $1', [0])
        await store.append({ rows: { models: [model(2, 2)] }, checkpoint: checkpoint(2) })
        return [first[0]!.count, (await all('SELECT count(*) AS count FROM models'))[0]!.count]
      })
      expect([before, after]).to.deep.equal([1, 1])
      expect((await database.all('SELECT count(*) AS count FROM models'))[0]!.count).to.equal(2)
      await database.close()
    })

    it('creates its indexes, and can do so twice', async function () {
      await store.makeIndexes()
      await store.makeIndexes()
      expect((await rows('SELECT indexed FROM checkpoint'))[0]!.indexed).to.equal(1)
    })
  })
}
