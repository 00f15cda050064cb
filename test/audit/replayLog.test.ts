import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { encodeRecord, type CallRecord } from '../../src/core/callRecord.ts'
import {
  REPLAY_LIMITS,
  replayLog,
  type ReplayChain,
  type ReplayedLog,
  type TimedCheckpoint,
} from '../../src/audit/replayLog.ts'
import { readUsageLog, UsageLog } from '../../src/audit/usageLog.ts'
import type { LogOwner } from '../../src/core/usage.ts'
import { canonicalJson } from '../../src/core/canonicalJson.ts'
import { ZERO_DIGEST, type Address, type CredentialId } from '../../src/core/hex.ts'
import { sha256Text } from '../../src/core/sha256.ts'
import { Random } from '../fixtures/random.ts'

/** How many logs are tampered with: ten thousand in the deep run. */
const TAMPERINGS = process.env.STEMMA_DEEP === '1' ? 10_000 : 300
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

const START = 1_800_000_000
const BLOCK_TIME = 12
const RECORDS = 40
/** The records after which the log was anchored. */
const ANCHORED = [10, 25, RECORDS]
const OWNER: LogOwner = {
  operator: `0x${'ab'.repeat(20)}` as Address,
  credential: `0x${'c'.repeat(64)}` as CredentialId,
  epoch: 0,
}

/** The block of a time, and the time of a block. */
const blockAt = (time: number): number => Math.floor((time - START) / BLOCK_TIME) + 100
const timeOf = (block: number): number => START + (block - 100) * BLOCK_TIME

