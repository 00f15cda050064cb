import { expect } from 'chai'

import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_DIGEST, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { draftDigests, parseDraft } from '../../../src/documents/draft.ts'
import { AmbiguousParentError, findParent, prepareRegistration } from '../../../src/sdk/registry/prepareRegistration.ts'
import { listChildren } from '../../../src/sdk/registry/listChildren.ts'
import { listParents } from '../../../src/sdk/registry/listParents.ts'
import { readExternals } from '../../../src/sdk/registry/readExternals.ts'
import { readModel } from '../../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectError } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const NONE = ZERO_DIGEST as string as TermsId

describe('prepareRegistration', function () {
  const draft = parseDraft({
    version: 1,
    name: 'gamma/merged',
    uri: '',
    weights: digestOf('merged'),
    datasets: [],
    method: {},
    terms: { license: 'mit' },
    parents: [
      { model: 'acme/base', relation: 'merge' },
      { model: 'beta/tuned', relation: 'merge' },
    ],
    warnings: [],
  })

  it('makes a registration of a draft that can be sent: parents by name, digests, and the uri of its name', async function () {
    const { holder, reader, base, tuned, terms } = await loadFixture(deployModels)
    const registration = await prepareRegistration(reader, { draft, publisher: holder.address, terms })
    expect(registration).to.deep.equal({
      publisher: holder.address,
      weights: digestOf('merged'),
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      ...draftDigests(draft),
      terms,
      parents: [
        { model: base, relation: 'merge' },
        { model: tuned, relation: 'merge' },
      ],
      uri: 'https://huggingface.co/gamma/merged',
    })
    const { model } = await registerModel(holder.ledger, { registration })
    expect((await readModel(reader, { model })).registration).to.deep.equal(registration)
  })

  it('states the tensors and the annex of the draft', async function () {
    const { holder, reader } = await loadFixture(deployModels)
    const [tensors, annex] = [digestOf('tensors'), digestOf('annex')]
    const stated = parseDraft({ ...draft, parents: [], tensors: tensors.toUpperCase().replace('0X', '0x'), annex })
    const registration = await prepareRegistration(reader, { draft: stated, publisher: holder.address, terms: NONE })
    expect([registration.tensors, registration.annex]).to.deep.equal([tensors, annex])
    const { model } = await registerModel(holder.ledger, { registration })
    expect((await readModel(reader, { model })).registration).to.deep.equal(registration)
  })

  it('keeps the uri of a draft that has one, and takes the parents that are chosen', async function () {
    const { holder, reader, base, tuned } = await loadFixture(deployModels)
    const { uri, parents } = await prepareRegistration(reader, {
      draft: { ...draft, uri: 'ipfs://merged' },
      publisher: holder.address,
      terms: NONE,
      parents: { 'acme/base': tuned, 'beta/tuned': base },
    })
    expect([uri, parents.map(({ model }) => model)]).to.deep.equal(['ipfs://merged', [tuned, base]])
  })

  it('takes a parent that is named by its id, whether it is there or not', async function () {
    const { reader } = await loadFixture(deployModels)
    const id = `0x${'77'.repeat(32)}` as ModelId
    expect(await findParent(reader, { name: id })).to.deep.equal({ model: id })
  })

  it('names a parent that nobody has registered as an external one, in any spelling of its name', async function () {
    const { reader } = await loadFixture(deployModels)
    const model = externalIdOf(externalNameOnHub('acme/nothing'))
    for (const name of ['acme/nothing', 'Acme/Nothing', 'hf:acme/nothing', 'hf:Acme/nothing']) {
      expect(await findParent(reader, { name })).to.deep.equal({ model, external: true })
    }
    const tensors = externalNameOfTensors(digestOf('tensors'))
    expect(await findParent(reader, { name: tensors })).to.deep.equal({ model: externalIdOf(tensors), external: true })
  })

  it('registers external parents and parts that a draft states, and takes an external one that is chosen', async function () {
    const { holder, reader, base } = await loadFixture(deployModels)
    const tensors = externalNameOfTensors(digestOf('tensors of nobody'))
    const parents = [
      { model: 'nobody/nothing', relation: 'merge', part: 'encoder' },
      { model: 'nobody/chosen', relation: 'merge' },
      { model: 'acme/base', relation: 'merge', part: 'whole' },
    ]
    const registration = await prepareRegistration(reader, {
      draft: parseDraft({ ...draft, parents }),
      publisher: holder.address,
      terms: NONE,
      parents: { 'nobody/chosen': tensors },
    })
    expect(registration.parents).to.deep.equal([
      { model: externalIdOf(externalNameOnHub('nobody/nothing')), external: true, relation: 'merge', part: 'encoder' },
      { model: externalIdOf(tensors), external: true, relation: 'merge' },
      { model: base, relation: 'merge' },
    ])
    const { model } = await registerModel(holder.ledger, { registration })
    expect((await readModel(reader, { model })).registration).to.deep.equal(registration)
    expect(await listParents(reader, { model })).to.deep.equal(registration.parents)
    const [external] = registration.parents
    expect(await listChildren(reader, { model: external!.model })).to.deep.equal([{ ...external, model }])
    expect([
      ...(await readExternals(reader, { ids: registration.parents.map((parent) => parent.model) })),
    ]).to.deep.equal([])
  })

  it('finds the names of external parents by the models that are registered later', async function () {
    const { holder, reader } = await loadFixture(deployModels)
    const [tensors, uri] = [digestOf('late tensors'), 'https://hf.co/Late/Base/']
    const names = [externalNameOfTensors(tensors), externalNameOnHub('late/base')]
    const ids = names.map(externalIdOf)
    expect((await readExternals(reader, { ids })).size).to.equal(0)
    const late = registrationOf(holder.address, { tensors, uri, weights: digestOf('late') })
    const { model } = await registerModel(holder.ledger, { registration: late })
    expect([...(await readExternals(reader, { ids }))]).to.deep.equal(
      names.map((name, index) => [ids[index], { name, registered: [model] }]),
    )
  })

  it('names those who registered a parent, where it is several, and no more than eight', async function () {
    const { reader, stranger } = await loadFixture(deployModels)
    const names: string[] = []
    for (let index = 0; index < 9; ++index) {
      const uri = 'https://huggingface.co/zed/new'
      const registration = registrationOf(stranger.address, { weights: digestOf(`copy ${index}`), uri })
      const { model } = await registerModel(stranger.ledger, { registration })
      names.push(`${model} by ${stranger.address}`)
    }
    const listed = `${names.slice(0, 8).join('; ')}; and 1 more`
    await expectError(findParent(reader, { name: 'zed/new' }), AmbiguousParentError, listed)
  })

  it('takes the registration by an accredited publisher, whatever strangers register under its name', async function () {
    const { reader, stranger, base } = await loadFixture(deployModels)
    const uri = 'https://huggingface.co/acme/base'
    const registration = registrationOf(stranger.address, { weights: digestOf('copy'), uri })
    await registerModel(stranger.ledger, { registration })
    expect(await findParent(reader, { name: 'acme/base' })).to.deep.equal({ model: base })
  })
})
