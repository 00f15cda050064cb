import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { readModel } from '../../../src/sdk/registry/readModel.ts'
import { recallModel } from '../../../src/sdk/registry/recallModel.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { registerModels } from '../../../src/sdk/registry/registerModels.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployLedger, deployModels, expectError, expectRefusal, provider } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const UNKNOWN = `0x${'77'.repeat(32)}` as ModelId

describe('registerModel', function () {
  it('registers a model, to be read with its registration, block and time', async function () {
    const { tuner, reader, terms, base } = await loadFixture(deployModels)
    const registration = registrationOf(tuner.address, { terms, parents: [{ model: base, relation: 'quantized' }] })
    const { model, block, transaction } = await registerModel(tuner.ledger, { registration })
    expect(model).to.equal(modelIdOf(registration))
    const { timestamp } = (await provider.getBlock(block!))!
    expect(await readModel(reader, { model })).to.deep.equal({
      model,
      registration,
      registeredAt: timestamp,
      status: 'active',
      recalled: false,
      block,
      transaction,
    })
  })

  it('refuses the same statement twice', async function () {
    const { publisher, registrations, base } = await loadFixture(deployModels)
    const again = registerModel(publisher.ledger, { registration: registrations.base })
    await expectRefusal(again, 'ModelRegistryAlreadyRegistered', { model: base })
  })

  it('refuses parents that are not there, are recalled, are named twice, or are too many', async function () {
    const { publisher, tuner, base, tuned } = await loadFixture(deployModels)
    const from = (...parents: ModelId[]) =>
      registerModel(tuner.ledger, {
        registration: registrationOf(tuner.address, {
          parents: parents.map((model) => ({ model, relation: 'merge' as const })),
        }),
      })
    await expectRefusal(from(base, UNKNOWN), 'ModelRegistryUnknownParent', { parent: UNKNOWN })
    await expectRefusal(from(base, tuned, base), 'ModelRegistryDuplicateParent', { parent: base })
    await expectRefusal(from(...Array<ModelId>(9).fill(base)), 'ModelRegistryTooManyParents', { count: 9n })
    await recallModel(publisher.ledger, { model: base })
    await expectRefusal(from(tuned, base), 'ModelRegistryRecalledParent', { parent: base })
  })

  it('refuses terms that are not published, no weights, a long uri, and who may not', async function () {
    const { publisher, stranger } = await loadFixture(deployModels)
    const { ledger, address } = publisher
    const other = (overrides: Partial<Registration>) =>
      registerModel(ledger, { registration: registrationOf(address, overrides) })
    const terms = UNKNOWN as string as Registration['terms']
    await expectRefusal(other({ terms }), 'LicenseRegistryUnknownTerms', { terms })
    await expectRefusal(other({ weights: ZERO_DIGEST }), 'ModelRegistryMissingWeights')
    await expectRefusal(other({ uri: 'ü'.repeat(1025) }), 'ModelRegistryTextTooLong', { length: 2050n })
    await expectRefusal(
      registerModel(stranger.ledger, { registration: registrationOf(address) }),
      'PublisherRegistryUnauthorized',
      { publisher: address, account: stranger.address, scope: 1n },
    )
  })
})

describe('registerModels', function () {
  /** A chain of models, each made from the one before. */
  function lineOf(publisher: string, length: number): Registration[] {
    const line: Registration[] = []
    for (let index = 0; index < length; ++index) {
      const before = line.at(-1)
      const parents = before ? [{ model: modelIdOf(before), relation: 'version' as const }] : []
      line.push(registrationOf(publisher, { weights: digestOf(`of ${index}`), parents }))
    }
    return line
  }

  it('registers a line of 51 in two transactions, a child beside its parent, and tells of each', async function () {
    const { publisher, reader } = await loadFixture(deployLedger)
    const registrations = lineOf(publisher.address, 51)
    const [reports, hashes]: [unknown[], string[]] = [[], []]
    const { models, transactions } = await registerModels(publisher.ledger, {
      registrations,
      onProgress: (done, total) => void reports.push([done, total]),
      onSent: (hash) => void hashes.push(hash),
    })
    expect(models).to.deep.equal(registrations.map(modelIdOf))
    expect(reports).to.deep.equal([
      [50, 51],
      [51, 51],
    ])
    expect(transactions.map(({ transaction }) => transaction)).to.deep.equal(hashes)
    const ends = await Promise.all([models[0]!, models[50]!].map((model) => readModel(reader, { model })))
    expect(ends.map(({ registration }) => registration)).to.deep.equal([registrations[0], registrations[50]])
    expect(ends.map(({ block }) => block)).to.deep.equal(transactions.map(({ block }) => block))
  })

  it('registers all of a transaction or none, and keeps those of the transactions before', async function () {
    const { publisher, reader } = await loadFixture(deployLedger)
    const registrations = lineOf(publisher.address, 52)
    const { parents: _, ...more } = registrations[51]!
    const spoilt = [
      ...registrations.slice(0, 51),
      { ...more, parents: [{ model: UNKNOWN, relation: 'copy' as const }] },
    ]
    await expectRefusal(registerModels(publisher.ledger, { registrations: spoilt }), 'ModelRegistryUnknownParent', {
      parent: UNKNOWN,
    })
    const [kept, lost] = [modelIdOf(registrations[49]!), modelIdOf(registrations[50]!)]
    expect((await readModel(reader, { model: kept })).status).to.equal('active')
    await expectError(readModel(reader, { model: lost }), UnregisteredModelError, lost)
  })

  it('sends nothing for no models', async function () {
    const { publisher } = await loadFixture(deployLedger)
    const nothing = await registerModels(publisher.ledger, { registrations: [] })
    expect(nothing).to.deep.equal({ models: [], transactions: [] })
  })
})
