import { execFileSync } from 'node:child_process'
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { manifestDigest, parseUnverifiedBundle, statementOf, STATEMENT_PAYLOAD_TYPE } from '../../src/interop/oms.ts'
import { MAX_SIGNATURE_BYTES } from '../../src/interop/sigstore.ts'
import { compareWithStatement } from '../../src/artifacts/compareWithStatement.ts'
import { parseAuthorities } from '../../src/signing/certificatePath.ts'
import { fingerprintOf, parsePublicKey } from '../../src/signing/publicKeys.ts'
import { signManifest } from '../../src/signing/signModel.ts'
import { verifySignature, type SignatureTrust } from '../../src/signing/verifySignature.ts'
import { rejection } from '../artifacts/folder.ts'
import { standardsFolder } from '../fixtures/standards.ts'
import { jsonBytes, makeBundle, MANIFEST } from './bundles.ts'
import { makeCertificate, NOW, type CertificateOptions, type MadeCertificate } from './certificates.ts'

const at = NOW * 1000

describe('verifySignature by key', function () {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const trust: SignatureTrust = { method: 'key', key: publicKey }

  it('accepts each kind of key with the hash of its curve, and says whose it is', async function () {
    const kinds: [KeyObject, KeyObject, string][] = [
      ...(['P-256', 'P-384', 'P-521'] as const).map((namedCurve, index): [KeyObject, KeyObject, string] => {
        const pair = generateKeyPairSync('ec', { namedCurve })
        return [pair.privateKey, pair.publicKey, ['sha256', 'sha384', 'sha512'][index]!]
      }),
      pairOf(generateKeyPairSync('ed25519')),
      pairOf(generateKeyPairSync('rsa', { modulusLength: 2048 })),
    ]
    for (const [secret, key, hash] of kinds) {
      const pem = key.export({ type: 'spki', format: 'pem' })
      const parsed = parsePublicKey(Buffer.from(pem))
      const { signer, statement } = await verifySignature(
        jsonBytes(makeBundle(secret, { hash })),
        { method: 'key', key: parsed },
        at,
      )
      expect(signer).to.deep.equal({ method: 'key', fingerprint: fingerprintOf(key) })
      expect(statement.digest).to.equal(manifestDigest(MANIFEST))
      expect(parsePublicKey(key.export({ type: 'spki', format: 'der' })).equals(key)).to.equal(true)
    }
  })

  it('accepts RSA with either padding', async function () {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const bundle = makeBundle(rsa.privateKey)
    const { payload } = bundle.dsseEnvelope
    const bytes = Buffer.from(payload, 'base64')
    const head = Buffer.from(`DSSEv1 ${STATEMENT_PAYLOAD_TYPE.length} ${STATEMENT_PAYLOAD_TYPE} ${bytes.length} `)
    const padded = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }
    bundle.dsseEnvelope.signatures[0].sig = sign('sha256', Buffer.concat([head, bytes]), padded).toString('base64')
    expect(
      (await verifySignature(jsonBytes(bundle), { method: 'key', key: rsa.publicKey }, at)).signer.method,
    ).to.equal('key')
  })

  it('refuses another hash than that of the curve', async function () {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const bundle = makeBundle(pair.privateKey, { hash: 'sha256' })
    expect(await codeOf(bundle, { method: 'key', key: pair.publicKey })).to.equal('SIGNATURE_MISMATCH')
  })

  it('refuses another key, and names the one that the bundle names', async function () {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const bundle = makeBundle(privateKey, { material: { publicKey: { hint: fingerprintOf(publicKey) } } })
    const error = await rejection(verifySignature(jsonBytes(bundle), { method: 'key', key: other.publicKey }, at))
    expect([error.code, error.message]).to.have.property('0', 'SIGNATURE_MISMATCH')
    expect(error.message).to.contain(fingerprintOf(publicKey)).and.to.contain(fingerprintOf(other.publicKey))
  })

  it('refuses every flipped bit of the payload and of the signature', async function () {
    const bundle = makeBundle(privateKey)
    const flipped = (base64: string, bit: number): string => {
      const bytes = Buffer.from(base64, 'base64')
      bytes[Math.floor(bit / 8)]! ^= 1 << (bit % 8)
      return bytes.toString('base64')
    }
    const { payload, signatures } = bundle.dsseEnvelope
    const bits = 8 * Buffer.from(payload, 'base64').length
    for (let bit = 0; bit < bits; bit += 61) {
      const changed = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: flipped(payload, bit) } }
      expect([bit, await codeOf(changed, trust)]).to.deep.equal([bit, 'SIGNATURE_MISMATCH'])
    }
    for (let bit = 0; bit < 8 * Buffer.from(signatures[0].sig, 'base64').length; bit += 7) {
      const sig = flipped(signatures[0].sig, bit)
      const changed = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [{ sig }] } }
      expect([bit, await codeOf(changed, trust)]).to.deep.equal([bit, 'SIGNATURE_MISMATCH'])
    }
  })

  it('refuses as unreadable what is not a bundle of the standard', async function () {
    const good = makeBundle(privateKey)
    const { dsseEnvelope } = good
    const [entry] = dsseEnvelope.signatures
    const within = (change: object): unknown => ({ ...good, dsseEnvelope: { ...dsseEnvelope, ...change } })
    const certificate = { rawBytes: makeCertificate('x').der.toString('base64') }
    const cases: Record<string, unknown> = {
      'not an object': [],
      'an unknown field': { ...good, extra: 1 },
      'an unknown field of the envelope': within({ extra: 1 }),
      'an unknown field of a signature': within({ signatures: [{ ...entry, extra: 1 }] }),
      'two signatures': within({ signatures: [entry, entry] }),
      'no signature': within({ signatures: [] }),
      'no envelope': { ...good, dsseEnvelope: undefined },
      'a message and no envelope': { ...good, dsseEnvelope: undefined, messageSignature: {} },
      'no material': { ...good, verificationMaterial: undefined },
      'two materials': { ...good, verificationMaterial: { publicKey: { hint: '' }, certificate } },
      'an empty chain': { ...good, verificationMaterial: { x509CertificateChain: { certificates: [] } } },
      'a long chain': {
        ...good,
        verificationMaterial: { x509CertificateChain: { certificates: Array.from({ length: 17 }, () => certificate) } },
      },
      'Sigstore without a log': { ...good, verificationMaterial: { certificate, tlogEntries: [] } },
      'many entries of a log': {
        ...good,
        verificationMaterial: { certificate, tlogEntries: Array.from({ length: 17 }, () => ({})) },
      },
      'many signed times': {
        ...good,
        verificationMaterial: {
          publicKey: { hint: 'x' },
          timestampVerificationData: { rfc3161Timestamps: Array.from({ length: 17 }, () => ({})) },
        },
      },
      'another media type': { ...good, mediaType: 'application/json' },
      'a media type of the future': { ...good, mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' },
      'base64 of another alphabet': within({ payload: `${dsseEnvelope.payload.slice(0, -4)}-_==` }),
      'an empty payload': within({ payload: '' }),
      'a key id of another type': within({ signatures: [{ ...entry, keyid: 1 }] }),
    }
    for (const [name, bundle] of Object.entries(cases)) {
      expect([name, await codeOf(bundle, trust)]).to.deep.equal([name, 'UNREADABLE_SIGNATURE'])
    }
    const text = async (json: string | Buffer): Promise<string | undefined> =>
      (await rejection(verifySignature(Buffer.from(json), trust, at))).code
    expect(await text('')).to.equal('UNREADABLE_SIGNATURE')
    expect(await text('{"mediaType":"a","mediaType":"b"}')).to.equal('UNREADABLE_SIGNATURE')
    expect(await text(Buffer.of(0xff, 0xfe))).to.equal('UNREADABLE_SIGNATURE')
    expect(await text('['.repeat(100_000))).to.equal('UNREADABLE_SIGNATURE')
    expect(await text(Buffer.alloc(MAX_SIGNATURE_BYTES + 1, ' '))).to.equal('UNREADABLE_SIGNATURE')
  })

  it('refuses another payload type, though it is signed', async function () {
    const bundle = makeBundle(privateKey, { payloadType: 'application/json' })
    expect(await codeOf(bundle, trust)).to.equal('UNREADABLE_SIGNATURE')
  })

  it('refuses a statement that is signed and wrong, by what is wrong with it', async function () {
    const statement: any = statementOf(MANIFEST, 'tiny')
    const [first, second] = statement.predicate.resources
    const withResources = (resources: unknown[]): unknown => ({
      ...statement,
      predicate: { ...statement.predicate, resources },
    })
    const withSerialization = (change: object): unknown => ({
      ...statement,
      predicate: { ...statement.predicate, serialization: { ...statement.predicate.serialization, ...change } },
    })
    const cases: [unknown, string][] = [
      [{ ...statement, extra: 1 }, 'UNREADABLE_SIGNATURE'],
      [{ ...statement, predicate: { ...statement.predicate, extra: 1 } }, 'UNREADABLE_SIGNATURE'],
      [withSerialization({ shard_size: 5 }), 'UNREADABLE_SIGNATURE'],
      [withSerialization({ method: 'shards', shard_size: 5 }), 'UNSUPPORTED_MANIFEST'],
      [withSerialization({ hash_type: 'blake3' }), 'UNSUPPORTED_MANIFEST'],
      [withResources([first, first, second]), 'DUPLICATE_RESOURCE'],
      [withResources([{ ...first, name: '../config.json' }, second]), 'INVALID_RESOURCE'],
      [withResources([{ ...first, name: '/etc/passwd' }, second]), 'INVALID_RESOURCE'],
      [withResources([second, first]), 'RESOURCE_ORDER'],
      [withResources([first]), 'MANIFEST_DIGEST'],
      [withResources([]), 'NO_RESOURCES'],
      [{ ...statement, predicateType: 'https://model_signing/Digests/v0.1' }, 'UNSUPPORTED_MANIFEST'],
      [{ ...statement, subject: [...statement.subject, ...statement.subject] }, 'INVALID_MANIFEST'],
    ]
    for (const [each, code] of cases) {
      expect([code, await codeOf(makeBundle(privateKey, { statement: each }), trust)]).to.deep.equal([code, code])
    }
    const twice = Buffer.from(JSON.stringify(statement).replace('{', '{"_type":"x",'))
    expect(await codeOf(makeBundle(privateKey, { payload: twice }), trust)).to.equal('DUPLICATE_JSON_NAME')
  })

  it('ignores unknown fields of a resource, as the standard demands', async function () {
    const statement: any = statementOf(MANIFEST, 'tiny')
    const resources = statement.predicate.resources.map((each: object) => ({ ...each, media_type: 'x' }))
    const bundle = makeBundle(privateKey, {
      statement: { ...statement, predicate: { ...statement.predicate, resources } },
    })
    expect((await verifySignature(jsonBytes(bundle), trust, at)).statement.digest).to.equal(manifestDigest(MANIFEST))
  })

  it('refuses a key that signatures do not count by', function () {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey
    const exchange = generateKeyPairSync('x25519').publicKey
    for (const key of [short, curve, exchange]) {
      const pem = Buffer.from(key.export({ type: 'spki', format: 'pem' }))
      expect(() => parsePublicKey(pem))
        .to.throw()
        .with.property('code', 'UNSUPPORTED_KEY')
    }
    const secret = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    for (const bytes of [secret, Buffer.from(makeCertificate('x').pem), Buffer.from('no key'), Buffer.alloc(0)]) {
      expect(() => parsePublicKey(bytes))
        .to.throw()
        .with.property('code', 'INVALID_TRUST')
    }
  })
})

