import { randomInt } from 'node:crypto'

import { expect } from 'chai'
import pg from 'pg'

import { DatabaseError, InvalidDatabaseError } from '../../../packages/server/src/indexer/database.ts'
import { NewerQuotasError } from '../../../packages/server/src/gateway/leaseTables.ts'
import { isRefusal, type KeyEntry, type QuotaStore, type Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { openQuotaStore } from '../../../packages/server/src/gateway/quota.ts'
import type { Address, CredentialId, ModelId, TierId } from '../../../src/core/hex.ts'
import { Random } from '../../fixtures/random.ts'
import { startPostgres, type PostgresServer } from '../indexer/postgres.ts'

/** A key of the credential of a number. */
function entryOf(number: number): KeyEntry {
  const digits = number.toString(16).padStart(64, '0')
  return {
    id: `key-${digits.slice(-8)}`,
    holder: `0x${'11'.repeat(20)}` as Address,
    model: `0x${'22'.repeat(32)}` as ModelId,
    tier: `0x${'33'.repeat(32)}` as TierId,
    credential: `0x${digits}` as CredentialId,
    use: 'commercial',
    rate: {},
  }
}

function operatorOf(number: number): Address {
  return `0x${number.toString(16).padStart(40, '0')}` as Address
}

/** Takes a call as an admission does: once more after a refill. */
async function take(store: QuotaStore, { credential }: KeyEntry, tokens = 1) {
  const first = store.reserve(credential, tokens)
  if (!isRefusal(first)) return first
  await store.refill?.(credential, tokens)
  return store.reserve(credential, tokens)
}

async function served(stores: readonly QuotaStore[], entry: KeyEntry, calls: number, tokens = 1): Promise<number> {
  const asked = Array.from({ length: calls }, async (_, index) => {
    const taken = await take(stores[index % stores.length]!, entry, tokens)
    if (isRefusal(taken)) return 0
    await new Promise((resolve) => setImmediate(resolve))
    taken.settle({ calls: 1, tokens })
    return 1
  })
  return (await Promise.all(asked)).reduce((sum: number, each) => sum + each, 0)
}

/** How many calls end at random. */
const ENDS = process.env.STEMMA_DEEP === '1' ? 100_000 : 600

const [ENTRY, OPERATOR] = [entryOf(1), operatorOf(1)]

describe('gateway: quotas in memory', function () {
  const opened = async (calls: bigint, tokens: bigint): Promise<QuotaStore> => {
    const store = await openQuotaStore({ operator: OPERATOR })
    await store.open(ENTRY, { calls, tokens }, [])
    return store
  }

  it('serve exactly 10 of 200 parallel calls on a quota of 10', async function () {
    expect(await served([await opened(10n, 0n)], ENTRY, 200)).to.equal(10)
  })

  it('count what this operator and the others have used', async function () {
    const store = await openQuotaStore({ operator: OPERATOR })
    const used = [
      { operator: OPERATOR, calls: 3, tokens: 0 },
      { operator: operatorOf(2), calls: 5, tokens: 0 },
    ]
    await store.open(ENTRY, { calls: 10n, tokens: 0n }, used)
    expect(await served([store], ENTRY, 200)).to.equal(2)
    const refusal = store.reserve(ENTRY.credential, 1) as Refusal
    expect(refusal).to.deep.include({ status: 429, code: 'quota_exceeded' })
    expect(refusal).to.not.have.property('retryAfter')
  })

  it('take newer counts of others, and keep what open calls hold', async function () {
    const store = await opened(10n, 0n)
    const held = store.reserve(ENTRY.credential, 1)
    await store.open(ENTRY, { calls: 10n, tokens: 0n }, [{ operator: operatorOf(2), calls: 8, tokens: 0 }])
    expect(isRefusal(store.reserve(ENTRY.credential, 1))).to.equal(false)
    expect(store.reserve(ENTRY.credential, 1)).to.deep.include({ code: 'quota_reserved', retryAfter: 1 })
    if (isRefusal(held)) throw new Error(held.code)
    held.settle({ calls: 0, tokens: 0 })
    expect(isRefusal(store.reserve(ENTRY.credential, 1))).to.equal(false)
  })

  it('refuse a call that may take more tokens than are left, and take one that asks for fewer', async function () {
    const store = await opened(0n, 1000n)
    expect(store.reserve(ENTRY.credential, 999_999_999)).to.deep.include({ status: 429, code: 'quota_exceeded' })
    expect(isRefusal(store.reserve(ENTRY.credential, 1000))).to.equal(false)
  })

  it('settle a reservation once', async function () {
    const store = await opened(2n, 0n)
    const taken = store.reserve(ENTRY.credential, 1)
    if (isRefusal(taken)) throw new Error(taken.code)
    for (let time = 0; time < 3; time++) taken.settle({ calls: 1, tokens: 1 })
    expect(await served([store], ENTRY, 5)).to.equal(1)
  })

  it('bound nothing where the tier has no quota', async function () {
    expect(await served([await opened(0n, 0n)], ENTRY, 500, 1_000_000)).to.equal(500)
  })

  it('refuse what was not opened', async function () {
    const store = await openQuotaStore({ operator: OPERATOR })
    expect(store.reserve(ENTRY.credential, 1)).to.deep.include({ status: 503, code: 'key_not_ready' })
  })
})

describe('gateway: quotas over PostgreSQL', function () {
  let server: PostgresServer
  let database: string
  const open: QuotaStore[] = []

  before(async function () {
    server = await startPostgres({ isOurs: true })
  })
  after(() => server.stop())
  beforeEach(async function () {
    database = await server.createDatabase()
  })
  afterEach(async function () {
    await Promise.all(open.splice(0).map((store) => store.close()))
  })

  const instance = async (number: number, options: Partial<Parameters<typeof openQuotaStore>[0]> = {}) => {
    const store = await openQuotaStore({ database, operator: operatorOf(number), interval: 20, ...options })
    open.push(store)
    return store
  }
  const query = async (sql: string): Promise<any[]> => {
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    const { rows } = await client.query(sql)
    await client.end()
    return rows
  }
  const ending = async (store: QuotaStore): Promise<void> => {
    open.splice(open.indexOf(store), 1)
    await store.close()
  }

  // One burst has to do: a caller that is refused while a call is left may not come again.
  for (const [what, instances, used] of [
    ['on 1 instance', 1, 1],
    ['on 3 instances', 3, 3],
    ['on 1 of 3 instances', 3, 1],
  ] as const) {
    it(`serve exactly 10 of 200 parallel calls on a quota of 10, in calls and in tokens, ${what}`, async function () {
      const stores = await Promise.all(Array.from({ length: instances }, (_, index) => instance(index)))
      for (let round = 0; round < 6; round++) {
        const entry = entryOf(round)
        const isTokens = round % 2 === 1
        const quotas = isTokens ? { calls: 0n, tokens: 10_000n } : { calls: 10n, tokens: 0n }
        await Promise.all(stores.map((store) => store.open(entry, quotas, [])))
        const calls = Array.from({ length: 200 }, async (_, index) => {
          // They come over several turns, so that questions to the database are under way meanwhile.
          for (let turn = 0; turn < index / 8; turn++) await new Promise((resolve) => setImmediate(resolve))
          return served([stores[index % used]!], entry, 1, isTokens ? 1000 : 1)
        })
        const total = (await Promise.all(calls)).reduce((sum, each) => sum + each, 0)
        expect(total, `round ${round}`).to.equal(10)
      }
    })
  }

  it('give back at once what a call that failed had held', async function () {
    const [one, two] = [await instance(1), await instance(2)]
    await Promise.all([one, two].map((store) => store.open(ENTRY, { calls: 1n, tokens: 0n }, [])))
    const held = await take(one, ENTRY)
    expect(await take(two, ENTRY)).to.deep.include({ code: 'quota_reserved' })
    if (isRefusal(held)) throw new Error(held.code)
    held.settle({ calls: 0, tokens: 0 })
    let total = 0
    while (total === 0) total = await served([two], ENTRY, 1)
    expect(total).to.equal(1)
  })

  it('count at the end what was used, and hold nothing', async function () {
    const store = await instance(1)
    await store.open(ENTRY, { calls: 100n, tokens: 100_000n }, [])
    expect(await served([store], ENTRY, 30, 7)).to.equal(30)
    await ending(store)
    const [share] = await query('SELECT calls, tokens, most_calls, most_tokens FROM stemma_gateway.shares')
    expect(share).to.deep.equal({ calls: '30', tokens: '210', most_calls: '30', most_tokens: '210' })
  })

  it('hold nothing after calls that end at random, on 3 instances', async function () {
    const seed = Number(process.env.STEMMA_FUZZ_SEED ?? randomInt(2 ** 31))
    const random = new Random(seed)
    const stores = await Promise.all([1, 2, 3].map((number) => instance(number, { interval: 5 })))
    await Promise.all(stores.map((store) => store.open(ENTRY, { calls: 300n, tokens: 9_000n }, [])))
    let [calls, tokens] = [0, 0]
    const ends = Array.from({ length: ENDS }, async (_, index) => {
      const taken = await take(stores[index % 3]!, ENTRY, random.integer(1, 40))
      if (isRefusal(taken)) return
      for (let turns = random.integer(0, 5); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      const used = random.chance(0.3) ? { calls: 1, tokens: random.integer(0, 30) } : { calls: 0, tokens: 0 }
      ;[calls, tokens] = [calls + used.calls, tokens + used.tokens]
      for (let times = random.integer(1, 2); times > 0; times--) taken.settle(used)
    })
    await Promise.all(ends)
    for (const store of stores) await ending(store)
    const [sums] = await query(
      'SELECT sum(calls) AS calls, sum(tokens) AS tokens, sum(most_calls) AS most_calls, sum(most_tokens) AS most_tokens FROM stemma_gateway.shares',
    )
    const texts = { calls: String(calls), tokens: String(tokens) }
    const expected = { ...texts, most_calls: texts.calls, most_tokens: texts.tokens }
    expect(sums, `seed ${seed}`).to.deep.equal(expected)
    expect(calls, `seed ${seed}`).to.be.within(1, 300)
  })

  it('go on within the share while the database is away, then refuse, and go on when it is back', async function () {
    const clock = { ms: 0 }
    const failures: boolean[] = []
    const store = await instance(1, {
      now: () => clock.ms,
      interval: 2 ** 30,
      onFailure: (failure) => failures.push(failure !== undefined),
    })
    await store.open(ENTRY, { calls: 1000n, tokens: 0n }, [])
    expect(isRefusal(await take(store, ENTRY))).to.equal(false)
    await server.crash!()
    let within = 0
    let taken = await take(store, ENTRY)
    for (; !isRefusal(taken); taken = await take(store, ENTRY)) within += 1
    expect(within).to.be.within(1, 30)
    expect(taken).to.deep.include({ status: 503, code: 'quota_store_away', retryAfter: 5 })
    expect(failures).to.deep.equal([true])
    await server.restart!()
    expect(isRefusal(await take(store, ENTRY))).to.equal(false)
    expect(failures).to.deep.equal([true, false])
  })

  it('report everything again after the database was away, as another server may have taken over', async function () {
    const store = await instance(1)
    const [rests, calls] = [entryOf(1), entryOf(2)]
    for (const entry of [rests, calls]) await store.open(entry, { calls: 10n, tokens: 0n }, [])
    expect(await served([store], rests, 4)).to.equal(4)
    const reported = async (): Promise<string> => {
      const rows = await query(`SELECT calls FROM stemma_gateway.shares WHERE credential = '\\x${'0'.repeat(63)}1'`)
      return rows[0].calls
    }
    while ((await reported()) !== '4') await new Promise((resolve) => setImmediate(resolve))
    await server.crash!()
    expect(await take(store, calls)).to.deep.include({ code: 'quota_store_away' })
    await server.restart!()
    await query('UPDATE stemma_gateway.shares SET calls = 0, most_calls = 0')
    expect(await served([store], calls, 1)).to.equal(1)
    while ((await reported()) !== '4') await new Promise((resolve) => setImmediate(resolve))
    const other = await instance(2)
    await other.open(rests, { calls: 10n, tokens: 0n }, [])
    expect(await served([other], rests, 20)).to.equal(6)
  })

  it('end a share by itself, also where the database cannot say so', async function () {
    const clock = { ms: 0 }
    const store = await instance(1, { now: () => clock.ms, interval: 2 ** 30, lease: 60 })
    await store.open(ENTRY, { calls: 1000n, tokens: 0n }, [])
    expect(isRefusal(await take(store, ENTRY))).to.equal(false)
    expect(isRefusal(store.reserve(ENTRY.credential, 1))).to.equal(false)
    clock.ms = 54_000
    expect(isRefusal(store.reserve(ENTRY.credential, 1))).to.equal(true)
    expect(isRefusal(await take(store, ENTRY))).to.equal(false)
  })

  it('give the share of an instance that died to others when it ends, but not what it used', async function () {
    const dead = await openQuotaStore({ database, operator: operatorOf(1), interval: 2 ** 30, lease: 0.3 })
    await dead.open(ENTRY, { calls: 10n, tokens: 0n }, [])
    // Ten calls wait, so the share is all ten; three of them end, and are reported with the next question.
    const taken = await Promise.all(Array.from({ length: 10 }, () => take(dead, ENTRY)))
    for (const each of taken.slice(0, 3)) if (!isRefusal(each)) each.settle({ calls: 1, tokens: 1 })
    await dead.refill!(ENTRY.credential, 1)
    const heir = await instance(2, { interval: 2 ** 30 })
    await heir.open(ENTRY, { calls: 10n, tokens: 0n }, [])
    expect(heir.reserve(ENTRY.credential, 1)).to.deep.include({ code: 'quota_reserved' })
    let total = 0
    while (total === 0) total += await served([heir], ENTRY, 20)
    expect(total).to.equal(7)
    // What the dead one had not reported its store still knows.
    await heir.open(ENTRY, { calls: 10n, tokens: 0n }, [{ operator: operatorOf(1), calls: 5, tokens: 5 }])
    await ending(heir)
    const shares = await query('SELECT sum(calls) AS calls FROM stemma_gateway.shares')
    expect(shares).to.deep.equal([{ calls: '12' }])
    await dead.close()
  })

  it('are rebuilt from the logs when the schema was dropped', async function () {
    const failures: string[] = []
    const onFailure = (failure: Error | undefined): void => void (failure && failures.push(failure.message))
    const store = await instance(1, { onFailure, interval: 2 ** 30 })
    await store.open(ENTRY, { calls: 10n, tokens: 0n }, [])
    for (let call = 0; call < 4; call++) expect(await served([store], ENTRY, 1)).to.equal(1)
    await query('DROP SCHEMA stemma_gateway CASCADE')
    let taken = await take(store, ENTRY)
    while (!isRefusal(taken)) taken = await take(store, ENTRY)
    expect(taken).to.deep.include({ code: 'quota_store_away' })
    expect(failures[0]).to.match(/were dropped\. Start the gateways again/)
    await ending(store)
    const again = await instance(1)
    const used = [
      { operator: operatorOf(1), calls: 4, tokens: 4 },
      { operator: operatorOf(2), calls: 1, tokens: 1 },
    ]
    await again.open(ENTRY, { calls: 10n, tokens: 0n }, used)
    expect(await served([again], ENTRY, 20)).to.equal(5)
  })

  it('deadlock nowhere with 20 instances on 12 credentials', async function () {
    const failures: string[] = []
    const entries = Array.from({ length: 12 }, (_, index) => entryOf(index + 1))
    const onFailure = (failure: Error | undefined): void => void (failure && failures.push(failure.message))
    const opened = Array.from({ length: 20 }, (_, index) => instance(index + 1, { onFailure, interval: 5 }))
    const stores = await Promise.all(opened)
    await Promise.all(
      stores.map(async (store, index) => {
        const order = index % 2 ? entries : entries.toReversed()
        for (const entry of order) await store.open(entry, { calls: 60n, tokens: 0n }, [])
      }),
    )
    const totals = await Promise.all(
      stores.map((store) => Promise.all(entries.map((entry) => served([store], entry, 3)))),
    )
    expect(failures).to.deep.equal([])
    const perEntry = entries.map((_, at) => totals.reduce((sum, each) => sum + each[at]!, 0))
    for (const total of perEntry) expect(total).to.be.within(3, 60)
  })

  it('refuse tables of a later release, and databases that are none', async function () {
    await instance(1)
    await query('UPDATE stemma_gateway.version SET number = 9')
    const refused = async (where: string): Promise<unknown> =>
      openQuotaStore({ database: where, operator: OPERATOR }).then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(await refused(database)).to.be.instanceOf(NewerQuotasError)
    expect(await refused('quotas.sqlite')).to.be.instanceOf(InvalidDatabaseError)
    const away = (await refused('postgres://keeper:secret@127.0.0.1:1/x')) as Error
    expect(away).to.be.instanceOf(DatabaseError)
    expect(away.message).to.not.contain('secret')
  })
})
