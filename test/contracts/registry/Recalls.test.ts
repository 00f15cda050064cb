import { expect } from 'chai'

import { ZERO_DIGEST, type Hex, type ModelId } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  DAY,
  deployLedger,
  deployModels,
  digestOf,
  ethers,
  eventsOf,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const KIND = { model: 0n, weights: 1n, tensors: 2n } as const
const STATE = { none: 0n, recalled: 1n, undone: 2n, final: 3n } as const
const DIGEST = digestOf('recalled')
const WEEK = 7n * DAY

const idOf = (name: string): ModelId => digestOf(name) as Hex as ModelId

/** {@link deployLedger}, with weights that were recalled at a known time. */
async function deployRecall() {
  const base = await deployLedger()
  const recalledAt = BigInt(await time.latest()) + 10n
  await time.setNextBlockTimestamp(recalledAt)
  await base.recalls.connect(base.authority).recall(KIND.weights, DIGEST, 'steals keys')
  return { ...base, recalledAt, undoUntil: recalledAt + WEEK }
}

describe('Recalls', function () {
  describe('recall', function () {
    it('recalls a digest of a kind, with the reason, and keeps who and when', async function () {
      const { recalls, authority } = await loadFixture(deployLedger)
      for (const [index, kind] of Object.values(KIND).entries()) {
        const digest = digestOf(`recalled ${kind}`)
        const at = BigInt(await time.latest()) + 10n
        await time.setNextBlockTimestamp(at)
        const sent = recalls.connect(authority).recall(kind, digest, 'by order')
        expect(await eventsOf(sent, recalls)).to.deep.equal([
          ['Recalled', BigInt(index), digest, authority.address, at + WEEK, 'by order'],
        ])
        expect(plain(await recalls.recallOf.staticCallResult(kind, digest))).to.deep.equal([
          [STATE.recalled, at, at + WEEK, authority.address],
        ])
        expect(await recalls.isRecalled(kind, digest)).to.equal(true)
      }
    })

    it('reverts for a zero digest, a digest that is recalled, a kind that is not defined, and a long reason', async function () {
      const { recalls, authority } = await loadFixture(deployRecall)
      const connected = recalls.connect(authority)
      await expect(connected.recall(KIND.tensors, ZERO_DIGEST, '')).to.be.revertedWithCustomError(
        recalls,
        'RecallsMissingDigest',
      )
      await expect(connected.recall(KIND.weights, DIGEST, ''))
        .to.be.revertedWithCustomError(recalls, 'RecallsAlreadyRecalled')
        .withArgs(KIND.weights, DIGEST)
      await expect(connected.recall(3, DIGEST, '')).to.be.revertedWithoutReason(ethers)
      await expect(connected.recall(KIND.model, DIGEST, 'r'.repeat(2049)))
        .to.be.revertedWithCustomError(recalls, 'RecallsTextTooLong')
        .withArgs(2049)
      await connected.recall(KIND.model, DIGEST, 'r'.repeat(2048))
    })

    it('reverts for anybody without the role, and while the contract is closed', async function () {
      const { recalls, manager, authority, admin, publisher, verifier, guardian, adjudicator } =
        await loadFixture(deployLedger)
      for (const account of [admin, publisher, verifier, guardian, adjudicator]) {
        await expect(recalls.connect(account).recall(KIND.weights, DIGEST, ''))
          .to.be.revertedWithCustomError(recalls, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
      await manager.setTargetClosed(recalls, true)
      await expect(recalls.connect(authority).recall(KIND.weights, DIGEST, ''))
        .to.be.revertedWithCustomError(recalls, 'AccessManagedUnauthorized')
        .withArgs(authority.address)
    })

    it('cannot be made through the manager, which would be named in place of the account', async function () {
      const { recalls, manager, authority } = await loadFixture(deployLedger)
      const data = recalls.interface.encodeFunctionData('recall', [KIND.weights, DIGEST, ''])
      await expect(manager.connect(authority).execute(recalls, data))
        .to.be.revertedWithCustomError(recalls, 'DirectAccessThroughManager')
        .withArgs(await manager.getAddress())
    })
  })

  describe('undoRecall', function () {
    for (const offset of [-1n, 0n, 1n]) {
      const inTime = offset <= 0n
      const when = offset === 0n ? 'at' : offset < 0n ? 'a second before' : 'a second after'
      it(`${inTime ? 'undoes a recall' : 'reverts'} ${when} the last second of its time`, async function () {
        const { recalls, guardian, undoUntil } = await loadFixture(deployRecall)
        await time.setNextBlockTimestamp(undoUntil + offset)
        const sent = recalls.connect(guardian).undoRecall(KIND.weights, DIGEST, 'mistaken')
        if (inTime) {
          expect(await eventsOf(sent, recalls)).to.deep.equal([
            ['RecallUndone', KIND.weights, DIGEST, guardian.address, 'mistaken'],
          ])
        } else {
          await expect(sent)
            .to.be.revertedWithCustomError(recalls, 'RecallsUndoTimePassed')
            .withArgs(KIND.weights, DIGEST, undoUntil)
        }
        expect(await recalls.isRecalled(KIND.weights, DIGEST)).to.equal(!inTime)
      })
    }

    it('is not for the role that recalls, nor for a guardian that made the recall itself', async function () {
      const { recalls, manager, authority, publisher, verifier, guardian } = await loadFixture(deployRecall)
      for (const account of [authority, publisher, verifier]) {
        await expect(recalls.connect(account).undoRecall(KIND.weights, DIGEST, ''))
          .to.be.revertedWithCustomError(recalls, 'AccessManagedUnauthorized')
          .withArgs(account.address)
      }
      await manager.grantRole(6n, authority, 0)
      await expect(recalls.connect(authority).undoRecall(KIND.weights, DIGEST, ''))
        .to.be.revertedWithCustomError(recalls, 'RecallsOwnRecall')
        .withArgs(authority.address)
      await recalls.connect(guardian).undoRecall(KIND.weights, DIGEST, '')
    })

    it('happens once: the second recall of a digest is final, so that nobody toggles it', async function () {
      const { recalls, authority, guardian } = await loadFixture(deployRecall)
      const undo = () => recalls.connect(guardian).undoRecall(KIND.weights, DIGEST, '')
      await undo()
      await expect(undo())
        .to.be.revertedWithCustomError(recalls, 'RecallsNotUndoable')
        .withArgs(KIND.weights, DIGEST, STATE.undone)
      const sent = recalls.connect(authority).recall(KIND.weights, DIGEST, 'again')
      expect(await eventsOf(sent, recalls)).to.deep.equal([
        ['Recalled', KIND.weights, DIGEST, authority.address, 0n, 'again'],
      ])
      await expect(undo())
        .to.be.revertedWithCustomError(recalls, 'RecallsNotUndoable')
        .withArgs(KIND.weights, DIGEST, STATE.final)
      await expect(recalls.connect(authority).recall(KIND.weights, DIGEST, ''))
        .to.be.revertedWithCustomError(recalls, 'RecallsAlreadyRecalled')
        .withArgs(KIND.weights, DIGEST)
      expect(await recalls.isRecalled(KIND.weights, DIGEST)).to.equal(true)
    })

    it('reverts for what is not recalled, the same digest of another kind too, and for a long reason', async function () {
      const { recalls, guardian } = await loadFixture(deployRecall)
      const connected = recalls.connect(guardian)
      for (const kind of [KIND.model, KIND.tensors]) {
        await expect(connected.undoRecall(kind, DIGEST, ''))
          .to.be.revertedWithCustomError(recalls, 'RecallsNotUndoable')
          .withArgs(kind, DIGEST, STATE.none)
      }
      await expect(connected.undoRecall(KIND.weights, DIGEST, 'r'.repeat(2049)))
        .to.be.revertedWithCustomError(recalls, 'RecallsTextTooLong')
        .withArgs(2049)
    })
  })

  describe('areRecalled', function () {
    it('asks each kind for its own digest, and never one kind for the digest of another', async function () {
      const { recalls, authority } = await loadFixture(deployLedger)
      const digests = { model: digestOf('m'), weights: digestOf('w'), tensors: digestOf('t') }
      for (const [name, kind] of Object.entries(KIND)) {
        const snapshot = await networkHelpers.takeSnapshot()
        const digest = digests[name as keyof typeof digests]
        await recalls.connect(authority).recall(kind, digest, '')
        const places = Object.keys(KIND)
        for (const place of places) {
          const [model, weights, tensors] = places.map((each) => (each === place ? digest : digestOf(each)))
          const found = await recalls.areRecalled(model!, weights!, tensors!)
          expect([name, place, found]).to.deep.equal([name, place, name === place])
        }
        await snapshot.restore()
      }
    })

    it('never takes tensors that are not stated for recalled ones', async function () {
      const { recalls } = await loadFixture(deployRecall)
      expect(await recalls.areRecalled(ZERO_DIGEST, ZERO_DIGEST, ZERO_DIGEST)).to.equal(false)
    })
  })

  describe('nameExternal', function () {
    it('keeps the name behind an id as an event, from anybody', async function () {
      const { recalls, stranger } = await loadFixture(deployLedger)
      const id = await recalls.nameExternal.staticCall('hf:google/gemma')
      expect(await eventsOf(recalls.connect(stranger).nameExternal('hf:google/gemma'), recalls)).to.deep.equal([
        ['ExternalNamed', id, 'hf:google/gemma'],
      ])
    })

    it('reverts for an empty name and for one of more than 2,048 bytes', async function () {
      const { recalls } = await loadFixture(deployLedger)
      await expect(recalls.nameExternal('')).to.be.revertedWithCustomError(recalls, 'RecallsMissingName')
      await expect(recalls.nameExternal('n'.repeat(2049)))
        .to.be.revertedWithCustomError(recalls, 'RecallsTextTooLong')
        .withArgs(2049)
      await recalls.nameExternal('n'.repeat(2048))
    })
  })

  describe('bindings of external parents', function () {
    const from = idOf('External')
    const to = idOf('a model')
    const evidence = digestOf('evidence')

    it('are made and removed by verifiers and adjudicators, each by a function of its role', async function () {
      const { recalls, verifier, adjudicator } = await loadFixture(deployLedger)
      const other = idOf('another model')
      expect(await eventsOf(recalls.connect(verifier).bindExternal(from, to, evidence), recalls)).to.deep.equal([
        ['ExternalBound', from, to, verifier.address, evidence],
      ])
      const ruled = recalls.connect(adjudicator).ruleExternal(from, other, true, evidence)
      expect(await eventsOf(ruled, recalls)).to.deep.equal([
        ['ExternalBound', from, other, adjudicator.address, evidence],
      ])
      expect(await recalls.bindingsOf(from)).to.deep.equal([to, other])
      const removed = recalls.connect(adjudicator).ruleExternal(from, to, false, ZERO_DIGEST)
      expect(await eventsOf(removed, recalls)).to.deep.equal([['ExternalUnbound', from, to, adjudicator.address]])
      expect(await eventsOf(recalls.connect(verifier).unbindExternal(from, other), recalls)).to.deep.equal([
        ['ExternalUnbound', from, other, verifier.address],
      ])
      expect(await recalls.bindingsOf(from)).to.deep.equal([])
    })

    it('are not for publishers, the authority, a guardian, or the other of the two roles', async function () {
      const { recalls, publisher, authority, guardian, verifier, adjudicator } = await loadFixture(deployLedger)
      for (const account of [publisher, authority, guardian, verifier, adjudicator]) {
        const connected = recalls.connect(account)
        const sent = [
          ...(account === verifier
            ? []
            : [() => connected.bindExternal(from, to, evidence), () => connected.unbindExternal(from, to)]),
          ...(account === adjudicator ? [] : [() => connected.ruleExternal(from, to, true, evidence)]),
        ]
        for (const each of sent) {
          await expect(each())
            .to.be.revertedWithCustomError(recalls, 'AccessManagedUnauthorized')
            .withArgs(account.address)
        }
      }
    })

    it('are at most 4, each once, and one can take the place of a removed one', async function () {
      const { recalls, verifier } = await loadFixture(deployLedger)
      const connected = recalls.connect(verifier)
      const models = ['1', '2', '3', '4', '5'].map(idOf)
      for (const model of models.slice(0, 4)) await connected.bindExternal(from, model, evidence)
      await expect(connected.bindExternal(from, models[4]!, evidence))
        .to.be.revertedWithCustomError(recalls, 'RecallsTooManyBindings')
        .withArgs(from)
      await expect(connected.bindExternal(from, models[1]!, evidence))
        .to.be.revertedWithCustomError(recalls, 'RecallsAlreadyBound')
        .withArgs(from, models[1])
      await connected.unbindExternal(from, models[1]!)
      await expect(connected.unbindExternal(from, models[1]!))
        .to.be.revertedWithCustomError(recalls, 'RecallsNotBound')
        .withArgs(from, models[1])
      await connected.bindExternal(from, models[4]!, evidence)
      expect([...(await recalls.bindingsOf(from))]).to.have.members([models[0], models[2], models[3], models[4]])
    })

    it('name neither a zero external nor a zero model', async function () {
      const { recalls, verifier, adjudicator } = await loadFixture(deployLedger)
      const none = ZERO_DIGEST as Hex as ModelId
      for (const [one, other] of [
        [none, to],
        [from, none],
      ] as const) {
        for (const sent of [
          () => recalls.connect(verifier).bindExternal(one, other, evidence),
          () => recalls.connect(adjudicator).ruleExternal(one, other, true, evidence),
        ]) {
          await expect(sent()).to.be.revertedWithCustomError(recalls, 'RecallsMissingDigest')
        }
      }
    })
  })
})

describe('ModelRegistry: recalls by the authority', function () {
  const REGISTRATIONS = { honest: 'honest', twin: 'twin' }

  /** Two publishers that registered the same weights and tensors, and a model that shares neither. */
  async function deployTwins() {
    const base = await deployModels()
    const { ledger, publisher, stranger } = base
    const digests = { weights: digestOf('shared weights'), tensors: digestOf('shared tensors') }
    const honest = registrationOf(publisher.address, { ...digests, uri: REGISTRATIONS.honest })
    const twin = registrationOf(stranger.address, { ...digests, uri: REGISTRATIONS.twin })
    const other = registrationOf(publisher.address, { weights: digestOf('others'), tensors: ZERO_DIGEST, uri: 'other' })
    await ledger.connect(publisher).register(registrationStruct(honest))
    await ledger.connect(stranger).register(registrationStruct(twin))
    await ledger.connect(publisher).register(registrationStruct(other))
    const marked = async (registration: typeof honest) => (await ledger.modelOf(modelIdOf(registration))).marked
    const sync = (registration: typeof honest) => ledger.syncRecall(registrationStruct(registration))
    return { ...base, digests, honest, twin, other, marked, sync }
  }

  for (const kind of ['weights', 'tensors'] as const) {
    it(`mark every model with recalled ${kind} once anybody syncs it, and take the mark back after an undo`, async function () {
      const { ledger, recalls, authority, guardian, digests, honest, twin, other, marked, sync } =
        await loadFixture(deployTwins)
      await recalls.connect(authority).recall(KIND[kind], digests[kind], '')
      expect([await marked(honest), await marked(twin)]).to.deep.equal([false, false])
      for (const registration of [honest, twin]) {
        expect(await eventsOf(sync(registration), ledger)).to.deep.equal([
          ['RecallSynced', modelIdOf(registration), true],
        ])
        expect(await marked(registration)).to.equal(true)
        expect((await ledger.modelOf(modelIdOf(registration))).status).to.equal(0n)
        expect(await eventsOf(sync(registration), ledger)).to.deep.equal([])
      }
      expect(await eventsOf(sync(other), ledger)).to.deep.equal([])
      await recalls.connect(guardian).undoRecall(KIND[kind], digests[kind], '')
      for (const registration of [honest, twin]) {
        expect(await eventsOf(sync(registration), ledger)).to.deep.equal([
          ['RecallSynced', modelIdOf(registration), false],
        ])
        expect(await marked(registration)).to.equal(false)
      }
    })
  }

  it('by id mark that model and none of its twins', async function () {
    const { recalls, authority, honest, twin, marked, sync } = await loadFixture(deployTwins)
    await recalls.connect(authority).recall(KIND.model, modelIdOf(twin), '')
    await sync(honest)
    await sync(twin)
    expect([await marked(honest), await marked(twin)]).to.deep.equal([false, true])
  })

  it('never come of what a publisher does: its own recall of a twin leaves the honest model alone', async function () {
    const { ledger, recalls, stranger, honest, twin, digests, marked, sync } = await loadFixture(deployTwins)
    await ledger.connect(stranger).recall(modelIdOf(twin), 'frames the honest model')
    await sync(honest)
    expect(await marked(honest)).to.equal(false)
    expect((await ledger.modelOf(modelIdOf(honest))).status).to.equal(0n)
    expect(await recalls.areRecalled(modelIdOf(honest), digests.weights, digests.tensors)).to.equal(false)
  })

  it('reach a model whose publisher evades one kind: the same folder with other tensors, the same tensors in another folder', async function () {
    const { ledger, recalls, authority, stranger, digests, marked, sync } = await loadFixture(deployTwins)
    await recalls.connect(authority).recall(KIND.weights, digests.weights, '')
    await recalls.connect(authority).recall(KIND.tensors, digests.tensors, '')
    const evasions = [
      registrationOf(stranger.address, { weights: digests.weights, tensors: digestOf('a lie') }),
      registrationOf(stranger.address, { weights: digests.weights, tensors: ZERO_DIGEST }),
      registrationOf(stranger.address, { weights: digestOf('one letter more'), tensors: digests.tensors }),
    ]
    for (const evasion of evasions) {
      await ledger.connect(stranger).register(registrationStruct(evasion))
      await sync(evasion)
      expect(await marked(evasion)).to.equal(true)
    }
  })

  it('do not reach a model that puts a recalled digest into the field of another kind', async function () {
    const { ledger, recalls, authority, stranger, digests, marked, sync } = await loadFixture(deployTwins)
    await recalls.connect(authority).recall(KIND.tensors, digests.tensors, '')
    const confused = registrationOf(stranger.address, { weights: digests.tensors, tensors: ZERO_DIGEST })
    await ledger.connect(stranger).register(registrationStruct(confused))
    await sync(confused)
    expect(await marked(confused)).to.equal(false)
  })

  it('are not read by a registration, which still refuses a parent that is marked', async function () {
    const { ledger, recalls, authority, guardian, publisher, digests, honest, sync } = await loadFixture(deployTwins)
    await recalls.connect(authority).recall(KIND.weights, digests.weights, '')
    const model = modelIdOf(honest)
    const child = (uri: string) =>
      registrationStruct(
        registrationOf(publisher.address, { weights: digestOf(uri), parents: [{ model, relation: 'finetune' }], uri }),
      )
    await ledger.connect(publisher).register(child('before the sync'))
    await sync(honest)
    await expect(ledger.connect(publisher).register(child('after the sync')))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryRecalledParent')
      .withArgs(model)
    await recalls.connect(guardian).undoRecall(KIND.weights, digests.weights, '')
    await sync(honest)
    await ledger.connect(publisher).register(child('after the undo'))
  })

  it('leave status and flags as they are, whatever comes first', async function () {
    const { ledger, recalls, authority, publisher, digests, honest, sync } = await loadFixture(deployTwins)
    const model = modelIdOf(honest)
    await recalls.connect(authority).recall(KIND.weights, digests.weights, '')
    await sync(honest)
    await ledger.connect(publisher).retire(model, '')
    const { marked, status, publisher: owner } = await ledger.modelOf(model)
    expect([marked, status, owner]).to.deep.equal([true, 2n, publisher.address])
    await ledger.connect(publisher).recall(model, 'too')
    expect((await ledger.modelOf(model)).marked).to.equal(true)
  })

  it('are synced while writes are paused, and only for a registration that is on the ledger', async function () {
    const { ledger, recalls, admin, authority, publisher, digests, honest, marked, sync } =
      await loadFixture(deployTwins)
    await recalls.connect(authority).recall(KIND.weights, digests.weights, '')
    await ledger.connect(admin).pauseWrites()
    await sync(honest)
    expect(await marked(honest)).to.equal(true)
    const unknown = registrationOf(publisher.address, { uri: 'nobody registered this' })
    await expect(sync(unknown))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
      .withArgs(modelIdOf(unknown))
  })
})