describe('signManifest', function () {
  it('writes what verifySignature accepts, with the same statement each time', async function () {
    for (const pair of [
      generateKeyPairSync('ed25519'),
      ...(['P-256', 'P-384', 'P-521'] as const).map((namedCurve) => generateKeyPairSync('ec', { namedCurve })),
    ]) {
      const bundle = signManifest(MANIFEST, 'tiny', pair.privateKey)
      const again = signManifest(MANIFEST, 'tiny', pair.privateKey)
      expect(again.dsseEnvelope.payload).to.equal(bundle.dsseEnvelope.payload)
      const verified = await verifySignature(jsonBytes(bundle), { method: 'key', key: pair.publicKey }, at)
      expect(verified.signer).to.deep.equal({
        method: 'key',
        fingerprint: bundle.verificationMaterial.publicKey.hint,
      })
      expect(verified.statement).to.deep.equal(parseUnverifiedBundle(bundle))
    }
  })

  it('refuses keys that OpenSSF Model Signing does not sign by', function () {
    for (const { privateKey } of [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    ]) {
      expect(() => signManifest(MANIFEST, 'tiny', privateKey))
        .to.throw()
        .with.property('code', 'UNSUPPORTED_KEY')
    }
  })
})

describe('verifySignature by certificate', function () {
  const root = makeCertificate('root', { authority: true })
  const middle = makeCertificate('middle', { authority: true, issuer: root })

  it('accepts a chain to an authority of the reader, whatever the order of those between', async function () {
    const lower = makeCertificate('lower', { authority: true, issuer: middle })
    const leaf = makeCertificate('acme', { issuer: lower, authority: false })
    for (const chain of [
      [leaf, lower, middle, root],
      [leaf, middle, lower],
      [leaf, lower, middle],
    ]) {
      const { signer } = await verifySignature(jsonBytes(bundleOf(chain)), trusting(root), at)
      expect(signer).to.include({ method: 'certificate', subject: 'CN=acme', authority: 'CN=root' })
    }
    const short = await verifySignature(jsonBytes(bundleOf([leaf])), trusting(lower), at)
    expect(short.signer).to.include({ authority: 'CN=lower' })
  })

  it('trusts no certificate for being in the bundle', async function () {
    const stranger = makeCertificate('root', { authority: true })
    const leaf = makeCertificate('acme', { issuer: stranger })
    expect(await codeOf(bundleOf([leaf, stranger]), trusting(root))).to.equal('CERTIFICATE_REFUSED')
    expect(await codeOf(bundleOf([makeCertificate('alone')]), trusting(root))).to.equal('CERTIFICATE_REFUSED')
  })

  it('refuses a certificate that may not sign, with the reason', async function () {
    const day = 86_400
    const cases: [CertificateOptions, RegExp][] = [
      [{ until: NOW - 1 }, /expired at 2026-05-31/],
      [{ from: NOW + 1 }, /is valid from 2026-06-01T00:00:01/],
      [{ usage: 0x40 }, /digital signatures/],
      [{ extendedUsage: ['1.3.6.1.5.5.7.3.1'] }, /code signing/],
      [{ usage: null, extendedUsage: null }, /does not say that its key may sign/],
      [{ hash: 'sha1' }, /weak or unknown algorithm/],
      [{ extensions: [{ oid: '2.5.29.30', critical: true, value: Buffer.of(0x30, 0) }] }, /the extension 2\.5\.29\.30/],
      [
        { extensions: [{ oid: '2.5.29.30', critical: false, value: Buffer.of(0x30, 0) }] },
        /the extension 2\.5\.29\.30/,
      ],
      [{ extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] }, /the extension 1\.2\.3\.4/],
    ]
    for (const [options, words] of cases) {
      const leaf = makeCertificate('acme', { issuer: middle, ...options })
      const error = await rejection(verifySignature(jsonBytes(bundleOf([leaf, middle])), trusting(root), at))
      expect([error.code, error.message]).to.satisfy(
        ([code, message]: string[]) => code === 'CERTIFICATE_REFUSED' && words.test(message!),
        `${words}: ${error.message}`,
      )
    }
    const fine = makeCertificate('acme', {
      issuer: middle,
      from: NOW,
      until: NOW,
      extensions: [{ oid: '1.2.3.4', critical: false, value: Buffer.of(5, 0) }],
    })
    expect((await verifySignature(jsonBytes(bundleOf([fine, middle])), trusting(root), at)).signer.method).to.equal(
      'certificate',
    )
    expect(await codeOf(bundleOf([fine, middle]), trusting(root), at + day * 1000)).to.equal('CERTIFICATE_REFUSED')
  })

  it('refuses an authority that may not issue, with the reason', async function () {
    const cases: [CertificateOptions, RegExp][] = [
      [{ authority: false }, /not one of an authority/],
      [{ authority: undefined as never, usage: 0x04 }, /not one of an authority/],
      [{ usage: 0x80 }, /may not issue certificates/],
      [{ until: NOW - 1 }, /expired/],
      [{ extendedUsage: ['1.3.6.1.5.5.7.3.1'] }, /code signing/],
      [{ hash: 'sha1' }, /weak or unknown/],
    ]
    for (const [options, words] of cases) {
      const between = makeCertificate('between', { authority: true, issuer: root, ...options })
      const leaf = makeCertificate('acme', { issuer: between })
      const error = await rejection(verifySignature(jsonBytes(bundleOf([leaf, between])), trusting(root), at))
      expect(error.code).to.equal('CERTIFICATE_REFUSED')
      expect(error.message).to.match(words)
    }
  })

  it('looks at the hash of RSA with PSS, which is SHA-1 where none is named', async function () {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const authority = makeCertificate('rsa', { authority: true, key })
    const signedBy = (pss: CertificateOptions['pss']) => bundleOf([makeCertificate('acme', { issuer: authority, pss })])
    expect(await codeOf(signedBy('sha1'), trusting(authority))).to.equal('CERTIFICATE_REFUSED')
    for (const pss of [undefined, 'sha256', 'sha512'] as const) {
      const { signer } = await verifySignature(jsonBytes(signedBy(pss)), trusting(authority), at)
      expect(signer).to.include({ authority: 'CN=rsa' })
    }
  })

  it('keeps to path lengths', async function () {
    const strict = makeCertificate('strict', { authority: true, pathLength: 0 })
    const below = makeCertificate('below', { authority: true, issuer: strict })
    const direct = makeCertificate('acme', { issuer: strict })
    const far = makeCertificate('acme', { issuer: below })
    expect((await verifySignature(jsonBytes(bundleOf([direct])), trusting(strict), at)).signer.method).to.equal(
      'certificate',
    )
    const error = await rejection(verifySignature(jsonBytes(bundleOf([far, below])), trusting(strict), at))
    expect(error.message).to.match(/path length/)
  })

  it('refuses an authority that has expired itself, and one whose key signed nothing', async function () {
    const old = makeCertificate('old', { authority: true, until: NOW - 1 })
    expect(await codeOf(bundleOf([makeCertificate('acme', { issuer: old })]), trusting(old))).to.equal(
      'CERTIFICATE_REFUSED',
    )
    const forged = makeCertificate('acme', { issuer: { ...root, privateKey: middle.privateKey } })
    expect(await codeOf(bundleOf([forged]), trusting(root))).to.equal('CERTIFICATE_REFUSED')
  })

  it('finds the way among certificates of the same name, and ends where they issue each other', async function () {
    const leaf = makeCertificate('acme', { issuer: middle })
    const twins = Array.from({ length: 10 }, () => makeCertificate('middle', { authority: true }))
    expect(
      (await verifySignature(jsonBytes(bundleOf([leaf, ...twins, middle])), trusting(root), at)).signer.method,
    ).to.equal('certificate')
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const self = makeCertificate('loop', { authority: true, key })
    const loops = Array.from({ length: 14 }, () => makeCertificate('loop', { authority: true, key, issuer: self }))
    const inLoop = makeCertificate('acme', { issuer: self })
    expect(await codeOf(bundleOf([inLoop, ...loops]), trusting(root))).to.equal('CERTIFICATE_REFUSED')
  })

  it('refuses a signature by another key than the certificate’s, and what is not a certificate', async function () {
    const leaf = makeCertificate('acme', { issuer: middle })
    const other = makeBundle(root.privateKey, { material: materialOf([leaf, middle]) })
    expect(await codeOf(other, trusting(root))).to.equal('SIGNATURE_MISMATCH')
    for (const der of [
      Buffer.from('no certificate'),
      Buffer.concat([leaf.der, Buffer.of(0)]),
      leaf.der.subarray(0, -1),
      Buffer.from(leaf.pem),
    ]) {
      const bundle = makeBundle(leaf.privateKey, {
        material: { x509CertificateChain: { certificates: [{ rawBytes: der.toString('base64') }] } },
      })
      expect(await codeOf(bundle, trusting(root))).to.equal('UNREADABLE_SIGNATURE')
    }
  })

  it('never crashes on a certificate with a flipped bit', async function () {
    const leaf = makeCertificate('acme', { issuer: root, authority: false })
    for (let bit = 0; bit < 8 * leaf.der.length; bit += 13) {
      const der = Buffer.from(leaf.der)
      der[Math.floor(bit / 8)]! ^= 1 << (bit % 8)
      const code = await codeOf(bundleOf([{ ...leaf, der }]), trusting(root))
      expect([bit, code]).to.satisfy(
        ([, found]: [number, string]) =>
          ['UNREADABLE_SIGNATURE', 'CERTIFICATE_REFUSED', 'SIGNATURE_MISMATCH'].includes(found),
        `bit ${bit}: ${code}`,
      )
    }
  })

  it('refuses a bundle of another method than the one that was asked for', async function () {
    const leaf = makeCertificate('acme', { issuer: root })
    const byKey = makeBundle(leaf.privateKey)
    expect(await codeOf(byKey, trusting(root))).to.equal('SIGNATURE_METHOD')
    expect(await codeOf(byKey, { method: 'sigstore', identity: 'a', issuer: 'b' })).to.equal('SIGNATURE_METHOD')
    const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(await codeOf(bundleOf([leaf]), { method: 'key', key })).to.equal('SIGNATURE_METHOD')
  })

  it('refuses what is not a file of certificates', function () {
    for (const text of ['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      expect(() => parseAuthorities(Buffer.from(text)))
        .to.throw()
        .with.property('code', 'INVALID_TRUST')
    }
    expect(() => parseAuthorities(Buffer.from(root.pem.repeat(1001))))
      .to.throw()
      .with.property('code', 'INVALID_TRUST')
    expect(parseAuthorities(Buffer.from(root.pem + middle.pem))).to.have.length(2)
    expect(parseAuthorities(root.der)).to.have.length(1)
  })
})

