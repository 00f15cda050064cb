import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { expect } from 'chai'
import fc from 'fast-check'

import {
  compareResourceNames,
  DEFAULT_IGNORED_PATHS,
  DuplicateResourceError,
  InvalidManifestError,
  InvalidResourceError,
  MAX_RESOURCE_NAME_BYTES,
  ManifestDigestError,
  manifestDigest,
  manifestOf,
  NoResourcesError,
  parseStatement,
  parseUnverifiedBundle,
  ResourceOrderError,
  statementOf,
  UnsupportedManifestError,
  type ManifestStatement,
} from '../../src/interop/oms.ts'

type Vectors = { bundles: { method: string; payloadType: string; statement: ManifestStatement }[] }
const vectors = JSON.parse(readFileSync(new URL('../vectors/oms.json', import.meta.url), 'utf8')) as Vectors

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const file = (name: string) => ({ name, digest: sha(name) })

/** Breaks a statement, which is against its type. */
type Change = (statement: any) => void

/** A deep copy of a good statement, changed by a function. */
function statementWith(change: Change): unknown {
  const statement: unknown = structuredClone(vectors.bundles[0]!.statement)
  change(statement)
  return statement
}

describe('manifestDigest', function () {
  for (const { method, statement } of vectors.bundles) {
    it(`is the subject's digest of the reference implementation's ${method} bundle`, function () {
      const { resources, serialization } = statement.predicate
      const manifest = manifestOf([...resources].reverse(), serialization.ignore_paths)
      expect(manifestDigest(manifest)).to.equal(`0x${statement.subject[0].digest.sha256}`)
      expect(statementOf(manifest, statement.subject[0].name)).to.deep.equal(statement)
    })
  }

  it('is SHA-256 of the raw digests in order', function () {
    const raw = createHash('sha256')
    for (const name of ['a', 'b/c']) raw.update(Buffer.from(sha(name), 'hex'))
    expect(manifestDigest(manifestOf([file('b/c'), file('a')]))).to.equal(`0x${raw.digest('hex')}`)
  })

  it('of a single file is SHA-256 of its SHA-256', function () {
    const manifest = manifestOf([{ name: '.', digest: sha('x') }])
    const twice = createHash('sha256')
      .update(Buffer.from(sha('x'), 'hex'))
      .digest('hex')
    expect(manifestDigest(manifest)).to.equal(`0x${twice}`)
  })
})

describe('compareResourceNames', function () {
  it('orders part by part and not by the plain string', function () {
    const names = ['a.b', 'a/b', 'a', 'a-b/c', 'a/b/c', 'a/a', 'B', 'é', 'z/\u{1f600}', 'z/\uffee', 'z']
    expect([...names].sort(compareResourceNames)).to.deep.equal([
      'B',
      'a',
      'a/a',
      'a/b',
      'a/b/c',
      'a-b/c',
      'a.b',
      'z',
      'z/\uffee',
      'z/\u{1f600}',
      'é',
    ])
    // "-" and "." come before "/" in the plain order.
    expect([...names].sort()).to.not.deep.equal([...names].sort(compareResourceNames))
  })

  it('is a total order', function () {
    const name = fc
      .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareResourceNames(a, b))).to.equal(0 - Math.sign(compareResourceNames(b, a)))
        if (compareResourceNames(a, b) <= 0 && compareResourceNames(b, c) <= 0) {
          expect(compareResourceNames(a, c)).to.be.at.most(0)
        }
        expect(compareResourceNames(a, b) === 0).to.equal(a === b)
      }),
    )
  })
})

describe('manifestOf', function () {
  it('records what the reference implementation leaves out', function () {
    expect(manifestOf([file('a')]).serialization).to.deep.equal({
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: false,
      ignore_paths: ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig'],
    })
    expect(DEFAULT_IGNORED_PATHS).to.have.length(5)
  })

  it('refuses no files', function () {
    expect(() => manifestOf([]))
      .to.throw(NoResourcesError)
      .with.property('code', 'NO_RESOURCES')
  })

  it('refuses a name that stands twice', function () {
    expect(() => manifestOf([file('a'), file('a')]))
      .to.throw(DuplicateResourceError, '"a"')
      .with.property('code', 'DUPLICATE_RESOURCE')
  })

  for (const name of [
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    '../a',
    'a/../b',
    './a',
    'a/.',
    'a\nb',
    'a\u202eb',
    'a\u0000',
    '\ud800',
  ]) {
    it(`refuses the name ${JSON.stringify(name)}`, function () {
      expect(() => manifestOf([file(name)]))
        .to.throw(InvalidResourceError)
        .with.property('code', 'INVALID_RESOURCE')
    })
  }

  it('accepts the longest name and refuses one byte more', function () {
    expect(manifestOf([file('é'.repeat(MAX_RESOURCE_NAME_BYTES / 2))]).resources).to.have.length(1)
    expect(() => manifestOf([file('é'.repeat(MAX_RESOURCE_NAME_BYTES / 2) + 'a')])).to.throw(InvalidResourceError)
  })

  it('refuses a single file beside others', function () {
    expect(() => manifestOf([file('.'), file('a')])).to.throw(InvalidResourceError)
  })

  it('refuses a digest that is not 64 lower-case hex digits', function () {
    for (const digest of ['', `0x${sha('a')}`, sha('a').toUpperCase(), sha('a').slice(1), `${sha('a')}\n`]) {
      expect(() => manifestOf([{ name: 'a', digest }])).to.throw(InvalidResourceError)
    }
  })
})

