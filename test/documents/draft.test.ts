import { expect } from 'chai'
import fc from 'fast-check'

import { methodDigest } from '../../src/core/canonicalJson.ts'
import { datasetsRoot } from '../../src/core/datasets.ts'
import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'
import { MAX_URI_BYTES } from '../../src/core/registration.ts'
import {
  DraftFieldError,
  draftDigests,
  namedDatasetDigest,
  parseDraft,
  type DraftDataset,
} from '../../src/documents/draft.ts'
import { TrainingDescriptionError } from '../../src/documents/trainingDescription.ts'

const WEIGHTS = `0x${'ab'.repeat(32)}` as Digest
/** A valid draft. */
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

describe('namedDatasetDigest', function () {
  it('is one for the two ways of writing a letter with a mark', function () {
    expect(namedDatasetDigest('e\u0301x y')).to.equal(namedDatasetDigest('\u00e9x y'))
  })
})

describe('draftDigests', function () {
  it('gives the digests of a registration, zero for what is not stated', function () {
    const books: DraftDataset = {
      digest: namedDatasetDigest('acme/books'),
      license: '',
      source: 'unstated',
      share: 0,
      name: 'acme/books',
      named: true,
    }
    const draft = parseDraft({ ...good(), datasets: [books], method: { version: 1 } })
    expect(draftDigests(draft)).to.deep.equal({ datasets: datasetsRoot([books]), method: methodDigest({ version: 1 }) })
    expect(draftDigests(parseDraft({ ...good(), datasets: [] }))).to.deep.equal({
      datasets: ZERO_DIGEST,
      method: ZERO_DIGEST,
    })
  })
})

describe('parseDraft', function () {
  it('lower-cases ids and digests, and fills what may be left out', function () {
    const { warnings: _, method: __, ...required } = good()
    const draft = parseDraft({ ...required, weights: WEIGHTS.toUpperCase().replace('0X', '0x') })
    expect(draft.weights).to.equal(WEIGHTS)
    expect(draft.parents[0]!.model).to.equal(`0x${'cd'.repeat(32)}`)
    expect(draft).to.deep.include({ warnings: [], method: null })
  })

  // The changes break the type of a draft on purpose.
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
    ['tensors', (d) => (d.tensors = '0x')],
    ['tensors', (d) => (d.tensors = 5)],
    ['annex', (d) => (d.annex = `0x${'g'.repeat(64)}`)],
    ['datasets', (d) => (d.datasets = 'x')],
    ['datasets[0].digest', (d) => (d.datasets[0].digest = '0x')],
    ['datasets[0].name', (d) => (d.datasets[0].name = 5)],
    ['datasets[0].named', (d) => (d.datasets[0].named = 'yes')],
    ['datasets[0].named', (d) => (d.datasets[0].named = true)],
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

  it('refuses a training description that is wrong, or that speaks of parents that the draft does not name', function () {
    for (const [method, field] of [
      [{ version: 2 }, 'version'],
      [{ version: 1, steps: [], step: [] }, 'step'],
      [{ version: 1, origin: 'from-scratch' }, 'origin'],
      [{ version: 1, parents: [{ model: 'acme/other' }] }, 'parents[0].model'],
    ] as const) {
      expect(() => parseDraft({ ...good(), method }), field)
        .to.throw(TrainingDescriptionError)
        .with.property('code')
    }
    const parents = [{ model: `0x${'cd'.repeat(32)}`, compute: '1e24' }]
    expect(parseDraft({ ...good(), method: { version: 1, parents } }).method).to.deep.equal({ version: 1, parents })
  })

  it('keeps a method of another form as it is, when it is an object of plain JSON', function () {
    const method = { steps: 1000, note: 'a form of our own' }
    expect(parseDraft({ ...good(), method }).method).to.deep.equal(method)
    for (const wrong of [[], 'text', 7, { big: 1n }, { when: new Date(0) }, { gone: undefined }]) {
      expect(() => parseDraft({ ...good(), method: wrong }))
        .to.throw()
        .with.property('code', 'DRAFT_FIELD')
    }
  })

  it('refuses a duplicate dataset, and shares of more than 100 %', function () {
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
