import { createHash } from 'node:crypto'

import { expect } from 'chai'
import fc from 'fast-check'

import { methodDigest } from '../../src/core/canonicalJson.ts'
import { datasetsRoot } from '../../src/core/datasets.ts'
import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'
import { MAX_URI_BYTES } from '../../src/core/registration.ts'
import { parseCard } from '../../src/interop/huggingface.ts'
import {
  DraftFieldError,
  draftDigests,
  draftFromCard,
  namedDatasetDigest,
  parseDraft,
  TooManyParentsError,
} from '../../src/documents/draft.ts'

const WEIGHTS = `0x${'ab'.repeat(32)}` as Digest
const sha = (text: string) => `0x${createHash('sha256').update(text).digest('hex')}`
const draftOf = (yaml: string, options: Partial<draftFromCard.Options> = {}) =>
  draftFromCard(parseCard(`---\n${yaml}\n---\n`), { name: 'acme/tiny', weights: WEIGHTS, ...options })

describe('draftFromCard', function () {
  it('drafts a registration with nothing to look at', function () {
    const draft = draftOf('license: apache-2.0\nbase_model: acme/base\nbase_model_relation: quantized', {
      uri: 'ipfs://x',
      method: { tool: 'y' },
    })
    expect(draft).to.deep.equal({
      version: 1,
      name: 'acme/tiny',
      weights: WEIGHTS,
      uri: 'ipfs://x',
      parents: [{ model: 'acme/base', relation: 'quantized', inferred: null }],
      terms: { license: 'apache-2.0', licenseName: null, licenseLink: null },
      datasets: [],
      method: { tool: 'y' },
      warnings: [],
    })
  })

  it('reads back as it was written', function () {
    const draft = draftOf('license: mit\nbase_model: [a/b, c/d]\ndatasets: [x/y, Some words]')
    expect(parseDraft(JSON.parse(JSON.stringify(draft)))).to.deep.equal(draft)
  })

  it('says of an inferred relation why, and asks to check it', function () {
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
    ['No license is stated', ''],
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

describe('namedDatasetDigest', function () {
  it('is one for the two ways of writing a letter with a mark', function () {
    expect(namedDatasetDigest('e\u0301x y')).to.equal(namedDatasetDigest('\u00e9x y'))
  })
})

describe('draftDigests', function () {
  it('gives the digests of a registration, zero for what is not stated', function () {
    const draft = draftOf('license: mit\ndatasets: acme/books', { method: { steps: 3 } })
    expect(draftDigests(draft)).to.deep.equal({
      datasets: datasetsRoot(draft.datasets),
      method: methodDigest({ steps: 3 }),
    })
    expect(draftDigests(draftOf('license: mit'))).to.deep.equal({ datasets: ZERO_DIGEST, method: ZERO_DIGEST })
  })
})

describe('parseDraft', function () {
  const good = () => ({
    version: 1,
    name: 'acme/tiny',
    weights: WEIGHTS as string,
    uri: '',
    parents: [{ model: `0x${'CD'.repeat(32)}`, relation: 'finetune', inferred: null }],
    terms: { license: 'mit', licenseName: null, licenseLink: null },
    datasets: [
      { digest: `0x${'11'.repeat(32)}`, license: 'mit', source: 'public', share: 10_000, name: null, named: false },
    ],
    method: null,
    warnings: [],
  })

  it('lower-cases ids and digests, and fills what may be left out', function () {
    const { warnings: _, method: __, ...rest } = good()
    const draft = parseDraft({ ...rest, weights: WEIGHTS.toUpperCase().replace('0X', '0x') })
    expect(draft.weights).to.equal(WEIGHTS)
    expect(draft.parents[0]!.model).to.equal(`0x${'cd'.repeat(32)}`)
    expect(draft).to.deep.include({ warnings: [], method: null })
  })

  // What breaks a draft is against its type.
  const wrong: [string, (draft: any) => unknown][] = [
    ['The draft', () => null],
    ['The draft', () => []],
    ['version', (d) => (d.version = 2)],
    ['version', (d) => delete d.version],
    ['parnets', (d) => (d.parnets = [])],
    ['name', (d) => (d.name = '../x')],
    ['name', (d) => (d.name = 'a/b\u202e')],
    ['weights', (d) => (d.weights = ZERO_DIGEST)],
    ['weights', (d) => (d.weights = WEIGHTS.slice(2))],
    ['uri', (d) => (d.uri = 'no uri')],
    ['uri', (d) => (d.uri = `https://${'x'.repeat(MAX_URI_BYTES - 7)}`)],
    ['parents', (d) => (d.parents = {})],
    ['parents', (d) => (d.parents = Array(9).fill(d.parents[0]))],
    ['parents[0]', (d) => (d.parents[0] = null)],
    ['parents[0].model', (d) => (d.parents[0].model = 'a/b/c')],
    ['parents[1].model', (d) => d.parents.push({ ...d.parents[0], model: d.parents[0].model.toLowerCase() })],
    ['parents[0].relation', (d) => (d.parents[0].relation = 'hasOwnProperty')],
    ['parents[0].relation', (d) => delete d.parents[0].relation],
    ['parents[0].inferred', (d) => (d.parents[0].inferred = true)],
    ['parents[0].why', (d) => (d.parents[0].why = 'x')],
    ['terms', (d) => delete d.terms],
    ['terms.license', (d) => (d.terms.license = 'mit\u001b[0m')],
    ['terms.licenseName', (d) => (d.terms.licenseName = 'x'.repeat(2049))],
    ['datasets', (d) => (d.datasets = 'x')],
    ['datasets[0].digest', (d) => (d.datasets[0].digest = '0x')],
    ['datasets[0].name', (d) => (d.datasets[0].name = 5)],
    ['datasets[0].named', (d) => (d.datasets[0].named = 'yes')],
    ['datasets[0].named', (d) => (d.datasets[0].named = true)],
    ['method', (d) => (d.method = [])],
    ['method', (d) => (d.method = { a: 1n })],
    ['warnings[0]', (d) => (d.warnings = [5])],
  ]
  wrong.forEach(([path, change], index) => {
    it(`refuses case ${index} and names ${path}`, function () {
      const draft = good()
      const changed = change(draft)
      const value = path === 'The draft' ? changed : draft
      const error = expect(() => parseDraft(value)).to.throw(path)
      error.with.property('code').that.is.oneOf(['DRAFT_FIELD', 'INVALID_DATASET_ENTRY'])
      error.with.property('message').that.matches(/^[^\p{Cc}\p{Cf}]*$/u)
    })
  })

  it('refuses datasets that are one, or more than a whole', function () {
    const draft = good()
    draft.datasets.push({ ...draft.datasets[0]!, share: 0 })
    expect(() => parseDraft(draft))
      .to.throw()
      .with.property('code', 'DUPLICATE_DATASET')
    draft.datasets[1]! = { ...draft.datasets[0]!, digest: `0x${'22'.repeat(32)}`, share: 1 }
    expect(() => parseDraft(draft))
      .to.throw()
      .with.property('code', 'DATASET_SHARES')
  })

  it('accepts a URI of the longest length', function () {
    expect(parseDraft({ ...good(), uri: `https://${'x'.repeat(MAX_URI_BYTES - 8)}` }).uri).to.have.length(MAX_URI_BYTES)
  })

  it('throws errors of ours only, whatever it is given', function () {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseDraft(value)).to.throw(DraftFieldError)
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good())), fc.anything(), (field, value) => {
        try {
          parseDraft({ ...good(), [field]: value })
        } catch (error) {
          expect(error).to.have.property('code').that.is.a('string')
        }
      }),
      { numRuns: 1000 },
    )
  })
})