describe('parseStatement', function () {
  for (const { method, statement } of vectors.bundles) {
    it(`reads the statement of the ${method} bundle`, function () {
      expect(parseStatement(statement)).to.deep.equal({
        name: statement.subject[0].name,
        digest: `0x${statement.subject[0].digest.sha256}`,
        manifest: statement.predicate,
      })
    })
  }

  it('ignores fields that version 1.0 does not define', function () {
    const value = statementWith((statement) => {
      statement.predicate.card = { x: 1 }
      statement.predicate.resources[0].size = 5
    })
    expect(parseStatement(value).manifest).to.deep.equal(vectors.bundles[0]!.statement.predicate)
  })

  it('reads statements of releases that did not record what they left out', function () {
    const value = statementWith((statement) => delete statement.predicate.serialization.ignore_paths)
    expect(parseStatement(value).manifest.serialization.ignore_paths).to.deep.equal([])
  })

  it('refuses a digest that is not that of the resources', function () {
    const value = statementWith((statement) => {
      statement.predicate.resources[0].digest = sha('other')
    })
    expect(() => parseStatement(value))
      .to.throw(ManifestDigestError)
      .with.property('code', 'MANIFEST_DIGEST')
  })

  it('refuses resources out of order, even when the digest is theirs', function () {
    const value = statementWith((statement) => {
      statement.predicate.resources.reverse()
      const raw = createHash('sha256')
      for (const { digest } of statement.predicate.resources) raw.update(Buffer.from(digest, 'hex'))
      statement.subject[0].digest.sha256 = raw.digest('hex')
    })
    expect(() => parseStatement(value))
      .to.throw(ResourceOrderError)
      .with.property('code', 'RESOURCE_ORDER')
  })

  const unsupported: [string, Change][] = [
    ['_type', (s) => (s._type = 'https://in-toto.io/Statement/v0.1')],
    ['predicateType', (s) => (s.predicateType = 'https://model_signing/Digests/v0.1')],
    ['predicate.serialization.method', (s) => (s.predicate.serialization.method = 'shards')],
    ['predicate.serialization.hash_type', (s) => (s.predicate.serialization.hash_type = 'blake2b')],
    ['predicate.resources[1].algorithm', (s) => (s.predicate.resources[1].algorithm = 'blake3')],
  ]
  for (const [path, change] of unsupported) {
    it(`refuses another ${path}`, function () {
      expect(() => parseStatement(statementWith(change)))
        .to.throw(UnsupportedManifestError, path)
        .with.property('code', 'UNSUPPORTED_MANIFEST')
    })
  }

  const invalid: [string, Change][] = [
    ['subject is not a list', (s) => (s.subject = {})],
    ['subject has 0 entries', (s) => (s.subject = [])],
    ['subject has 2 entries', (s) => s.subject.push(s.subject[0])],
    ['subject[0].digest is not an object', (s) => (s.subject[0].digest = null)],
    ['subject[0].digest.sha256 is not a string', (s) => (s.subject[0].digest = { sha512: 'x' })],
    ['predicate is not an object', (s) => (s.predicate = [])],
    ['predicate.serialization.allow_symlinks', (s) => (s.predicate.serialization.allow_symlinks = 'false')],
    ['predicate.serialization.ignore_paths[0]', (s) => (s.predicate.serialization.ignore_paths = [1])],
    ['predicate.resources is not a list', (s) => delete s.predicate.resources],
    ['predicate.resources[0].name', (s) => (s.predicate.resources[0].name = 5)],
  ]
  for (const [message, change] of invalid) {
    it(`says that ${message}`, function () {
      expect(() => parseStatement(statementWith(change)))
        .to.throw(InvalidManifestError, message)
        .with.property('code', 'INVALID_MANIFEST')
    })
  }

  it('refuses a path that escapes', function () {
    const value = statementWith((statement) => (statement.predicate.resources[0].name = '../../etc/passwd'))
    expect(() => parseStatement(value)).to.throw(InvalidResourceError, '"../../etc/passwd"')
  })

  it('throws errors of ours only, whatever it is given', function () {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseStatement(value))
          .to.throw()
          .with.property('code')
          .that.is.a('string')
      }),
    )
  })
})

describe('parseUnverifiedBundle', function () {
  const bundleOf = (payload: string, payloadType = 'application/vnd.in-toto+json') => ({
    dsseEnvelope: { payload: Buffer.from(payload).toString('base64'), payloadType },
  })

  it('reads the statement of a bundle', function () {
    const { statement, payloadType } = vectors.bundles[2]!
    expect(parseUnverifiedBundle(bundleOf(JSON.stringify(statement), payloadType)).name).to.equal('v1.1.0-sigstore')
  })

  it('refuses a payload of another type, in no base64, in no UTF-8 or with a name twice', function () {
    expect(() => parseUnverifiedBundle(bundleOf('{}', 'text/plain'))).to.throw(UnsupportedManifestError)
    const envelope = { payloadType: 'application/vnd.in-toto+json', payload: '%%%' }
    expect(() => parseUnverifiedBundle({ dsseEnvelope: envelope })).to.throw(InvalidManifestError, 'payload')
    expect(() => parseUnverifiedBundle({ dsseEnvelope: { ...envelope, payload: '/w==' } })).to.throw(
      InvalidManifestError,
    )
    expect(() => parseUnverifiedBundle(bundleOf('{"_type":1,"_type":2}')))
      .to.throw()
      .with.property('code', 'DUPLICATE_JSON_NAME')
    expect(() => parseUnverifiedBundle({})).to.throw(InvalidManifestError, 'dsseEnvelope')
  })
})
