import { createHash } from 'node:crypto'

import { expect } from 'chai'

import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'
import { parseDraft } from '../../src/documents/draft.ts'
import { draftFromCard, TooManyParentsError } from '../../src/interop/draftFromCard.ts'
import { parseCard } from '../../src/interop/huggingface.ts'

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
    ['is not an id on the Hub and was left out', 'license: mit\nbase_model: ./local/folder'],
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

  it('accepts eight base models and refuses nine', function () {
    const yaml = (count: number) =>
      `license: mit\nbase_model: [${Array.from({ length: count }, (_, index) => `a/b${index}`).join()}]`
    expect(draftOf(yaml(8)).parents).to.have.length(8)
    expect(() => draftOf(yaml(9)))
      .to.throw(TooManyParentsError, '9')
      .with.property('code', 'TOO_MANY_PARENTS')
  })
})
