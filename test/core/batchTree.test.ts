import { expect } from 'chai'

import { batchLeafOf, batchTreeOf, isInBatch, proveInBatch } from '../../src/core/batchTree.ts'
import type { Digest, Hex, ModelId } from '../../src/core/hex.ts'
import { keccakJoined } from '../../src/core/registration.ts'
import { sha256Text } from '../../src/core/sha256.ts'
// Roots and proofs that @openzeppelin/merkle-tree 1.0.8 gave for `StandardMerkleTree.of(models.map((model) => [model]), ['bytes32'])`.
import vectors from '../vectors/batches.json' with { type: 'json' }

const trees = vectors.trees as { models: ModelId[]; root: Digest; proofs: Hex[][] }[]

describe('the tree of a batch', function () {
  it("is OpenZeppelin's standard Merkle tree", function () {
    for (const { models, root, proofs } of trees) {
      const tree = batchTreeOf(models)
      expect(tree.root).to.equal(root)
      expect(models.map((model) => proveInBatch(tree, model))).to.deep.equal(proofs)
      expect(batchTreeOf(models.toReversed()).root).to.equal(root)
    }
  })

  it('is the same of ten thousand models', function () {
    const { count, root, proofOfFirst } = vectors.thousands
    const models = Array.from({ length: count }, (_, index) => sha256Text(`model ${index}`) as string as ModelId)
    const tree = batchTreeOf(models)
    expect([tree.root, proveInBatch(tree, models[0]!)]).to.deep.equal([root, proofOfFirst])
  })

  it('proves its own models, and no other', function () {
    const { models, root, proofs } = trees.at(-1)!
    models.forEach((model, index) => {
      expect(isInBatch(root, model, proofs[index]!)).to.equal(true)
      expect(isInBatch(root, model, proofs[(index + 1) % models.length]!)).to.equal(false)
      expect(isInBatch(root, model, proofs[index]!.slice(1))).to.equal(false)
      expect(isInBatch(root, model, [...proofs[index]!, root])).to.equal(false)
      expect(isInBatch(trees[0]!.root, model, proofs[index]!)).to.equal(false)
    })
    expect(isInBatch(root, models[0]!, ['0x' as Hex])).to.equal(false)
    expect(() => proveInBatch(batchTreeOf(models.slice(1)), models[0]!)).to.throw('is not in the batch')
  })

  it('does not take a node for a model: a node is hashed once, a leaf twice', function () {
    const { models, root, proofs } = trees[3]!
    const [first, beside] = proofs[0] as [Hex, Hex]
    const node = keccakJoined([batchLeafOf(models[0]!), first].toSorted())
    expect(keccakJoined([node, beside].toSorted())).to.equal(root)
    expect(isInBatch(root, node as ModelId, [beside])).to.equal(false)
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
