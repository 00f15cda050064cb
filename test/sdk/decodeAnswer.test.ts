import { expect } from 'chai'
import { AbiCoder, Interface, ParamType } from 'ethers'

import { complianceLensAbi } from '../../src/abi/complianceLens.ts'
import { decodeAnswer } from '../../src/sdk/decodeAnswer.ts'
import { NodeAnswerError } from '../../src/sdk/nodeErrors.ts'
import { Random } from '../fixtures/random.ts'

const { outputs } = new Interface(complianceLensAbi).getFunction('lineage')!
const coder = AbiCoder.defaultAbiCoder()

describe('decodeAnswer', function () {
  it('reads what ethers wrote, for 200 random lineages', function () {
    const random = new Random(0x5374656d)
    for (let turn = 0; turn < 200; ++turn) {
      const values = outputs.map((type) => randomValue(type, random))
      expect(decodeAnswer(outputs, coder.encode(outputs, values))).to.deep.equal(values)
    }
  })

  it('reads the smallest and the largest of every word', function () {
    for (const [type, value] of [
      ['uint8', 255n],
      ['uint40', 2n ** 40n - 1n],
      ['uint256', 2n ** 256n - 1n],
      ['uint256', 0n],
      ['bool', true],
      ['bool', false],
      ['bytes32', `0x${'ff'.repeat(32)}`],
      ['address', `0x${'ab'.repeat(20)}`],
    ] as const) {
      expect(decodeAnswer([ParamType.from(type)], coder.encode([type], [value]))).to.deep.equal([value])
    }
  })

  const word = (value: bigint | number): string => value.toString(16).padStart(64, '0')
  for (const [what, types, words] of [
    ['nothing at all', ['uint256'], []],
    ['half a word', ['uint256'], ['00'.repeat(16)]],
    ['a number out of its range', ['uint40'], [word(2n ** 40n)]],
    ['an address with more than 20 bytes', ['address'], [word(2n ** 160n)]],
    ['a boolean that is neither', ['bool'], [word(2)]],
    ['an offset behind the end', ['uint256[]'], [word(64)]],
    ['an offset beyond all bounds', ['uint256[]'], [word(2n ** 255n)]],
    ['a length beyond the end', ['uint256[]'], [word(32), word(2), word(1)]],
    ['a length beyond all bounds', ['uint256[]'], [word(32), word(2n ** 53n)]],
    ['an array that is its own item', ['uint256[][]'], [word(32), word(1), word(0)]],
    [
      'arrays that share their items',
      ['uint256[][]'],
      [word(32), word(2), word(64), word(64), word(2), word(1), word(1)],
    ],
  ] as [string, string[], string[]][]) {
    it(`refuses ${what}`, function () {
      const decode = () =>
        decodeAnswer(
          types.map((type) => ParamType.from(type)),
          `0x${words.join('')}`,
        )
      expect(decode).to.throw(NodeAnswerError, "the contract's answer is malformed")
    })
  }

  function randomValue(type: ParamType, random: Random): unknown {
    if (type.isArray())
      return Array.from({ length: random.integer(0, 3) }, () => randomValue(type.arrayChildren, random))
    if (type.isTuple()) {
      return Object.fromEntries(type.components.map((component) => [component.name, randomValue(component, random)]))
    }
    const digits = (count: number): string =>
      Array.from({ length: count }, () => random.integer(0, 15).toString(16)).join('')
    if (type.type.startsWith('uint')) return BigInt(`0x${digits(Number(type.type.slice(4)) / 4)}`)
    if (type.type === 'bool') return random.chance(0.5)
    return `0x${digits(type.type === 'address' ? 40 : 64)}`
  }
})
