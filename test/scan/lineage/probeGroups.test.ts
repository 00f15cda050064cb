import { expect } from 'chai'

import { anchorsOf } from '../../../src/fingerprint/anchors.ts'
import { makeProbe } from '../../../src/fingerprint/probe.ts'
import { probeGroups } from '../../../src/scan/lineage/probeGroups.ts'
import { MOST_PROBES } from '../../../src/scan/lineage/rules.ts'
import { randomModel, sourceOf } from '../../fingerprint/randomModel.ts'

/** Bytes in which the projections on 128 anchors fit, and not those on twice as many. */
const FEW = 8 * 2 * 64 * 200

describe('probeGroups', function () {
  const source = sourceOf(randomModel(1, { columns: 32, rows: 64, layers: 2, vocabulary: 4096 }))
  const all = anchorsOf(source.tokens, 4096)
  const sketchAt = (first: number, count = 128) => ({
    isSecret: false,
    anchors: Uint32Array.from(all.slice(first, first + count), ({ hash }) => hash),
  })

  it('reads a suspect once for any number of sketches of one tokenizer', function () {
    const sketches = Array.from({ length: 1_000 }, () => sketchAt(0))
    const { groups, left } = probeGroups(source, sketches, FEW)
    expect([groups.length, left.length]).to.deep.equal([1, 0])
    expect(groups[0]).to.have.length(1_000)
  })

  it('holds no more projections than fit, whatever anchors sketches name, and says which are left', function () {
    const sketches = Array.from({ length: 30 }, (_, index) => sketchAt(128 * index))
    const { groups, left } = probeGroups(source, sketches, FEW)
    expect([groups.length, left.length]).to.deep.equal([MOST_PROBES, 30 - MOST_PROBES])
    for (const group of groups) {
      const { layers } = makeProbe(source, group)
      expect(layers.reduce((sum, { gate, up }) => sum + gate.byteLength + up.byteLength, 0)).to.be.at.most(FEW)
    }
  })

  it('counts only the anchors that the suspect has', function () {
    const foreign = Array.from({ length: 30 }, (_, index) => ({
      isSecret: false,
      anchors: Uint32Array.from({ length: 128 }, (__, at) => 4_000_000_000 + 128 * index + at),
    }))
    const { groups, left } = probeGroups(source, [...foreign, sketchAt(0)], FEW)
    expect([groups.length, left.length]).to.deep.equal([1, 0])
  })
})
