import { expect } from 'chai'

import { type ModelId } from '../../../src/core/hex.ts'
import { findPath } from '../../../src/sdk/registry/findPath.ts'
import { listAncestors } from '../../../src/sdk/registry/listAncestors.ts'
import { listChildren } from '../../../src/sdk/registry/listChildren.ts'
import { listParents } from '../../../src/sdk/registry/listParents.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { readModel } from '../../../src/sdk/registry/readModel.ts'
import { recallModel } from '../../../src/sdk/registry/recallModel.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { retireModel } from '../../../src/sdk/registry/retireModel.ts'
import { supersedeModel } from '../../../src/sdk/registry/supersedeModel.ts'
import { networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectError, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const UNKNOWN = `0x${'77'.repeat(32)}` as ModelId

/** {@link deployModels}, with `merged` made from `tuned` and from `base`, to which two paths lead. */
async function deployDiamond() {
  const world = await deployModels()
  const { stranger, base, tuned } = world
  const registration = registrationOf(stranger.address, {
    parents: [
      { model: tuned, relation: 'merge' },
      { model: base, relation: 'distillation' },
    ],
  })
  const { model: merged } = await registerModel(stranger.ledger, { registration })
  return { ...world, merged }
}

describe('reading a lineage', function () {
  it('lists parents as declared and children in their order', async function () {
    const { reader, base, tuned, merged } = await loadFixture(deployDiamond)
    expect(await listParents(reader, { model: merged })).to.deep.equal([
      { model: tuned, relation: 'merge' },
      { model: base, relation: 'distillation' },
    ])
    expect(await listParents(reader, { model: base })).to.deep.equal([])
    expect(await listChildren(reader, { model: base })).to.deep.equal([
      { model: tuned, relation: 'finetune' },
      { model: merged, relation: 'distillation' },
    ])
    expect(await listChildren(reader, { model: merged })).to.deep.equal([])
    expect(await listChildren(reader, { model: UNKNOWN })).to.deep.equal([])
  })

  it('lists every ancestor once, with the shortest path', async function () {
    const { reader, base, tuned, merged } = await loadFixture(deployDiamond)
    const ancestors = await listAncestors(reader, { model: merged })
    expect(ancestors.map(({ model, path }) => [model, path])).to.deep.equal([
      [tuned, [merged, tuned]],
      [base, [merged, base]],
    ])
    expect(await listAncestors(reader, { model: base })).to.deep.equal([])
  })

  it('finds the shortest path with its relations, and none to a model that is not an ancestor', async function () {
    const { reader, base, tuned, merged } = await loadFixture(deployDiamond)
    expect(await findPath(reader, { from: merged, to: base })).to.deep.equal([
      { model: merged },
      { model: base, relation: 'distillation' },
    ])
    expect(await findPath(reader, { from: tuned, to: tuned })).to.deep.equal([{ model: tuned }])
    expect(await findPath(reader, { from: base, to: merged })).to.equal(undefined)
    expect(await findPath(reader, { from: base, to: UNKNOWN })).to.equal(undefined)
  })

  it('says that a model is not registered', async function () {
    const { reader } = await loadFixture(deployDiamond)
    for (const action of [readModel, listParents, listAncestors]) {
      await expectError(action(reader, { model: UNKNOWN }), UnregisteredModelError, UNKNOWN, '"test"')
    }
    await expectError(findPath(reader, { from: UNKNOWN, to: UNKNOWN }), UnregisteredModelError, UNKNOWN)
  })
})

describe('the life of a model', function () {
  it('is superseded, retired and recalled, and never goes back', async function () {
    const { publisher, reader, base, tuned } = await loadFixture(deployModels)
    const { ledger } = publisher
    const status = async () => (await readModel(reader, { model: base })).status
    await supersedeModel(ledger, { model: base, successor: tuned })
    expect(await status()).to.equal('superseded')
    await retireModel(ledger, { model: base, reason: 'old' })
    expect(await status()).to.equal('retired')
    await expectRefusal(supersedeModel(ledger, { model: base, successor: tuned }), 'ModelRegistryStatusOnlyAdvances', {
      model: base,
      status: 2n,
      next: 1n,
    })
    await recallModel(ledger, { model: base, reason: 'poisoned' })
    expect(await status()).to.equal('recalled')
    for (const [action, next] of [
      [retireModel, 2n],
      [recallModel, 3n],
    ] as const) {
      await expectRefusal(action(ledger, { model: base }), 'ModelRegistryStatusOnlyAdvances', {
        model: base,
        status: 3n,
        next,
      })
    }
  })

  it('refuses who may not, an unknown model or successor, itself as its successor, and a long reason', async function () {
    const { publisher, stranger, base } = await loadFixture(deployModels)
    const { ledger } = publisher
    for (const action of [retireModel, recallModel]) {
      await expectRefusal(action(stranger.ledger, { model: base }), 'PublisherRegistryUnauthorized', {
        publisher: publisher.address,
        account: stranger.address,
      })
      await expectRefusal(action(ledger, { model: UNKNOWN }), 'ModelRegistryUnknownModel', { model: UNKNOWN })
      await expectRefusal(action(ledger, { model: base, reason: 'x'.repeat(2049) }), 'ModelRegistryTextTooLong', {
        length: 2049n,
      })
    }
    await expectRefusal(supersedeModel(ledger, { model: base, successor: base }), 'ModelRegistrySelfSuccession', {
      model: base,
    })
    await expectRefusal(supersedeModel(ledger, { model: base, successor: UNKNOWN }), 'ModelRegistryUnknownModel', {
      model: UNKNOWN,
    })
  })
})
