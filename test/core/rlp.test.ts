import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect } from 'chai'

import { hexOf } from '../../src/core/hex.ts'
import {
  bytesOfNumber,
  decodeRlp,
  encodeRlp,
  InvalidRlpError,
  numberOfBytes,
  type RlpItem,
} from '../../src/core/rlp.ts'
import { Random } from '../fixtures/random.ts'

const LIMITS = { bytes: 100_000, depth: 10 }
const LOREM = 'Lorem ipsum dolor sit amet, consectetur adipisicing elit'

/** Items and their encodings, from the definition of RLP in the Yellow Paper and the wiki of Ethereum. */
const VECTORS: readonly (readonly [item: RlpItem, encoded: string])[] = [
  [utf8ToBytes('dog'), '83646f67'],
  [[utf8ToBytes('cat'), utf8ToBytes('dog')], 'c88363617483646f67'],
  [new Uint8Array(), '80'],
  [[], 'c0'],
  [Uint8Array.of(0), '00'],
  [Uint8Array.of(0x0f), '0f'],
  [Uint8Array.of(0x7f), '7f'],
  [Uint8Array.of(0x80), '8180'],
  [Uint8Array.of(0x04, 0x00), '820400'],
  [[[], [[]], [[], [[]]]], 'c7c0c1c0c3c0c1c0'],
  [utf8ToBytes(LOREM), `b838${hexOf(utf8ToBytes(LOREM)).slice(2)}`],
  [new Uint8Array(1024), `b90400${'00'.repeat(1024)}`],
  [Array.from({ length: 56 }, () => Uint8Array.of(1)), `f838${'01'.repeat(56)}`],
]

describe('RLP', function () {
  it('encodes and decodes the examples of its definition', function () {
    for (const [item, encoded] of VECTORS) {
      expect(hexOf(encodeRlp(item))).to.equal(`0x${encoded}`)
      expect(hexItem(decodeRlp(hexToBytes(encoded), LIMITS))).to.deep.equal(hexItem(item))
    }
  })

  it('decodes what it encodes', function () {
    const random = new Random(20_261_129)
    for (let i = 0; i < 2_000; ++i) {
      const item = randomItem(random, 4)
      expect(hexItem(decodeRlp(encodeRlp(item), LIMITS))).to.deep.equal(hexItem(item))
    }
  })

  it('decodes nothing but what it encodes: every other string of bytes is refused', function () {
    const random = new Random(20_261_130)
    let decoded = 0
    for (let i = 0; i < 10_000; ++i) {
      const bytes = random.chance(0.5) ? changed(random, encodeRlp(randomItem(random, 3))) : randomBytes(random, 5)
      try {
        expect(hexOf(encodeRlp(decodeRlp(bytes, LIMITS)))).to.equal(hexOf(bytes))
        decoded += 1
      } catch (error) {
        if (!(error instanceof InvalidRlpError)) throw error
      }
    }
    expect(decoded).to.be.within(500, 9_500)
  })

  const REFUSED: readonly (readonly [what: string, encoded: string, at: number])[] = [
    ['no bytes', '', 0],
    ['bytes after the item', '8000', 1],
    ['a byte below 0x80 with a prefix', '8100', 0],
    ['the same within a list', 'c28101', 1],
    ['a long form for a short string', 'b801ff', 0],
    ['a long form for a string of 55 bytes', `b837${'ff'.repeat(55)}`, 0],
    ['a long form for a short list', 'f801c0', 0],
    ['a length with a leading zero', `b90038${'ff'.repeat(56)}`, 0],
    ['a length of more than 4 bytes', `bc0100000000${'ff'.repeat(56)}`, 0],
    ['a length of 8 bytes', 'bfffffffffffffffff', 0],
    ['a length that is cut off', 'b9ff', 0],
    ['a string that is cut off', '83646f', 0],
    ['a list that is cut off', 'c88363617483646f', 0],
    ['an item that goes beyond its list', 'c283646f67', 1],
    ['lists that are too deep', hexOf(nested(11)).slice(2), 10],
  ]
  for (const [what, encoded, at] of REFUSED) {
    it(`refuses ${what}`, function () {
      expect(() => decodeRlp(hexToBytes(encoded), LIMITS))
        .to.throw(InvalidRlpError)
        .with.property('at', at)
    })
  }

  it('takes as many bytes and as many levels as it may, and not one more', function () {
    const bytes = nested(10)
    expect(() => decodeRlp(bytes, { bytes: bytes.length, depth: 10 })).to.not.throw()
    expect(() => decodeRlp(bytes, { bytes: bytes.length, depth: 9 })).to.throw(InvalidRlpError, 'too deep')
    expect(() => decodeRlp(bytes, { bytes: bytes.length - 1, depth: 10 })).to.throw(InvalidRlpError, 'more than')
    expect(() => decodeRlp(hexToBytes('c0'), { bytes: 1, depth: 0 })).to.throw(InvalidRlpError, 'too deep')
  })

  it('does not run out of stack, however deep lists are', function () {
    const bytes = hexToBytes('c1'.repeat(90_000))
    expect(() => decodeRlp(bytes, LIMITS)).to.throw(InvalidRlpError)
  })
})

describe('numbers in RLP', function () {
  it('have no bytes that they do not need', function () {
    for (const [value, hex] of [
      [0n, '0x'],
      [1n, '0x01'],
      [255n, '0xff'],
      [256n, '0x0100'],
      [2n ** 256n - 1n, `0x${'ff'.repeat(32)}`],
    ] as const) {
      expect(hexOf(bytesOfNumber(value))).to.equal(hex)
      expect(numberOfBytes(bytesOfNumber(value), 32)).to.equal(value)
    }
    expect(numberOfBytes(Uint8Array.of(0), 32)).to.equal(undefined)
    expect(numberOfBytes(Uint8Array.of(0, 1), 32)).to.equal(undefined)
    expect(numberOfBytes(Uint8Array.of(1, 0), 1)).to.equal(undefined)
  })
})

/** The encoding of an empty list in so many lists less one. */
function nested(levels: number): Uint8Array {
  return encodeRlp(Array.from({ length: levels - 1 }).reduce<RlpItem>((item) => [item], []))
}

/** An item with hex in place of bytes, to be compared. */
function hexItem(item: RlpItem): unknown {
  return item instanceof Uint8Array ? hexOf(item) : item.map(hexItem)
}

function randomItem(random: Random, depth: number): RlpItem {
  if (depth === 0 || random.chance(0.5)) return randomBytes(random, random.pick([1, 1, 2, 55, 60, 300]))
  return Array.from({ length: random.integer(0, random.pick([1, 2, 3, 3, 20])) }, () => randomItem(random, depth - 1))
}

function randomBytes(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: random.integer(0, most) }, () =>
    random.pick([0, 1, 0x7f, 0x80, 0xb8, 0xc1, 0xf8, random.integer(0, 255)]),
  )
}

/** Some bytes with one changed, added or left out. */
function changed(random: Random, bytes: Uint8Array): Uint8Array {
  const list = [...bytes]
  const at = random.integer(0, Math.min(list.length, 12))
  const kind = random.integer(0, 2)
  list.splice(at, kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [random.integer(0, 255)]))
  return Uint8Array.from(list)
}
