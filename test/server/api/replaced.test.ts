import { rmSync } from 'node:fs'

import { expect } from 'chai'
import pg from 'pg'

import type { Hex } from '../../../src/core/hex.ts'
import type { Api } from '../../../packages/server/src/api/api.ts'
import { openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import { KINDS, KINDS_IN_DEPTH, open, type Kind } from '../indexer/stores.ts'
import { apiOver, append, checkpointOf, IDENTITY, idOf, type TestLedger } from './world.ts'

const ANSWERS = 80
const MODELS = 20
/** A chain, each model of which is made from the one before. */
const OLD: TestLedger = {
  models: MODELS,
  blocks: MODELS,
  edges: Array.from({ length: MODELS - 1 }, (_, at) => ({
    child: at + 2,
    parent: at + 1,
    block: at + 2,
    attested: false,
  })),
}
/** The same ids on another chain, whose models are all made from the first. */
const NEW: TestLedger = { ...OLD, fork: 'b', edges: OLD.edges.map((edge) => ({ ...edge, parent: 1 })) }

describe('api: a database that is not the one that it was', function () {
  this.timeout(120_000)

  for (const kind of KINDS_IN_DEPTH) {
    describe(kind.name, function () {
      let where: string
      let store: Store
      let database: Database
      let api: Api

      beforeEach(async function () {
        ;({ where, store } = await open(kind))
        await store.start(IDENTITY)
        await append(store, OLD)
        database = openDatabase(where)
        api = apiOver(database)
        for (let turn = 1; turn <= ANSWERS; turn++) expect(await ancestry(api, turn)).to.equal(expected(OLD, turn))
      })

      afterEach(async function () {
        await database.close()
        await store.close()
      })

      it('is answered from as soon as it holds another chain, in every answer', async function () {
        // So large a page is read in the thread of large requests.
        expect(await ancestry(api, 7, 100)).to.equal(expected(OLD, 7))
        await store.close()
        await emptied(kind, where)
        expect(await readiness(api)).to.deep.equal({ status: 503, ready: false, code: 'DATABASE' })
        expect(await codeOf(api)).to.equal('503 DATABASE')
        await store.start(IDENTITY)
        expect(await readiness(api)).to.deep.equal({ status: 503, ready: false, code: 'EMPTY_INDEX' })
        expect(await codeOf(api)).to.equal('503 EMPTY_INDEX')
        await append(store, NEW)
        const answers = await Promise.all(Array.from({ length: ANSWERS }, (_, turn) => ancestry(api, turn + 1)))
        expect(answers).to.deep.equal(answers.map((_, turn) => expected(NEW, turn + 1)))
        expect(await ancestry(api, 7, 100)).to.equal(expected(NEW, 7))
        expect(await readiness(api)).to.include({ status: 200, ready: true })
      })

      it('is answered from rightly, or not at all, while it is rebuilt', async function () {
        const wrong: string[] = []
        let served = 0
        let isDone = false
        const clients = Array.from({ length: 4 }, async (_, client) => {
          for (let turn = client; !isDone; turn++) {
            const answer = await ancestry(api, turn)
            served += 1
            const right = [
              expected(OLD, turn),
              expected(NEW, turn),
              '503 EMPTY_INDEX',
              '503 STALE_VIEW',
              '503 DATABASE',
            ]
            if (!right.includes(answer)) wrong.push(answer)
            // Lets timers and the store's thread have their turn.
            await new Promise((next) => setImmediate(next))
          }
        })
        for (let round = 0; round < 2; round++) {
          for (const ledger of [NEW, OLD]) {
            await store.start(IDENTITY, true)
            await append(store, ledger)
            const before = served
            while (served < before + 8) await new Promise((next) => setImmediate(next))
          }
        }
        isDone = true
        await Promise.all(clients)
        expect(wrong).to.deep.equal([])
        expect(await ancestry(api, 7)).to.equal(expected(OLD, 7))
      })

      it('is not served once its indexer has found another chain, and is again when that was an error', async function () {
        const marks = await store.marks()
        await store.mark({ ...marks, state: 'foreign' })
        expect(await readiness(api)).to.deep.equal({ status: 503, ready: false, code: 'FOREIGN_INDEX' })
        expect(await codeOf(api)).to.equal('503 FOREIGN_INDEX')
        await store.mark(marks)
        expect(await readiness(api)).to.include({ status: 200, ready: true })
        expect(await ancestry(api, 3)).to.equal(expected(OLD, 3))
      })

      it('is not served when a newer release has made it', async function () {
        const { version } = (await database.all('SELECT version FROM checkpoint'))[0]!
        await changed(kind, where, `UPDATE checkpoint SET version = ${Number(version) + 1}`)
        expect(await readiness(api)).to.deep.equal({ status: 503, ready: false, code: 'DATABASE_NEWER' })
        expect(await codeOf(api)).to.equal('503 DATABASE_NEWER')
      })
    })
  }

  for (const kind of KINDS_IN_DEPTH) {
    it(`is noticed by streams, also when it has none of the blocks that were sent: ${kind.name}`, async function () {
      const made = async (...parts: [ledger: TestLedger, after: number][]): Promise<Database> => {
        const { store, read } = await open(kind)
        await store.start(IDENTITY)
        for (const [ledger, after] of parts) await append(store, ledger, after)
        await store.close()
        return read()
      }
      const other = { ...NEW, models: 30, edges: [] }
      const before = await made([OLD, 0])
      // Its final blocks 2 to 25 are without events, so that it has no row of them.
      const after = await made([{ ...other, blocks: 1 }, 0], [{ ...other, blocks: 30 }, 25])
      let current = before
      const { where: _, ...api } = {
        ...before,
        all: ((...query) => current.all(...query)) as Database['all'],
        snapshot: ((run) => current.snapshot(run)) as Database['snapshot'],
      }
      const reader = (
        await apiOver(api).fetch(new Request('http://api.test/v1/activity/stream?after=1'))
      ).body!.getReader()
      const until = async (end: string): Promise<string> => {
        let text = ''
        while (!text.includes(end)) text += Buffer.from((await reader.read()).value ?? []).toString()
        return text
      }
      const idsIn = (text: string): string[] => Array.from(text.matchAll(/^id: (.*)$/gm), ([, id]) => id!)
      expect(idsIn(await until('id: 20.1\n'))).to.have.length(19)
      current = after
      const text = await until('id: 30.1\n')
      expect(text).to.match(/^id: 0\nevent: replaced\n/m)
      expect(idsIn(text)).to.deep.equal(['0', '1.1', '26.1', '27.1', '28.1', '29.1', '30.1'])
      await reader.cancel()
      await Promise.all([before.close(), after.close()])
    })
  }

  it('shares its identity with every snapshot, until it is rebuilt', async function () {
    const { store, read } = await open(KINDS[0]!)
    const identityOf = async (): Promise<unknown> => {
      const database = read()
      const [row] = await database.all('SELECT identity FROM checkpoint')
      await database.close()
      return Buffer.from(row!.identity as Uint8Array).toString('hex')
    }
    await store.start(IDENTITY)
    const first = await identityOf()
    await append(store, OLD)
    await store.undo(checkpointOf(OLD, OLD.blocks - 1))
    await store.start(IDENTITY)
    expect(await identityOf()).to.equal(first)
    await store.start(IDENTITY, true)
    expect(await identityOf()).to.not.equal(first)
    await store.close()
  })
})

/** Deletes everything, as an operator would. */
async function emptied(kind: Kind, where: string): Promise<void> {
  if (kind.name === 'SQLite') for (const suffix of ['', '-wal', '-shm']) rmSync(`${where}${suffix}`, { force: true })
  else await changed(kind, where, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public')
}

async function changed(kind: Kind, where: string, sql: string): Promise<void> {
  if (kind.name === 'SQLite') {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(where)
    database.exec(sql)
    database.close()
    return
  }
  const client = new pg.Client({ connectionString: where })
  await client.connect()
  await client.query(sql)
  await client.end()
}

function modelOf(turn: number): number {
  return (turn % MODELS) + 1
}

/** The name of a model with the ids of all its ancestors, nearest first, by the API. */
async function ancestry(api: Api, turn: number, first = MODELS): Promise<string> {
  const response = await api.fetch(
    new Request(`http://api.test/v1/models/${idOf(modelOf(turn))}/ancestors?first=${first}`),
  )
  const body = (await response.json()) as {
    error?: { code: string }
    block: { hash: string }
    model: { ancestors: { nodes: { model: { id: Hex; name: string } }[] } }
  }
  if (body.error) return `${response.status} ${body.error.code}`
  const names = body.model.ancestors.nodes.map(({ model }) => `${model.id} ${model.name}`)
  return [body.block.hash, ...names].join('\n')
}

/** The same from the edges. */
function expected(ledger: TestLedger, turn: number): string {
  const lines: string[] = []
  for (let model = modelOf(turn); model > 1;) {
    model = ledger.edges.find(({ child }) => child === model)!.parent
    lines.push(`${idOf(model)} model-${model}${ledger.fork ?? ''}`)
  }
  return [checkpointOf(ledger, ledger.blocks).hash, ...lines].join('\n')
}

async function codeOf(api: Api): Promise<string> {
  return ancestry(api, 1)
}

async function readiness(api: Api): Promise<{ status: number; ready: boolean; code?: string }> {
  const response = await api.fetch(new Request('http://api.test/ready'))
  const { ready, code } = (await response.json()) as { ready: boolean; code?: string }
  return { status: response.status, ready, ...(code !== undefined && { code }) }
}
