import { expect } from 'chai'

import { batchLeafOf, batchTreeOf, isInBatch, proveInBatch } from '../../src/core/batchTree.ts'
import type { Digest, ModelId } from '../../src/core/hex.ts'
import { MerkleLog } from '../../src/core/merkleLog.ts'
import { sha256Text } from '../../src/core/sha256.ts'
// Roots and proofs that a plain transcription of RFC 9162, section 2.1, into Python gave for the models' bytes as records.
import vectors from '../vectors/batches.json' with { type: 'json' }

const trees = vectors.trees as { models: ModelId[]; root: Digest; proofs: Digest[][] }[]

describe('the tree of a batch', function () {
  it('is the Merkle tree of RFC 9162 over the ids in their order', function () {
    for (const { models, root, proofs } of trees) {
      const tree = batchTreeOf(models)
      expect(tree.root).to.equal(root)
      expect(models.map((model) => proveInBatch(tree, model))).to.deep.equal(
        proofs.map((proof, index) => ({ index, proof })),
      )
      if (models.length > 1) expect(batchTreeOf(models.toReversed()).root).not.to.equal(root)
    }
  })

  it('is the same of ten thousand models', function () {
    const { count, root, proofOfFirst } = vectors.thousands
    const models = Array.from({ length: count }, (_, index) => sha256Text(`model ${index}`) as string as ModelId)
    const tree = batchTreeOf(models)
    expect([tree.root, proveInBatch(tree, models[0]!).proof]).to.deep.equal([root, proofOfFirst])
  })

  it('proves its own models at their places, and nothing else', function () {
    const { models, root, proofs } = trees.at(-1)!
    const batch = { root, count: models.length }
    models.forEach((model, index) => {
      const proof = proofs[index]!
      expect(isInBatch(batch, model, { index, proof })).to.equal(true)
      for (let other = -1; other <= models.length + 1; ++other) {
        if (other !== index) expect(isInBatch(batch, model, { index: other, proof }), `at ${other}`).to.equal(false)
      }
      expect(isInBatch(batch, model, { index, proof: proofs[(index + 1) % models.length]! })).to.equal(false)
      expect(isInBatch(batch, model, { index, proof: proof.slice(1) })).to.equal(false)
      expect(isInBatch(batch, model, { index, proof: [...proof, root] })).to.equal(false)
      expect(isInBatch({ ...batch, root: trees[0]!.root }, model, { index, proof })).to.equal(false)
    })
    expect(isInBatch(batch, models[0]!, { index: 0, proof: ['0x' as Digest] })).to.equal(false)
    expect(() => proveInBatch(batchTreeOf(models.slice(1)), models[0]!)).to.throw('is not in the batch')
  })

  it('never proves more models than its count, whatever tree is under the root', function () {
    for (const { models, root, proofs } of trees) {
      for (let count = 1; count <= models.length + 2; ++count) {
        const proven = models.filter((model, place) =>
          pathsOf(proofs[place]!).some((proof) =>
            Array.from({ length: count + 1 }, (_, index) => index).some((index) =>
              isInBatch({ root, count }, model, { index, proof }),
            ),
          ),
        )
        expect(proven.length, `${models.length} models under a count of ${count}`).to.be.at.most(count)
        if (count === models.length) expect(proven).to.deep.equal(models)
      }
    }
  })

  it('has one model at each place: a tree that repeats models proves each of them alone', function () {
    const [a, b] = trees[1]!.models as [ModelId, ModelId]
    const log = new MerkleLog()
    for (const model of [a, a, b]) log.append(batchLeafOf(model))
    const batch = { root: log.root(), count: 3 }
    const provenAt = (model: ModelId): number[] =>
      [0, 1, 2].filter((index) => isInBatch(batch, model, { index, proof: log.proveInclusion(index) }))
    expect([provenAt(a), provenAt(b)]).to.deep.equal([[0, 1], [2]])
  })

  it('does not take a node for a model', function () {
    const { models, root, proofs } = trees[3]!
    const left = new MerkleLog()
    for (const model of models.slice(0, 2)) left.append(batchLeafOf(model))
    const node = left.root() as string as ModelId
    const beside = proofs[0]![1]!
    for (const count of [1, 2, 3, 4]) {
      for (const index of [0, 1]) {
        expect(isInBatch({ root, count }, node, { index, proof: [beside] })).to.equal(false)
        expect(isInBatch({ root, count }, root as string as ModelId, { index, proof: [] })).to.equal(false)
      }
    }
  })

  it('refuses nothing, and a model twice', function () {
    const [model] = trees[0]!.models as [ModelId]
    expect(() => batchTreeOf([]))
      .to.throw()
      .with.property('code', 'EMPTY_BATCH')
    expect(() => batchTreeOf([model, model]))
      .to.throw()
      .with.property('code', 'DUPLICATE_MODEL')
    expect(() => proveInBatch(batchTreeOf([model]), trees[3]!.models[3]!))
      .to.throw()
      .with.property('code', 'NOT_IN_BATCH')
  })
})

/** A proof, and every shorter one that is cut from it. */
function pathsOf(proof: readonly Digest[]): Digest[][] {
  return proof
    .flatMap((_, start) =>
      Array.from({ length: proof.length - start }, (_each, length) => proof.slice(start, start + length + 1)),
    )
    .concat([[]])
}
