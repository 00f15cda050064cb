import { expect } from 'chai'

import { modelIdOf } from '../../src/core/registration.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { watchEvents, type Sighting } from '../../src/sdk/watchEvents.ts'
import { digestOf, networkHelpers, registrationOf } from '../fixtures/ledger.ts'
import { deployCredential, deployModels, provider } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

describe('watchEvents', function () {
  /** The next sightings, a name each, or the block from which on all is void. */
  async function take(sightings: AsyncGenerator<Sighting, void>, count: number): Promise<unknown[]> {
    const taken: unknown[] = []
    while (taken.length < count) {
      const { value, done } = await sightings.next()
      if (done || !value) break
      taken.push(value.kind === 'event' ? [value.event.name, value.event.contract, value.event.block] : value.block)
    }
    return taken
  }

  it('shows what happened from a block on, oldest first, of every contract', async function () {
    const { reader } = await loadFixture(deployCredential)
    const head = await provider.getBlockNumber()
    const abort = new AbortController()
    const sightings = watchEvents(reader, { fromBlock: head - 2, signal: abort.signal, interval: 1 })
    const taken = await take(sightings, 5)
    abort.abort()
    expect(taken).to.deep.equal([
      ['TierOffered', 'ledger', head - 2],
      ['TierOffered', 'ledger', head - 1],
      ['Transfer', 'licenseCredential', head],
      ['Locked', 'licenseCredential', head],
      ['CredentialIssued', 'licenseCredential', head],
    ])
    expect(await sightings.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('shows only what comes, ends by its signal, and says from where on a reorganisation made all void', async function () {
    const { reader, tuner } = await loadFixture(deployModels)
    const registration = (name: string) => registrationOf(tuner.address, { weights: digestOf(name) })
    const head = await provider.getBlockNumber()
    const abort = new AbortController()
    const sightings = watchEvents(reader, { signal: abort.signal, interval: 1 })
    const first = sightings.next()
    const before = await networkHelpers.takeSnapshot()
    await registerModel(tuner.ledger, { registration: registration('a') })
    const { value } = await first
    expect(
      value && value.kind === 'event' && [value.event.name, value.event.args.model, value.event.block],
    ).to.deep.equal(['ModelRegistered', modelIdOf(registration('a')), head + 1])
    await before.restore()
    await registerModel(tuner.ledger, { registration: registration('b') })
    expect(await take(sightings, 3)).to.deep.equal([
      ['TensorsStated', 'ledger', head + 1],
      head + 1,
      ['ModelRegistered', 'ledger', head + 1],
    ])
    expect(await take(sightings, 1)).to.deep.equal([['TensorsStated', 'ledger', head + 1]])
    abort.abort()
    expect(await sightings.next()).to.deep.equal({ done: true, value: undefined })
  })
})
