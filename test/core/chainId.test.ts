import { expect } from 'chai'
import { TypedDataEncoder } from 'ethers'

import { CHECKPOINT_TYPES, checkpointDigest, checkpointDomain } from '../../src/core/blockCheckpoint.ts'
import { readChainId, toChainId, type ChainId } from '../../src/core/chainId.ts'
import { parseDigest } from '../../src/core/hex.ts'

describe('chainId', function () {
  const ids: readonly (readonly [bigint, ChainId])[] = [
    [0n, 0],
    [31337n, 31337],
    [2n ** 31n + 1n, 2_147_483_649],
    [11_297_108_109n, 11_297_108_109],
    [2n ** 53n - 1n, 9_007_199_254_740_991],
    [2n ** 53n, '9007199254740992'],
    [2n ** 53n + 1n, '9007199254740993'],
    [2n ** 256n - 1n, `${2n ** 256n - 1n}`],
  ]

  it('has one form for each value, which JSON keeps exactly', function () {
    for (const [value, id] of ids) {
      expect(toChainId(value)).to.equal(id)
      expect(BigInt(id)).to.equal(value)
      expect(readChainId(JSON.parse(JSON.stringify(id)))).to.equal(id)
    }
  })

  it('refuses another form of a value, and what is not a chain id', function () {
    const wrong = [-1, 1.5, NaN, 2 ** 53, '1', '31337', '9007199254740991', '09007199254740993', '0x20000000000001']
    for (const value of [
      ...wrong,
      `${2n ** 256n}`,
      '9'.repeat(90),
      ' 9007199254740993',
      9007199254740993n,
      null,
      {},
      [],
    ]) {
      expect(readChainId(value), String(value)).to.equal(undefined)
    }
  })

  it('signs for exactly one chain', function () {
    const hash = parseDigest(`0x${'ab'.repeat(32)}`)
    for (const [value, chainId] of ids) {
      const expected = TypedDataEncoder.hash(checkpointDomain(value as never), CHECKPOINT_TYPES, { block: 7, hash })
      expect(checkpointDigest({ chainId, block: 7, hash }, 'eip712')).to.equal(expected)
      expect(TypedDataEncoder.hash(checkpointDomain(chainId), CHECKPOINT_TYPES, { block: 7, hash })).to.equal(expected)
    }
  })
})
