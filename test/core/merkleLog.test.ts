import { hash } from 'node:crypto'

import { expect } from 'chai'
import { getBytes } from 'ethers'
import fc from 'fast-check'

import type { Digest } from '../../src/core/hex.ts'
import { leafHashOf, LogRangeError, MerkleLog, verifyConsistency, verifyInclusion } from '../../src/core/merkleLog.ts'
import { sha256, sha256Joined, sha256Text } from '../../src/core/sha256.ts'
import { LOG_VECTORS } from '../vectors/merkleLog.ts'

const { records, leaves, roots, inclusion, consistency } = LOG_VECTORS

describe('MerkleLog', function () {
  it('hashes records and nodes as Certificate Transparency does', function () {
    expect(records.map((record) => leafHashOf(getBytes(record)))).to.deep.equal(leaves)
    const log = logOf(leaves)
    expect(roots.map((_, size) => log.root(size))).to.deep.equal(roots)
    expect(leaves.map((_, index) => log.leaf(index))).to.deep.equal(leaves)
  })

  it('has the root of nothing, then a new one after each record', function () {
    const log = new MerkleLog()
    expect([log.size, log.root()]).to.deep.equal([0, sha256Text('')])
    leaves.forEach((leaf, index) => {
      log.append(leaf)
      expect([log.size, log.root()]).to.deep.equal([index + 1, roots[index + 1]])
    })
  })

  it('gives every proof of the vectors, of any size up to its own', function () {
    const log = logOf(leaves)
    for (const { index, size, proof } of inclusion) expect(log.proveInclusion(index, size)).to.deep.equal(proof)
    for (const { first, second, proof } of consistency) expect(log.proveConsistency(first, second)).to.deep.equal(proof)
  })

  it('has the same hashes and proofs when another implementation of SHA-256 makes them', function () {
    let count = 0
    const bySystem = (bytes: Uint8Array): Uint8Array => ((count += 1), hash('sha256', bytes, 'buffer'))
    const log = new MerkleLog(bySystem)
    for (const record of records) log.append(leafHashOf(getBytes(record), bySystem))
    expect(count).to.be.greaterThan(records.length)
    expect(roots.map((_, size) => log.root(size))).to.deep.equal(roots)
    for (const { index, size, proof } of inclusion) expect(log.proveInclusion(index, size)).to.deep.equal(proof)
    for (const { first, second, proof } of consistency) expect(log.proveConsistency(first, second)).to.deep.equal(proof)
  })

  it('computes the root by the definition, whatever the size', function () {
    const many = leavesOf(300)
    const log = new MerkleLog()
    for (let size = 1; size <= many.length; ++size) {
      log.append(many[size - 1]!)
      expect(log.root()).to.equal(definedRoot(many.slice(0, size)))
    }
  })

  it('proves every record and every prefix of logs of up to 70 records', function () {
    const many = leavesOf(70)
    const log = logOf(many)
    for (let size = 1; size <= many.length; ++size) {
      const root = log.root(size)
      for (let index = 0; index < size; ++index) {
        const proof = log.proveInclusion(index, size)
        expect(verifyInclusion({ root, size, index, leaf: many[index]!, proof })).to.equal(true)
      }
      for (let first = 1; first <= size; ++first) {
        const proof = log.proveConsistency(first, size)
        const whole = { firstRoot: log.root(first), first, secondRoot: root, second: size, proof }
        expect(verifyConsistency(whole)).to.equal(true)
      }
    }
  })

  it('refuses records and sizes that it does not have', function () {
    const log = logOf(leaves)
    const calls: (() => unknown)[] = [
      () => log.leaf(8),
      () => log.leaf(-1),
      () => log.root(9),
      () => log.root(1.5),
      () => log.root(NaN),
      () => log.proveInclusion(0, 9),
      () => log.proveInclusion(3, 3),
      () => log.proveInclusion(0, 0),
      () => log.proveConsistency(0),
      () => log.proveConsistency(3, 2),
      () => log.proveConsistency(3, 9),
      () => new MerkleLog().leaf(0),
      () => new MerkleLog().proveInclusion(0),
    ]
    for (const call of calls) expect(call).to.throw(LogRangeError).with.property('code', 'LOG_RANGE')
    expect(() => log.root(9)).to.throw('9 is not a size of the log: it is from 0 to 8 here.')
    expect(() => new MerkleLog().leaf(0)).to.throw('the log has none')
  })
})

