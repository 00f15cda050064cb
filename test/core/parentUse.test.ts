import { expect } from 'chai'

import { decodeRelation, describeUse, encodeRelation, type ParentUse } from '../../src/core/registration.ts'
import { PART_NAMES, RELATION_NAMES, type Part } from '../../src/core/vocabulary.ts'

describe('the byte of a relation', function () {
  it('holds relation, part and the external flag, and decodes to what was encoded', function () {
    expect(encodeRelation({ relation: 'finetune' })).to.equal(0x01)
    expect(encodeRelation({ relation: 'merge', part: 'text' })).to.equal(0x13)
    expect(encodeRelation({ relation: 'version', part: 'other', external: true })).to.equal(0xea)
    const bytes = new Set<number>()
    for (const relation of RELATION_NAMES) {
      for (const part of PART_NAMES) {
        for (const external of [false, true]) {
          const use: ParentUse = {
            relation,
            ...(part !== 'whole' && { part: part as Exclude<Part, 'whole'> }),
            ...(external && { external: true }),
          }
          const byte = encodeRelation(use)
          bytes.add(byte)
          expect(decodeRelation(byte)).to.deep.equal(use)
        }
      }
    }
    expect(bytes.size).to.equal(140)
  })

  it('is refused where a part of it is not defined', function () {
    const defined = Array.from({ length: 512 }, (_, byte) => byte).filter((byte) => decodeRelation(byte) !== undefined)
    expect(defined).to.have.length(140)
    for (const byte of [0, 0x0b, 0x0f, 0x10, 0x71, 0x80, 0xf1, 0x101]) expect(decodeRelation(byte)).to.equal(undefined)
  })

  it('reads as words', function () {
    expect(describeUse({ relation: 'merge' })).to.equal('merge')
    expect(describeUse({ relation: 'merge', part: 'draft-head' })).to.equal('merge of the draft-head')
    expect(describeUse({ relation: 'merge', part: 'other' })).to.equal('merge of a part')
  })
})
