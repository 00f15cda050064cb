import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { draftDigests, parseDraft } from '../../../src/documents/draft.ts'
import {
  AmbiguousParentError,
  findParent,
  prepareRegistration,
  UnknownParentNameError,
} from '../../../src/sdk/registry/prepareRegistration.ts'
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
    expect(await findParent(reader, { name: id })).to.equal(id)
  })

  it('says which parent is not registered, and where it looked', async function () {
    const { reader } = await loadFixture(deployModels)
    await expectError(
      findParent(reader, { name: 'acme/nothing' }),
      UnknownParentNameError,
      '"acme/nothing"',
      'https://huggingface.co/acme/nothing',
      '"test"',
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
    expect(await findParent(reader, { name: 'acme/base' })).to.equal(base)
  })
})
