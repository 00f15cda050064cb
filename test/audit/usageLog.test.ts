import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import fc from 'fast-check'

import {
  CALL_OUTCOMES,
  checkRecord,
  encodeRecord,
  formatOf,
  MAX_CALL_TOKENS,
  parseRecord,
  recordLeafOf,
  recordText,
  type CallRecord,
} from '../../src/core/callRecord.ts'
import { createUsageLog, openUsageLog, readUsageLog } from '../../src/audit/usageLog.ts'
import { consistencyProofOf, holds, parseUsageProof, recordProofOf } from '../../src/core/usageProof.ts'
import { canonicalJson } from '../../src/core/canonicalJson.ts'
import type { Address, CredentialId, Digest } from '../../src/core/hex.ts'
import { leafHashOf, verifyConsistency, verifyInclusion } from '../../src/core/merkleLog.ts'
import { logIdOf } from '../../src/core/usage.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { callId, callOf } from '../fixtures/calls.ts'

const OWNER = {
  operator: `0x${'1'.repeat(40)}` as Address,
  credential: `0x${'2'.repeat(64)}` as CredentialId,
  epoch: 3,
}
const HEADER = `{"credential":"${OWNER.credential}","epoch":3,"operator":"${OWNER.operator}","usageLog":2}`

const digests = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map((value) => `0x${value.toString(16).padStart(64, '0')}`)
const counts = fc.nat({ max: MAX_CALL_TOKENS })
const first = fc.record({
  index: fc.maxSafeNat(),
  time: fc.nat({ max: 2 ** 40 - 1 }),
  request: digests,
  response: digests,
  use: fc.constantFrom(...RIGHT_NAMES),
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  inputTokens: counts,
  outputTokens: counts,
})
const second = fc.record({
  call: fc.uuid({ version: 7 }),
  block: fc.maxSafeNat(),
  counted: fc.constantFrom('reported', 'estimated'),
})
/** A record of either format. */
const anyRecord = fc.oneof(
  first,
  fc.tuple(first, second).map(([one, more]) => ({ ...one, ...more })),
)

function calls(count: number): Omit<CallRecord, 'index'>[] {
  return Array.from({ length: count }, (_, number) => callOf(number))
}

describe('a call record', function () {
  const record = { index: 7, ...callOf(7) }
  const text = new TextDecoder().decode(encodeRecord(record))

  it('has one encoding, whose leaf hash it has in the tree', function () {
    expect(text).to.equal(
      `{"block":20000007,"call":"${callId(7)}","counted":"reported","index":7,"inputTokens":107,"outcome":"served","outputTokens":10,"request":"${record.request}","response":"${record.response}","time":1800000007,"use":"commercial"}`,
    )
    expect(parseRecord(text, 'record 7')).to.deep.equal(record)
    expect(recordLeafOf(record)).to.equal(leafHashOf(new TextEncoder().encode(text)))
  })

  it('is written as canonical JSON is, in both formats', function () {
    fc.assert(
      fc.property(anyRecord, (each) => {
        expect(recordText(checkRecord(each, 'a record'))).to.equal(canonicalJson(each))
        expect(formatOf(parseRecord(canonicalJson(each), 'a record'))).to.equal('call' in each ? 2 : 1)
      }),
    )
  })

  for (const [what, changed] of [
    ['white space', text.replace('{', '{ ')],
    ['another order', text.replace(/"index":7,(.*)\}/, '$1,"index":7}')],
    ['a number in another form', text.replace(':7,', ':7.0,')],
    ['an escape that is not needed', text.replace('served', 's\\u0065rved')],
    ['a name twice', text.replace('{', '{"index":7,')],
    ['a field too many', text.replace('{', '{"aaa":1,')],
    ['a field too few', text.replace('"index":7,', '')],
    ['a negative count', text.replace(':10,', ':-1,')],
    ['a fraction', text.replace(':10,', ':1.5,')],
    ['a count that is not a number', text.replace(':10,', ':"10",')],
    ['more tokens than a call has', text.replace(':10,', `:${MAX_CALL_TOKENS + 1},`)],
    ['a digest in capitals', text.replace(record.request, record.request.toUpperCase().replace('0X', '0x'))],
    ['a digest that is too short', text.replace(record.request, '0x12')],
    ['a use that is not a right', text.replace('commercial', 'anything')],
    ['an outcome that is none', text.replace('served', 'lost')],
    ['a call that is not a UUID of version 7', text.replace('-774b-', '-474b-')],
    ['a call in capitals', text.replace('bcce', 'BCCE')],
    ['no call', text.replace(`"call":"${callId(7)}",`, '')],
    ['no block', text.replace('"block":20000007,', '')],
    ['a block that is none', text.replace('20000007', '"latest"')],
    ['no word on who counted', text.replace('"counted":"reported",', '')],
    ['another word on who counted', text.replace('"reported"', '"guessed"')],
    ['a time beyond all times', text.replace('1800000007', String(2 ** 40))],
    ['a list', `[${text}]`],
    ['null', 'null'],
    ['invalid JSON', text.slice(1)],
    ['nothing', ''],
  ] as const) {
    it(`is refused with ${what}`, function () {
      expect(changed).to.not.equal(text)
      expect(() => parseRecord(changed, 'record 7'))
        .to.throw()
        .with.property('code', 'INVALID_RECORD')
    })
  }
})

