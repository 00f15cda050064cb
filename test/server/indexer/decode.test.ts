import { Interface, type EventFragment, type ParamType, type Result } from 'ethers'
import { expect } from 'chai'
import fc from 'fast-check'

import { accessManagerAbi } from '../../../src/abi/accessManager.ts'
import { complianceLensAbi } from '../../../src/abi/complianceLens.ts'
import { ledgerAbi } from '../../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { reviewGateAbi } from '../../../src/abi/reviewGate.ts'
import { usageAuditAbi } from '../../../src/abi/usageAudit.ts'
import { StemmaError } from '../../../src/core/errors.ts'
import type { Address, Digest, Hex, ModelId, TermsId } from '../../../src/core/hex.ts'
import { encodeRelation, modelIdOf } from '../../../src/core/registration.ts'
import { RELATION_NAMES } from '../../../src/core/vocabulary.ts'
import { eventDecoders, type AbiEntry, type Argument } from '../../../packages/server/src/indexer/decode.ts'
import { registeredId } from '../../../packages/server/src/indexer/reduce/registry/models.ts'

const ABIS = [
  ledgerAbi,
  licenseCredentialAbi,
  lineageClaimsAbi,
  reviewGateAbi,
  usageAuditAbi,
  complianceLensAbi,
  accessManagerAbi,
] as readonly (readonly AbiEntry[])[]

/** An event made up for what no contract's event has: lists of lists, and a tuple with a text. */
const NESTED: readonly AbiEntry[] = [
  {
    type: 'event',
    name: 'Nested',
    inputs: [
      { name: 'id', type: 'bytes32', indexed: true },
      {
        name: 'pairs',
        type: 'tuple[]',
        components: [
          { name: 'text', type: 'string' },
          { name: 'flags', type: 'bool[]' },
          { name: 'number', type: 'uint48' },
        ],
      },
      { name: 'lists', type: 'bytes32[][]' },
      {
        name: 'one',
        type: 'tuple',
        components: [
          { name: 'bytes', type: 'bytes' },
          { name: 'account', type: 'address' },
        ],
      },
    ],
  },
]

const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)

/** Any value of a type, as ethers takes it. */
function valueOf(type: ParamType): fc.Arbitrary<unknown> {
  if (type.baseType === 'array') return fc.array(valueOf(type.arrayChildren!), { maxLength: 4 })
  if (type.baseType === 'tuple') return fc.tuple(...type.components!.map(valueOf))
  if (type.type === 'bytes32') return bytes32
  if (type.type === 'bytes4') return bytes32.map((hex) => hex.slice(0, 10))
  if (type.type === 'address') return bytes32.map((hex) => `0x${hex.slice(26)}`)
  if (type.type === 'bool') return fc.boolean()
  if (type.type === 'string') return fc.string({ unit: 'binary', maxLength: 80 })
  if (type.type === 'bytes') return fc.uint8Array({ maxLength: 80 })
  return fc.bigInt(0n, 2n ** BigInt(/^uint(\d+)$/.exec(type.type)![1]!) - 1n)
}

/** What ethers decodes, in the form that the decoder gives. */
function expected(type: ParamType, value: unknown): Argument {
  if (type.baseType === 'array') return [...(value as Result)].map((entry) => expected(type.arrayChildren!, entry))
  if (type.baseType === 'tuple') {
    return Object.fromEntries(type.components!.map((part, i) => [part.name, expected(part, (value as Result)[i])]))
  }
  if (type.type === 'string') return Buffer.from(value as string)
  if (type.type === 'bytes') return Buffer.from((value as string).slice(2), 'hex')
  if (typeof value === 'string') return value.toLowerCase()
  if (typeof value === 'boolean') return value
  const bits = Number(/^uint(\d+)$/.exec(type.type)![1])
  return bits > 48 ? `0x${(value as bigint).toString(16).padStart(64, '0')}` : Number(value)
}

describe('indexer: decoding', function () {
  for (const abi of [...ABIS, NESTED]) {
    const contract = new Interface(abi as AbiEntry[])
    for (const decoder of eventDecoders(abi)) {
      const fragment = contract.getEvent(decoder.topic) as EventFragment

      it(`reads ${fragment.format()} as ethers does`, function () {
        const values = fc.tuple(...fragment.inputs.map(valueOf))
        fc.assert(
          fc.property(values, (args) => {
            const log = contract.encodeEventLog(fragment, args)
            const parsed = contract.parseLog(log)!
            const entries = fragment.inputs.map((input, i) => [input.name, expected(input, parsed.args[i])])
            expect(decoder.decode(log as { topics: Hex[]; data: Hex })).to.deep.equal(Object.fromEntries(entries))
          }),
          { numRuns: 60 },
        )
      })

      it(`decodes any other data as a valid ${decoder.name}, or rejects it`, function () {
        const values = fc.tuple(...fragment.inputs.map(valueOf))
        const cut = fc.double({ min: 0, max: 1, noNaN: true })
        fc.assert(
          fc.property(values, cut, cut, bytes32, fc.boolean(), (args, at, length, word, isCut) => {
            const log = contract.encodeEventLog(fragment, args)
            const words = (log.data.length - 2) / 64
            const place = 2 + 64 * Math.floor(at * words)
            const data = isCut
              ? log.data.slice(0, 2 + 2 * Math.floor((length * (log.data.length - 2)) / 2))
              : log.data.slice(0, place) + word.slice(2) + log.data.slice(place + 64)
            try {
              decoder.decode({ topics: log.topics as Hex[], data: data as Hex })
            } catch (error) {
              expect((error as StemmaError).code).to.equal('MALFORMED_LOG')
            }
          }),
          { numRuns: 60 },
        )
      })
    }
  }

  it('hashes a registration as core does', function () {
    const digest = bytes32.map((hex) => hex as Digest)
    const parent = fc.record({ model: digest, relation: fc.constantFrom(...RELATION_NAMES) })
    const registration = fc.record({
      publisher: bytes32.map((hex) => `0x${hex.slice(26)}` as Address),
      weights: digest,
      tensors: digest,
      annex: digest,
      datasets: digest,
      method: digest,
      terms: digest.map((hex) => hex as string as TermsId),
      parents: fc.array(parent, { maxLength: 8 }),
      uri: fc.string({ maxLength: 200 }),
    })
    fc.assert(
      fc.property(registration, (stated) => {
        const parents = stated.parents.map(({ model, relation }) => ({ model: model as string as ModelId, relation }))
        const coded = parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) }))
        const uri = Buffer.from(stated.uri)
        expect(registeredId({ ...stated, parents: coded, uri })).to.equal(modelIdOf({ ...stated, parents }))
      }),
    )
  })
})
