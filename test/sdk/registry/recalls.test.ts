import { expect } from 'chai'

import { ZERO_ADDRESS, ZERO_DIGEST, type Digest, type ModelId } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { bindExternal } from '../../../src/sdk/registry/bindExternal.ts'
import { nameExternal } from '../../../src/sdk/registry/nameExternal.ts'
import { readBindings } from '../../../src/sdk/registry/readBindings.ts'
import { readModel } from '../../../src/sdk/registry/readModel.ts'
import { readRecall } from '../../../src/sdk/registry/readRecall.ts'
import { readRecalled } from '../../../src/sdk/registry/readRecalled.ts'
import { recallDigest } from '../../../src/sdk/registry/recallDigest.ts'
import { recallModel } from '../../../src/sdk/registry/recallModel.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { syncRecall } from '../../../src/sdk/registry/syncRecall.ts'
import { unbindExternal } from '../../../src/sdk/registry/unbindExternal.ts'
import { undoRecall } from '../../../src/sdk/registry/undoRecall.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers
const WEEK = 7 * 86_400

/** {@link deployModels}; the administrator is the authority, and the stranger a guardian. */
async function deployRecalls() {
  const world = await deployModels()
  const { manager, recalls } = world.contracts
  const { selector } = recalls.interface.getFunction('undoRecall')
  await manager.setTargetFunctionRole(recalls, [selector], ROLES.guardian)
  await manager.grantRole(ROLES.guardian, world.stranger.address, 0)
  const { weights, tensors } = world.registrations.base
  return { ...world, guardian: world.stranger, weights, tensors }
}

describe('recalls by the authority', function () {
  it('are read with who made them, until when they can be undone, and what became of them', async function () {
    const { admin, guardian, reader, weights } = await loadFixture(deployRecalls)
    const recall = { kind: 'weights', digest: weights } as const
    const none = { state: 'none', recalledAt: 0, undoUntil: 0, by: ZERO_ADDRESS }
    expect(await readRecall(reader, recall)).to.deep.equal(none)
    await recallDigest(admin.ledger, { ...recall, reason: 'steals keys' })
    const recalledAt = await time.latest()
    const made = { recalledAt, undoUntil: recalledAt + WEEK, by: admin.address }
    expect(await readRecall(reader, recall)).to.deep.equal({ ...made, state: 'recalled' })
    await undoRecall(guardian.ledger, { ...recall, reason: 'mistaken' })
    expect(await readRecall(reader, recall)).to.deep.equal({ ...made, state: 'undone' })
    await recallDigest(admin.ledger, { ...recall, reason: 'after all' })
    expect(await readRecall(reader, recall)).to.deep.include({ state: 'final', undoUntil: 0 })
    expect(await readRecall(reader, { ...recall, kind: 'tensors' })).to.deep.equal(none)
  })

  it('take their roles: a publisher recalls its own model only, and the authority undoes nothing', async function () {
    const { admin, publisher, reader, base, weights } = await loadFixture(deployRecalls)
    const recall = { kind: 'weights', digest: weights, reason: '' } as const
    await expectRefusal(recallDigest(publisher.ledger, recall), 'AccessManagedUnauthorized', {
      caller: publisher.address,
    })
    await recallDigest(admin.ledger, recall)
    await expectRefusal(undoRecall(admin.ledger, recall), 'AccessManagedUnauthorized', { caller: admin.address })
    await recallModel(publisher.ledger, { model: base })
    expect(await readModel(reader, { model: base })).to.include({ status: 'recalled', recalled: true })
  })

  it('say what cannot be recalled or undone, and why', async function () {
    const { admin, guardian, weights } = await loadFixture(deployRecalls)
    const recall = { kind: 'weights', digest: weights, reason: '' } as const
    const undo = () => undoRecall(guardian.ledger, recall)
    const states = { none: 0n, undone: 2n, final: 3n }
    const message = async (refused: Promise<unknown>) =>
      ((await refused.catch((error: Error) => error)) as Error).message
    await expectRefusal(undo(), 'RecallsNotUndoable', { kind: 1n, digest: weights, state: states.none })
    expect(await message(undo())).to.contain('there is none')
    await recallDigest(admin.ledger, recall)
    await expectRefusal(recallDigest(admin.ledger, recall), 'RecallsAlreadyRecalled', { kind: 1n, digest: weights })
    await undo()
    expect(await message(undo())).to.contain('it was undone before')
    await recallDigest(admin.ledger, recall)
    expect(await message(undo())).to.contain('it is the second one, which is final')
    await expectRefusal(recallDigest(admin.ledger, { ...recall, digest: ZERO_DIGEST }), 'RecallsMissingDigest', {})
  })

  it('reach every registration of the digest, of whatever publisher, and no other kind', async function () {
    const { admin, guardian, tuner, reader, base, tuned, weights, tensors } = await loadFixture(deployRecalls)
    const twin = registrationOf(tuner.address, { weights: digestOf('one letter more'), tensors, uri: 'twin' })
    const other = registrationOf(tuner.address, { weights: tensors, tensors: ZERO_DIGEST, uri: 'other kind' })
    for (const registration of [twin, other]) await registerModel(tuner.ledger, { registration })
    const models = [
      { model: base, weights, tensors },
      { ...twin, model: modelIdOf(twin) },
      { ...other, model: modelIdOf(other) },
      { model: tuned, weights: digestOf('tuned'), tensors: digestOf('tuned too') },
    ]
    const recalled = async (block?: number) => [
      ...(await readRecalled(reader, { models, ...(block !== undefined && { block }) })),
    ]
    const recall = { kind: 'tensors', digest: tensors, reason: '' } as const
    expect(await recalled()).to.deep.equal([])
    await recallDigest(admin.ledger, recall)
    const block = await time.latestBlock()
    expect(await recalled()).to.deep.equal([base, modelIdOf(twin)])
    expect(await recalled(block - 1)).to.deep.equal([])
    expect((await readModel(reader, { model: modelIdOf(twin) })).recalled).to.equal(true)
    expect((await readModel(reader, { model: modelIdOf(other) })).recalled).to.equal(false)
    await undoRecall(guardian.ledger, recall)
    expect(await recalled()).to.deep.equal([])
    expect(await recalled(block)).to.deep.equal([base, modelIdOf(twin)])
    await recallDigest(admin.ledger, { ...recall, kind: 'model', digest: base })
    expect(await recalled()).to.deep.equal([base])
  })

  it('mark a model on chain when anybody syncs it, and take the mark back after an undo', async function () {
    const { admin, guardian, holder, contracts, base, weights } = await loadFixture(deployRecalls)
    const marked = async () => (await contracts.ledger.modelOf(base)).marked
    const recall = { kind: 'weights', digest: weights, reason: '' } as const
    await recallDigest(admin.ledger, recall)
    await syncRecall(holder.ledger, { model: base })
    expect(await marked()).to.equal(true)
    await undoRecall(guardian.ledger, recall)
    await syncRecall(holder.ledger, { model: base })
    expect(await marked()).to.equal(false)
  })
})