describe('a usage log', function () {
  let folder: string
  let path: string

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-log-'))
    path = join(folder, 'calls.log')
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** A log of so many calls in the file. */
  async function write(count: number): Promise<string[]> {
    await createUsageLog(path, OWNER)
    const writer = await openUsageLog(path)
    await writer.append(calls(count))
    await writer.close()
    return (await readFile(path, 'utf8')).split('\n')
  }

  /** The code of the error that reading ends in. */
  async function codeOf(reading: Promise<unknown>): Promise<string> {
    return reading.then(
      () => 'none',
      (error: { code: string }) => error.code,
    )
  }

  it('is read as it was written: owner, tree and counts', async function () {
    const lines = await write(5)
    expect(lines[0]).to.equal(HEADER)
    const found: CallRecord[] = []
    const progress: [number, number][] = []
    const { log, unfinished } = await readUsageLog(path, {
      onRecord: (record) => found.push(record),
      onProgress: (...step) => progress.push(step),
    })
    expect([log.owner, log.id, unfinished]).to.deep.equal([OWNER, logIdOf(OWNER.operator, OWNER.credential, 3), 0])
    expect(found).to.deep.equal(calls(5).map((each, index) => ({ index, ...each })))
    expect(found.map((_, index) => log.tree.leaf(index))).to.deep.equal(found.map(recordLeafOf))
    const { size } = await stat(path)
    expect(progress.at(-1)).to.deep.equal([size, size])
    expect(log.stateAt()).to.deep.equal({ size: 5n, calls: 5n, tokens: 560n, root: log.tree.root() })
    expect(log.stateAt(2)).to.deep.equal({ size: 2n, calls: 2n, tokens: 221n, root: log.tree.root(2) })
    expect(log.stateAt(0)).to.deep.include({ size: 0n, calls: 0n, tokens: 0n })
  })

  it('counts served calls, and the tokens of all', async function () {
    await createUsageLog(path, OWNER)
    const writer = await openUsageLog(path)
    await writer.append([
      callOf(0, { inputTokens: 1, outputTokens: 2 }),
      callOf(1, { outcome: 'refused', inputTokens: 0, outputTokens: 0, response: `0x${'0'.repeat(64)}` as Digest }),
      callOf(2, { outcome: 'failed', inputTokens: 4, outputTokens: 0 }),
    ])
    await writer.close()
    const { log } = await readUsageLog(path)
    expect(log.stateAt()).to.deep.include({ size: 3n, calls: 1n, tokens: 7n })
  })

  it('goes on where it ended, and proves that it did', async function () {
    await write(3)
    const before = (await readUsageLog(path)).log
    const writer = await openUsageLog(path)
    await writer.append([callOf(10)])
    await writer.append([])
    await writer.append([callOf(11), callOf(12)])
    const now = writer.log
    await writer.close()
    const again = (await readUsageLog(path)).log
    expect(again.stateAt()).to.deep.equal(now.stateAt())
    expect(
      verifyConsistency({
        firstRoot: before.tree.root(),
        first: 3,
        secondRoot: again.tree.root(),
        second: 6,
        proof: again.tree.proveConsistency(3),
      }),
    ).to.equal(true)
    const leaf = recordLeafOf({ index: 4, ...callOf(11) })
    const inclusion = { root: again.tree.root(), size: 6, index: 4, leaf, proof: again.tree.proveInclusion(4) }
    expect(verifyInclusion(inclusion)).to.equal(true)
  })

  it('leaves out a record that was cut off as it was written, and writes over it', async function () {
    await write(3)
    const whole = await readFile(path)
    for (const cut of [1, 20, 150]) {
      await writeFile(path, whole)
      await truncate(path, whole.length - cut)
      const { log, unfinished } = await readUsageLog(path)
      expect([log.tree.size, unfinished > 0]).to.deep.equal([2, true])
      const writer = await openUsageLog(path)
      await writer.append([callOf(2)])
      await writer.close()
      expect(await readFile(path)).to.deep.equal(whole)
    }
  })

  it('writes nothing of records of which one is wrong', async function () {
    await write(2)
    const before = await readFile(path)
    const writer = await openUsageLog(path)
    expect(await codeOf(writer.append([callOf(5), callOf(6, { inputTokens: -1 })]))).to.equal('INVALID_RECORD')
    expect(await codeOf(writer.append([callOf(5), callOf(4)]))).to.equal('INVALID_USAGE_LOG')
    expect(writer.log.tree.size).to.equal(2)
    await writer.append([callOf(5)])
    await writer.close()
    expect((await readFile(path)).subarray(0, before.length)).to.deep.equal(before)
    expect((await readUsageLog(path)).log.tree.size).to.equal(3)
  })

  it('is read in pieces, whatever their size', async function () {
    await write(3000)
    expect((await stat(path)).size).to.be.greaterThan(3 * 256 * 1024)
    expect((await readUsageLog(path)).log.stateAt().size).to.equal(3000n)
  })

  for (const [what, change] of [
    ['a record that was removed', (lines: string[]) => lines.toSpliced(2, 1)],
    ['a record that stands twice', (lines: string[]) => lines.toSpliced(2, 0, lines[2]!)],
    ['records in another order', (lines: string[]) => lines.toSpliced(1, 2, lines[2]!, lines[1]!)],
    ['time that runs backwards', (lines: string[]) => lines.map((line) => line.replace('1800000002', '1700000000'))],
    ['an empty line', (lines: string[]) => lines.toSpliced(2, 0, '')],
    ['another line ending', (lines: string[]) => lines.map((line) => `${line}\r`)],
    ['a first line of another kind', (lines: string[]) => lines.with(0, '{"usageLog":2}')],
    ['a format that is none', (lines: string[]) => lines.with(0, HEADER.replace(':2}', ':3}'))],
    ['the other format', (lines: string[]) => lines.with(0, HEADER.replace(':2}', ':1}'))],
    ['a first line with white space', (lines: string[]) => lines.with(0, HEADER.replace(':', ': '))],
    ['a first line with a field too many', (lines: string[]) => lines.with(0, HEADER.replace('{', '{"a":1,'))],
    ['an operator that is none', (lines: string[]) => lines.with(0, HEADER.replace(OWNER.operator, '0x1'))],
    ['a credential that is none', (lines: string[]) => lines.with(0, HEADER.replace(OWNER.credential, '0x1'))],
    ['an epoch that is none', (lines: string[]) => lines.with(0, HEADER.replace(':3,', ':-1,'))],
    ['an epoch beyond all', (lines: string[]) => lines.with(0, HEADER.replace(':3,', ':4294967296,'))],
    ['no epoch', (lines: string[]) => lines.with(0, HEADER.replace('"epoch":3,', ''))],
    ['no first line', (lines: string[]) => lines.slice(1)],
    ['null as the first line', (lines: string[]) => lines.with(0, 'null')],
    ['no JSON in the first line', (lines: string[]) => lines.with(0, 'usageLog')],
    ['a line of a megabyte', (lines: string[]) => lines.with(2, 'a'.repeat(2 ** 20))],
    ['a last line without an end', (lines: string[]) => lines.with(-1, 'a'.repeat(2 ** 20))],
    ['nothing', () => []],
  ] as const) {
    it(`is refused with ${what}`, async function () {
      const lines = await write(4)
      await writeFile(path, change(lines).join('\n'))
      expect(await codeOf(readUsageLog(path))).to.match(/^INVALID_(USAGE_LOG|RECORD)$/)
      expect(await codeOf(openUsageLog(path))).to.match(/^INVALID_(USAGE_LOG|RECORD)$/)
    })
  }

  it('is refused when it is not UTF-8, or begins with a byte-order mark', async function () {
    await write(1)
    const whole = await readFile(path)
    for (const [at, bytes] of [
      [whole.length - 5, [0xff]],
      [0, [0xef, 0xbb, 0xbf]],
    ] as const) {
      await writeFile(path, Buffer.concat([whole.subarray(0, at), Buffer.from(bytes), whole.subarray(at)]))
      expect(await codeOf(readUsageLog(path))).to.equal('INVALID_USAGE_LOG')
    }
  })

  it('is refused where there is no file, another one, or a folder', async function () {
    expect(await codeOf(readUsageLog(path))).to.equal('USAGE_LOG_FILE')
    expect(await codeOf(openUsageLog(path))).to.equal('USAGE_LOG_FILE')
    await mkdir(join(folder, 'folder'))
    expect(await codeOf(readUsageLog(join(folder, 'folder')))).to.equal('USAGE_LOG_FILE')
    await createUsageLog(path, OWNER)
    await appendFile(path, '')
    expect(await codeOf(createUsageLog(path, OWNER))).to.equal('USAGE_LOG_FILE')
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
  })

  it('stops when it is aborted', async function () {
    await write(1)
    expect(
      await codeOf(readUsageLog(path, { signal: AbortSignal.abort(Object.assign(new Error(), { code: 'STOP' })) })),
    ).to.equal('STOP')
  })
})

