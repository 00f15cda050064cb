import { expect } from 'chai'
import { makeError, toUtf8Bytes, type Filter, type Log } from 'ethers'

import type { Digest } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import type { Ledger } from '../../../src/sdk/connect.ts'
import { findModels } from '../../../src/sdk/registry/findModels.ts'
import { NodeLimitError } from '../../../src/sdk/nodeFailures.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectError, provider } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const NAME = 'acme/base'
const URI = 'https://huggingface.co/acme/base'

/** {@link deployModels}, and 5,000 blocks later another model under the name of `base`, with its weights. */
async function deployNamesakes() {
  const world = await deployModels()
  await networkHelpers.mine(5_000)
  const registration = registrationOf(world.stranger.address, { uri: URI })
  const { model } = await registerModel(world.stranger.ledger, { registration })
  return { ...world, namesake: model }
}

/** A ledger on a node that serves logs of few blocks at once, and the ranges that were asked of it. */
function limited(
  ledger: Ledger,
  most: number,
  message = 'too many blocks',
): { ledger: Ledger; asked: [from: number, to: unknown][] } {
  const asked: [number, unknown][] = []
  const node = {
    getBlockNumber: () => provider.getBlockNumber(),
    async getLogs(filter: Filter): Promise<Log[]> {
      const [from, to] = [Number(filter.fromBlock), filter.toBlock]
      asked.push([from, to])
      const last = typeof to === 'number' ? to : await provider.getBlockNumber()
      if (last - from + 1 <= most) return provider.getLogs(filter)
      const error = { code: -32_005, message }
      throw makeError('could not coalesce error', 'UNKNOWN_ERROR', { error } as never)
    },
  }
  return { ledger: { ...ledger, provider: node as unknown as Ledger['provider'] }, asked }
}

describe('findModels', function () {
  const found = async (ledger: Ledger, query: string, limit?: number) =>
    (await findModels(ledger, { query, ...(limit && { limit }) })).map(({ model }) => model)

  it('finds by id, by weights, by uri and by name, oldest first', async function () {
    const { reader, base, namesake, tuned } = await loadFixture(deployNamesakes)
    expect(await found(reader, base)).to.deep.equal([base])
    expect(await found(reader, base.toUpperCase().replace('0X', '0x'))).to.deep.equal([base])
    expect(await found(reader, digestOf('weights'))).to.deep.equal([base, tuned, namesake])
    const spellings = [URI, NAME, 'ACME/Base', `${URI}/`, 'hf.co/acme/base', 'hf:acme/base', 'huggingface.co/Acme/Base']
    for (const query of spellings) expect(await found(reader, query)).to.deep.equal([base, namesake])
    expect(await found(reader, 'beta/tuned')).to.deep.equal([tuned])
  })

  it('finds nothing for what is not there', async function () {
    const { reader } = await loadFixture(deployNamesakes)
    for (const query of [`0x${'77'.repeat(32)}`, 'acme/bas', 'base', `${URI}/tree/main`, '']) {
      expect([query, await found(reader, query)]).to.deep.equal([query, []])
    }
  })

  it('reads page by page, and stops when it has as many as were asked for', async function () {
    const { reader, base, namesake } = await loadFixture(deployNamesakes)
    const all = limited(reader, Infinity)
    expect(await found(all.ledger, NAME)).to.deep.equal([base, namesake])
    expect(all.asked).to.deep.equal([
      [0, 999],
      [1000, 2999],
      [3000, 'latest'],
    ])
    const first = limited(reader, Infinity)
    expect(await found(first.ledger, NAME, 1)).to.deep.equal([base])
    expect(first.asked).to.deep.equal([[0, 999]])
    expect(await found(reader, digestOf('weights'), 2)).to.have.lengthOf(2)
  })

  it('halves a page that the node refuses, leaves no block out, and asks for no more for a while', async function () {
    const { reader, base, namesake } = await loadFixture(deployNamesakes)
    const { ledger, asked } = limited(reader, 300)
    expect(await found(ledger, NAME)).to.deep.equal([base, namesake])
    expect(asked.slice(0, 4)).to.deep.equal([
      [0, 999],
      [0, 499],
      [0, 249],
      [250, 499],
    ])
    // Sixteen pages of 250 blocks, then a longer one is tried.
    expect(asked.filter(([from]) => from === 4250)).to.deep.equal([
      [4250, 4749],
      [4250, 4499],
    ])
    expect(asked.filter(([from, to]) => typeof to === 'number' && to - from >= 300)).to.have.lengthOf(3)
    await expectError(findModels(limited(reader, 0).ledger, { query: NAME }), NodeLimitError, 'too many blocks')
  })

  it('asks for as many blocks as the refusal offers', async function () {
    const { reader, base, namesake } = await loadFixture(deployNamesakes)
    const { ledger, asked } = limited(reader, 300, 'eth_getLogs is limited to a 300 blocks range')
    expect(await found(ledger, NAME)).to.deep.equal([base, namesake])
    expect(asked.slice(0, 3)).to.deep.equal([
      [0, 999],
      [0, 299],
      [300, 599],
    ])
  })

  it('sees a model that was registered since the last time', async function () {
    const { reader, publisher, base, namesake } = await loadFixture(deployNamesakes)
    expect(await found(reader, NAME)).to.deep.equal([base, namesake])
    const registration = registrationOf(publisher.address, { uri: NAME })
    const { model } = await registerModel(publisher.ledger, { registration })
    expect(await found(reader, NAME)).to.deep.equal([base, namesake, model])
  })

  it('skips a registration whose URI is not valid text, which would keep others from finding theirs', async function () {
    const { reader, stranger, contracts, base, namesake } = await loadFixture(deployNamesakes)
    const registration = registrationOf(stranger.address, { weights: digestOf('odd') as Digest, uri: 'ipfs://odd' })
    const { data } = await contracts.ledger.register.populateTransaction(registration as never)
    const odd = data.replace(hexOf('ipfs://odd'), hexOf('ipfs://od').concat('ff'))
    const signer = await provider.getSigner(stranger.address)
    await (await signer.sendTransaction({ to: await contracts.ledger.getAddress(), data: odd })).wait()
    expect(await found(reader, NAME)).to.deep.equal([base, namesake])
    expect(await found(reader, digestOf('odd'))).to.deep.equal([])
    expect(await found(reader, modelIdOf(registration))).to.deep.equal([])
  })
})

function hexOf(text: string): string {
  return Buffer.from(toUtf8Bytes(text)).toString('hex')
}
