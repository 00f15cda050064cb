import { expect } from 'chai'

import type { ProveNames } from '../../../src/verify/standing.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { AmbiguousModelError, resolveModel } from '../../../src/sdk/registry/resolveModel.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectError, type Part } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const uri = 'https://huggingface.co/acme/base'

describe('resolveModel', function () {
  /** {@link deployModels}, with registrations of strangers under the name of `base`, one of them older, and a name of strangers alone. */
  async function deploySquatters() {
    const world = await deployModels()
    const copies = []
    for (const [part, copy] of [
      [world.stranger, 'a'],
      [world.holder, 'b'],
    ] as [Part, string][]) {
      for (const place of [uri, 'https://huggingface.co/zed/new']) {
        const weights = digestOf(`${copy} ${place}`)
        const registration = registrationOf(part.address, { weights, uri: place })
        copies.push((await registerModel(part.ledger, { registration })).model)
      }
    }
    return { ...world, copies }
  }

  it('finds the registration by the accredited publisher among those of strangers', async function () {
    const { reader, base, registrations } = await loadFixture(deploySquatters)
    for (const query of ['acme/base', 'hf:Acme/base', uri, base]) {
      const found = await resolveModel(reader, { query })
      expect([found.model, found.registration]).to.deep.equal([base, registrations.base])
    }
  })

  it('lists the candidates where nobody counts, and where several do, and never chooses', async function () {
    const { reader, base, stranger, holder, copies } = await loadFixture(deploySquatters)
    const listed = `${copies[1]} by ${stranger.address}; ${copies[3]} by ${holder.address}`
    await expectError(resolveModel(reader, { query: 'zed/new' }), AmbiguousModelError, listed)
    const trusted = [stranger.address]
    expect((await resolveModel(reader, { query: 'zed/new', trusted })).model).to.equal(copies[1])
    const error = await resolveModel(reader, { query: 'acme/base', trusted }).catch((caught: Error) => caught)
    expect(error).to.be.instanceOf(AmbiguousModelError)
    expect((error as Error).message)
      .to.contain(base)
      .and.to.contain(copies[0])
      .and.to.not.contain(copies[2])
  })

  it('finds the registration by the publisher that proves the name', async function () {
    const { reader, holder, copies } = await loadFixture(deploySquatters)
    const prove: ProveNames = async (uris) => new Map(uris.map((each) => [each, holder.address]))
    expect((await resolveModel(reader, { query: 'zed/new', prove })).model).to.equal(copies[3])
  })

  it('refuses what nobody has registered', async function () {
    const { reader } = await loadFixture(deploySquatters)
    await expectError(resolveModel(reader, { query: 'acme/nothing' }), UnregisteredModelError, '"acme/nothing"')
  })
})
