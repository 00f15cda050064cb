import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { manifestOf, statementOf } from '../../../src/interop/oms.ts'
import { fingerprintOf } from '../../../src/signing/publicKeys.ts'
import { makeBundle, jsonBytes } from '../../signing/bundles.ts'
import { makeCertificate } from '../../signing/certificates.ts'
import { checkedReport, startWorld, type World } from '../world.ts'

const KEY_PASSWORD = 'battery staple'

describe('signatures of models', function () {
  this.timeout(120_000)
  let world: World
  let model: string
  let fingerprint: string

  const ASK = ['verify', 'acme__tiny', '--use', 'commercial']
  const SIGNED = ['--signature', 'acme__tiny/model.sig', '--key', 'acme.pub']

  before(async function () {
    world = await startWorld()
    model = await world.folder('acme__tiny', 'license: mit', 'weights of tiny')
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    fingerprint = fingerprintOf(publicKey)
    await keyFile('acme.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await writeFile(join(world.cwd, 'acme.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    const other = generateKeyPairSync('ed25519')
    await writeFile(join(world.cwd, 'other.pub'), other.publicKey.export({ type: 'spki', format: 'pem' }))
    const ca = makeCertificate('some root', { authority: true, until: 4_000_000_000 })
    await writeFile(join(world.cwd, 'ca.pem'), ca.pem)
    await world.ok('terms publish MIT')
    await world.ok('register acme__tiny')
    await world.ok('weights sign acme__tiny --key acme.pem')
  })

  after(() => world.stop())

  async function keyFile(name: string, pem: string | Buffer, mode = 0o600): Promise<void> {
    await writeFile(join(world.cwd, name), pem)
    await chmod(join(world.cwd, name), mode)
  }

  describe('stemma verify --signature', function () {
    it('says who signed, and what that does not show, in text, JSON and Markdown', async function () {
      const text = await world.run([...ASK, ...SIGNED])
      expect(text.code, text.stderr).to.equal(0)
      expect(text.stdout)
        .to.contain(`Exactly this model was signed by the key ${fingerprint}`)
        .and.contain('It cannot show:')
      const json = await checkedReport(await world.ok([...ASK, ...SIGNED]))
      expect(json.signature).to.deep.include({
        state: 'verified',
        file: 'acme__tiny/model.sig',
        signer: { method: 'key', fingerprint },
      })
      expect(json.signature.limits).to.have.length(3)
      const page = await world.run([...ASK, ...SIGNED, '--format', 'markdown'])
      expect(page.stdout).to.contain(`signed by the key ${fingerprint}`)
    })

    it('says that a signature is there and unverified, where no option names it', async function () {
      expect((await checkedReport(await world.ok(ASK))).signature).to.deep.equal({
        state: 'unverified',
        files: ['model.sig'],
      })
      expect((await world.run(ASK)).stdout).to.contain('A signature is there and was not verified: "model.sig"')
      expect((await world.run([...ASK, '--format', 'markdown'])).stdout).to.contain('was not verified')
    })

    it('compares with the weights of the registration where the files are not at hand', async function () {
      const { model: id } = await world.ok(ASK)
      expect((await world.ok(['verify', id, '--use', 'commercial', ...SIGNED])).signature.state).to.equal('verified')
      await world.folder('acme__other', 'license: mit', 'other weights')
      const { model: other } = await world.ok('register acme__other')
      expect(await world.fails(['verify', other, '--use', 'commercial', ...SIGNED])).to.deep.equal([
        1,
        'SIGNED_OTHER_WEIGHTS',
      ])
    })

    it('exits with 1 for a signature of somebody else or about something else, and with 2 for what cannot be read', async function () {
      const other = [...SIGNED.slice(0, 3), 'other.pub']
      expect(await world.fails([...ASK, ...other])).to.deep.equal([1, 'SIGNATURE_MISMATCH'])
      expect(await world.fails([...ASK, ...SIGNED.slice(0, 2), '--ca', 'ca.pem'])).to.deep.equal([
        1,
        'SIGNATURE_METHOD',
      ])
      await world.folder('acme__else', 'license: mit', 'other weights')
      expect(await world.fails(['verify', 'acme__else', '--use', 'commercial', ...SIGNED])).to.deep.equal([
        1,
        'SIGNED_OTHER_MODEL',
      ])
      await world.file('bad.sig', { mediaType: 'x' })
      expect(await world.fails([...ASK, '--signature', 'bad.sig', '--key', 'acme.pub'])).to.deep.equal([
        2,
        'UNREADABLE_SIGNATURE',
      ])
      expect(await world.fails([...ASK, '--signature', 'nowhere.sig', '--key', 'acme.pub'])).to.deep.equal([2, 'FILE'])
      expect(await world.fails([...ASK, ...SIGNED.slice(0, 3), 'acme.pem'])).to.deep.equal([2, 'INVALID_TRUST'])
      expect(await world.fails([...ASK, ...SIGNED.slice(0, 2), '--ca', 'acme.pub'])).to.deep.equal([2, 'INVALID_TRUST'])
    })

    it('wants exactly one way to trust a signature', async function () {
      for (const options of [
        ['--signature', 'acme__tiny/model.sig'],
        ['--key', 'acme.pub'],
        ['--trusted-root', 'root.json'],
        [...SIGNED, '--ca', 'ca.pem'],
        [...SIGNED, '--identity', 'a', '--issuer', 'b'],
        [...SIGNED, '--trusted-root', 'root.json'],
        ['--signature', 'acme__tiny/model.sig', '--identity', 'a'],
        ['--signature', 'acme__tiny/model.sig', '--issuer', 'b'],
        ['--signature', 'acme__tiny/model.sig', '--identity', '', '--issuer', 'b'],
      ]) {
        expect(await world.fails([...ASK, ...options]), options.join(' ')).to.deep.equal([2, 'USAGE'])
      }
    })

    it('takes certificates as of the time that is asked about', async function () {
      const now = Math.floor(Date.now() / 1000)
      const root = makeCertificate('root', { authority: true, from: now - 1000, until: now + 1_000_000 })
      const leaf = makeCertificate('acme.example', { issuer: root, from: now - 500, until: now + 1000 })
      const chain = { x509CertificateChain: { certificates: [{ rawBytes: leaf.der.toString('base64') }] } }
      const { payload } = JSON.parse(await readFile(join(model, 'model.sig'), 'utf8')).dsseEnvelope
      const bundle = makeBundle(leaf.privateKey, { payload: Buffer.from(payload, 'base64'), material: chain })
      await writeFile(join(world.cwd, 'certified.sig'), jsonBytes(bundle))
      await writeFile(join(world.cwd, 'root.pem'), root.pem)
      const options = [...ASK, '--signature', 'certified.sig', '--ca', 'ca.pem', '--ca', 'root.pem']
      const { signature } = await world.ok(options)
      expect(signature.signer).to.include({ method: 'certificate', subject: 'CN=acme.example', authority: 'CN=root' })
      expect(await world.fails([...options, '--at', '2d'])).to.deep.equal([1, 'CERTIFICATE_REFUSED'])
      expect(await world.fails([...ASK, '--signature', 'certified.sig', '--ca', 'ca.pem'])).to.deep.equal([
        1,
        'CERTIFICATE_REFUSED',
      ])
    })

    it('lets no list of a signer hide a file, and names it', async function () {
      const hiding = join(world.cwd, 'acme__hiding')
      await cp(model, hiding, { recursive: true })
      const statement: any = JSON.parse(
        Buffer.from(
          JSON.parse(await readFile(join(model, 'model.sig'), 'utf8')).dsseEnvelope.payload,
          'base64',
        ).toString(),
      )
      statement.predicate.serialization.ignore_paths.push('extra')
      const key = createPrivateKey(await readFile(join(world.cwd, 'acme.pem')))
      await writeFile(join(hiding, 'model.sig'), jsonBytes(makeBundle(key, { statement, hash: 'sha384' })))
      const ask = [
        'verify',
        'acme__hiding',
        '--use',
        'commercial',
        '--signature',
        'acme__hiding/model.sig',
        '--key',
        'acme.pub',
      ]
      expect((await world.ok(ask)).signature.state).to.equal('verified')
      await mkdir(join(hiding, 'extra'))
      await writeFile(join(hiding, 'extra', 'model.safetensors'), 'os.system')
      const found = await world.run(ask)
      expect([found.code, found.stderr]).to.satisfy(
        ([code, text]: [number, string]) =>
          code === 1 &&
          text.includes('added "extra/model.safetensors"') &&
          text.includes('left "extra" out') &&
          text.includes('--ignore'),
        found.stderr,
      )
      expect((await world.ok([...ask, '--ignore', 'extra'])).signature.state).to.equal('verified')
    })

    it('refuses a folder with a file too few or too many, an empty one, and one with a link', async function () {
      const ask = (folder: string): string[] => ['verify', folder, '--use', 'commercial', ...SIGNED]
      const changed = async (name: string, change: (folder: string) => Promise<unknown>): Promise<unknown> => {
        const folder = join(world.cwd, name)
        await cp(model, folder, { recursive: true })
        await change(folder)
        return world.fails(ask(name))
      }
      expect(await changed('few', (folder) => rm(join(folder, 'weights.bin')))).to.deep.equal([1, 'SIGNED_OTHER_MODEL'])
      expect(await changed('many', (folder) => writeFile(join(folder, 'more.bin'), ''))).to.deep.equal([
        1,
        'SIGNED_OTHER_MODEL',
      ])
      expect(await changed('linked-file', (folder) => symlink('/dev/zero', join(folder, 'more.bin')))).to.deep.equal([
        2,
        'SYMLINK',
      ])
      await mkdir(join(world.cwd, 'empty'))
      expect(await world.fails(ask('empty'))).to.deep.equal([2, 'NO_RESOURCES'])
    })

    it('leaves the signature out of the model wherever it is in the folder', async function () {
      const moved = join(world.cwd, 'acme__moved')
      await cp(model, moved, { recursive: true })
      await mkdir(join(moved, 'signatures'))
      await rename(join(moved, 'model.sig'), join(moved, 'signatures/acme.sig'))
      const ask = [
        'verify',
        'acme__moved',
        '--use',
        'commercial',
        '--key',
        'acme.pub',
        '--signature',
        'acme__moved/signatures/acme.sig',
      ]
      expect((await world.ok(ask)).signature.state).to.equal('verified')
    })
  })

  describe('stemma draft --signature', function () {
    it('drafts what was signed, and nothing else', async function () {
      const { stderr, code } = await world.run(['draft', 'acme__tiny', ...SIGNED])
      expect([code, stderr]).to.satisfy(
        ([, text]: [number, string]) => text.includes('Exactly this model was signed by'),
        stderr,
      )
      expect(await world.fails(['draft', 'acme__else', '--name', 'acme/else', ...SIGNED])).to.deep.equal([
        1,
        'SIGNED_OTHER_MODEL',
      ])
      const component = { type: 'machine-learning-model', group: 'acme', name: 'tiny' }
      await world.file('tiny.cdx.json', { bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component } })
      const ofBom = ['--from-bom', 'tiny.cdx.json', ...SIGNED]
      expect((await world.run(['draft', 'acme__tiny', ...ofBom])).stderr).to.contain('Exactly this model was signed by')
      expect(await world.fails(['draft', 'acme__else', ...ofBom])).to.deep.equal([1, 'SIGNED_OTHER_MODEL'])
      expect(await world.fails(['draft', ...ofBom])).to.deep.equal([2, 'USAGE'])
      expect((await world.run(['draft', 'acme__tiny'])).stderr).to.contain('A signature is there and was not verified')
      expect(await world.fails(['draft', 'acme__tiny', '--key', 'acme.pub'])).to.deep.equal([2, 'USAGE'])
    })
  })

  describe('stemma weights sign', function () {
    it('signs the digest that is registered, by each kind of key, and never replaces a file unasked', async function () {
      const before = await readFile(join(model, 'model.sig'))
      expect(await world.fails('weights sign acme__tiny --key acme.pem')).to.deep.equal([2, 'USAGE'])
      expect(await readFile(join(model, 'model.sig'))).to.deep.equal(before)
      const kinds = [
        generateKeyPairSync('ed25519'),
        ...(['P-256', 'P-384', 'P-521'] as const).map((namedCurve) => generateKeyPairSync('ec', { namedCurve })),
      ]
      const { weights } = (await world.ok(ASK)).registrations[0]
      for (const { privateKey, publicKey } of kinds) {
        await keyFile('k.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
        await writeFile(join(world.cwd, 'k.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
        const signed = await world.ok('weights sign acme__tiny --key k.pem --output k.sig --force')
        expect(signed).to.deep.include({ output: 'k.sig', digest: weights, files: 2 })
        expect(signed.signer).to.deep.equal({ method: 'key', fingerprint: fingerprintOf(publicKey) })
        expect((await world.ok([...ASK, '--signature', 'k.sig', '--key', 'k.pub'])).signature.signer).to.deep.equal(
          signed.signer,
        )
      }
      expect((await readdir(world.cwd)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([])
    })

    it('opens an encrypted key by a password of the environment or of the person at the terminal', async function () {
      const pem = createPrivateKey(await readFile(join(world.cwd, 'acme.pem'))).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: KEY_PASSWORD,
      })
      await keyFile('locked.pem', pem)
      const args = 'weights sign acme__tiny --key locked.pem --output locked.sig --force'
      expect(await world.fails(args)).to.deep.equal([2, 'USAGE'])
      expect(await world.fails(args, { env: { STEMMA_KEY_PASSWORD: 'wrong' } })).to.deep.equal([2, 'KEY_PASSWORD'])
      await world.ok(args, { env: { STEMMA_KEY_PASSWORD: KEY_PASSWORD } })
      const terminal = {
        stream: process.stderr,
        askSecret: async (question: string) => (question.includes('locked.pem') ? KEY_PASSWORD : ''),
        confirm: async () => false,
      }
      await world.ok(args.split(' '), {
        terminal: { ...terminal, stream: { ...terminal.stream, isTTY: false } as never },
      })
    })

    it('refuses keys that others may read, that are not keys, or that lie in the model', async function () {
      await keyFile('open.pem', await readFile(join(world.cwd, 'acme.pem')), 0o644)
      expect(await world.fails('weights sign acme__tiny --key open.pem --output o.sig')).to.deep.equal([
        2,
        'KEY_NOT_PRIVATE',
      ])
      await keyFile('public.pem', await readFile(join(world.cwd, 'acme.pub')))
      expect(await world.fails('weights sign acme__tiny --key public.pem --output o.sig')).to.deep.equal([
        2,
        'INVALID_KEY',
      ])
      await keyFile('broken.pem', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')
      expect(await world.fails('weights sign acme__tiny --key broken.pem --output o.sig')).to.deep.equal([
        2,
        'INVALID_KEY',
      ])
      const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      await keyFile('rsa.pem', rsa.export({ type: 'pkcs8', format: 'pem' }))
      expect(await world.fails('weights sign acme__tiny --key rsa.pem --output o.sig')).to.deep.equal([
        2,
        'UNSUPPORTED_KEY',
      ])
      const leaky = await world.folder('acme__leaky', 'license: mit', 'leaky')
      await keyFile('acme__leaky/key.pem', await readFile(join(world.cwd, 'acme.pem')))
      expect(await world.fails('weights sign acme__leaky --key acme__leaky/key.pem')).to.deep.equal([2, 'USAGE'])
      await symlink('acme__leaky', join(world.cwd, 'linked'))
      expect(await world.fails('weights sign acme__leaky --key linked/key.pem')).to.deep.equal([2, 'USAGE'])
      expect(await readdir(leaky)).to.not.include('model.sig')
    })

    it('signs below the folder and at the top only under a name that is read as a signature', async function () {
      const at = await world.folder('acme__at', 'license: mit', 'at')
      expect(await world.fails('weights sign acme__at --key acme.pem --output acme__at/config.json')).to.deep.equal([
        2,
        'USAGE',
      ])
      await symlink('acme__at', join(world.cwd, 'alias'))
      expect(await world.fails('weights sign acme__at --key acme.pem --output alias/config.json')).to.deep.equal([
        2,
        'USAGE',
      ])
      expect(await readdir(at)).to.not.include('config.json')
      const { digest } = await world.ok('weights sign acme__at --key acme.pem --output acme__at/acme.oms')
      await mkdir(join(at, 'sigs'))
      const below = await world.ok('weights sign acme__at --key acme.pem --output acme__at/sigs/a.sig')
      const again = await world.ok('weights sign acme__at --key acme.pem --output acme__at/sigs/a.sig --force')
      expect([below.digest, again.digest]).to.deep.equal([digest, digest])
      await rm(at, { recursive: true })
    })
  })

  it('signs what OpenSSL verifies, and verifies what OpenSSL signed', async function () {
    const folder = join(world.cwd, 'openssl')
    await mkdir(folder)
    const { dsseEnvelope } = JSON.parse(await readFile(join(model, 'model.sig'), 'utf8'))
    const payload = Buffer.from(dsseEnvelope.payload, 'base64')
    const signed = Buffer.concat([Buffer.from(`DSSEv1 28 ${dsseEnvelope.payloadType} ${payload.length} `), payload])
    await writeFile(join(folder, 'signed'), signed)
    await writeFile(join(folder, 'sig'), Buffer.from(dsseEnvelope.signatures[0].sig, 'base64'))
    const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder })
    const verdict = openssl('dgst', '-sha384', '-verify', '../acme.pub', '-signature', 'sig', 'signed')
    expect(verdict.toString()).to.contain('Verified OK')
    openssl('dgst', '-sha384', '-sign', '../acme.pem', '-out', 'theirs', 'signed')
    const sig = (await readFile(join(folder, 'theirs'))).toString('base64')
    const pem = createPublicKey(await readFile(join(world.cwd, 'acme.pem')))
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: fingerprintOf(pem) } },
      dsseEnvelope: { ...dsseEnvelope, signatures: [{ sig }] },
    }
    await writeFile(join(world.cwd, 'theirs.sig'), jsonBytes(bundle))
    const { signature } = await world.ok([...ASK, '--signature', 'theirs.sig', '--key', 'acme.pub'])
    expect(signature.signer).to.deep.equal({ method: 'key', fingerprint })
  })

  it('verifies a statement in the order of the reference program', async function () {
    const twice = await world.folder('acme__twice', 'license: mit', 'twice')
    await mkdir(join(twice, 'tokenizer'))
    await writeFile(join(twice, 'tokenizer/vocab.txt'), 'vocab')
    await writeFile(join(twice, 'tokenizer.json'), '{}')
    const { manifest } = await world.ok('digest acme__twice')
    const key = createPrivateKey(await readFile(join(world.cwd, 'acme.pem')))
    const names = ['README.md', 'tokenizer/vocab.txt', 'tokenizer.json', 'weights.bin']
    const resources = names.map((name) => manifest.resources.find((each: { name: string }) => each.name === name))
    const statement: any = statementOf(manifestOf(resources), 'twice')
    const { createHash } = await import('node:crypto')
    const digest = createHash('sha256')
      .update(Buffer.from(resources.map((each) => each.digest).join(''), 'hex'))
      .digest('hex')
    const reference = {
      ...statement,
      subject: [{ name: 'twice', digest: { sha256: digest } }],
      predicate: { ...statement.predicate, resources },
    }
    await writeFile(join(world.cwd, 'twice.sig'), jsonBytes(makeBundle(key, { statement: reference, hash: 'sha384' })))
    await world.ok('register acme__twice')
    const ask = ['verify', 'acme__twice', '--use', 'commercial', '--signature', 'twice.sig', '--key', 'acme.pub']
    expect((await world.ok(ask)).signature.state).to.equal('verified')
  })
})
