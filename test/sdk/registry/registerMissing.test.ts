import { expect } from 'chai'

import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import type { ModelId } from '../../../src/core/hex.ts'
import { findRegistered } from '../../../src/sdk/registry/findRegistered.ts'
import { registerMissing } from '../../../src/sdk/registry/registerMissing.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, provider } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const UNKNOWN = `0x${'77'.repeat(32)}` as ModelId

describe('registerMissing', function () {
  it('registers all but what a contract refuses and what descends from it, and names each', async function () {
    const { tuner, reader, terms } = await loadFixture(deployModels)
    const registrations: Registration[] = []
    for (let index = 0; index < 60; index++) {
      const parents = index === 17 ? [UNKNOWN] : index === 18 || index === 55 ? [modelIdOf(registrations[17]!)] : []
      registrations.push(
        registrationOf(tuner.address, {
          terms,
          weights: digestOf(`missing ${index}`),
          parents: parents.map((model) => ({ model, relation: 'finetune' as const })),
        }),
      )
    }
    const registered: ModelId[] = []
    const announced = new Set<ModelId>()
    const { refused, stopped } = await registerMissing(tuner.ledger, {
      registrations,
      onSending: async (models) => models.forEach((model) => announced.add(model)),
      onRegistered: (models) => {
        for (const model of models) expect(announced.has(model)).to.equal(true)
        registered.push(...models)
      },
    })
    expect(stopped).to.equal(undefined)
    expect([...refused].map(([model, { code }]) => [model, code])).to.deep.equal([
      [modelIdOf(registrations[17]!), 'MODEL_REGISTRY_UNKNOWN_PARENT'],
      [modelIdOf(registrations[18]!), 'PARENT_REFUSED'],
      [modelIdOf(registrations[55]!), 'PARENT_REFUSED'],
    ])
    expect(registered.length).to.equal(57)
    const found = await findRegistered(reader, { names: [], weights: registrations.map(({ weights }) => weights) })
    expect([...found.byWeights.values()].flat().map(({ model }) => model)).to.have.members(registered)
  })

  it('sends nothing that is registered, and says where it is', async function () {
    const { publisher, registrations, base } = await loadFixture(deployModels)
    const before = await provider.getBlockNumber()
    const where: unknown[] = []
    const sent: unknown[] = []
    await registerMissing(publisher.ledger, {
      registrations: [registrations.base],
      onSending: async (models) => void sent.push(models),
      onRegistered: (models, { block }) => void where.push([models, block]),
    })
    expect([sent, await provider.getBlockNumber()]).to.deep.equal([[], before])
    expect(where).to.deep.equal([[[base], where.flat()[1]]])
    expect(where.flat()[1]).to.be.a('number')
  })

  it('ends without an exception when it may not send, and says why', async function () {
    const { reader, tuner, terms } = await loadFixture(deployModels)
    const { refused, stopped } = await registerMissing(reader, {
      registrations: [registrationOf(tuner.address, { terms, weights: digestOf('never') })],
    })
    expect([refused.size, stopped?.code]).to.deep.equal([0, 'READ_ONLY'])
  })
})
