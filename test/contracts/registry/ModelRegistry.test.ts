import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import { ZERO_DIGEST, type Hex, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { encodeRelation, modelIdOf, type Parent, type Registration } from '../../../src/core/registration.ts'
import { PART_NAMES, RELATION_NAMES, relationName } from '../../../src/core/vocabulary.ts'
import { createChain } from '../../fixtures/chain.ts'
import {
  ALL_SCOPES,
  deployLedger,
  deployModels,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  networkHelpers,
  plain,
  provider,
  rawRegistration,
  registrationOf,
  registrationStruct,
  signRegistration,
  termsStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const STATUS = { active: 0n, superseded: 1n, retired: 2n, recalled: 3n } as const
const NO_MODEL = digestOf('nobody registered this') as Hex as ModelId

async function deployModelsWithParents() {
  const base = await deployModels()
  const { ledger, publisher } = base
  const registrations = Array.from({ length: 9 }, (_, i) =>
    registrationOf(publisher.address, { weights: digestOf(`parent ${i}`) }),
  )
  await ledger.connect(publisher).registerMany(registrations.map(registrationStruct))
  const parents = registrations.map((registration, i): Parent => ({
    model: modelIdOf(registration),
    relation: RELATION_NAMES[i]!,
  }))
  return { ...base, parents }
}

describe('ModelRegistry', function () {
  describe('hashRegistration', function () {
    it('is the id that the SDK computes', async function () {
      const { ledger, publisher, parents, termsId } = await loadFixture(deployModelsWithParents)
      const uris = ['', 'a', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(33), 'Größe 模型 🙂', 'x'.repeat(2048)]
      for (const [i, uri] of uris.entries()) {
        const registration = registrationOf(publisher.address, { uri, terms: termsId, parents: parents.slice(0, i) })
        expect(await ledger.hashRegistration(registrationStruct(registration))).to.equal(modelIdOf(registration))
      }
    })

    it('commits to every field', async function () {
      const { ledger, publisher, stranger, a, b, termsId } = await loadFixture(deployModels)
      const base = registrationOf(publisher.address, { parents: [{ model: a, relation: 'merge' }] })
      const variants: Registration[] = [
        base,
        { ...base, publisher: registrationOf(stranger.address).publisher },
        { ...base, weights: digestOf('other') },
        { ...base, tensors: digestOf('other') },
        { ...base, annex: digestOf('other') },
        { ...base, datasets: digestOf('other') },
        { ...base, method: digestOf('other') },
        { ...base, terms: termsId },
        { ...base, parents: [] },
        { ...base, parents: [{ model: b, relation: 'merge' }] },
        { ...base, parents: [{ model: a, relation: 'adapter' }] },
        {
          ...base,
          parents: [
            { model: a, relation: 'merge' },
            { model: b, relation: 'merge' },
          ],
        },
        {
          ...base,
          parents: [
            { model: b, relation: 'merge' },
            { model: a, relation: 'merge' },
          ],
        },
        { ...base, uri: `${base.uri}/` },
      ]
      const ids = await Promise.all(variants.map((variant) => ledger.hashRegistration(registrationStruct(variant))))
      expect(new Set(ids).size).to.equal(variants.length)
      expect(ids).to.deep.equal(variants.map(modelIdOf))
    })
  })

  describe('register', function () {
    it('registers a model without parents, stores it, and emits the event', async function () {
      const { ledger, publisher, termsId } = await loadFixture(deployModels)
      const registration = registrationOf(publisher.address, { terms: termsId })
      const model = modelIdOf(registration)
      expect(await ledger.connect(publisher).register.staticCall(registrationStruct(registration))).to.equal(model)
      expect(
        await eventsOf(ledger.connect(publisher).register(registrationStruct(registration)), ledger),
      ).to.deep.equal([
        [
          'ModelRegistered',
          model,
          publisher.address,
          registration.weights,
          registration.tensors,
          registration.annex,
          registration.datasets,
          registration.method,
          termsId,
          [],
          registration.uri,
        ],
        ['TensorsStated', registration.tensors, model],
      ])
      const registeredAt = BigInt(await time.latest())
      expect(plain(await ledger.modelOf.staticCallResult(model))).to.deep.equal([
        [publisher.address, registeredAt, STATUS.active, false, termsId, []],
      ])
      expect(plain(await ledger.publisherAndStatusOf.staticCallResult(model))).to.deep.equal([
        publisher.address,
        STATUS.active,
      ])
      const [record, terms, parents] = await ledger.recordWithParentsOf(model)
      expect(record).to.equal(BigInt(publisher.address) | (registeredAt << 160n) | (1n << 232n))
      expect(terms).to.equal(termsId)
      expect(plain(parents)).to.deep.equal([])
    })

    it('registers a model with 1 to 8 parents, each by any relation', async function () {
      const { ledger, publisher, parents } = await loadFixture(deployModelsWithParents)
      for (let count = 1; count <= 8; ++count) {
        const named = parents
          .slice(0, count)
          .map(({ model }, i) => ({ model, relation: relationName(((count + i) % 10) + 1)! }))
        const registration = registrationOf(publisher.address, { parents: named })
        const model = modelIdOf(registration)
        const pairs = named.map((parent) => [parent.model, BigInt(encodeRelation(parent))])
        expect(
          await eventsOf(ledger.connect(publisher).register(registrationStruct(registration)), ledger),
        ).to.deep.equal([
          [
            'ModelRegistered',
            model,
            publisher.address,
            registration.weights,
            registration.tensors,
            registration.annex,
            registration.datasets,
            registration.method,
            ZERO_DIGEST,
            pairs,
            registration.uri,
          ],
          ['TensorsStated', registration.tensors, model],
          ...pairs.map(([parent, relation]) => ['ParentDeclared', parent, model, relation]),
        ])
        expect(plain(await ledger.modelOf.staticCallResult(model))).to.deep.equal([
          [publisher.address, BigInt(await time.latest()), STATUS.active, false, ZERO_DIGEST, pairs],
        ])
        const [record, , ids] = await ledger.recordWithParentsOf(model)
        expect([...ids]).to.deep.equal(named.map((parent) => parent.model))
        expect(plain(await ledger.edgesOf.staticCallResult(model))).to.deep.equal([record, [...ids]])
      }
    })

    it('emits everything needed to recompute the id', async function () {
      const { ledger, publisher, parents, termsId } = await loadFixture(deployModelsWithParents)
      const registration = registrationOf(publisher.address, { parents: parents.slice(0, 3), terms: termsId })
      const [registered] = await eventsOf(ledger.connect(publisher).register(registrationStruct(registration)), ledger)
      const [, model, account, weights, tensors, annex, datasets, method, terms, pairs, uri] = registered as [
        string,
        ModelId,
        string,
        ...Hex[],
      ]
      const decoded = {
        publisher: account.toLowerCase(),
        weights,
        tensors,
        annex,
        datasets,
        method,
        terms,
        parents: (pairs as unknown as [ModelId, bigint][]).map(([parent, relation]) => ({
          model: parent,
          relation: relationName(Number(relation))!,
        })),
        uri,
      } as unknown as Registration
      expect(decoded).to.deep.equal(registration)
      expect(modelIdOf(decoded)).to.equal(model)
    })

    it('lets several publishers register the same weights, each under an id of its own', async function () {
      const { ledger, publisher, stranger } = await loadFixture(deployModels)
      const first = registrationOf(publisher.address)
      const second = registrationOf(stranger.address)
      await ledger.connect(publisher).register(registrationStruct(first))
      await ledger.connect(stranger).register(registrationStruct(second))
      expect(modelIdOf(first)).not.to.equal(modelIdOf(second))
      expect((await ledger.publisherAndStatusOf(modelIdOf(first)))[0]).to.equal(publisher.address)
      expect((await ledger.publisherAndStatusOf(modelIdOf(second)))[0]).to.equal(stranger.address)
    })

    it('reverts for a registration that already exists', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const registration = registrationOf(publisher.address)
      await ledger.connect(publisher).register(registrationStruct(registration))
      await expect(ledger.connect(publisher).register(registrationStruct(registration)))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
        .withArgs(modelIdOf(registration))
    })

    it('reverts for zero weights', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const registration = registrationOf(publisher.address, { weights: ZERO_DIGEST })
      await expect(ledger.connect(publisher).register(registrationStruct(registration))).to.be.revertedWithCustomError(
        ledger,
        'ModelRegistryMissingWeights',
      )
    })

    it('reverts for unpublished terms', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const terms = digestOf('terms') as Hex as TermsId
      await expect(ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { terms }))))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTerms')
        .withArgs(terms)
    })

    it('accepts a URI of 2,048 bytes of UTF-8, and rejects 2,049', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const longest = registrationOf(publisher.address, { uri: 'é'.repeat(1024) })
      await ledger.connect(publisher).register(registrationStruct(longest))
      await expect(ledger.connect(publisher).register(registrationStruct({ ...longest, uri: `${longest.uri}x` })))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryTextTooLong')
        .withArgs(2049)
    })

    it('reverts for nine parents', async function () {
      const { ledger, publisher, parents } = await loadFixture(deployModelsWithParents)
      await expect(
        ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents }))),
      )
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryTooManyParents')
        .withArgs(9)
    })

    it('reverts for an unregistered parent, in any position', async function () {
      const { ledger, publisher, parents } = await loadFixture(deployModelsWithParents)
      for (const place of [0, 3, 7]) {
        const named = parents.slice(0, 8).map((parent, i) => (i === place ? { ...parent, model: NO_MODEL } : parent))
        await expect(
          ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents: named }))),
        )
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownParent')
          .withArgs(NO_MODEL)
      }
    })

    it('reverts for the zero id as parent', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const parents: Parent[] = [{ model: ZeroHash as ModelId, relation: 'merge' }]
      await expect(
        ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents }))),
      )
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownParent')
        .withArgs(ZeroHash)
    })

    it('reverts for a duplicate parent, whatever the relations', async function () {
      const { ledger, publisher, parents } = await loadFixture(deployModelsWithParents)
      for (const [first, second] of [
        [0, 1],
        [0, 7],
        [6, 7],
      ] as const) {
        const named = parents.slice(0, 8)
        named[second] = { model: named[first]!.model, relation: 'copy' }
        await expect(
          ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents: named }))),
        )
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryDuplicateParent')
          .withArgs(named[first]!.model)
      }
    })

    it('reverts for a recalled parent, and accepts a superseded or retired one', async function () {
      const { ledger, publisher, a, b, c } = await loadFixture(deployModels)
      const childOf = (model: ModelId) =>
        registrationStruct(registrationOf(publisher.address, { parents: [{ model, relation: 'finetune' }] }))
      await ledger.connect(publisher).supersede(a, b)
      await ledger.connect(publisher).retire(b, '')
      await ledger.connect(publisher).recall(c, '')
      await ledger.connect(publisher).register(childOf(a))
      await ledger.connect(publisher).register(childOf(b))
      await expect(ledger.connect(publisher).register(childOf(c)))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryRecalledParent')
        .withArgs(c)
    })

    it('reverts for the relation none', async function () {
      const { ledger, publisher, a, b } = await loadFixture(deployModels)
      const struct = registrationStruct(
        registrationOf(publisher.address, {
          parents: [
            { model: a, relation: 'merge' },
            { model: b, relation: 'merge' },
          ],
        }),
      )
      struct.parents[1]!.relation = 0 as never
      await expect(ledger.connect(publisher).register(struct))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryMissingRelation')
        .withArgs(b)
    })

    for (const [what, byte, error] of [
      ['relation 11, the first that is not defined', 0x0b, 'ModelRegistryUnknownRelation'],
      ['relation 15, the last that fits the record', 0x0f, 'ModelRegistryUnknownRelation'],
      ['relation 11 of an external parent', 0x8b, 'ModelRegistryUnknownRelation'],
      ['a part without a relation', 0x10, 'ModelRegistryMissingRelation'],
      ['an external parent without a relation', 0x80, 'ModelRegistryMissingRelation'],
      ['part 7', 0x71, 'ModelRegistryUnknownPart'],
      ['part 7 of an external parent', 0xf1, 'ModelRegistryUnknownPart'],
      ['a registered parent as external', 0x81, 'ModelRegistryRegisteredExternal'],
      ['a part of a registered parent as external', 0xea, 'ModelRegistryRegisteredExternal'],
    ] as const) {
      it(`reverts for ${what}`, async function () {
        const { ledger, publisher, a } = await loadFixture(deployModels)
        const struct = registrationStruct(
          registrationOf(publisher.address, { parents: [{ model: a, relation: 'finetune' }] }),
        )
        struct.parents[0]!.relation = byte
        const refused = expect(ledger.connect(publisher).register(struct)).to.be.revertedWithCustomError(ledger, error)
        const unknown = error === 'ModelRegistryUnknownRelation' || error === 'ModelRegistryUnknownPart'
        await (unknown ? refused.withArgs(a, byte) : refused.withArgs(a))
      })
    }

    it('refuses a recalled parent that is flagged as external, so the flag does not evade the recall', async function () {
      const { ledger, publisher, a } = await loadFixture(deployModels)
      await ledger.connect(publisher).recall(a, '')
      const named = [{ model: a, relation: 'copy', external: true }] as const
      await expect(
        ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents: named }))),
      )
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryRegisteredExternal')
        .withArgs(a)
    })

    it('refuses an unregistered parent that is not flagged as external', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const model = externalIdOf(externalNameOnHub('acme/base'))
      const named = [{ model, relation: 'finetune', part: 'text' }] as const
      await expect(
        ledger.connect(publisher).register(registrationStruct(registrationOf(publisher.address, { parents: named }))),
      )
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownParent')
        .withArgs(model)
    })

    it('registers external parents and parts: the byte is in id and events, the relation alone in storage', async function () {
      const { ledger, publisher, a } = await loadFixture(deployModels)
      const model = externalIdOf(externalNameOnHub('acme/base'))
      const parents = PART_NAMES.flatMap((part, index): Parent[] =>
        index === 0
          ? []
          : [
              {
                model: externalIdOf(externalNameOnHub(`acme/${part}`)),
                relation: 'merge',
                part: part as never,
                external: true,
              },
            ],
      ).concat([
        { model: a, relation: 'copy', part: 'experts' },
        { model, relation: 'version', external: true },
      ])
      const registration = registrationOf(publisher.address, { parents })
      const id = modelIdOf(registration)
      const events = await eventsOf(ledger.connect(publisher).register(registrationStruct(registration)), ledger)
      const bytes = parents.map(encodeRelation)
      expect(bytes).to.deep.equal([0x93, 0xa3, 0xb3, 0xc3, 0xd3, 0xe3, 0x49, 0x8a])
      expect(events.filter(([name]) => name === 'ParentDeclared')).to.deep.equal(
        parents.map((parent, index) => ['ParentDeclared', parent.model, id, BigInt(bytes[index]!)]),
      )
      const { parents: kept } = await ledger.modelOf(id)
      expect(kept.map(({ model: parent, relation }) => [parent, relation])).to.deep.equal(
        parents.map((parent, index) => [parent.model, BigInt(bytes[index]! & 0xf)]),
      )
      expect(plain(await ledger.recordWithParentsOf.staticCallResult(model))).to.deep.equal([0n, ZeroHash, [], 0n, 0n])
    })

    for (const [what, relation] of [
      ['a byte with dirty upper bits', 256n + 1n],
      ['a dirty word', (1n << 255n) + 1n],
    ] as const) {
      it(`reverts for a relation out of range: ${what}`, async function () {
        const { ledger, publisher, a } = await loadFixture(deployModels)
        const registration = registrationOf(publisher.address, { parents: [{ model: a, relation: 'finetune' }] })
        const { selector } = ledger.interface.getFunction('register')
        const send = (relations: bigint[]) =>
          publisher.sendTransaction({ to: ledger, data: rawRegistration(selector, registration, { relations }) })
        await expect(send([relation])).to.be.revertedWithoutReason(ethers)
        await send([1n]) // the same calldata with a clean relation is good
        expect((await ledger.publisherAndStatusOf(modelIdOf(registration)))[0]).to.equal(publisher.address)
      })
    }

    it('reverts for a publisher with dirty upper bits', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const registration = registrationOf(publisher.address)
      const clean = BigInt(publisher.address)
      for (const name of ['register', 'hashRegistration'] as const) {
        const { selector } = ledger.interface.getFunction(name)
        for (const bit of [160n, 200n, 255n]) {
          const data = rawRegistration(selector, registration, { publisher: clean | (1n << bit) })
          await expect(publisher.call({ to: ledger, data })).to.be.revertedWithoutReason(ethers)
        }
        const data = rawRegistration(selector, registration)
        expect(await publisher.call({ to: ledger, data })).to.equal(modelIdOf(registration))
      }
    })

    it('reverts for calldata that is truncated or points outside itself', async function () {
      const { ledger, publisher, a } = await loadFixture(deployModels)
      const registration = registrationOf(publisher.address, { parents: [{ model: a, relation: 'finetune' }] })
      const data = rawRegistration(ledger.interface.getFunction('register').selector, registration)
      await expect(publisher.call({ to: ledger, data: data.slice(0, -64) })).to.be.revertedWithoutReason(ethers)
      // The words after the selector: the offset of the registration, then its nine members.
      for (const word of [0, 8, 9]) {
        const at = 10 + 64 * word
        const outside = data.slice(0, at) + 'f'.repeat(64) + data.slice(at + 64)
        await expect(publisher.call({ to: ledger, data: outside })).to.be.revertedWithoutReason(ethers)
      }
    })

    it("accepts only the publisher's controller and operators", async function () {
      const { ledger, publisher, operator, stranger, authority, controller } = await loadFixture(deployModels)
      const struct = (name: string) =>
        registrationStruct(registrationOf(publisher.address, { weights: digestOf(name) }))
      await ledger.connect(publisher).register(struct('by the publisher'))
      await ledger.connect(operator).register(struct('by an operator'))
      for (const account of [stranger, authority]) {
        await expect(ledger.connect(account).register(struct('by another')))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher.address, account.address, 1n)
      }
      await ledger.connect(publisher).proposeController(publisher, controller)
      await expect(ledger.connect(controller).register(struct('by the next controller')))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
        .withArgs(publisher.address, controller.address, 1n)
      await ledger.connect(controller).acceptController(publisher)
      await ledger.connect(controller).register(struct('by the new controller'))
      for (const account of [publisher, operator]) {
        await expect(ledger.connect(account).register(struct('by a former one')))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher.address, account.address, 1n)
      }
    })

    for (const [offset, accepted] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`${accepted ? 'accepts' : 'rejects'} an operator ${offset} s from its end`, async function () {
        const { ledger, publisher, other } = await loadFixture(deployModels)
        const until = BigInt(await time.latest()) + 100n
        await ledger.connect(publisher).setOperator(publisher, other, ALL_SCOPES, until)
        await time.setNextBlockTimestamp(until + offset)
        const sent = ledger.connect(other).register(registrationStruct(registrationOf(publisher.address)))
        if (accepted) await sent
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
            .withArgs(publisher.address, other.address, 1n)
        }
      })
    }
  })

  describe('registerMany', function () {
    it('registers an empty list', async function () {
      const { ledger, stranger } = await loadFixture(deployModels)
      expect([...(await ledger.connect(stranger).registerMany.staticCall([]))]).to.deep.equal([])
      expect(await eventsOf(ledger.connect(stranger).registerMany([]), ledger)).to.deep.equal([])
    })

    it('registers a child after its parent, and returns the ids in order', async function () {
      const { ledger, publisher, termsId } = await loadFixture(deployModels)
      const parent = registrationOf(publisher.address, { weights: digestOf('parent'), terms: termsId })
      const child = registrationOf(publisher.address, {
        weights: digestOf('child'),
        parents: [{ model: modelIdOf(parent), relation: 'quantized' }],
      })
      const batch = [parent, child].map(registrationStruct)
      const ids = [modelIdOf(parent), modelIdOf(child)]
      expect([...(await ledger.connect(publisher).registerMany.staticCall(batch))]).to.deep.equal(ids)
      const events = await eventsOf(ledger.connect(publisher).registerMany(batch), ledger)
      expect(events.map(([name, id]) => [name, id])).to.deep.equal([
        ['ModelRegistered', ids[0]],
        ['TensorsStated', parent.tensors],
        ['ModelRegistered', ids[1]],
        ['TensorsStated', child.tensors],
        ['ParentDeclared', ids[0]],
      ])
      expect([...(await ledger.recordWithParentsOf(ids[1]!))[2]]).to.deep.equal([ids[0]])
      expect((await ledger.modelOf(ids[0]!)).terms).to.equal(termsId)
    })

    it('reverts for a child before its parent, and registers neither', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const parent = registrationOf(publisher.address, { weights: digestOf('parent') })
      const child = registrationOf(publisher.address, {
        parents: [{ model: modelIdOf(parent), relation: 'quantized' }],
      })
      await expect(ledger.connect(publisher).registerMany([child, parent].map(registrationStruct)))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownParent')
        .withArgs(modelIdOf(parent))
      for (const registration of [parent, child]) {
        await expect(ledger.publisherAndStatusOf(modelIdOf(registration)))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
          .withArgs(modelIdOf(registration))
      }
    })

    it('skips a model that is registered already: before, or earlier in the call', async function () {
      const { ledger, publisher } = await loadFixture(deployModels)
      const registrations = ['before', 'new', 'new'].map((weights) =>
        registrationOf(publisher.address, { weights: digestOf(weights) }),
      )
      const [before] = registrations
      await ledger.connect(publisher).register(registrationStruct(before!))
      const registered = await ledger.modelOf(modelIdOf(before!))
      const batch = registrations.map(registrationStruct)
      const ids = registrations.map(modelIdOf)
      expect([...(await ledger.connect(publisher).registerMany.staticCall(batch))]).to.deep.equal(ids)
      const events = await eventsOf(ledger.connect(publisher).registerMany(batch), ledger)
      expect(events.map(([name]) => name)).to.deep.equal(['ModelRegistered', 'TensorsStated'])
      expect(events[0]![1]).to.equal(ids[1])
      expect((await ledger.modelOf(ids[0]!)).registeredAt).to.equal(registered.registeredAt)
    })

    it('checks for each registration that the caller may act for its publisher', async function () {
      const { ledger, publisher, operator, other } = await loadFixture(deployModels)
      const batch = [registrationOf(publisher.address), registrationOf(other.address)].map(registrationStruct)
      await expect(ledger.connect(operator).registerMany(batch))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
        .withArgs(other.address, operator.address, 1n)
      await ledger.connect(other).setOperator(other, operator, ALL_SCOPES, FOREVER)
      await ledger.connect(operator).registerMany(batch)
    })
  })

  describe('reading', function () {
    it('reverts for an unregistered model, except for its lineage, which is zero', async function () {
      const { ledger } = await loadFixture(deployLedger)
      await expect(ledger.modelOf(NO_MODEL))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
        .withArgs(NO_MODEL)
      await expect(ledger.publisherAndStatusOf(NO_MODEL))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
        .withArgs(NO_MODEL)
      expect(plain(await ledger.recordWithParentsOf.staticCallResult(NO_MODEL))).to.deep.equal([
        0n,
        ZeroHash,
        [],
        0n,
        0n,
      ])
      expect(plain(await ledger.edgesOf.staticCallResult(NO_MODEL))).to.deep.equal([0n, []])
    })
  })

  describe('numbers of terms', function () {
    /** The storage slot of the counter of terms: the one that changes the number of the next terms. */
    async function slotOfCount(ledger: Awaited<ReturnType<typeof deployLedger>>['ledger'], published: bigint) {
      const address = await ledger.getAddress()
      const before = new Map<number, string>()
      for (let slot = 0; slot < 32; ++slot) before.set(slot, await networkHelpers.getStorageAt(address, slot))
      const candidates = [...before].filter(([, word]) => BigInt(word) === published).map(([slot]) => slot)
      expect(candidates, 'one slot holds the number of published terms').to.have.length(1)
      return candidates[0]!
    }

    it("return the right terms on both sides of the record's limit", async function () {
      const { ledger, publisher, terms } = await loadFixture(deployModels)
      for (let i = 2; i <= 7; ++i) await ledger.publishTerms(termsStruct({ ...terms, name: `early ${i}` }))
      const slot = await slotOfCount(ledger, 7n)
      const wide = 2n ** 20n - 1n
      await networkHelpers.setStorageAt(await ledger.getAddress(), slot, wide - 3n)

      const models: [ModelId, TermsId, bigint][] = []
      for (let number = wide - 2n; number <= wide + 2n; ++number) {
        const named = termsStruct({ ...terms, name: `number ${number}` })
        const termsId = (await ledger.publishTerms.staticCall(named)) as TermsId
        await ledger.publishTerms(named)
        const registration = registrationOf(publisher.address, { terms: termsId, weights: digestOf(`${number}`) })
        await ledger.connect(publisher).register(registrationStruct(registration))
        models.push([modelIdOf(registration), termsId, number])
      }
      const packed: bigint[] = []
      for (const [model, termsId] of models) {
        const [record, found] = await ledger.recordWithParentsOf(model)
        expect(found).to.equal(termsId)
        expect((await ledger.modelOf(model)).terms).to.equal(termsId)
        packed.push((record >> 232n) & wide)
      }
      expect(packed).to.deep.equal([wide - 2n, wide - 1n, wide, wide, wide])
      for (const [model, termsId] of models) {
        await ledger.connect(publisher).recall(model, '')
        expect((await ledger.modelOf(model)).terms).to.equal(termsId)
        expect((await ledger.modelOf(model)).status).to.equal(STATUS.recalled)
      }
      // A tier stores the number in 32 bits, so it is right on both sides too.
      for (const [model, termsId] of models) {
        const tier = {
          model,
          terms: termsId,
          passThrough: 0,
          open: false,
          subCredentials: false,
          maxDuration: 0,
          callQuota: 0,
          tokenQuota: 0,
          name: 'tier',
          uri: '',
        }
        const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
        await ledger.connect(publisher).offerTier(tier)
        expect((await ledger.tierOf(model, tierId)).terms).to.equal(termsId)
      }
    })

    it('end at 2^32 - 1, where the next publication reverts instead of wrapping', async function () {
      const { ledger, terms } = await loadFixture(deployModels)
      for (let i = 2; i <= 7; ++i) await ledger.publishTerms(termsStruct({ ...terms, name: `early ${i}` }))
      await networkHelpers.setStorageAt(await ledger.getAddress(), await slotOfCount(ledger, 7n), 2n ** 32n - 1n)
      await expect(ledger.publishTerms(termsStruct({ ...terms, name: 'one too many' }))).to.be.revertedWithPanic(0x11)
    })
  })

  describe('the domain', function () {
    it('is Stemma, version 1, of this chain and contract', async function () {
      const { ledger } = await loadFixture(deployLedger)
      const { chainId } = await ethers.provider.getNetwork()
      const [fields, name, version, chain, contract, salt, extensions] = await ledger.eip712Domain()
      expect([fields, name, version, chain, contract, salt, [...extensions]]).to.deep.equal([
        '0x0f',
        'Stemma',
        '1',
        chainId,
        await ledger.getAddress(),
        ZeroHash,
        [],
      ])
      expect(await provider.request({ method: 'eth_chainId' })).to.equal(ethers.toQuantity(chainId))
    })

    it('follows the chain: after a fork, signatures for the old chain are refused and those for the new one taken', async function () {
      const { ledger, publisher, stranger } = await loadFixture(deployLedger)
      const address = await ledger.getAddress()
      const fork = await createChain({ chainId: 4711 })
      try {
        const code = await provider.request({ method: 'eth_getCode', params: [address, 'latest'] })
        await fork.provider.request({ method: 'hardhat_setCode', params: [address, code as string] })
        const there = await fork.ethers.getContractAt('Ledger', address)
        const registration = registrationOf(publisher.address)
        const struct = registrationStruct(registration)
        const deadline = 2n ** 48n - 1n
        const sender = await fork.ethers.getSigner(stranger.address)
        const old = await signRegistration(ledger, publisher, registration, deadline)
        await expect(there.connect(sender).registerBySignature(struct, publisher.address, 0, deadline, old))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
          .withArgs(publisher.address)
        const signed = await signRegistration(ledger, publisher, registration, deadline, { chainId: 4711n })
        expect(
          await there.connect(sender).registerBySignature.staticCall(struct, publisher.address, 0, deadline, signed),
        ).to.equal(modelIdOf(registration))
        expect((await there.eip712Domain()).chainId).to.equal(4711n)
      } finally {
        await fork.close()
      }
    })
  })
})
