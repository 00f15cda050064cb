import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import fc from 'fast-check'

import {
  compareManifests,
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
  type ManifestOrder,
  type ManifestStatement,
} from '../../src/interop/oms.ts'
import { standardsFolder } from '../fixtures/standards.ts'

type Sorted = { sorted: string[]; digest: string }
type OrderVector = { names: string[]; codePoints: Sorted; pathParts: Sorted }
type Vectors = {
  bundles: { method: string; payloadType: string; statement: ManifestStatement }[]
  order: OrderVector & { small: OrderVector[] }
}
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

/** A statement that lists names in an order, each with the digest of the name, and states a digest. */
function statementOfNames(names: readonly string[], digest: string): unknown {
  return statementWith((statement) => {
    statement.subject[0].digest.sha256 = digest
    statement.predicate.resources = names.map((name) => ({ ...file(name), algorithm: 'sha256' }))
  })
}

describe('manifestDigest', function () {
  for (const { method, statement } of vectors.bundles) {
    it(`is the subject's digest of the reference implementation's ${method} bundle`, function () {
      const { resources, serialization } = statement.predicate
      const manifest = manifestOf([...resources].reverse(), { ignoredPaths: serialization.ignore_paths })
      expect(manifestDigest(manifest)).to.equal(`0x${statement.subject[0].digest.sha256}`)
      expect(statementOf(manifest, statement.subject[0].name)).to.deep.equal(statement)
    })
  }

  for (const { names, codePoints, pathParts } of [vectors.order, ...vectors.order.small]) {
    it(`sorts ${names.length} names from ${JSON.stringify(names[0])} by code points, or by path parts when asked`, function () {
      const manifest = manifestOf(names.map(file))
      expect(manifest.resources.map(({ name }) => name)).to.deep.equal(codePoints.sorted)
      expect(manifestDigest(manifest)).to.equal(`0x${codePoints.digest}`)
      expect(manifestDigest(manifest, 'path-parts')).to.equal(`0x${pathParts.digest}`)
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
  const names = ['a.b', 'a/b', 'a', 'a-b/c', 'a/b/c', 'a/a', 'B', 'é', 'z/\u{1f600}', 'z/\uffee', 'z']
  const sortedBy = (order?: ManifestOrder) => names.toSorted((a, b) => compareResourceNames(a, b, order))

  it('orders whole names by their code points', function () {
    expect(sortedBy()).to.deep.equal([
      'B',
      'a',
      'a-b/c',
      'a.b',
      'a/a',
      'a/b',
      'a/b/c',
      'z',
      'z/\uffee',
      'z/\u{1f600}',
      'é',
    ])
    // UTF-16 units would put U+1F600 before U+FFEE.
    expect(names.toSorted()).to.not.deep.equal(sortedBy())
  })

  it('orders part by part when asked', function () {
    expect(sortedBy('path-parts')).to.deep.equal([
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
  })

  for (const order of ['code-points', 'path-parts'] as const) {
    it(`is a total order by ${order}`, function () {
      const compare = (a: string, b: string) => compareResourceNames(a, b, order)
      const name = fc
        .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join('/'))
      fc.assert(
        fc.property(name, name, name, (a, b, c) => {
          expect(Math.sign(compare(a, b))).to.equal(0 - Math.sign(compare(b, a)))
          if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).to.be.at.most(0)
          expect(compare(a, b) === 0).to.equal(a === b)
        }),
      )
    })
  }
})

describe('manifestOf', function () {
  it('records what is left out by default', function () {
    expect(manifestOf([file('a')]).serialization).to.deep.equal({
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: false,
      ignore_paths: ['.cache/huggingface', '.git', '.gitattributes', '.github', '.gitignore', 'model.sig'],
    })
    expect(manifestOf([file('a')], { allowSymlinks: true }).serialization.allow_symlinks).to.equal(true)
    expect(DEFAULT_IGNORED_PATHS).to.have.length(6)
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
        statedDigest: `0x${statement.subject[0].digest.sha256}`,
        order: 'code-points',
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

  for (const { names, codePoints, pathParts } of [vectors.order, ...vectors.order.small]) {
    it(`reads ${names.length} names from ${JSON.stringify(names[0])} in either order`, function () {
      const digest = `0x${codePoints.digest}`
      const bySpecification = parseStatement(statementOfNames(codePoints.sorted, codePoints.digest))
      expect(bySpecification).to.include({ digest, statedDigest: digest, order: 'code-points' })
      const byReference = parseStatement(statementOfNames(pathParts.sorted, pathParts.digest))
      expect(byReference).to.include({ digest, statedDigest: `0x${pathParts.digest}` })
      expect(byReference.order).to.equal(codePoints.digest === pathParts.digest ? 'code-points' : 'path-parts')
      expect(byReference.manifest).to.deep.equal(bySpecification.manifest)
    })
  }

  it('refuses a list in one order with the digest of the other', function () {
    const { codePoints, pathParts } = vectors.order.small[0]!
    expect(() => parseStatement(statementOfNames(codePoints.sorted, pathParts.digest))).to.throw(ManifestDigestError)
    expect(() => parseStatement(statementOfNames(pathParts.sorted, codePoints.digest))).to.throw(ManifestDigestError)
  })

  it('refuses resources in neither order, even when the digest is theirs', function () {
    for (const names of [
      ['b', 'a'],
      ['tokenizer.json', 'tokenizer/b', 'tokenizer/a'],
    ]) {
      const raw = createHash('sha256')
      for (const name of names) raw.update(Buffer.from(sha(name), 'hex'))
      expect(() => parseStatement(statementOfNames(names, raw.digest('hex'))))
        .to.throw(ResourceOrderError, `"${names.at(-1)}"`)
        .with.property('code', 'RESOURCE_ORDER')
    }
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

describe('compareManifests', function () {
  const manifest = (...names: string[]) => manifestOf(names.map(file))

  it('finds no difference between equal manifests, whatever was left out', function () {
    expect(
      compareManifests(manifest('a', 'b'), manifestOf([file('b'), file('a')], { ignoredPaths: [] })),
    ).to.deep.equal([])
  })

  it('lists files that are missing, changed and added, by name', function () {
    const changed = manifestOf([{ name: 'b', digest: sha('x') }, file('c'), file('0')])
    expect(compareManifests(manifest('a', 'b', 'c'), changed)).to.deep.equal([
      { name: '0', kind: 'added' },
      { name: 'a', kind: 'missing' },
      { name: 'b', kind: 'changed' },
    ])
  })

  it('lets a model of one file have any name', function () {
    const reference = manifestOf([{ name: '.', digest: sha('w') }])
    expect(compareManifests(reference, manifestOf([{ name: 'w.gguf', digest: sha('w') }]))).to.deep.equal([])
    expect(compareManifests(reference, manifestOf([{ name: 'w.gguf', digest: sha('v') }]))).to.deep.equal([
      { name: 'w.gguf', kind: 'changed' },
    ])
    expect(compareManifests(manifest('a'), manifest('b/a'))).to.have.length(2)
  })
})

describe('the files of the standard', function () {
  it('are read, and read too with resources in the order of the specification or of the reference program', function () {
    const folder = standardsFolder('oms')
    if (folder === undefined) return
    const bundles = globSync(['test-vectors/v1.0/valid/*.json', 'reference/*/model.sig'], { cwd: folder })
    expect(bundles).to.have.length(6)
    for (const path of bundles) {
      const bundle = JSON.parse(readFileSync(join(folder, path), 'utf8'))
      const { digest, statedDigest, manifest } = parseUnverifiedBundle(bundle)
      expect(digest, path).to.equal(statedDigest).and.to.equal(manifestDigest(manifest, 'path-parts'))

      const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
      const { codePoints, pathParts } = vectors.order.small[0]!
      for (const { sorted, digest: stated } of [codePoints, pathParts]) {
        statement.predicate.resources = sorted.map((name) => ({ ...file(name), algorithm: 'sha256' }))
        statement.subject[0].digest.sha256 = stated
        const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
        const parsed = parseUnverifiedBundle({ dsseEnvelope: { ...bundle.dsseEnvelope, payload } })
        expect(parsed.digest, path).to.equal(`0x${codePoints.digest}`)
      }
    }
  })
})