/** A call id whose time is that of the call. */
function callId(time: number, number: number): string {
  const hex = (time * 1000).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`
}

/** An honest log: a call every five minutes or so, the credential revoked in the block after the last. */
function honest(random: Random): CallRecord[] {
  let time = START + 20_000
  return Array.from({ length: RECORDS }, (_, index) => {
    time += random.integer(200, 400)
    return {
      index,
      call: callId(time, index),
      time,
      block: blockAt(time) - 1,
      request: sha256Text(`request ${index}`),
      response: sha256Text(`response ${index}`),
      use: 'commercial',
      outcome: random.chance(0.9) ? 'served' : 'failed',
      inputTokens: random.integer(1, 1000),
      outputTokens: random.integer(1, 1000),
      counted: 'reported',
    }
  })
}

const textOf = (records: readonly CallRecord[]): string =>
  [canonicalJson({ usageLog: 2, ...OWNER }), ...records.map((record) => Buffer.from(encodeRecord(record)).toString())]
    .map((line) => `${line}\n`)
    .join('')

/** Checkpoints of a log after so many records, each anchored a minute after its last record. */
function anchorsOf(
  records: readonly CallRecord[],
  sizes: readonly number[],
  times: readonly number[],
): TimedCheckpoint[] {
  const log = new UsageLog(OWNER)
  log.add(records)
  return sizes.map((size, place) => {
    const block = blockAt(times[place]! + 60)
    return { ...log.stateAt(size), block, time: timeOf(block) }
  })
}

describe('replayLog', function () {
  this.timeout(3600_000)
  let folder: string
  let path: string
  let asked: number

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-replay-'))
    path = join(folder, 'calls.log')
  })
  after(() => rm(folder, { recursive: true }))

  /** The chain, on which the credential was revoked in a block. */
  const chainUntil = (revoked: number): ReplayChain => ({
    head: async () => ({ block: 1_000_000, time: timeOf(1_000_000) }),
    timeOf: async (block) => {
      asked += 1
      return timeOf(block)
    },
    refusalAt: async (block) => (block < revoked ? null : 'the credential was revoked.'),
  })
  const replay = async (
    text: string,
    checkpoints: TimedCheckpoint[],
    chain = chainUntil(Infinity),
  ): Promise<ReplayedLog> => {
    asked = 0
    await writeFile(path, text)
    return replayLog(path, { checkpoints, chain, limits: REPLAY_LIMITS })
  }
  const codesOf = ({ violations }: ReplayedLog): string[] => [...new Set(violations.map(({ code }) => code))]
  const lastTimes = (records: readonly CallRecord[]): number[] => ANCHORED.map((size) => records[size - 1]!.time)

  it('finds nothing against an honest log', async function () {
    const records = honest(new Random(SEED))
    const anchors = anchorsOf(records, ANCHORED.slice(0, 2), lastTimes(records))
    const { found, checkpoints, unanchored } = await replay(textOf(records), anchors)
    expect([found, checkpoints.map(({ matches }) => matches), unanchored], `seed ${SEED}`).to.deep.equal([
      0,
      [true, true],
      RECORDS - 25,
    ])
  })

  it(`finds each edit, deletion, insertion, reordering and back-dating of an anchored log, however it was written again`, async function () {
    const random = new Random(SEED)
    const records = honest(random)
    const anchors = anchorsOf(records, ANCHORED, lastTimes(records))
    const renumbered = (list: readonly CallRecord[]): CallRecord[] => {
      let time = 0
      return list.map((record, index) => ({ ...record, index, time: (time = Math.max(time, record.time)) }))
    }
    const tamper: Record<string, () => CallRecord[]> = {
      edit: () => {
        const place = random.integer(0, RECORDS - 1)
        const record = records[place]!
        const change = random.pick<Partial<CallRecord>>([
          { inputTokens: record.inputTokens + 1 },
          { outcome: record.outcome === 'served' ? 'failed' : 'served' },
          { request: sha256Text(String(random.unit())) },
          { use: 'research' },
          { counted: 'estimated' },
          { block: record.block! - 1 },
          { call: callId(record.time, 999) },
        ])
        return records.with(place, { ...record, ...change })
      },
      deletion: () => renumbered(records.toSpliced(random.integer(0, RECORDS - 1), random.integer(1, 3))),
      insertion: () => {
        const place = random.integer(0, RECORDS - 1)
        const record = { ...records[place]!, call: callId(records[place]!.time, 998) }
        return renumbered(records.toSpliced(place, 0, record))
      },
      reordering: () => {
        const [one, other] = random.sample([...records.keys()], 2) as [number, number]
        return renumbered(records.with(one, records[other]!).with(other, records[one]!))
      },
      backdating: () => {
        const place = random.integer(0, RECORDS - 1)
        const by = random.integer(1, 5000)
        return records.map((record, index) =>
          index === place
            ? { ...record, time: Math.max(records[index - 1]?.time ?? 0, record.time - by), block: record.block! - by }
            : record,
        )
      },
    }
    const kinds = Object.keys(tamper)
    let unfound = 0
    for (let round = 0; round < TAMPERINGS; round++) {
      const kind = kinds[round % kinds.length]!
      const text = textOf(tamper[kind]!())
      if (text === textOf(records)) continue
      const result = await replay(text, anchors)
      if (result.found === 0) unfound += 1
      expect(result.found, `${kind} in round ${round}, seed ${SEED}`).to.be.greaterThan(0)
    }
    expect(unfound).to.equal(0)
  })

  it('finds back-datings of an operator that anchors them, so that a call after a revocation looks permitted', async function () {
    const random = new Random(SEED)
    for (let round = 0; round < TAMPERINGS / 20; round++) {
      const records = honest(random)
      const place = random.integer(12, RECORDS - 1)
      const revoked = records[place]!.block! - random.integer(200, 2000)
      const by = (records[place]!.block! - revoked + 1) * BLOCK_TIME
      // The lies are consistent in themselves: the id, the block and, as far as the order allows, the time.
      const lie = (how: Partial<CallRecord>): CallRecord[] => records.with(place, { ...records[place]!, ...how })
      const came = records[place]!.time - by
      const lies: Record<string, CallRecord[]> = {
        'block-too-old': lie({ block: blockAt(came) }),
        'time-of-call': lie({ block: blockAt(came), call: callId(came, place) }),
      }
      for (const [code, list] of Object.entries(lies)) {
        const result = await replay(textOf(list), anchorsOf(list, ANCHORED, lastTimes(records)), chainUntil(revoked))
        const convicting = result.violations.filter((each) => each.record === place).map((each) => each.code)
        expect(convicting, `round ${round}, seed ${SEED}`).to.include(code)
      }
      // All of the log moved back, so that it is consistent: the anchors do not move.
      const moved = records.map((record) => ({
        ...record,
        time: record.time - 5000,
        block: record.block! - Math.ceil(5000 / BLOCK_TIME),
        call: callId(record.time - 5000, record.index),
      }))
      const result = await replay(textOf(moved), anchorsOf(moved, ANCHORED, lastTimes(records)))
      expect(codesOf(result)).to.deep.equal(['before-anchor'])
    }
  })

  it('convicts calls that the chain did not permit, and names their records', async function () {
    const records = honest(new Random(SEED)).map((record): CallRecord =>
      record.index === 30 ? { ...record, outcome: 'refused' } : record,
    )
    const anchors = anchorsOf(records, ANCHORED, lastTimes(records))
    const result = await replay(textOf(records), anchors, chainUntil(records[28]!.block!))
    const convicted = Array.from({ length: RECORDS - 28 }, (_, index) => index + 28).filter((index) => index !== 30)
    expect(result.violations.map(({ record, code }) => [record, code])).to.deep.equal(
      convicted.map((index) => [index, 'not-permitted']),
    )
    expect(result.violations[0]!.reason).to.contain('revoked')
  })

  it('convicts blocks that are too old, of the future, or not on the chain, and calls recorded twice', async function () {
    const records = honest(new Random(SEED))
    const cases: [string, Partial<CallRecord>][] = [
      ['block-too-old', { block: blockAt(records[20]!.time) - 6 }],
      ['block-too-new', { block: blockAt(records[20]!.time) + 3 }],
      ['block-unknown', { block: 1_000_001 }],
      ['call-twice', { call: records[7]!.call! }],
    ]
    for (const [code, change] of cases) {
      const list = records.with(20, { ...records[20]!, ...change })
      const result = await replay(textOf(list), anchorsOf(list, ANCHORED, lastTimes(records)))
      expect(result.violations.map((each) => [each.record, each.code])).to.deep.include([20, code])
    }
    const late = records.map((record) => ({ ...record, time: record.time + 4000 }))
    const result = await replay(textOf(late), anchorsOf(late, ANCHORED, lastTimes(records)))
    expect(codesOf(result)).to.include('after-anchor')
  })

  it('allows records that count a batch of requests long after it was made', async function () {
    const records = honest(new Random(SEED)).map((record): CallRecord =>
      record.index === 5
        ? { ...record, request: ZERO_DIGEST, response: ZERO_DIGEST, call: callId(record.time - 86_000, 5) }
        : record,
    )
    expect((await replay(textOf(records), anchorsOf(records, ANCHORED, lastTimes(records)))).found).to.equal(0)
  })

  it('convicts nobody of calls that were refused because the head was old, or while the clock was behind', async function () {
    const records = honest(new Random(SEED)).map((record): CallRecord => {
      if (record.index !== 5 && record.index !== 6) return record
      const block = record.index === 5 ? record.block! - 100 : record.block! + 100
      return { ...record, outcome: 'refused', response: ZERO_DIGEST, inputTokens: 0, outputTokens: 0, block }
    })
    const anchors = anchorsOf(records, ANCHORED, lastTimes(records))
    expect((await replay(textOf(records), anchors)).violations).to.deep.equal([])
  })

  it('decides nothing about calls of blocks that a node does not have yet, unless they were before its head', async function () {
    const records = honest(new Random(SEED))
    const block = records[30]!.block! - 1
    const behind = { ...chainUntil(Infinity), head: async () => ({ block, time: timeOf(block) }) }
    const anchors = anchorsOf(records, [10], lastTimes(records))
    const lagging = await replay(textOf(records), anchors, behind)
    expect([lagging.violations, lagging.later]).to.deep.equal([[], RECORDS - 30])
    const early = records.with(20, { ...records[20]!, block: block + 1 })
    const lied = await replay(textOf(early), anchors, behind)
    expect(lied.violations.map((each) => [each.record, each.code])).to.deep.equal([[20, 'block-unknown']])
    const anchored = await replay(textOf(records), anchorsOf(records, ANCHORED, lastTimes(records)), behind)
    expect(anchored.violations[0]).to.include({ record: 30, code: 'block-unknown' })
  })

  it('asks about few of many blocks', async function () {
    const records: CallRecord[] = Array.from({ length: 3000 }, (_, index) => {
      const time = START + 1000 + index * 2
      const block = Math.floor(time / 2)
      return { ...honest(new Random(1))[0]!, index, time, call: callId(time, index), block }
    })
    const chain = { ...chainUntil(Infinity), head: async () => ({ block: START, time: 2 * START }) }
    const timed = { ...chain, timeOf: async (block: number) => ((asked += 1), block * 2) }
    expect((await replay(textOf(records), [], timed)).found).to.equal(0)
    expect(asked).to.be.lessThan(600)
  })

  it('says that a damaged file is damaged, and where', async function () {
    const text = textOf(honest(new Random(SEED)))
    for (const damaged of [
      text.replace('"index":7', '"index":9'),
      text.replace('commercial', 'anything'),
      text.slice(9),
    ]) {
      const { log, violations } = await replay(damaged, [])
      expect([log, violations.map(({ code }) => code)]).to.deep.equal([undefined, ['damaged']])
    }
    const places = [7, 0, 0].map((record) => ({ record, code: 'damaged' }))
    const found = []
    for (const damaged of [text.replace('"index":7', '"index":9'), text.slice(9), ''])
      for (const { record, code } of (await replay(damaged, [])).violations) found.push({ record, code })
    expect(found).to.deep.equal(places)
    expect(violationsText(await replay(text.replace('"index":7', '"index":9'), []))).to.contain('record 7')
    await rm(path)
    const missing = await replayLog(path, {
      checkpoints: [],
      chain: chainUntil(Infinity),
      limits: REPLAY_LIMITS,
    }).catch((error: unknown) => error)
    expect(missing).to.have.property('code', 'USAGE_LOG_FILE')
    await writeFile(path, text)
    expect((await readUsageLog(path)).log.tree.size).to.equal(RECORDS)
    expect(await readFile(path, 'utf8')).to.equal(text)
  })
})

function violationsText({ violations }: ReplayedLog): string {
  return violations.map(({ reason }) => reason).join('\n')
}
