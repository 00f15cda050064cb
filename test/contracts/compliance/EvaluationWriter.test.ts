import { expect } from 'chai'

import { ethers, networkHelpers } from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers

async function deployHarness() {
  const harness = await ethers.deployContract('EvaluationWriterHarness')
  return { harness, write: harness.getFunction('write') }
}

describe('EvaluationWriter', function () {
  it('writes an answer when nothing else is allocated', async function () {
    const { write } = await loadFixture(deployHarness)
    for (const findings of [0, 1, 3]) {
      const answer = (await write(findings, 9)) as string
      expect((answer.length - 2) / 2).to.equal((8 + 6 * findings) * 32)
    }
  })

  it('reverts when something else is allocated before a finding or before the end', async function () {
    const { harness, write } = await loadFixture(deployHarness)
    for (const [findings, before] of [
      [0, 0],
      [1, 0],
      [3, 1],
      [3, 3],
    ]) {
      await expect(write(findings, before)).to.be.revertedWithCustomError(harness, 'EvaluationWriterInterrupted')
    }
  })
})