describe('external parents', function () {
  const external = digestOf('External') as string as ModelId
  const evidence: Digest = digestOf('evidence')

  it('are named by anybody, and bound and unbound by a verifier or an adjudicator', async function () {
    const { admin, publisher, holder, reader, base, tuned, contracts } = await loadFixture(deployRecalls)
    await nameExternal(holder.ledger, { name: 'hf:google/gemma' })
    const bindings = () => readBindings(reader, { external })
    expect(await bindings()).to.deep.equal([])
    await expectRefusal(
      bindExternal(publisher.ledger, { external, model: base, evidence }),
      'AccessManagedUnauthorized',
      { caller: publisher.address },
    )
    await bindExternal(admin.ledger, { external, model: base, evidence })
    await bindExternal(admin.ledger, { external, model: tuned, evidence, as: 'adjudicator' })
    expect(await bindings()).to.deep.equal([base, tuned])
    await unbindExternal(admin.ledger, { external, model: base, as: 'adjudicator' })
    await expectRefusal(unbindExternal(admin.ledger, { external, model: base }), 'RecallsNotBound', {
      externalModel: external,
      model: base,
    })
    await unbindExternal(admin.ledger, { external, model: tuned })
    expect(await bindings()).to.deep.equal([])
    const { selector } = contracts.recalls.interface.getFunction('ruleExternal')
    await contracts.manager.setTargetFunctionRole(contracts.recalls, [selector], ROLES.adjudicator)
    await contracts.manager.grantRole(ROLES.adjudicator, holder.address, 0)
    await bindExternal(holder.ledger, { external, model: base, evidence, as: 'adjudicator' })
    await expectRefusal(
      bindExternal(holder.ledger, { external, model: tuned, evidence }),
      'AccessManagedUnauthorized',
      { caller: holder.address },
    )
  })
})
