import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import { batchLeafOf, batchTreeOf, proveInBatch } from '../../../src/core/batchTree.ts'
import type { Digest, Hex, ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import { MerkleLog } from '../../../src/core/merkleLog.ts'
import { ROLES } from '../../../src/core/roles.ts'
import {
  ALL_SCOPES,
  DAY,
  deployModels,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const URI = 'ipfs://batch'

/** {@link deployModels}, with registrations of the publisher that are not yet anchored: a root, its child, and three others. */
async function deployBatch() {
  const base = await deployModels()
  const { manager, ledger, publisher, stranger: guardian, a, termsId } = base
  await manager.grantRole(ROLES.guardian, guardian, 0)
  const selectors = [ledger.interface.getFunction('pauseWrites').selector]
  await manager.setTargetFunctionRole(ledger, selectors, ROLES.guardian)
  const of = (name: string, overrides: Partial<Registration> = {}) =>
    registrationOf(publisher.address, { weights: digestOf(`batch ${name}`), terms: termsId, ...overrides })
  const first = of('first')
  const child = of('child', {
    parents: [
      { model: modelIdOf(first), relation: 'finetune' },
      { model: a, relation: 'merge' },
    ],
  })
  const registrations = [first, child, of('x'), of('y'), of('z')]
  const tree = batchTreeOf(registrations.map(modelIdOf))
  const anchor = () => ledger.connect(publisher).anchorBatch(publisher, tree.root, registrations.length, URI)
  /** A stranger materializes a registration by its own proof, or with the given arguments. */
  const materialize = (registration: Registration, given: { root?: string; index?: number; proof?: Hex[] } = {}) => {
    const place = given.index === undefined || !given.proof ? proveInBatch(tree, modelIdOf(registration)) : undefined
    const { root = tree.root, index = place!.index, proof = place!.proof } = given
    return base.ledger.connect(base.other).materialize(registrationStruct(registration), root, index, proof)
  }
  return { ...base, guardian, first, child, registrations, tree, of, anchor, materialize }
}

/** {@link deployBatch}, anchored. */
async function deployAnchored() {
  const base = await deployBatch()
  await base.anchor()
  return { ...base, anchoredAt: BigInt(await time.latest()) }
}

describe('ModelRegistry: batches', function () {
  describe('anchorBatch', function () {
    it('stores time and count by publisher and root, and emits the event', async function () {
      const { ledger, publisher, other, tree, anchor } = await loadFixture(deployBatch)
      const now = BigInt(await time.latest()) + 10n
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(anchor(), ledger)).to.deep.equal([['BatchAnchored', publisher.address, tree.root, 5n, URI]])
      expect(plain(await ledger.batchOf(publisher, tree.root))).to.deep.equal([now, 5n, 0n])
      expect(plain(await ledger.batchOf(other, tree.root))).to.deep.equal([0n, 0n, 0n])
      expect(plain(await ledger.batchOf(publisher, ZeroHash))).to.deep.equal([0n, 0n, 0n])
    })

    it('does not put a model on the ledger by itself', async function () {
      const { ledger, first } = await loadFixture(deployAnchored)
      await expect(ledger.modelOf(modelIdOf(first))).to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
    })

    it('requires a caller that may act for the publisher', async function () {
      const { ledger, publisher, operator, other, holder, tree } = await loadFixture(deployBatch)
      for (const account of [other, holder]) {
        await expect(ledger.connect(account).anchorBatch(publisher, tree.root, 5, URI))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher, account, 2n)
      }
      await ledger.connect(operator).anchorBatch(publisher, tree.root, 5, URI)
    })

    it('reverts for an empty batch', async function () {
      const { ledger, publisher, tree } = await loadFixture(deployBatch)
      const by = ledger.connect(publisher)
      for (const [root, count] of [
        [tree.root, 0],
        [ZeroHash, 1],
      ] as const) {
        await expect(by.anchorBatch(publisher, root, count, URI)).to.be.revertedWithCustomError(
          ledger,
          'ModelRegistryEmptyBatch',
        )
      }
      await by.anchorBatch(publisher, tree.root, 2n ** 32n - 1n, URI)
      expect((await ledger.batchOf(publisher, tree.root)).count).to.equal(2n ** 32n - 1n)
    })

    it('reverts for a root that the publisher already anchored, but not for another publisher', async function () {
      const { ledger, publisher, other, tree, anchor, anchoredAt } = await loadFixture(deployAnchored)
      await expect(anchor())
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyAnchored')
        .withArgs(publisher, tree.root)
      await ledger.connect(other).anchorBatch(other, tree.root, 1, '')
      expect(plain(await ledger.batchOf(publisher, tree.root))).to.deep.equal([anchoredAt, 5n, 0n])
    })

    it('accepts a URI of 2,048 bytes, and rejects 2,049', async function () {
      const { ledger, publisher, tree } = await loadFixture(deployBatch)
      const by = ledger.connect(publisher)
      await expect(by.anchorBatch(publisher, tree.root, 5, 'u'.repeat(2049)))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryTextTooLong')
        .withArgs(2049)
      await by.anchorBatch(publisher, tree.root, 5, 'u'.repeat(2048))
    })
  })

  describe('revokeBatch', function () {
    it('ends a batch for good, and keeps what was materialized before', async function () {
      const { ledger, publisher, first, child, tree, materialize } = await loadFixture(deployAnchored)
      await materialize(first)
      expect(await eventsOf(ledger.connect(publisher).revokeBatch(publisher, tree.root), ledger)).to.deep.equal([
        ['BatchRevoked', publisher.address, tree.root],
      ])
      await expect(materialize(child))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryRevokedBatch')
        .withArgs(publisher.address, tree.root)
      expect((await ledger.publisherAndStatusOf(modelIdOf(first)))[0]).to.equal(publisher.address)
      await expect(ledger.connect(publisher).revokeBatch(publisher, tree.root))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryRevokedBatch')
        .withArgs(publisher.address, tree.root)
      await expect(ledger.connect(publisher).anchorBatch(publisher, tree.root, 5, ''))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyAnchored')
        .withArgs(publisher.address, tree.root)
    })

    it('reaches a batch that a stolen key anchored before it was removed and control was handed over', async function () {
      const { ledger, publisher, operator, other, tree, first, materialize } = await loadFixture(deployBatch)
      await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, FOREVER)
      await ledger.connect(operator).anchorBatch(publisher, tree.root, 1, '')
      await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, 0)
      await ledger.connect(publisher).proposeController(publisher, other)
      await ledger.connect(other).acceptController(publisher)
      await ledger.connect(other).revokeBatch(publisher, tree.root)
      await time.increase(365n * DAY)
      await expect(materialize(first)).to.be.revertedWithCustomError(ledger, 'ModelRegistryRevokedBatch')
    })

    it('requires the controller, and a batch that the publisher anchored', async function () {
      const { ledger, publisher, operator, stranger, tree } = await loadFixture(deployAnchored)
      await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, FOREVER)
      for (const account of [operator, stranger]) {
        await expect(ledger.connect(account).revokeBatch(publisher, tree.root))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
          .withArgs(publisher.address, account.address)
      }
      await expect(ledger.connect(stranger).revokeBatch(stranger, tree.root))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownBatch')
        .withArgs(stranger.address, tree.root)
    })
  })

  describe('materialize', function () {
    it('creates the record of a registration with the time of the batch, for any caller', async function () {
      const { ledger, first, child, tree, a, materialize, anchoredAt } = await loadFixture(deployAnchored)
      await time.increase(DAY)
      const [parent, model] = [modelIdOf(first), modelIdOf(child)]
      const { publisher, weights, tensors, annex, datasets, method, terms, uri } = first
      const checksummed = ethers.getAddress(publisher)
      expect(await eventsOf(materialize(first), ledger)).to.deep.equal([
        ['ModelRegistered', parent, checksummed, weights, tensors, annex, datasets, method, terms, [], uri],
        ['TensorsStated', tensors, parent],
        ['ModelMaterialized', parent, checksummed, tree.root, anchoredAt],
      ])
      const events = await eventsOf(materialize(child), ledger)
      expect(events.map(([name, ...args]) => [name, args[0], args[1]])).to.deep.equal([
        ['ModelRegistered', model, checksummed],
        ['TensorsStated', child.tensors, model],
        ['ParentDeclared', parent, model],
        ['ParentDeclared', a, model],
        ['ModelMaterialized', model, checksummed],
      ])
      const record = await ledger.modelOf(model)
      expect([record.publisher, record.registeredAt, record.terms]).to.deep.equal([checksummed, anchoredAt, terms])
      expect(plain(record.parents)).to.deep.equal([
        [parent, 1n],
        [a, 3n],
      ])
    })

    it('accepts every registration of the batch, once', async function () {
      const { ledger, registrations, materialize } = await loadFixture(deployAnchored)
      for (const registration of registrations) {
        await materialize(registration)
        await expect(materialize(registration))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
          .withArgs(modelIdOf(registration))
      }
    })

    it('reverts for a model that its publisher registered meanwhile, and keeps its time', async function () {
      const { ledger, publisher, first, materialize } = await loadFixture(deployAnchored)
      await ledger.connect(publisher).register(registrationStruct(first))
      const { registeredAt } = await ledger.modelOf(modelIdOf(first))
      await expect(materialize(first)).to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
      expect((await ledger.modelOf(modelIdOf(first))).registeredAt).to.equal(registeredAt)
    })

    it('materializes a registration in two batches once, with the time of the named one', async function () {
      const { ledger, publisher, registrations, first, materialize } = await loadFixture(deployAnchored)
      const second = batchTreeOf(registrations.slice(0, 2).map(modelIdOf))
      await time.increase(DAY)
      await ledger.connect(publisher).anchorBatch(publisher, second.root, 2, URI)
      const later = BigInt(await time.latest())
      const place = proveInBatch(second, modelIdOf(first))
      await expect(materialize(first, { root: second.root })).to.be.revertedWithCustomError(
        ledger,
        'ModelRegistryInvalidProof',
      )
      await materialize(first, { root: second.root, ...place })
      expect((await ledger.modelOf(modelIdOf(first))).registeredAt).to.equal(later)
      await expect(materialize(first)).to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
    })

    it('reverts for a publisher that did not anchor the batch', async function () {
      const { ledger, publisher, other, tree, first, of, materialize } = await loadFixture(deployBatch)
      const unknown = (registration: Registration, root: string) =>
        expect(materialize(registration, { root, index: 0, proof: [] }))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownBatch')
          .withArgs(ethers.getAddress(registration.publisher), root)
      await unknown(first, tree.root)
      // An account anchors a batch in its own name that contains the publisher's registrations.
      await ledger.connect(other).anchorBatch(other, tree.root, 5, URI)
      await unknown(first, tree.root)
      const own = of('own', { publisher: other.address.toLowerCase() as Registration['publisher'] })
      const forged = batchTreeOf([own, of('forged')].map(modelIdOf))
      await ledger.connect(other).anchorBatch(other, forged.root, 2, URI)
      await unknown(of('forged'), forged.root)
      await unknown(first, ZeroHash)
      await materialize(own, { root: forged.root, ...proveInBatch(forged, modelIdOf(own)) })
      expect(plain(await ledger.batchOf(publisher, forged.root))).to.deep.equal([0n, 0n, 0n])
    })

    it('reverts for the proof of another registration, and for a shorter, longer or altered one', async function () {
      const { ledger, registrations, tree, of, materialize } = await loadFixture(deployAnchored)
      const [, , x, y] = registrations as [Registration, Registration, Registration, Registration]
      const { index, proof } = proveInBatch(tree, modelIdOf(x))
      const wrong: [Registration, Hex[]][] = [
        [x, proveInBatch(tree, modelIdOf(y)).proof],
        [x, proof.slice(1)],
        [x, proof.slice(0, -1)],
        [x, [...proof, tree.root]],
        [x, proof.toReversed()],
        [x, proof.with(0, digestOf('another'))],
        [x, []],
        [of('outside'), proof],
        [{ ...x, uri: 'https://another.example' }, proof],
      ]
      for (const [registration, given] of wrong) {
        await expect(materialize(registration, { index, proof: given }))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidProof')
          .withArgs(modelIdOf(registration), tree.root, index)
      }
    })

    it('reverts for any other place, of the batch or beyond it', async function () {
      const { ledger, registrations, tree, materialize } = await loadFixture(deployAnchored)
      for (const registration of registrations) {
        const { index: own, proof } = proveInBatch(tree, modelIdOf(registration))
        for (const index of [0, 1, 2, 3, 4, 5, 6, own + 8, 2 ** 32 - 1]) {
          if (index === own) continue
          await expect(materialize(registration, { index, proof }))
            .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidProof')
            .withArgs(modelIdOf(registration), tree.root, index)
        }
      }
    })

    for (const stated of [1, 2, 3, 4, 6, 8, 2 ** 32 - 1]) {
      it(`takes at most ${stated} registrations from a root over five that was anchored with a count of ${stated}`, async function () {
        const { ledger, publisher, registrations, tree, materialize } = await loadFixture(deployBatch)
        await ledger.connect(publisher).anchorBatch(publisher, tree.root, stated, URI)
        let taken = 0
        for (const registration of registrations) {
          const { proof } = proveInBatch(tree, modelIdOf(registration))
          const attempts = [proof, proof.slice(0, 1), proof.slice(-1), []].flatMap((path) =>
            [0, 1, 2, 3, 4, 5].map((index) => ({ index, proof: path })),
          )
          for (const attempt of attempts) {
            const failure = await materialize(registration, attempt).then(
              () => undefined,
              ({ data }) => data,
            )
            if (failure !== undefined) {
              expect(ledger.interface.parseError(failure)).to.have.property('name', 'ModelRegistryInvalidProof')
              continue
            }
            taken += 1
            break
          }
        }
        expect(taken).to.be.at.most(stated)
      })
    }

    it('takes a registration once, also from a tree that has it at several places', async function () {
      const { ledger, publisher, first, of, materialize } = await loadFixture(deployBatch)
      const last = of('last')
      const log = new MerkleLog()
      for (const each of [first, first, last]) log.append(batchLeafOf(modelIdOf(each)))
      const root = log.root()
      await ledger.connect(publisher).anchorBatch(publisher, root, 3, URI)
      await materialize(first, { root, index: 1, proof: log.proveInclusion(1) })
      await expect(materialize(first, { root, index: 0, proof: log.proveInclusion(0) }))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
        .withArgs(modelIdOf(first))
      await materialize(last, { root, index: 2, proof: log.proveInclusion(2) })
    })

    it('rejects a node as a leaf, whatever the count, and a root that is a bare id or its hash', async function () {
      const { ledger, publisher, first, of, materialize } = await loadFixture(deployBatch)
      const by = ledger.connect(publisher)
      const [id, other] = [modelIdOf(first), modelIdOf(of('other'))]
      const leaf = batchLeafOf(id)
      const pair = batchTreeOf([id, other])
      let count = 0
      for (const root of [id as Hex, ethers.sha256(id) as Hex, ethers.sha256(leaf) as Hex]) {
        count += 1
        await by.anchorBatch(publisher, root, count, URI)
        for (const proof of [[], [other as Hex], [leaf]]) {
          await expect(materialize(first, { root, index: 0, proof }))
            .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidProof')
            .withArgs(id, root, 0)
        }
      }
      // The node over two leaves is anchored as if it were the leaf of one.
      await by.anchorBatch(publisher, pair.root, 1, URI)
      for (const [index, proof] of [
        [0, []],
        [0, [batchLeafOf(other)]],
        [1, [batchLeafOf(other)]],
      ] as [number, Hex[]][]) {
        await expect(materialize(first, { root: pair.root, index, proof }))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidProof')
          .withArgs(id, pair.root, index)
      }
    })

    it('accepts a batch of one, whose root is its leaf', async function () {
      const { ledger, publisher, of, materialize } = await loadFixture(deployBatch)
      const alone = of('alone')
      const root = batchLeafOf(modelIdOf(alone))
      await ledger.connect(publisher).anchorBatch(publisher, root, 1, URI)
      await materialize(alone, { root, index: 0, proof: [] })
      expect((await ledger.modelOf(modelIdOf(alone))).publisher).to.equal(publisher.address)
    })

    it('dates a child at its youngest parent, when one was registered after the batch was anchored', async function () {
      const { ledger, publisher, other, of, a } = await loadFixture(deployBatch)
      const late = of('late', { publisher: other.address.toLowerCase() as Registration['publisher'] })
      const later = of('later', { publisher: other.address.toLowerCase() as Registration['publisher'] })
      const named = [a, modelIdOf(later), modelIdOf(late)]
      const child = of('early', { parents: named.map((model) => ({ model, relation: 'finetune' as const })) })
      const grandchild = of('next', { parents: [{ model: modelIdOf(child), relation: 'merge' }] })
      const tree = batchTreeOf([child, grandchild].map(modelIdOf))
      await ledger.connect(publisher).anchorBatch(publisher, tree.root, 2, URI)
      const times: bigint[] = []
      for (const parent of [late, later]) {
        await time.increase(DAY)
        await ledger.connect(other).register(registrationStruct(parent))
        times.push((await ledger.modelOf(modelIdOf(parent))).registeredAt)
      }
      await time.increase(DAY)
      for (const registration of [child, grandchild]) {
        const { index, proof } = proveInBatch(tree, modelIdOf(registration))
        await expect(ledger.materialize(registrationStruct(registration), tree.root, index, proof))
          .to.emit(ledger, 'ModelMaterialized')
          .withArgs(modelIdOf(registration), publisher.address, tree.root, times[1])
        expect((await ledger.modelOf(modelIdOf(registration))).registeredAt).to.equal(times[1])
      }
    })

    it('checks parents as a registration does: parents in the same batch come first, and none is recalled', async function () {
      const { ledger, publisher, first, child, materialize } = await loadFixture(deployAnchored)
      await expect(materialize(child))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownParent')
        .withArgs(modelIdOf(first))
      await materialize(first)
      await ledger.connect(publisher).recall(modelIdOf(first), 'flawed')
      await expect(materialize(child))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryRecalledParent')
        .withArgs(modelIdOf(first))
    })

    it('checks all other requirements of a registration', async function () {
      const { ledger, publisher, of, a, materialize } = await loadFixture(deployBatch)
      const parent = { model: a, relation: 'finetune' } as const
      const nobody = digestOf('nobody') as Hex as ModelId
      const bad: [Registration, string][] = [
        [of('weights', { weights: ZeroHash as Digest }), 'ModelRegistryMissingWeights'],
        [of('uri', { uri: 'u'.repeat(2049) }), 'ModelRegistryTextTooLong'],
        [
          of('terms', { terms: digestOf('unpublished') as Hex as Registration['terms'] }),
          'LicenseRegistryUnknownTerms',
        ],
        [of('twice', { parents: [parent, parent] }), 'ModelRegistryDuplicateParent'],
        [of('unknown', { parents: [{ ...parent, model: nobody }] }), 'ModelRegistryUnknownParent'],
        [of('many', { parents: Array.from({ length: 9 }, () => parent) }), 'ModelRegistryTooManyParents'],
      ]
      const tree = batchTreeOf(bad.map(([registration]) => modelIdOf(registration)))
      await ledger.connect(publisher).anchorBatch(publisher, tree.root, bad.length, URI)
      for (const [registration, error] of bad) {
        const place = proveInBatch(tree, modelIdOf(registration))
        await expect(materialize(registration, { root: tree.root, ...place })).to.be.revertedWithCustomError(
          ledger,
          error,
        )
      }
    })

    it('stops, as anchoring does, while writes are paused', async function () {
      const { ledger, publisher, guardian, first, materialize } = await loadFixture(deployAnchored)
      await ledger.connect(guardian).pauseWrites()
      await expect(materialize(first)).to.be.revertedWithCustomError(ledger, 'WritePausePaused')
      await expect(
        ledger.connect(publisher).anchorBatch(publisher, digestOf('paused'), 1, URI),
      ).to.be.revertedWithCustomError(ledger, 'WritePausePaused')
      await time.increaseTo(await ledger.pausedUntil())
      await materialize(first)
    })

    it('works after the publisher lost its keys, because the anchor is its statement', async function () {
      const { ledger, publisher, controller, first, materialize } = await loadFixture(deployAnchored)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      await materialize(first)
      expect((await ledger.publisherAndStatusOf(modelIdOf(first))).publisher).to.equal(publisher.address)
    })
  })
})