describe('verifySignature of what others signed', function () {
  const folder = standardsFolder('oms')
  if (folder === undefined) return
  const read = (...path: string[]): Buffer => readFileSync(join(folder, ...path))
  const key: SignatureTrust = {
    method: 'key',
    key: parsePublicKey(read('reference/keys/certificate/signing-key-pub.pem')),
  }
  const ca: SignatureTrust = {
    method: 'certificate',
    authorities: parseAuthorities(read('reference/keys/certificate/ca-cert.pem')),
  }
  const signer = { identity: 'stefanb@us.ibm.com', issuer: 'https://sigstore.verify.ibm.com/oauth2' }
  const sigstore: SignatureTrust = { method: 'sigstore', ...signer }

  const VALID: [string, SignatureTrust][] = [
    ['test-vectors/v1.0/valid/key.bundle.json', key],
    ['test-vectors/v1.0/valid/sigstore.bundle.json', sigstore],
    ['reference/v0.3.1-elliptic-key/model.sig', key],
    ['reference/v1.0.1-elliptic-key/model.sig', key],
    ['reference/v1.0.1-certificate/model.sig', ca],
    ['reference/v1.0.1-sigstore/model.sig', sigstore],
    ['../../oms/oms-v1.0-key.bundle.json', key],
    ['../../oms/oms-v1.0-certificate.bundle.json', ca],
    ['../../oms/oms-v1.0-sigstore.bundle.json', sigstore],
  ]
  for (const [path, trust] of VALID) {
    it(`accepts ${path}`, async function () {
      if (!existsSync(join(folder, path))) return
      const { statement, signer: found } = await verifySignature(read(path), trust, at)
      expect(found.method).to.equal(trust.method)
      expect(statement.order).to.equal('code-points')
      if (!path.startsWith('reference')) return
      const signed = path.includes('v0.3.1') ? 'signme-1' : '.'
      const { differences } = await compareWithStatement(join(folder, path, '..', signed), statement, { cache: false })
      expect(differences).to.deep.equal([])
    })
  }

  it('refuses the invalid ones', async function () {
    for (const name of ['missing-envelope', 'missing-tlog-entries']) {
      const bytes = read(`test-vectors/v1.0/invalid/${name}.bundle.json`)
      for (const trust of [key, ca, sigstore]) {
        expect((await rejection(verifySignature(bytes, trust, at))).code).to.equal('UNREADABLE_SIGNATURE')
      }
    }
  })

  it('refuses by Sigstore another signer, another root, and what was changed', async function () {
    const bundle = JSON.parse(read('test-vectors/v1.0/valid/sigstore.bundle.json').toString('utf8'))
    for (const other of [
      { identity: 'stefanb@us.ibm.com.example' },
      { identity: 'stefanb@us.ibm' },
      { identity: '.*' },
      { identity: '' },
      { issuer: 'https://accounts.google.com' },
    ]) {
      expect(await codeOf(bundle, { ...sigstore, ...other })).to.equal('SIGNER_IDENTITY')
    }
    const [entry] = bundle.verificationMaterial.tlogEntries
    const withMaterial = (change: object): unknown => ({
      ...bundle,
      verificationMaterial: { ...bundle.verificationMaterial, ...change },
    })
    const withEntry = (change: object): unknown => withMaterial({ tlogEntries: [{ ...entry, ...change }] })
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64')
    payload[20]! ^= 1
    const changed: unknown[] = [
      { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: payload.toString('base64') } },
      withEntry({ integratedTime: String(Number(entry.integratedTime) + 1) }),
      withEntry({ inclusionProof: { ...entry.inclusionProof, hashes: entry.inclusionProof.hashes.slice(1) } }),
      withEntry({
        inclusionProof: { ...entry.inclusionProof, checkpoint: { envelope: 'rekor.sigstore.dev\n1\nAAAA\n\n' } },
      }),
      // Without the log's promise nobody vouches for the time.
      withMaterial({ tlogEntries: [{ ...entry, inclusionPromise: undefined }], timestampVerificationData: {} }),
      withEntry({ inclusionPromise: { signedEntryTimestamp: 'AAAA' } }),
      withEntry({ canonicalizedBody: Buffer.from('{}').toString('base64') }),
      withMaterial({ certificate: { rawBytes: makeCertificate('acme').der.toString('base64') } }),
      withMaterial({ certificate: { rawBytes: 'AAAA' } }),
      withMaterial({ tlogEntries: [{}] }),
      withMaterial({ tlogEntries: [null] }),
      withMaterial({ timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] } }),
    ]
    for (const each of changed) {
      expect(await codeOf(each, sigstore)).to.be.oneOf(['SIGSTORE_REFUSED', 'UNREADABLE_SIGNATURE'])
    }
    for (const trustedRoot of [{}, null, [], 'root', { tlogs: [{}] }, { mediaType: 'x', tlogs: 1 }]) {
      expect(await codeOf(bundle, { ...sigstore, trustedRoot })).to.equal('INVALID_TRUST')
    }
  })
})

