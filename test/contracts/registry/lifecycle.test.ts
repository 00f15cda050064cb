import { expect } from 'chai'

import type { Hex, ModelId } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  ALL_SCOPES,
  deployModels,
  digestOf,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers
const STATUS = { active: 0n, superseded: 1n, retired: 2n, recalled: 3n } as const
const NO_MODEL = digestOf('nobody registered this') as Hex as ModelId

/** {@link deployModels}, controlled by another account than the publisher's. */
async function deployHandedOver() {
  const base = await deployModels()
  const { ledger, publisher, controller } = base
  await ledger.connect(publisher).proposeController(publisher, controller)
  await ledger.connect(controller).acceptController(publisher)
  return base
}

describe('ModelRegistry: lifecycle', function () {
  describe('supersede', function () {
    it('states which model, of any publisher, replaces another', async function () {
      const { ledger, publisher, controller, stranger, a, b } = await loadFixture(deployHandedOver)
      expect(await eventsOf(ledger.connect(controller).supersede(a, b), ledger)).to.deep.equal([
        ['ModelSuperseded', a, b, controller.address],
      ])
      expect(plain(await ledger.publisherAndStatusOf.staticCallResult(a))).to.deep.equal([
        publisher.address,
        STATUS.superseded,
      ])
      const foreign = registrationOf(stranger.address)
      await ledger.connect(stranger).register(registrationStruct(foreign))
      await ledger.connect(controller).supersede(b, modelIdOf(foreign))
    })

    it('reverts for the model itself, and for an unregistered model on either side', async function () {
      const { ledger, publisher, a } = await loadFixture(deployModels)
      await expect(ledger.connect(publisher).supersede(a, a))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistrySelfSuccession')
        .withArgs(a)
      for (const [from, to] of [
        [a, NO_MODEL],
        [NO_MODEL, a],
      ] as const) {
        await expect(ledger.connect(publisher).supersede(from, to))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
          .withArgs(NO_MODEL)
      }
    })
  })

  describe('retire', function () {
    it('ends the support of a model, and emits the reason', async function () {
      const { ledger, controller, a, b } = await loadFixture(deployHandedOver)
      expect(await eventsOf(ledger.connect(controller).retire(a, 'end of life'), ledger)).to.deep.equal([
        ['ModelRetired', a, controller.address, 'end of life'],
      ])
      expect((await ledger.publisherAndStatusOf(a))[1]).to.equal(STATUS.retired)
      await ledger.connect(controller).supersede(b, a)
      await ledger.connect(controller).retire(b, '')
      expect((await ledger.publisherAndStatusOf(b))[1]).to.equal(STATUS.retired)
    })
  })

  describe('recall', function () {
    it('recalls a model permanently, and emits the reason', async function () {
      const { ledger, controller, a } = await loadFixture(deployHandedOver)
      expect(await eventsOf(ledger.connect(controller).recall(a, 'poisoned'), ledger)).to.deep.equal([
        ['ModelRecalled', a, controller.address, 'poisoned'],
      ])
      expect((await ledger.publisherAndStatusOf(a))[1]).to.equal(STATUS.recalled)
    })
  })

  describe('the life of a model', function () {
    const steps = ['supersede', 'retire', 'recall'] as const
    const ranks = { supersede: 1n, retire: 2n, recall: 3n }

    for (const first of steps) {
      for (const second of steps) {
        const forward = ranks[second] > ranks[first]
        it(`${forward ? 'advances' : 'does not advance'} from ${first} to ${second}`, async function () {
          const { ledger, publisher, a, b } = await loadFixture(deployModels)
          const send = {
            supersede: () => ledger.connect(publisher).supersede(a, b),
            retire: () => ledger.connect(publisher).retire(a, ''),
            recall: () => ledger.connect(publisher).recall(a, ''),
          }
          const before = await ledger.modelOf(a)
          await send[first]()
          if (forward) await send[second]()
          else {
            await expect(send[second]())
              .to.be.revertedWithCustomError(ledger, 'ModelRegistryStatusOnlyAdvances')
              .withArgs(a, ranks[first], ranks[second])
          }
          const after = await ledger.modelOf(a)
          expect(after.status).to.equal(forward ? ranks[second] : ranks[first])
          expect([after.publisher, after.registeredAt, after.terms, plain(after.parents)]).to.deep.equal([
            before.publisher,
            before.registeredAt,
            before.terms,
            plain(before.parents),
          ])
        })
      }
    }

    it("is the controller's: an operator in all scopes cannot supersede, retire or recall", async function () {
      const base = await loadFixture(deployHandedOver)
      const { ledger, publisher, operator, controller, stranger, authority, a, b } = base
      await ledger.connect(controller).setOperator(publisher, operator, ALL_SCOPES, FOREVER)
      for (const account of [publisher, operator, stranger, authority]) {
        for (const sent of [
          () => ledger.connect(account).supersede(a, b),
          () => ledger.connect(account).retire(a, ''),
          () => ledger.connect(account).recall(a, ''),
        ]) {
          await expect(sent())
            .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
            .withArgs(publisher.address, account.address)
        }
      }
      await ledger.connect(controller).supersede(a, b)
      await ledger.connect(controller).retire(a, '')
      await ledger.connect(controller).recall(a, '')
    })

    it('accepts a reason of 2,048 bytes and rejects 2,049, for a registered model', async function () {
      const { ledger, publisher, a, b } = await loadFixture(deployModels)
      const byPublisher = ledger.connect(publisher)
      const [longest, longer] = ['r'.repeat(2048), 'r'.repeat(2049)]
      for (const sent of [() => byPublisher.retire(a, longer), () => byPublisher.recall(a, longer)]) {
        await expect(sent()).to.be.revertedWithCustomError(ledger, 'ModelRegistryTextTooLong').withArgs(2049)
      }
      await byPublisher.retire(a, longest)
      await byPublisher.recall(b, longest)
      for (const sent of [() => byPublisher.retire(NO_MODEL, ''), () => byPublisher.recall(NO_MODEL, '')]) {
        await expect(sent()).to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel').withArgs(NO_MODEL)
      }
    })
  })
})
