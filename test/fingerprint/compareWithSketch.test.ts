import { expect } from 'chai'

import { compareWithSketch } from '../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../src/fingerprint/makeSketch.ts'
import { makeProbe } from '../../src/fingerprint/probe.ts'
import {
  bf16,
  continued,
  int8,
  mapWeights,
  permuted,
  pruned,
  randomModel,
  rotated,
  scaled,
  sourceOf,
  withShuffledVocabulary,
  type RandomModel,
} from './randomModel.ts'

const base = randomModel(1)
const sketch = makeSketch(sourceOf(base))

const DISGUISES: [string, RandomModel][] = [
  ['training on', continued(base, 0.5, 2)],
  ['permuted units', permuted(base, 3)],
  ['a rotated residual stream', rotated(base, 4)],
  ['scales', scaled(base, 5)],
  ['pruning to a half', pruned(base)],
  ['bf16', bf16(base)],
  ['int8', int8(base)],
  ['a vocabulary that is cut and shuffled', withShuffledVocabulary(base, 0.6, 6)],
  ['dropped layers', { ...base, layers: base.layers.slice(1, 3) }],
  ['all of these', scaled(rotated(permuted(int8(withShuffledVocabulary(continued(base, 0.3, 7), 0.6, 8)), 9), 10), 11)],
]