describe('verifySigstore without its packages', function () {
  it('says what to install', function () {
    const hooks = `import { registerHooks } from 'node:module'
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('@sigstore/')) throw Object.assign(new Error('absent'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      } })`
    const module = new URL('../../src/signing/sigstoreSignature.ts', import.meta.url).href
    const program = `import { verifySigstore } from ${JSON.stringify(module)}
      verifySigstore({}, { identity: 'a', issuer: 'b' }).catch((error) => console.log(error.code, error.message))`
    const printed = execFileSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, '--input-type=module', '--eval', program],
      { encoding: 'utf8' },
    )
    expect(printed).to.match(
      /^SIGSTORE_MISSING .*npm install @sigstore\/bundle @sigstore\/verify @sigstore\/protobuf-specs\.$/m,
    )
  })
})

function trusting(...authorities: readonly MadeCertificate[]): SignatureTrust {
  return {
    method: 'certificate',
    authorities: parseAuthorities(Buffer.from(authorities.map(({ pem }) => pem).join(''))),
  }
}

function materialOf(chain: readonly Pick<MadeCertificate, 'der'>[]): unknown {
  return { x509CertificateChain: { certificates: chain.map(({ der }) => ({ rawBytes: der.toString('base64') })) } }
}

/** A bundle that the first certificate of a chain signed. */
function bundleOf(chain: readonly MadeCertificate[]): unknown {
  return makeBundle(chain[0]!.privateKey, { material: materialOf(chain) })
}

async function codeOf(bundle: unknown, trust: SignatureTrust, time = at): Promise<string | undefined> {
  return (await rejection(verifySignature(jsonBytes(bundle), trust, time))).code
}

function pairOf({
  privateKey,
  publicKey,
}: {
  privateKey: KeyObject
  publicKey: KeyObject
}): [KeyObject, KeyObject, string] {
  return [privateKey, publicKey, 'sha256']
}
