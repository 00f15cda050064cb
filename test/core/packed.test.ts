import { expect } from 'chai'

import { EVIDENCE_GRADES } from '../../src/core/claim.ts'
import { MODEL_STATUSES } from '../../src/core/lineage.ts'
import { unpackLineageEdge, unpackModelRecord } from '../../src/core/packed.ts'
import { RELATIONS } from '../../src/core/vocabulary.ts'

const publisher = `0x${'00'.repeat(10)}${'ab'.repeat(10)}`
const record = BigInt(publisher) | (1_770_000_000n << 160n)

describe('unpackModelRecord', function () {
  it('gives publisher, time and status, whatever the relations, the terms and the tiers', function () {
    for (const unused of [0n, 0xffff_ffffn << 200n, 0xf_ffffn << 232n, 1n << 252n]) {
      for (const [index, status] of MODEL_STATUSES.entries()) {
        expect(unpackModelRecord(record | unused | (BigInt(index) << 254n))).to.deep.equal({
          publisher,
          registeredAt: 1_770_000_000,
          status,
          recalled: false,
        })
      }
    }
  })

  it('tells whether the authority had recalled the model, whatever its status', function () {
    for (const [index, status] of MODEL_STATUSES.entries()) {
      const marked = unpackModelRecord(record | (1n << 253n) | (BigInt(index) << 254n))
      expect(marked).to.deep.equal({ publisher, registeredAt: 1_770_000_000, status, recalled: true })
    }
  })
})

describe('unpackLineageEdge', function () {
  const edge = 7n | (BigInt(RELATIONS.merge) << 32n) | (1n << 40n)

  it('gives parent, relation, grade, and whether it was undisclosed', function () {
    const expected = { parent: 7, relation: 'merge', grade: EVIDENCE_GRADES[1] }
    expect(unpackLineageEdge(edge)).to.deep.equal({ ...expected, undisclosed: false })
    expect(unpackLineageEdge(edge | (1n << 48n))).to.deep.equal({ ...expected, undisclosed: true })
  })

  it('knows no edge without a relation or a grade, nor one with bits that say nothing', function () {
    for (const word of [7n, edge | (15n << 32n), edge | (15n << 40n), edge | (1n << 49n)]) {
      expect(unpackLineageEdge(word)).to.equal(undefined)
    }
  })
})
