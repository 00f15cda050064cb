import { expect } from 'chai'

import type { Digest } from '../../../src/core/hex.ts'
import { MerkleLog, verifyConsistency, verifyInclusion } from '../../../src/core/merkleLog.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { ethers, networkHelpers } from '../../fixtures/ledger.ts'
import { Random } from '../../fixtures/random.ts'
import { LOG_VECTORS } from '../../vectors/merkleLog.ts'

const { loadFixture } = networkHelpers
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 400)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_260_327)
const MAX_SIZE = 2n ** 64n - 1n

async function deployHarness() {
  const contract = await ethers.deployContract('MerkleLogHarness')
  const call = (name: string, args: readonly unknown[]): Promise<boolean> => contract.getFunction(name)(...args)
  return {
    harness: {
      isIncluded: (...args: unknown[]) => call('isIncluded', args),
      isConsistent: (...args: unknown[]) => call('isConsistent', args),
    },
  }
}

describe('MerkleLog in Solidity', function () {
  const { leaves, roots, inclusion, consistency } = LOG_VECTORS

  it('accepts every proof of the vectors', async function () {
    const { harness } = await loadFixture(deployHarness)
    for (const { index, size, proof } of inclusion) {
      expect(await harness.isIncluded(roots[size]!, size, index, leaves[index]!, proof)).to.equal(true)
    }
    for (const { first, second, proof } of consistency) {
      expect(await harness.isConsistent(roots[first]!, first, roots[second]!, second, proof)).to.equal(true)
    }
  })

  it('rejects a proof that is too short, too long, or of another position', async function () {
    const { harness } = await loadFixture(deployHarness)
    for (const { index, size, proof } of inclusion) {
      const [root, leaf] = [roots[size]!, leaves[index]!]
      expect(await harness.isIncluded(root, size, index, leaf, [...proof, root])).to.equal(false)
      if (proof.length > 0) expect(await harness.isIncluded(root, size, index, leaf, proof.slice(1))).to.equal(false)
      expect(await harness.isIncluded(root, size, index === 0 ? size : index - 1, leaf, proof)).to.equal(false)
    }
    for (const { first, second, proof } of consistency) {
      const check = (hashes: Digest[]) => harness.isConsistent(roots[first]!, first, roots[second]!, second, hashes)
      expect(await check([...proof, roots[0]!])).to.equal(false)
      if (proof.length > 0) {
        expect(await check(proof.slice(1))).to.equal(false)
        expect(await check(proof.slice(0, -1))).to.equal(false)
        expect(await check([])).to.equal(false)
      }
    }
  })

  it('rejects an empty log, whatever the root', async function () {
    const { harness } = await loadFixture(deployHarness)
    for (const root of [roots[0]!, leaves[0]!, ethers.ZeroHash]) {
      expect(await harness.isIncluded(root, 0, 0, root, [])).to.equal(false)
      expect(await harness.isConsistent(root, 0, root, 0, [])).to.equal(false)
      expect(await harness.isConsistent(root, 0, root, 1, [])).to.equal(false)
      expect(await harness.isConsistent(root, 0, root, 1, [root])).to.equal(false)
    }
  })

  it('rejects a log that shrank, and accepts a log as its own continuation', async function () {
    const { harness } = await loadFixture(deployHarness)
    expect(await harness.isConsistent(roots[3]!, 3, roots[2]!, 2, [])).to.equal(false)
    expect(await harness.isConsistent(roots[3]!, 3, roots[3]!, 3, [])).to.equal(true)
    expect(await harness.isConsistent(roots[3]!, 3, roots[2]!, 3, [])).to.equal(false)
    expect(await harness.isConsistent(roots[3]!, 3, roots[3]!, 3, [roots[3]!])).to.equal(false)
  })

  it('does not revert for the largest sizes', async function () {
    const { harness } = await loadFixture(deployHarness)
    const proof = Array.from({ length: 64 }, () => roots[1]!)
    expect(await harness.isIncluded(roots[1]!, MAX_SIZE, MAX_SIZE - 1n, roots[1]!, proof)).to.equal(false)
    expect(await harness.isIncluded(roots[1]!, MAX_SIZE, MAX_SIZE, roots[1]!, proof)).to.equal(false)
    expect(await harness.isConsistent(roots[1]!, MAX_SIZE - 1n, roots[1]!, MAX_SIZE, proof)).to.equal(false)
    expect(await harness.isConsistent(roots[1]!, 2n ** 63n, roots[1]!, MAX_SIZE, proof)).to.equal(false)
  })

  it(`agrees with src/core/merkleLog.ts on ${CASES} proofs, right and wrong`, async function () {
    this.timeout(60_000 + 100 * CASES)
    const { harness } = await loadFixture(deployHarness)
    const log = new MerkleLog()
    for (let i = 0; i < 1000; ++i) log.append(sha256Text(`record ${i}`))
    const random = new Random(SEED)
    const answers = { true: 0, false: 0 }
    for (let i = 0; i < CASES; ++i) {
      const size = random.integer(1, random.pick([3, 70, 1000]))
      const index = random.integer(0, size - 1)
      const inclusion = {
        root: log.root(size),
        size: mangledSize(random, size),
        index: mangledSize(random, index),
        leaf: log.leaf(index),
        proof: mangled(random, log.proveInclusion(index, size)),
      }
      const { root, leaf, proof } = inclusion
      const included = await harness.isIncluded(root, inclusion.size, inclusion.index, leaf, proof)
      expect(included, `seed ${SEED}, case ${i}`).to.equal(verifyInclusion(inclusion))

      const first = random.integer(1, size)
      const consistency = {
        firstRoot: log.root(first),
        first: mangledSize(random, first),
        secondRoot: log.root(size),
        second: mangledSize(random, size),
        proof: mangled(random, log.proveConsistency(first, size)),
      }
      const consistent = await harness.isConsistent(
        consistency.firstRoot,
        consistency.first,
        consistency.secondRoot,
        consistency.second,
        consistency.proof,
      )
      expect(consistent, `seed ${SEED}, case ${i}`).to.equal(verifyConsistency(consistency))
      answers[`${included}`] += 1
      answers[`${consistent}`] += 1
    }
    expect(answers.true).to.be.greaterThan(CASES / 4)
    expect(answers.false).to.be.greaterThan(CASES / 4)
  })
})

/** The size, or sometimes another one. */
function mangledSize(random: Random, size: number): bigint {
  const exact = BigInt(size)
  return random.chance(0.85)
    ? exact
    : random.pick([0n, exact + 1n, exact === 0n ? 1n : exact - 1n, exact * 2n, MAX_SIZE])
}

/** The proof, or sometimes one that is longer, shorter, in another order, or has another hash. */
function mangled(random: Random, proof: readonly Digest[]): Digest[] {
  if (random.chance(0.6)) return [...proof]
  const other = sha256Text(`other ${random.integer(0, 9)}`)
  const at = random.integer(0, Math.max(0, proof.length - 1))
  return random.pick([
    [...proof, other],
    proof.slice(1),
    proof.slice(0, -1),
    proof.toReversed(),
    proof.map((hash, index) => (index === at ? other : hash)),
  ])
}
