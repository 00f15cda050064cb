import { hexToBytes } from '@noble/hashes/utils.js'
import { expect } from 'chai'

import {
  encodeBlockHeader,
  InvalidBlockAnswerError,
  InvalidBlockHeaderError,
  readBlockHeader,
} from '../../src/core/blockHeader.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { hexOf, keccak } from '../../src/core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../src/core/rlp.ts'
import { BLOCKS } from '../vectors/blockHeaders.ts'

const LIMITS = { bytes: 32_768, depth: 3 }
/** Where some fields are in a header. */
const AT = {
  parentHash: 0,
  miner: 2,
  stateRoot: 3,
  logsBloom: 6,
  number: 8,
  timestamp: 11,
  extraData: 12,
  nonce: 14,
} as const

describe('encodeBlockHeader', function () {
  for (const [name, block] of Object.entries(BLOCKS)) {
    it(`gives the bytes whose hash a block has, and they say what the block says: ${name}`, function () {
      const bytes = encodeBlockHeader(block)
      expect(keccak(bytes)).to.equal(block.hash)
      expect(readBlockHeader(bytes)).to.deep.equal({
        hash: block.hash,
        parentHash: block.parentHash,
        number: Number(block.number),
        timestamp: Number(block.timestamp),
        stateRoot: block.stateRoot,
      })
    })
  }

  it('leaves out the seals and the round of QBFT, as Besu and GoQuorum hash', function () {
    const extra = decodeRlp(hexToBytes(BLOCKS.qbft.extraData.slice(2)), LIMITS) as readonly RlpItem[]
    const seals = [new Uint8Array(65).fill(1), new Uint8Array(65).fill(2)]
    const agreed = hexOf(encodeRlp([...extra.slice(0, 3), Uint8Array.of(3), seals]))
    expect(hexOf(encodeBlockHeader({ ...BLOCKS.qbft, extraData: agreed }))).to.equal(
      hexOf(encodeBlockHeader(BLOCKS.qbft)),
    )
  })

  it('leaves nothing out where the mix hash is not of Istanbul consensus', function () {
    const block = { ...BLOCKS.ibft2, mixHash: `0x${'00'.repeat(32)}` }
    expect(() => encodeBlockHeader(block)).to.throw(InvalidBlockAnswerError, 'do not lead to its hash')
  })

  it('takes numbers with leading zeros, digits in capitals, and fields that a header does not have', function () {
    const block = {
      ...BLOCKS.prague,
      number: '0x009E',
      miner: BLOCKS.prague.miner.toUpperCase().replace('0X', '0x'),
      totalDifficulty: '0x1',
      transactions: [],
    }
    expect(keccak(encodeBlockHeader(block))).to.equal(BLOCKS.prague.hash)
  })

  it('refuses a block with another value in any field', function () {
    for (const block of Object.values(BLOCKS)) {
      for (const field of Object.keys(block)) {
        const value = block[field as keyof typeof block] as string
        const last = value.endsWith('1') ? '2' : '1'
        const changed = { ...block, [field]: `${value.slice(0, -1)}${last}` }
        if (field === 'extraData' && isAfterSeals(block.extraData)) continue
        expect(() => encodeBlockHeader(changed), field).to.throw(InvalidBlockAnswerError)
      }
    }
  })

  it('names what is wrong with a field', function () {
    const cases: readonly (readonly [change: object, message: string])[] = [
      [{ stateRoot: '0x12' }, 'its stateRoot is "0x12"'],
      [{ stateRoot: 12 }, 'its stateRoot is 12'],
      [{ number: `0x${'1'.repeat(17)}` }, 'its number is'],
      [{ number: '158' }, 'its number is "158"'],
      [{ extraData: '0x123' }, 'its extraData is "0x123"'],
      [{ extraData: `0x${'00'.repeat(33_000)}` }, 'its extraData is "0x0000'],
      [{ nonce: null }, 'it lacks nonce'],
      [{ blobGasUsed: undefined }, 'do not lead to its hash'],
      [{ excessBlobGas: undefined }, 'it lacks excessBlobGas'],
      [{ hash: undefined }, 'its hash nothing'],
    ]
    for (const [change, message] of cases) {
      expect(() => encodeBlockHeader({ ...BLOCKS.prague, ...change })).to.throw(InvalidBlockAnswerError, message)
    }
    for (const other of [null, undefined, 'block', 7]) {
      expect(() => encodeBlockHeader(other)).to.throw(InvalidBlockAnswerError, 'not an object')
    }
    expect(() => encodeBlockHeader({})).to.throw(InvalidBlockAnswerError, 'it lacks parentHash')
  })
})

describe('readBlockHeader', function () {
  const items = decodeRlp(encodeBlockHeader(BLOCKS.prague), LIMITS) as readonly RlpItem[]
  const read = (changed: RlpItem) => readBlockHeader(encodeRlp(changed))

  it('takes the counts of fields of every fork, and no others', function () {
    for (let count = 0; count <= 24; ++count) {
      const some = [...items, ...items].slice(0, count)
      if ([15, 16, 17, 20, 21].includes(count)) expect(read(some).number).to.equal(158)
      else expect(() => read(some)).to.throw(InvalidBlockHeaderError, `${count} fields`)
    }
  })

  it('refuses a field of another size, and a number that is not minimal', function () {
    const cases: readonly (readonly [at: number, value: RlpItem])[] = [
      [AT.parentHash, new Uint8Array(31)],
      [AT.miner, new Uint8Array(32)],
      [AT.stateRoot, new Uint8Array(33)],
      [AT.stateRoot, new Uint8Array()],
      [AT.logsBloom, new Uint8Array(255)],
      [AT.nonce, new Uint8Array()],
      [AT.number, Uint8Array.of(0)],
      [AT.number, Uint8Array.of(0, 1)],
      [AT.timestamp, new Uint8Array(9).fill(1)],
    ]
    for (const [at, value] of cases) {
      expect(() => read(items.with(at, value))).to.throw(InvalidBlockHeaderError)
    }
  })

  it('refuses a number that a program cannot count', function () {
    const most = Uint8Array.of(0x1f, 255, 255, 255, 255, 255, 255)
    const next = Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0)
    for (const at of [AT.number, AT.timestamp]) {
      expect(() => read(items.with(at, most))).to.not.throw()
      expect(() => read(items.with(at, next))).to.throw(InvalidBlockHeaderError, 'too large')
    }
  })

  it('refuses what is not a list of bytes, and a header that is too large', function () {
    expect(() => readBlockHeader(Uint8Array.of(0x80))).to.throw(InvalidBlockHeaderError)
    expect(() => readBlockHeader(new Uint8Array())).to.throw(StemmaError)
    expect(() => read(items.with(AT.extraData, []))).to.throw(StemmaError, 'too deep')
    expect(() => read(items.with(AT.extraData, new Uint8Array(32_768)))).to.throw(StemmaError, 'more than 32768')
    expect(() => readBlockHeader(Uint8Array.from([...encodeRlp(items), 0]))).to.throw(StemmaError, 'follow')
  })
})

/** Whether the last byte of extra data belongs to a seal, which the hash leaves out. */
function isAfterSeals(extraData: string): boolean {
  return extraData === BLOCKS.ibft.extraData || extraData === BLOCKS.ibft2.extraData
}
