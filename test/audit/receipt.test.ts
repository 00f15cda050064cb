import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { recoverAddress, TypedDataEncoder, Wallet } from 'ethers'

import { recordLeafOf } from '../../src/core/callRecord.ts'
import { faultOfReceipt, verifyReceipt } from '../../src/audit/receipt.ts'
import {
  contradicts,
  parseReceipt,
  receiptKeyDigest,
  receiptKeyTypedData,
  type UsageReceipt,
} from '../../src/core/receipt.ts'
import { openReceiptKey } from '../../src/audit/receiptKey.ts'
import { UsageLog } from '../../src/audit/usageLog.ts'
import type { Digest } from '../../src/core/hex.ts'
import { endOf, intentOf, NOW, OPERATOR, receiptFixture, signReceiptKey } from './calls.ts'

const SOME_DIGEST = `0x${'7'.repeat(64)}` as Digest

describe('a receipt', function () {
  let folder: string
  let receipt: UsageReceipt
  let log: UsageLog

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-receipt-'))
    ;({ receipt, log } = await receiptFixture(folder))
  })

  afterEach(function () {
    return rm(folder, { recursive: true })
  })

  it('holds by itself, and is the same after it was written and parsed', function () {
    expect(faultOfReceipt(receipt, recoverAddress)).to.equal(undefined)
    expect(parseReceipt(JSON.parse(JSON.stringify(receipt)))).to.deep.equal(receipt)
  })

  it('is bound by typed data that wallets hash alike', function () {
    const { domain, types, message } = receiptKeyTypedData(receipt)
    expect(receiptKeyDigest(receipt)).to.equal(TypedDataEncoder.hash(domain, types, message))
  })

  for (const [field, value, fault] of [
    ['operator', `0x${'1'.repeat(40)}`, 'another operator'],
    ['key', SOME_DIGEST, 'did not sign for the receipt key'],
    ['from', NOW + 1, 'did not sign for the receipt key'],
    ['binding', `0x${'1'.repeat(130)}`, 'did not sign for the receipt key'],
    ['batch', 20, 'did not sign the batch'],
    ['time', NOW + 61, 'did not sign the batch'],
    ['time', NOW - 1, 'before the time'],
    ['heads', 4, 'did not sign the batch'],
    ['headsRoot', SOME_DIGEST, 'did not sign the batch'],
    ['signature', `0x${'0'.repeat(128)}`, 'did not sign the batch'],
    ['place', 0, 'not in the batch'],
    ['headProof', [SOME_DIGEST, SOME_DIGEST], 'not in the batch'],
  ] as const) {
    it(`does not hold with another ${field} (${String(value).slice(0, 12)})`, function () {
      const altered = parseReceipt({ ...receipt, [field]: value })
      expect(faultOfReceipt(altered, recoverAddress)).to.contain(fault)
      expect(verifyReceipt(altered, recoverAddress)).to.equal(false)
    })
  }

  it('does not hold with another record, root or size of the log', function () {
    const { call } = receipt
    const record = { ...call.record, outputTokens: 999 }
    expect(faultOfReceipt({ ...receipt, call: { ...call, record } }, recoverAddress)).to.contain('not in the log')
    for (const altered of [{ size: 6 }, { root: recordLeafOf(record) }]) {
      const found = faultOfReceipt({ ...receipt, call: { ...call, ...altered } }, recoverAddress)
      expect(found).to.contain('not in the batch')
    }
  })

  it('does not hold when another account signed for its key', async function () {
    const { domain, types, message } = receiptKeyTypedData(receipt)
    const binding = await Wallet.createRandom().signTypedData(domain, types, message)
    expect(verifyReceipt({ ...receipt, binding: binding as `0x${string}` }, recoverAddress)).to.equal(false)
  })

  it('convicts by a log with another beginning, a shorter one, and a checkpoint of its size', function () {
    const [whole, longer, shorter, other] = [
      log,
      new UsageLog(log.owner),
      new UsageLog(log.owner),
      new UsageLog(log.owner),
    ]
    const record = (index: number, outputTokens: number) => {
      const { call, time, block, use } = intentOf(index)
      return { index, time, block, use, ...endOf(index), call, outputTokens }
    }
    for (let index = 0; index < 7; ++index) {
      longer.add([record(index, endOf(index).outputTokens)])
      if (index < 4) shorter.add([record(index, endOf(index).outputTokens)])
      other.add([record(index, index === 2 ? 999 : endOf(index).outputTokens)])
    }
    const convicted = [whole, longer, shorter, other].map((each) => contradicts(receipt, each))
    expect(convicted).to.deep.equal([false, false, true, true])
    const checkpoints = [longer.stateAt(5), other.stateAt(5), other.stateAt(6)]
    const byCheckpoint = checkpoints.map((checkpoint) => contradicts(receipt, { log: log.id, checkpoint }))
    expect(byCheckpoint).to.deep.equal([false, true, false])
    const elsewhere = new UsageLog({ ...log.owner, epoch: 1 })
    expect(contradicts(receipt, elsewhere)).to.equal(false)
    expect(contradicts(receipt, { log: elsewhere.id, checkpoint: other.stateAt(5) })).to.equal(false)
  })

  for (const [field, value] of [
    ['usageReceipt', 2],
    ['operator', `0x${'A'.repeat(40)}`],
    ['key', '0x12'],
    ['from', -1],
    ['binding', '0x'],
    ['batch', 1.5],
    ['time', '1800000000'],
    ['headProof', Array.from({ length: 33 }, () => SOME_DIGEST)],
    ['headProof', ['0x']],
    ['signature', undefined],
    ['more', 1],
    ['call', { usageProof: 'consistency' }],
  ] as const) {
    it(`is refused with ${field} ${JSON.stringify(value)?.slice(0, 20)}`, function () {
      expect(() => parseReceipt({ ...receipt, [field]: value }))
        .to.throw()
        .with.property('code', field === 'call' ? 'INVALID_USAGE_PROOF' : 'INVALID_RECEIPT')
    })
  }

  it('is an object', function () {
    for (const value of [null, [], 'receipt']) expect(() => parseReceipt(value)).to.throw('all of it')
  })

  it('is signed by a key that its file keeps, which no error shows', async function () {
    const path = join(folder, 'receipt-key.json')
    const again = await openReceiptKey(folder, {
      operator: OPERATOR,
      now: NOW + 9,
      signReceiptKey: () => Promise.reject(),
    })
    expect(again).to.include({ key: receipt.key, from: NOW, binding: receipt.binding })
    const text = await readFile(path, 'utf8')
    const damaged = [text.slice(0, -9), text.replace(receipt.key, SOME_DIGEST)]
    for (const each of damaged) {
      await writeFile(path, each)
      const opened = openReceiptKey(folder, { operator: OPERATOR, now: NOW, signReceiptKey })
      const { reason } = (await Promise.allSettled([opened]))[0] as PromiseRejectedResult
      expect(reason).to.have.property('code', 'RECEIPT_KEY')
      expect(`${reason.stack} ${JSON.stringify(reason)} ${String(reason.cause)}`).to.not.contain('PRIVATE')
    }
  })
})
