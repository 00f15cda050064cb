import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { randomInt } from 'node:crypto'

import { createAdmission, type KeyAdmission } from '../../../packages/server/src/gateway/admission.ts'
import { newKey, writeKeyFile, type KeyRecord } from '../../../packages/server/src/gateway/keyFile.ts'
import { openKeys, type Keys } from '../../../packages/server/src/gateway/keys.ts'
import { isRefusal, type Admitted, type KeyRate, type Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { createMemoryQuotas } from '../../../packages/server/src/gateway/quota.ts'
import { readQuota } from '../../../packages/server/src/gateway/readQuota.ts'
import { unauthorizedFor } from '../../../packages/server/src/gateway/unauthorizedFor.ts'
import { openStanding } from '../../../packages/server/src/gateway/standing.ts'
import { timeOfCall } from '../../../src/audit/replayLog.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { parseAddress } from '../../../src/core/hex.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { networkHelpers } from '../../fixtures/ledger.ts'
import { Random } from '../../fixtures/random.ts'
import { deployLicensed, nodeOf, OPERATOR, WORDS } from './licensed.ts'

const { loadFixture, time } = networkHelpers
/** How many calls end at random, and how often a credential is revoked. */
const [ENDS, REVOCATIONS] = process.env.STEMMA_DEEP === '1' ? [100_000, 100] : [3_000, 2]
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? randomInt(2 ** 31))