describe('compareWithSketch', function () {
  for (const [name, suspect] of DISGUISES) {
    it(`finds a model after ${name}`, function () {
      const comparison = compareWithSketch(sourceOf(suspect), sketch)
      expect(comparison.verdict).to.equal('not-independent')
    })
  }

  it('matches layers in their order', function () {
    const dropped = { ...permuted(base, 12), layers: permuted(base, 12).layers.slice(1, 3) }
    const { pairing } = compareWithSketch(sourceOf(dropped), sketch)
    expect(pairing!.path).to.deep.equal([
      [1, 0],
      [2, 1],
    ])
  })

  it('finds all rows of a copy, and none of one that was trained on', function () {
    expect(compareWithSketch(sourceOf(base), sketch).exact).to.include({ rows: 96, listedRows: 96 })
    expect(compareWithSketch(sourceOf(continued(base, 0.1, 13)), sketch).exact.rows).to.equal(0)
    expect(compareWithSketch(sourceOf(permuted(base, 14)), sketch).exact.rows).to.be.greaterThan(90)
  })

  it('has no evidence against independent models of one shape and vocabulary', function () {
    for (let seed = 20; seed < 26; seed++) {
      const { verdict, found, places, pairing } = compareWithSketch(sourceOf(randomModel(seed)), sketch, { draws: 199 })
      expect(verdict, `seed ${seed}`).to.equal('no-evidence')
      expect(found).to.deep.equal([])
      expect(Math.abs(places!.z)).to.be.lessThan(4)
      expect(Math.abs(pairing!.z)).to.be.lessThan(6)
    }
  })

  it('has no evidence in equal gains', function () {
    const innocent = randomModel(40)
    const trap = {
      ...innocent,
      layers: innocent.layers.map((layer, index) => ({ ...layer, gain: base.layers[index]!.gain })),
    }
    expect(compareWithSketch(sourceOf(trap), sketch)).to.deep.include({ verdict: 'no-evidence', found: [] })
  })

  it('has no evidence in rows of few values', function () {
    const ones = mapWeights(base, () => 1)
    const other = makeSketch(sourceOf(mapWeights(randomModel(41), () => 1)))
    expect(other.exact.rows).to.deep.equal([])
    expect(compareWithSketch(sourceOf(ones), other).found).to.deep.equal([])
  })

  it('finds both parents of a merge', function () {
    const other = randomModel(42)
    const merge: RandomModel = {
      ...base,
      embedding: base.embedding.map((value, index) => (value + other.embedding[index]!) / 2),
      layers: base.layers.map(({ gate, up, gain }, layer) => ({
        gain,
        gate: gate.map((value, index) => (value + other.layers[layer]!.gate[index]!) / 2),
        up: up.map((value, index) => (value + other.layers[layer]!.up[index]!) / 2),
      })),
    }
    for (const parent of [base, other]) {
      expect(compareWithSketch(sourceOf(merge), makeSketch(sourceOf(parent))).verdict).to.equal('not-independent')
    }
  })

  it('cannot tell about a model without layers', function () {
    const empty = { ...randomModel(43), layers: [] }
    expect(compareWithSketch(sourceOf(empty), sketch).verdict).to.equal('cannot-tell')
  })

  it('finds a new vocabulary by the places alone', function () {
    const replaced = { ...base, tokens: base.tokens.map(() => null) }
    const { found, pairing } = compareWithSketch(sourceOf(continued(replaced, 0.3, 15)), sketch)
    expect(found).to.deep.equal(['places'])
    expect(pairing).to.equal(null)
  })

  it('has the same answer from a probe of several sketches', function () {
    const sketches = [makeSketch(sourceOf(randomModel(50))), sketch]
    const probe = makeProbe(sourceOf(permuted(base, 16)), sketches)
    expect(compareWithSketch(probe, sketches[0]!).found).to.deep.equal([])
    expect(compareWithSketch(probe, sketch)).to.deep.equal(compareWithSketch(sourceOf(permuted(base, 16)), sketch))
  })

  it('says same weights only where all tensors are equal', function () {
    const exact = { tensors: ['00'.repeat(8), '11'.repeat(8)] }
    const listed = makeSketch(sourceOf(base), { exact })
    const same = makeProbe(sourceOf(base), [listed], { exact })
    expect(compareWithSketch(same, listed).verdict).to.equal('same-weights')
    const more = makeProbe(sourceOf(base), [listed], { exact: { tensors: [...exact.tensors, '22'.repeat(8)] } })
    expect(compareWithSketch(more, listed).verdict).to.equal('not-independent')
  })

  it('never takes a shared tokenizer for evidence', function () {
    const exact = { tensors: [], vocabulary: '33'.repeat(8), merges: '44'.repeat(8) }
    const listed = makeSketch(sourceOf(base), { exact })
    const probe = makeProbe(sourceOf(randomModel(51)), [listed], { exact })
    expect(compareWithSketch(probe, listed)).to.deep.include({ verdict: 'no-evidence', found: [] })
    expect(compareWithSketch(probe, listed).exact.sameTokenizer).to.equal(true)
  })

  it('takes numbers that are not finite for zero', function () {
    const suspect = permuted(base, 17)
    suspect.layers[0]!.gate[5] = NaN
    suspect.layers[1]!.up[7] = Infinity
    suspect.embedding[9] = -Infinity
    expect(compareWithSketch(sourceOf(suspect), sketch).found).to.include('pairing')
  })

  describe('with a secret sketch', function () {
    const secret = new Uint8Array(32).fill(7)
    const hidden = makeSketch(sourceOf(base), { secret })

    it('finds a model whose public anchors were destroyed', function () {
      const suspect = scrambled(permuted(continued(base, 0.1, 61), 18))
      expect(compareWithSketch(sourceOf(suspect), sketch).found).to.deep.equal([])
      expect(compareWithSketch(sourceOf(suspect), hidden, { secret }).found).to.deep.equal(['pairing'])
    })

    it('has no anchors without the secret', function () {
      expect(compareWithSketch(sourceOf(permuted(base, 19)), hidden).pairing).to.equal(null)
    })
  })
})

/** Replaces the embeddings of the public anchors, as a thief who knows them can. */
function scrambled(model: RandomModel): RandomModel {
  const other = randomModel(60)
  const chosen = new Set(anchorTokens(model))
  const { columns } = model
  return {
    ...model,
    embedding: model.embedding.map((value, index) =>
      chosen.has(Math.floor(index / columns)) ? other.embedding[index]! : value,
    ),
  }
}

function anchorTokens(model: RandomModel): number[] {
  const probe = makeProbe(sourceOf(model), [sketch])
  return [...probe.tokens.keys()]
}
