import { createHash } from 'node:crypto'

import { expect } from 'chai'

import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'
import { parseDraft } from '../../src/documents/draft.ts'
import { draftFromCard } from '../../src/interop/draftFromCard.ts'
import {
  SelfParentError,
  statedParents,
  TooManyParentsError,
  UnreadParentError,
} from '../../src/interop/draftParents.ts'
import { parseCard } from '../../src/interop/huggingface.ts'
import type { ParentSource } from '../../src/interop/parentFiles.ts'

const WEIGHTS = `0x${'ab'.repeat(32)}` as Digest
const sha = (text: string) => `0x${createHash('sha256').update(text).digest('hex')}`
const draftOf = (yaml: string, options: Partial<draftFromCard.Options> = {}) =>
  draftFromCard(parseCard(`---\n${yaml}\n---\n`), { name: 'acme/tiny', weights: WEIGHTS, ...options })

describe('draftFromCard', function () {
  it('drafts a registration with nothing to look at', function () {
    const draft = draftOf('license: apache-2.0\nbase_model: acme/base\nbase_model_relation: quantized', {
      uri: 'ipfs://x',
      method: { version: 1, steps: [{ kind: 'quantization' }] },
    })
    expect(draft).to.deep.equal({
      version: 1,
      name: 'acme/tiny',
      weights: WEIGHTS,
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      uri: 'ipfs://x',
      parents: [{ model: 'acme/base', relation: 'quantized', inferred: null }],
      terms: { license: 'apache-2.0', licenseName: null, licenseLink: null },
      datasets: [],
      method: { version: 1, steps: [{ kind: 'quantization' }] },
      warnings: [],
    })
  })

  it('reads back as it was written', function () {
    const draft = draftOf('license: mit\nbase_model: [a/b, c/d]\ndatasets: [x/y, Some words]')
    expect(parseDraft(JSON.parse(JSON.stringify(draft)))).to.deep.equal(draft)
  })

  it('explains an inferred relation and asks to check it', function () {
    const draft = draftOf('license: mit\nbase_model: a/b', { files: ['x.gguf'] })
    expect(draft.parents).to.deep.equal([
      { model: 'a/b', relation: 'quantized', inferred: 'the model has the file "x.gguf"' },
    ])
    expect(draft.warnings).to.have.length(1)
    expect(draft.warnings[0]).to.include('"quantized" was inferred')
  })

  it('takes datasets by name, with a digest of the name and no share', function () {
    const draft = draftOf('license: mit\ndatasets: [acme/books, Größe & Co]')
    expect(draft.datasets).to.deep.equal([
      {
        digest: sha('hf://datasets/acme/books'),
        license: '',
        source: 'unstated',
        share: 0,
        name: 'acme/books',
        named: true,
      },
      {
        digest: sha('urn:stemma:dataset:Gr%C3%B6%C3%9Fe%20%26%20Co'),
        license: '',
        source: 'unstated',
        share: 0,
        name: 'Größe & Co',
        named: true,
      },
    ])
    expect(draft.warnings.join()).to.include('known by name only')
  })

  const warned: [string, string][] = [
    ['The card states no license', ''],
    ['Several licenses are stated ("mit", "gpl-3.0")', 'license: [mit, gpl-3.0]'],
    ['"other" without license_name', 'license: other'],
    ['no base_model is named', 'license: mit\nbase_model_relation: merge'],
    ['"none". It was read as none', 'license: mit\nbase_model: none'],
  ]
  for (const [warning, yaml] of warned) {
    it(`warns: ${warning}`, function () {
      const draft = draftOf(yaml)
      expect(draft.warnings.join()).to.include(warning)
      expect(draft.parents).to.deep.equal([])
    })
  }

  it('keeps the name and link of another license', function () {
    const { terms, warnings } = draftOf('license: other\nlicense_name: modified-mit\nlicense_link: LICENSE')
    expect(terms).to.deep.equal({ license: 'other', licenseName: 'modified-mit', licenseLink: 'LICENSE' })
    expect(warnings).to.deep.equal([])
  })

  it('accepts eight base models and refuses nine, unless the registrant states fewer', function () {
    const yaml = (count: number) =>
      `license: mit\nbase_model: [${Array.from({ length: count }, (_, index) => `a/b${index}`).join()}]`
    expect(draftOf(yaml(8)).parents).to.have.length(8)
    expect(() => draftOf(yaml(9)))
      .to.throw(TooManyParentsError, '9')
      .with.property('code', 'TOO_MANY_PARENTS')
    const { parents, warnings } = draftOf(yaml(9), { stated: { baseModels: ['a/b0'] } })
    expect(parents.map(({ model }) => model)).to.deep.equal(['a/b0'])
    expect(warnings.join()).to.include('"a/b8", which --base-model leaves out')
  })

  it('ends where a parent cannot be read, and names it and the remedy', function () {
    expect(() => draftOf('base_model: [a/b, ./local/folder]'))
      .to.throw(UnreadParentError, /base_model of the card names ".\/local\/folder".*--base-model <name>/)
      .with.property('code', 'UNREAD_PARENT')
    const { parents, warnings } = draftOf('license: mit\nbase_model: [a/b, ./local/folder]', {
      stated: { baseModels: statedParents(['https://hf.co/A/B', 'tensors:' + 'ab'.repeat(32)]), relation: 'merge' },
    })
    expect(parents).to.deep.equal([
      { model: 'A/B', relation: 'merge', inferred: null },
      { model: `tensors:${'ab'.repeat(32)}`, relation: 'merge', inferred: null },
    ])
    expect(warnings).to.deep.equal([
      'base_model of the card names "./local/folder", which --base-model leaves out. The registrant answers for that.',
    ])
    expect(draftOf('base_model: ./x', { stated: { baseModels: statedParents(['none']) } }).parents).to.deep.equal([])
    expect(() => statedParents(['a/b', 'some words'])).to.throw(UnreadParentError, '--base-model names "some words"')
  })

  it('refuses a model that is its own parent', function () {
    expect(() => draftOf('base_model: ACME/tiny'))
      .to.throw(SelfParentError, '"acme/tiny" is named as a parent of itself')
      .with.property('code', 'SELF_PARENT')
  })

  describe('takes the parents of all sources', function () {
    const source = (origin: string, parents: string[], more: Partial<ParentSource> = {}): ParentSource => ({
      origin,
      parents,
      unread: [],
      relation: null,
      hint: false,
      ...more,
    })
    const withSources = (yaml: string, ...parents: ParentSource[]) =>
      draftOf(`license: mit\n${yaml}`, { sources: { parents } })

    it('each once, and says where they agree only in part', function () {
      const { parents, warnings } = withSources(
        'base_model: acme/base\nbase_model_relation: finetune',
        source('adapter_config.json', ['ACME/Base'], { relation: 'adapter' }),
        source('mergekit_config.yml', ['acme/other', 'acme/base'], { relation: 'merge' }),
      )
      expect(parents.map(({ model }) => model)).to.deep.equal(['acme/base', 'acme/other'])
      expect(warnings).to.deep.equal([
        'Sources disagree: mergekit_config.yml names "acme/other", but not base_model of the card ("acme/base") and adapter_config.json ("ACME/Base"). It was taken as a parent; to state other parents, use --base-model.',
      ])
    })

    it('with the relation that the file is for, where the card does not name them', function () {
      const { parents, warnings } = withSources(
        '',
        source('adapter_config.json', ['acme/base'], { relation: 'adapter' }),
      )
      expect(parents).to.deep.equal([
        { model: 'acme/base', relation: 'adapter', inferred: 'it is named by adapter_config.json' },
      ])
      expect(warnings[0]).to.equal(
        'The card names no base_model. The parent "acme/base" is from adapter_config.json: check it.',
      )
    })

    it('and takes a path for a copy of the parent that has its name', function () {
      const path = (unread: string) => source('adapter_config.json', [], { unread: [unread] })
      expect(withSources('base_model: acme/Base-7B', path('/mnt/models/base-7b/')).parents).to.have.length(1)
      expect(withSources('base_model: acme/Base-7B', path('Base 7B')).parents).to.have.length(1)
      for (const other of ['/mnt/models/x', 'made from other/base-7b', 'https://example.org/acme/base-7b'])
        expect(() => withSources('base_model: acme/Base-7B', path(other)), other).to.throw(UnreadParentError)
    })

    it('but hints of config.json only as hints', function () {
      const hint = source('_name_or_path of config.json', ['acme/other'], { hint: true, unread: [] })
      const { parents, warnings } = withSources('base_model: acme/base\nbase_model_relation: finetune', hint)
      expect(parents).to.have.length(1)
      expect(warnings).to.deep.equal([
        '_name_or_path of config.json is "acme/other", which is not among the parents. If the model was made from it, add it with --base-model.',
      ])
      expect(withSources('', { ...hint, parents: ['Acme/Tiny'] }).warnings).to.deep.equal([])
    })
  })
})