describe('verifyInclusion', function () {
  it('accepts the proofs of the vectors', function () {
    for (const { index, size, proof } of inclusion) {
      expect(verifyInclusion({ root: roots[size]!, size, index, leaf: leaves[index]!, proof })).to.equal(true)
    }
  })

  it('refuses a proof of another place, size, leaf, root or length', function () {
    for (const { index, size, proof } of inclusion) {
      const right = { root: roots[size]!, size, index, leaf: leaves[index]!, proof }
      for (let other = 0; other <= 9; ++other) {
        if (other !== index) expect(verifyInclusion({ ...right, index: other })).to.equal(false)
      }
      expect(verifyInclusion({ ...right, leaf: flipped(right.leaf) })).to.equal(false)
      expect(verifyInclusion({ ...right, root: flipped(right.root) })).to.equal(false)
      expect(verifyInclusion({ ...right, proof: [...proof, roots[0]!] })).to.equal(false)
      if (proof.length > 0) expect(verifyInclusion({ ...right, proof: proof.slice(1) })).to.equal(false)
      proof.forEach((_, step) =>
        expect(
          verifyInclusion({ ...right, proof: proof.map((hash, i) => (i === step ? flipped(hash) : hash)) }),
        ).to.equal(false),
      )
    }
  })

  it('does not take a node for a leaf, nor a leaf for a node', function () {
    const log = logOf(leaves.slice(0, 4))
    const node = sha256(getBytes(`0x01${leaves[0]!.slice(2)}${leaves[1]!.slice(2)}`))
    const [, beside] = log.proveInclusion(0) as [Digest, Digest]
    expect(sha256(getBytes(`0x01${node.slice(2)}${beside.slice(2)}`))).to.equal(log.root())
    for (let index = 0; index < 4; ++index) {
      expect(verifyInclusion({ root: log.root(), size: 4, index, leaf: node, proof: [beside] })).to.equal(false)
    }
    // The 64 bytes of a node as a record have another hash than the node.
    expect(leafHashOf(getBytes(`0x${leaves[0]!.slice(2)}${leaves[1]!.slice(2)}`))).to.not.equal(node)
  })

  it('refuses an empty log, a negative place, and malformed hashes', function () {
    const one = { root: leaves[0]!, size: 1, index: 0, leaf: leaves[0]!, proof: [] as Digest[] }
    expect(verifyInclusion(one)).to.equal(true)
    expect(verifyInclusion({ ...one, size: 0 })).to.equal(false)
    expect(verifyInclusion({ ...one, size: 0, root: roots[0]! })).to.equal(false)
    expect(verifyInclusion({ ...one, index: -1 })).to.equal(false)
    expect(verifyInclusion({ ...one, index: 1 })).to.equal(false)
    for (const bad of ['', '0x', '0x12', `${leaves[0]}00`, `0x${'g'.repeat(64)}`] as Digest[]) {
      expect(verifyInclusion({ ...one, leaf: bad })).to.equal(false)
      expect(verifyInclusion({ ...one, root: bad })).to.equal(false)
      expect(verifyInclusion({ ...one, size: 2, proof: [bad] })).to.equal(false)
    }
  })

  it('follows a log of the largest size that the chain can anchor', function () {
    const size = 2n ** 64n - 1n
    for (const index of [0n, 1n, size / 2n, size - 1n]) {
      const leaf = leaves[1]!
      const proof = leavesOf(heightOf(size, index))
      const root = climbed(size, index, leaf, proof)
      expect(verifyInclusion({ root, size, index, leaf, proof })).to.equal(true)
      expect(verifyInclusion({ root, size, index, leaf, proof: proof.slice(1) })).to.equal(false)
      expect(verifyInclusion({ root, size, index: size, leaf, proof })).to.equal(false)
    }
  })
})

