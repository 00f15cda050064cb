import { expect } from 'chai'
import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'

import { ZERO_DIGEST, type Address, type Hex, type ModelId, type TermsId } from '../../src/core/hex.ts'
import { encodeRelation, modelIdOf, REGISTRATION_TYPES, type Registration } from '../../src/core/registration.ts'
import { bodyOf, termsIdOf } from '../../src/core/terms.ts'
import { termsSetIdOf } from '../../src/core/termsBody.ts'
import { credentialIdOf, tierIdOf } from '../../src/core/tier.ts'
import { PART_NAMES, RELATION_NAMES, rightsMask } from '../../src/core/vocabulary.ts'
import { ID_VECTORS } from '../vectors/ids.ts'

const TERMS_TYPES = {
  Threshold: [
    { name: 'metric', type: 'uint8' },
    { name: 'subject', type: 'uint8' },
    { name: 'limit', type: 'uint128' },
    { name: 'withdraws', type: 'uint16' },
    { name: 'adds', type: 'uint16' },
    { name: 'uses', type: 'uint16' },
    { name: 'param', type: 'uint32' },
    { name: 'flags', type: 'uint8' },
  ],
  Terms: [
    { name: 'name', type: 'string' },
    { name: 'uri', type: 'string' },
    { name: 'text', type: 'bytes32' },
    { name: 'rights', type: 'uint16' },
    { name: 'flags', type: 'uint16' },
    { name: 'family', type: 'uint8' },
    { name: 'outbound', type: 'uint128' },
    { name: 'duties', type: 'uint256' },
    { name: 'thresholds', type: 'Threshold[]' },
  ],
}
const TIER_TYPES = {
  Tier: [
    { name: 'model', type: 'bytes32' },
    { name: 'terms', type: 'bytes32' },
    { name: 'passThrough', type: 'uint32' },
    { name: 'open', type: 'bool' },
    { name: 'subCredentials', type: 'bool' },
    { name: 'maxDuration', type: 'uint40' },
    { name: 'callQuota', type: 'uint64' },
    { name: 'tokenQuota', type: 'uint64' },
    { name: 'name', type: 'string' },
    { name: 'uri', type: 'string' },
  ],
}

const bytes = (length: number): fc.Arbitrary<Hex> =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((array) => `0x${Buffer.from(array).toString('hex')}` as const)
const registrations = fc.record({
  publisher: bytes(20) as fc.Arbitrary<Address>,
  weights: bytes(32),
  tensors: bytes(32),
  annex: bytes(32),
  datasets: bytes(32),
  method: bytes(32),
  terms: bytes(32),
  parents: fc.array(
    fc.record(
      {
        model: bytes(32),
        relation: fc.constantFrom(...RELATION_NAMES),
        part: fc.constantFrom(...PART_NAMES.slice(1)),
        external: fc.constant(true),
      },
      { requiredKeys: ['model', 'relation'] },
    ),
    { maxLength: 8 },
  ),
  uri: fc.string({ unit: 'grapheme', maxLength: 200 }),
}) as unknown as fc.Arbitrary<Registration>

/** A registration as EIP-712 libraries take it. */
const message = (registration: Registration) => ({
  ...registration,
  parents: registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
})
const structHash = (registration: Registration): string =>
  TypedDataEncoder.hashStruct('Registration', REGISTRATION_TYPES, message(registration))

describe('ids', function () {
  for (const [index, { id, input }] of ID_VECTORS.registrations.entries()) {
    it(`modelIdOf gives vector ${index}, as an EIP-712 library does`, function () {
      expect(modelIdOf(input)).to.equal(id)
      expect(structHash(input)).to.equal(id)
    })
  }

  for (const { id, input } of ID_VECTORS.terms) {
    it(`termsIdOf gives the vector "${input.name}", as an EIP-712 library does`, function () {
      expect(termsIdOf(input)).to.equal(id)
      expect(TypedDataEncoder.hashStruct('Terms', TERMS_TYPES, { ...input, ...bodyOf(input) })).to.equal(id)
    })
  }

  it('termsSetIdOf gives the vectors', function () {
    for (const { id, input } of ID_VECTORS.sets) expect(termsSetIdOf(input)).to.equal(id)
  })

  for (const { id, input } of ID_VECTORS.tiers) {
    it(`tierIdOf gives the vector "${input.name}", as an EIP-712 library does`, function () {
      expect(tierIdOf(input)).to.equal(id)
      const struct = { ...input, passThrough: rightsMask(input.passThrough) }
      expect(TypedDataEncoder.hashStruct('Tier', TIER_TYPES, struct)).to.equal(id)
    })
  }

  it('credentialIdOf gives the vectors', function () {
    for (const { id, input } of ID_VECTORS.credentials) {
      expect(credentialIdOf(input.model, input.tier, input.holder)).to.equal(id)
    }
  })

  it('modelIdOf is what an EIP-712 library computes, for any registration', function () {
    fc.assert(fc.property(registrations, (registration) => modelIdOf(registration) === structHash(registration)))
  })

  it('modelIdOf changes with every field, and with the order and relation of parents', function () {
    const { input } = ID_VECTORS.registrations.at(-1)!
    const other = `0x${'ab'.repeat(32)}` as const
    const changed: Registration[] = [
      { ...input, publisher: `0x${'ab'.repeat(20)}` as Address },
      { ...input, weights: other as Registration['weights'] },
      { ...input, tensors: other as Registration['tensors'] },
      { ...input, annex: other as Registration['annex'] },
      { ...input, datasets: other as Registration['datasets'] },
      { ...input, method: other as Registration['method'] },
      { ...input, terms: other as string as TermsId },
      { ...input, parents: input.parents.slice(1) },
      { ...input, parents: input.parents.toReversed() },
      { ...input, parents: input.parents.with(0, { ...input.parents[0]!, relation: 'copy' }) },
      { ...input, parents: input.parents.with(0, { ...input.parents[0]!, model: other as string as ModelId }) },
      { ...input, uri: `${input.uri}x` },
    ]
    const ids = [input, ...changed].map((registration) => modelIdOf(registration))
    expect(new Set(ids)).to.have.lengthOf(ids.length)
    expect(ids).to.not.include(ZERO_DIGEST)
  })
})