describe('a usage log of format 1', function () {
  const FOLDER = join(import.meta.dirname, '../fixtures/usage-log-v1')
  const PATH = join(FOLDER, 'calls.jsonl')
  let folder: string

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'stemma-log-'))))
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is read, and has the root and the proofs that it had when format 1 was written', async function () {
    const { root, record, consistency } = JSON.parse(await readFile(join(FOLDER, 'proofs.json'), 'utf8'))
    const records: CallRecord[] = []
    const { log } = await readUsageLog(PATH, { onRecord: (each) => records.push(each) })
    expect([log.format, log.stateAt()]).to.deep.equal([1, { size: 5n, calls: 3n, tokens: 443n, root }])
    expect(recordProofOf(log, records[3]!, 5)).to.deep.equal(record)
    expect(consistencyProofOf(log, 2, 5)).to.deep.equal(consistency)
    for (const proof of [record, consistency]) expect(holds(parseUsageProof(proof))).to.equal(true)
    const lines = (await readFile(PATH, 'utf8')).split('\n')
    expect(records.map((each) => new TextDecoder().decode(encodeRecord(each)))).to.deep.equal(lines.slice(1, -1))
  })

  it('keeps its format: records of format 2 are refused, those of format 1 appended', async function () {
    const path = join(folder, 'calls.log')
    await writeFile(path, await readFile(PATH))
    const writer = await openUsageLog(path)
    const failure: Error = await writer.append([callOf(100)]).catch((error) => error)
    expect(failure).to.have.property('code', 'INVALID_RECORD')
    expect(failure.message).to.contain('"call"')
    const { call, block, counted, ...old } = callOf(100)
    await writer.append([old])
    await writer.close()
    const { log } = await readUsageLog(path)
    expect([log.format, log.tree.size]).to.deep.equal([1, 6])
  })
})
