import { expect } from 'chai'
import { toBeHex } from 'ethers'

import { ethers, networkHelpers } from '../../fixtures/ledger.ts'
import { inDepth } from '../../fixtures/inDepth.ts'

const { loadFixture } = networkHelpers

async function deployHarness() {
  const harness = await ethers.deployContract('CallBufferHarness')
  const answers = await ethers.deployContract('LongAnswers')
  const size = Number(await harness.getFunction('WORDS')()) * 32
  const read = (
    name: 'answer' | 'called' | 'refuse',
    lengths: readonly number[],
    words: readonly number[] = [],
  ): Promise<string[]> => {
    const { selector } = answers.interface.getFunction(name)!
    return harness.getFunction('readAll')(
      answers,
      selector,
      lengths.map((length) => toBeHex(length, 32)),
      [...words],
    )
  }
  return { harness, answers, size, read }
}

describe('CallBuffer', function () {
  it('holds each word of an answer that just fits', async function () {
    const { read, size } = await loadFixture(deployHarness)
    const last = size / 32 - 1
    expect(await read('answer', [size], [0, 1, last])).to.deep.equal(
      [size, size + 1, size + last].map((value) => toBeHex(value, 32)),
    )
  })

  it('overwrites the last answer with the next', async function () {
    const { read } = await loadFixture(deployHarness)
    expect(await read('answer', [64, 32], [0])).to.deep.equal([toBeHex(32, 32)])
  })

  it('calls with a selector and exactly one word', async function () {
    const { read } = await loadFixture(deployHarness)
    expect(await read('called', [7], [0])).to.deep.equal([toBeHex(4 + 32, 32)])
  })

  it('reverts for an answer that is a byte or much too long', async function () {
    const { harness, read, size } = await loadFixture(deployHarness)
    for (const length of [size + 1, size + 32, inDepth(4, 100) * size]) {
      await expect(read('answer', [length]))
        .to.be.revertedWithCustomError(harness, 'CallBufferTooSmall')
        .withArgs(length)
    }
  })

  it('forwards the data of a revert', async function () {
    const { answers, read } = await loadFixture(deployHarness)
    await expect(read('refuse', [7]))
      .to.be.revertedWithCustomError(answers, 'NoAnswer')
      .withArgs(7)
  })
})