describe('gateway: admission', function () {
  const closing: (() => unknown)[] = []
  afterEach(async function () {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  /** An admission over the fixture's chain, with one key for each rate. */
  async function started(rates: readonly KeyRate[] = [{}]) {
    const base = await loadFixture(deployLicensed)
    const folder = await mkdtemp(join(tmpdir(), 'stemma-admission-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'keys.json')
    const { id: _, ...binding } = base.entry
    const made = rates.map((rate) => newKey({ ...binding, rate }, 1))
    await writeKeyFile(
      path,
      made.map(({ record }) => record),
    )
    const keys = await openKeys({ path })
    const { reader } = nodeOf(base.deployment)
    const clock = { ms: (await time.latest()) * 1000 }
    const now = (): number => clock.ms
    const options = { operator: OPERATOR, maxHeadAge: 0, interval: 2 ** 30, words: WORDS, now }
    const standing = await openStanding({ ledger: reader, keys: keys.all(), ...options })
    const quota = createMemoryQuotas(OPERATOR)
    const failures: Error[] = []
    const admission = await createAdmission({
      keys,
      standing,
      quota,
      models: [
        { name: 'served', model: base.a, use: 'commercial' },
        { name: 'other', model: base.b, use: 'commercial' },
      ],
      quotaOf: (entry) => readQuota(reader, { entry, operator: OPERATOR, own: { calls: 0, tokens: 0 } }),
      now,
      onFailure: (failure) => failures.push(failure),
    })
    closing.push(
      () => keys.close(),
      () => standing.close(),
      () => quota.close(),
      () => admission.close(),
    )
    return { ...base, path, keys, standing, quota, admission, made, clock, failures, reader }
  }

  const codeOf = (value: object): string => (isRefusal(value) ? (value as Refusal).code : 'admitted')
  const admit = async (admission: KeyAdmission, secret: string, tokens = 10, name?: string) => {
    const entry = admission.identify(secret)
    return isRefusal(entry) ? entry : admission.admit(entry, name ?? 'served', tokens)
  }
  const admitted = async (admission: KeyAdmission, secret: string, tokens = 10): Promise<Admitted> => {
    const found = await admit(admission, secret, tokens)
    if (isRefusal(found)) throw new Error(found.code)
    return found
  }
  /** Changes the file of keys, and waits until the gateway has read it. */
  const changed = async (keys: Keys, path: string, records: readonly KeyRecord[]): Promise<void> => {
    await writeKeyFile(path, records)
    await keys.reload()
  }

  it('admits a call with an id that sorts after those before, at the block of the head', async function () {
    const { admission, made } = await started()
    const calls = await Promise.all(Array.from({ length: 300 }, () => admitted(admission, made[0]!.secret)))
    const ids = calls.map(({ call }) => call)
    expect(ids).to.deep.equal(ids.toSorted())
    expect(new Set(ids).size).to.equal(300)
    for (const id of ids) expect(id).to.match(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(calls[0]).to.deep.include({ block: await time.latestBlock(), epoch: 0, reserved: 10 })
    expect(admission.open).to.equal(300)
  })

  it('dates no call before the block at which it is permitted, where the clock is late', async function () {
    const { admission, made, clock, standing } = await started()
    clock.ms -= 90_000
    const { call, time: at } = await admitted(admission, made[0]!.secret)
    expect(at).to.equal(standing.head!.time)
    expect(timeOfCall(call)).to.equal(standing.head!.time)
  })

  it('refuses callers without a key of its own, and names that the key does not cover', async function () {
    const { admission, made } = await started()
    const [{ secret }] = made as [(typeof made)[0]]
    expect(admission.identify(undefined)).to.deep.include({ status: 401, code: 'key_missing' })
    expect(admission.identify('sk-stemma-x')).to.deep.include({ status: 401, code: 'key_unknown' })
    expect(await admit(admission, secret, 1, 'adapter-7')).to.deep.include({ status: 404, code: 'model_not_served' })
    expect(await admit(admission, secret, 1, 'other')).to.deep.include({ status: 403, code: 'model_not_covered' })
    expect((await admit(admission, secret, 1, 'other')) as Refusal).to.satisfy(({ message }: Refusal) =>
      message.endsWith('Use served.'),
    )
    expect(admission.open).to.equal(0)
  })

  it('counts a refused call in no rate and no quota', async function () {
    const { admission, made } = await started([{ callsPerMinute: 2 }])
    const { secret } = made[0]!
    // Whatever a call asks for, it reserves no more than a context of 1,048,576 tokens; the tier has 2,000,000.
    expect((await admitted(admission, secret, 999_999_999)).reserved).to.equal(1_048_576)
    for (let call = 0; call < 5; call++) expect(codeOf(await admit(admission, secret, 1e9))).to.equal('quota_reserved')
    expect(codeOf(await admit(admission, secret))).to.equal('admitted')
    expect(codeOf(await admit(admission, secret))).to.equal('rate_calls')
  })

  it('ends the calls of a key that is ended while the gateway runs, and of no other', async function () {
    const { admission, made, keys, path } = await started([{}, {}])
    const [mine, other] = await Promise.all(made.map(({ secret }) => admitted(admission, secret)))
    const lost: string[] = []
    mine!.onLost = ({ code }) => lost.push(`mine ${code}`)
    other!.onLost = ({ code }) => lost.push(`other ${code}`)
    const records = made.map(({ record }, index) => (index === 0 ? { ...record, ended: 2 } : record))
    await changed(keys, path, records)
    expect(lost).to.deep.equal(['mine key_ended'])
    expect(codeOf(await admit(admission, made[0]!.secret))).to.equal('key_ended')
    expect(codeOf(await admission.admit(made[0]!.record, 'served', 1))).to.equal('key_ended')
    expect(codeOf(await admit(admission, made[1]!.secret))).to.equal('admitted')
  })

  it('ends open calls with the block of a revocation, and admits none from then on', async function () {
    const { admission, made, standing, credentials, publisher, number } = await started()
    const lost: string[] = []
    for (let call = 0; call < 3; call++) {
      const open = await admitted(admission, made[0]!.secret)
      open.onLost = ({ code }) => {
        lost.push(code)
        open.settle({ calls: 1, tokens: 3 })
      }
    }
    await credentials.connect(publisher).revoke(number, 'unpaid')
    await standing.look()
    expect(lost).to.deep.equal(Array.from({ length: 3 }, () => 'credential_revoked'))
    expect(admission.open).to.equal(0)
    expect(codeOf(await admit(admission, made[0]!.secret))).to.equal('credential_revoked')
  })

  it('prepares a key that is added while it runs, and lets its first call wait for that', async function () {
    const { admission, made, keys, path, entry } = await started()
    const { id: _, ...binding } = entry
    const late = newKey(binding, 3)
    await changed(keys, path, [made[0]!.record, late.record])
    expect(codeOf(await admit(admission, late.secret))).to.equal('admitted')
  })

  /** Calls with a key until the gateway has prepared it. */
  const prepared = async (admission: KeyAdmission, secret: string): Promise<string> => {
    for (;;) {
      const code = codeOf(await admit(admission, secret))
      if (code !== 'key_not_ready') return code
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('takes a key back that was ended, or gone from the file, when the last good copy is put in its place', async function () {
    for (const without of [(record: KeyRecord): KeyRecord[] => [{ ...record, ended: 2 }], (): KeyRecord[] => []]) {
      const { admission, made, keys, path, standing, credentials, publisher, number } = await started()
      const [{ record, secret }] = made as [(typeof made)[0]]
      expect(await prepared(admission, secret)).to.equal('admitted')
      await changed(keys, path, without(record))
      // The chain goes on, so what was known of the key is dropped.
      await credentials.connect(publisher).suspend(number, 'late')
      await credentials.connect(publisher).reinstate(number)
      await standing.look()
      await changed(keys, path, [record])
      expect(await prepared(admission, secret)).to.equal('admitted')
    }
  })

  it('reads a key again that was bound to something else by hand, and ends its calls', async function () {
    const { admission, made, keys, path } = await started([{}, {}])
    const [mine, other] = made as [(typeof made)[0], (typeof made)[0]]
    const old = mine.record
    const open = await admitted(admission, mine.secret)
    const lost: string[] = []
    open.onLost = ({ code }) => lost.push(code)
    await changed(keys, path, [{ ...old, use: 'distill' }, other.record])
    expect(lost).to.deep.equal(['key_ended'])
    // The tier does not grant that use, and who was identified before is not admitted for the use of before.
    expect(await prepared(admission, mine.secret)).to.equal('license_forbids')
    expect(codeOf(await admission.admit(old, 'served', 1))).to.equal('key_ended')
    expect(await prepared(admission, other.secret)).to.equal('admitted')
  })

  it('ends a call whose standing was lost before the proxy could listen', async function () {
    const { admission, made, standing, credentials, publisher, number } = await started()
    const open = await admitted(admission, made[0]!.secret)
    await credentials.connect(publisher).revoke(number, 'unpaid')
    await standing.look()
    const lost: string[] = []
    open.onLost = ({ code }) => lost.push(code)
    expect(lost).to.deep.equal(['credential_revoked'])
  })

  it('counts what other operators anchored whom the publisher has authorized, and nobody else', async function () {
    const { reader, entry, audit, publisher, operator, stranger, deployment } = await started()
    const root = `0x${'11'.repeat(32)}`
    await audit.connect(stranger).anchor(stranger, entry.credential, 0, 90, root, 90, 90)
    await audit.connect(operator).anchor(operator, entry.credential, 0, 5, root, 4, 40)
    await audit.connect(operator).anchor(operator, entry.credential, 0, 9, root, 7, 70)
    await audit.connect(operator).reopen(operator, entry.credential)
    await audit.connect(operator).anchor(operator, entry.credential, 1, 2, root, 2, 20)
    const read = () => readQuota(reader, { entry, operator: OPERATOR, own: { calls: 1, tokens: 10 } })
    const own = { operator: OPERATOR, calls: 1, tokens: 10 }
    const other = { operator: operator.address.toLowerCase(), calls: 9, tokens: 90 }
    expect(await read()).to.deep.equal({ quotas: { calls: 1000n, tokens: 2_000_000n }, used: [own, other] })
    const ledger = openLedger(publisher, deployment)
    const models = [{ model: entry.model }]
    const account = parseAddress(operator.address)
    expect(await unauthorizedFor(reader, { operator: account, models })).to.deep.equal([])
    expect(await unauthorizedFor(reader, { operator: parseAddress(publisher.address), models })).to.deep.equal([])
    const others = await unauthorizedFor(reader, { operator: parseAddress(stranger.address), models })
    expect(others).to.deep.equal([parseAddress(publisher.address)])
    const ended = { publisher: entry.holder, operator: other.operator as typeof OPERATOR }
    await setOperator(ledger, {
      ...ended,
      publisher: publisher.address.toLowerCase() as typeof OPERATOR,
      scopes: [],
      until: 0,
    })
    expect((await read()).used).to.deep.equal([own])
  })

  it(`has nothing reserved and nothing open after ${ENDS} calls that end at random`, async function () {
    const random = new Random(SEED)
    const { admission, made, keys, path, standing, credentials, publisher, number, quota, entry } = await started([
      { parallelCalls: 7 },
      { callsPerMinute: 1e9, tokensPerMinute: 1e12 },
      {},
    ])
    const open: Admitted[] = []
    let calls = 0
    const settle = (call: Admitted, tokens: number): void => {
      open.splice(open.indexOf(call), 1)
      // The tier allows 1,000 calls, of which some are left at the end.
      const served = random.chance(400 / ENDS) ? 1 : 0
      calls += served
      for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) call.settle({ calls: served, tokens })
    }
    for (let call = 0; call < ENDS; call++) {
      const found = await admit(admission, random.pick(made).secret, random.integer(0, 50))
      if (!isRefusal(found)) {
        open.push(found)
        found.onLost = () => settle(found, 0)
      }
      while (open.length > 0 && random.chance(0.5)) settle(random.pick(open), random.chance(0.9) ? 0 : 1)
      if (call % Math.ceil(ENDS / 6) === 1) {
        await credentials.connect(publisher).suspend(number, 'late')
        await standing.look()
        await credentials.connect(publisher).reinstate(number)
        await standing.look()
      }
      if (call === Math.floor(ENDS / 2)) {
        await changed(keys, path, [{ ...made[0]!.record, ended: 5 }, ...made.slice(1).map(({ record }) => record)])
      }
    }
    while (open.length > 0) settle(open[0]!, 0)
    expect(admission.open, `seed ${SEED}`).to.equal(0)
    // Exactly what is left of the quota can be reserved, and no call more.
    expect(calls).to.be.within(1, 999)
    const left = Array.from({ length: 1000 - calls }, () => quota.reserve(entry.credential, 0))
    expect(left.filter((each) => isRefusal(each)).length, `seed ${SEED}`).to.equal(0)
    expect(isRefusal(quota.reserve(entry.credential, 0)), `seed ${SEED}`).to.equal(true)
  })

  it(`admits no call at or after the block of a revocation, on 3 instances, ${REVOCATIONS} times`, async function () {
    const { reader, standing, keys, admission, made, quota, credentials, publisher, number, clock, a, entry } =
      await started()
    const now = (): number => clock.ms
    const more = await Promise.all(
      [1, 2].map(async () => {
        const options = { operator: OPERATOR, maxHeadAge: 0, interval: 2 ** 30, words: WORDS, now }
        const own = await openStanding({ ledger: reader, keys: keys.all(), ...options })
        const models = [{ name: 'served', model: a, use: 'commercial' as const }]
        const quotaOf = () => readQuota(reader, { entry, operator: OPERATOR, own: { calls: 0, tokens: 0 } })
        const other = await createAdmission({ keys, standing: own, quota, models, quotaOf, now })
        closing.push(
          () => own.close(),
          () => other.close(),
        )
        return { standing: own, admission: other }
      }),
    )
    const instances = [{ standing, admission }, ...more]
    const { secret } = made[0]!
    for (let time = 0; time < REVOCATIONS; time++) {
      const before = await networkHelpers.takeSnapshot()
      let isOver = false
      const calling = instances.map(async (instance) => {
        const blocks: number[] = []
        while (!isOver) {
          const found = await admit(instance.admission, secret)
          if (!isRefusal(found)) {
            blocks.push(found.block)
            found.settle({ calls: 0, tokens: 0 })
          }
          await new Promise((resolve) => setImmediate(resolve))
        }
        return blocks
      })
      await credentials.connect(publisher).revoke(number, 'unpaid')
      const revokedAt = await networkHelpers.time.latestBlock()
      await Promise.all(instances.map((each) => each.standing.look()))
      for (const each of instances) expect(codeOf(await admit(each.admission, secret))).to.equal('credential_revoked')
      isOver = true
      const blocks = (await Promise.all(calling)).flat()
      expect(blocks.filter((block) => block >= revokedAt)).to.deep.equal([])
      await before.restore()
      // Another branch, on which nothing was revoked.
      await networkHelpers.mine(2)
      await Promise.all(instances.map((each) => each.standing.look()))
      for (const each of instances) expect(codeOf(await admit(each.admission, secret))).to.equal('admitted')
    }
  })
})