describe('verifyConsistency', function () {
  it('accepts the proofs of the vectors', function () {
    for (const { first, second, proof } of consistency) {
      const whole = { firstRoot: roots[first]!, first, secondRoot: roots[second]!, second, proof }
      expect(verifyConsistency(whole)).to.equal(true)
    }
  })

  it('refuses a proof of other sizes, roots or length', function () {
    for (const { first, second, proof } of consistency) {
      const right = { firstRoot: roots[first]!, first, secondRoot: roots[second]!, second, proof }
      for (let other = 0; other <= 9; ++other) {
        // With the root of the other size as well it would be another proof.
        if (other !== first) expect(verifyConsistency({ ...right, first: other })).to.equal(false)
        if (other < first) expect(verifyConsistency({ ...right, second: other })).to.equal(false)
      }
      expect(verifyConsistency({ ...right, firstRoot: flipped(right.firstRoot) })).to.equal(false)
      expect(verifyConsistency({ ...right, secondRoot: flipped(right.secondRoot) })).to.equal(false)
      expect(verifyConsistency({ ...right, proof: [...proof, roots[0]!] })).to.equal(false)
      if (proof.length > 0) {
        expect(verifyConsistency({ ...right, proof: proof.slice(1) })).to.equal(false)
        expect(verifyConsistency({ ...right, proof: proof.slice(0, -1) })).to.equal(false)
        expect(verifyConsistency({ ...right, proof: [] })).to.equal(false)
      }
    }
  })

  it('refuses an empty log, sizes that shrink, and malformed hashes', function () {
    const same = { firstRoot: roots[3]!, first: 3, secondRoot: roots[3]!, second: 3, proof: [] as Digest[] }
    expect(verifyConsistency(same)).to.equal(true)
    expect(verifyConsistency({ ...same, secondRoot: flipped(roots[3]!) })).to.equal(false)
    expect(verifyConsistency({ ...same, first: 0, firstRoot: roots[0]! })).to.equal(false)
    expect(verifyConsistency({ ...same, first: 0, second: 0 })).to.equal(false)
    expect(verifyConsistency({ ...same, first: 4 })).to.equal(false)
    expect(verifyConsistency({ ...same, firstRoot: '0x' as Digest })).to.equal(false)
    expect(verifyConsistency({ ...same, secondRoot: '0x' as Digest })).to.equal(false)
    expect(verifyConsistency({ ...same, proof: ['0x' as Digest] })).to.equal(false)
  })

  it('finds any record that was changed, removed or put in before', function () {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(39), (first, more, at) => {
        const honest = leavesOf(first + more)
        const index = at % first
        const edited = honest.map((leaf, i) => (i === index ? flipped(leaf) : leaf))
        const removed = honest.filter((_, i) => i !== index)
        for (const other of [edited, removed]) {
          const log = logOf(other)
          const second = log.size
          if (second < first) continue
          const proof = log.proveConsistency(first)
          const whole = { firstRoot: logOf(honest).root(first), first, secondRoot: log.root(), second, proof }
          expect(verifyConsistency(whole)).to.equal(false)
        }
      }),
    )
  })
})

function logOf(hashes: readonly Digest[]): MerkleLog {
  const log = new MerkleLog()
  for (const hash of hashes) log.append(hash)
  return log
}

function leavesOf(count: number): Digest[] {
  return Array.from({ length: count }, (_, index) => sha256Text(`record ${index}`))
}

function flipped(hash: Digest): Digest {
  return `${hash.slice(0, -1)}${(Number.parseInt(hash.at(-1)!, 16) ^ 1).toString(16)}` as Digest
}

/** RFC 9162, section 2.1.1, word by word. */
function definedRoot(hashes: readonly Digest[]): Digest {
  if (hashes.length === 1) return hashes[0]!
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return sha256Joined(['0x01', definedRoot(hashes.slice(0, split)), definedRoot(hashes.slice(split))])
}

/** How many neighbours a record has on the way up: halving the log until the record is alone. */
function heightOf(size: bigint, index: bigint): number {
  if (size === 1n) return 0
  const split = splitOf(size)
  return 1 + (index < split ? heightOf(split, index) : heightOf(size - split, index - split))
}

/** The root over a record and its neighbours, from the top down. */
function climbed(size: bigint, index: bigint, leaf: Digest, proof: readonly Digest[]): Digest {
  if (size === 1n) return leaf
  const [split, beside, others] = [splitOf(size), proof.at(-1)!, proof.slice(0, -1)]
  return index < split
    ? sha256Joined(['0x01', climbed(split, index, leaf, others), beside])
    : sha256Joined(['0x01', beside, climbed(size - split, index - split, leaf, others)])
}

function splitOf(size: bigint): bigint {
  let split = 1n
  while (split * 2n < size) split *= 2n
  return split
}
