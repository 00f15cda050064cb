import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { expect } from 'chai'

import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { compareManifests, manifestDigest, parseUnverifiedBundle } from '../../src/interop/oms.ts'
import { standardsFolder } from '../fixtures/standards.ts'
import { createFolder, createHubCache, rejection, removeFolders, writeFile } from './folder.ts'

const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest()
const digestOf = (...contents: (string | Uint8Array)[]) =>
  `0x${createHash('sha256')
    .update(Buffer.concat(contents.map(sha)))
    .digest('hex')}`
/** Enough bytes for worker threads to be started. */
const LARGE = 9 * 1024 * 1024
/** A file that holds a signature, of each kind. */
function signatureOf(kind: 'bundle' | 'envelope' | 'message'): string {
  const envelope = { payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AA==' }] }
  if (kind === 'envelope') return JSON.stringify(envelope)
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'ab' } },
    ...(kind === 'bundle' ? { dsseEnvelope: envelope } : { messageSignature: { signature: 'AA==' } }),
  })
}
/** An hour from now: by then every file of a test is old enough for the cache. */
const later = () => Date.now() + 3_600_000

describe('modelDigest', function () {
  after(removeFolders)

  it('hashes the files of a folder in the order of the code points of their names', async function () {
    const folder = createFolder({ 'a.b': '1', 'a/b': '2', 'a/é': '3', é: '4', B: '5', '.hidden': '6' })
    const result = await modelDigest(folder, { cache: false })
    expect(result.manifest.resources.map(({ name }) => name)).to.deep.equal(['.hidden', 'B', 'a.b', 'a/b', 'a/é', 'é'])
    expect(result.digest).to.equal(digestOf('6', '5', '1', '2', '3', '4'))
    expect(result).to.include({ bytes: 6, files: 6 })
  })

  it('names the digest of the reference program where its order gives another', async function () {
    const folder = createFolder({ 'a.b': '1', 'a/b': '2' })
    const { digest, referenceDigest, warnings } = await modelDigest(folder, { cache: false })
    expect([digest, referenceDigest]).to.deep.equal([digestOf('1', '2'), digestOf('2', '1')])
    expect(warnings.join()).to.include(digestOf('2', '1'))
    const same = await modelDigest(createFolder({ a: '1', 'b/c': '2' }), { cache: false })
    expect(same).to.deep.include({ referenceDigest: null, warnings: [] })
  })

  it("hashes a folder of names in many scripts as Python's sorted, pathlib and hashlib do", async function () {
    const { order } = JSON.parse(readFileSync(new URL('../vectors/oms.json', import.meta.url), 'utf8')) as {
      order: Record<'codePoints' | 'pathParts', { sorted: string[]; digest: string }> & { names: string[] }
    }
    const folder = createFolder(Object.fromEntries(order.names.map((name) => [name, name])))
    const { digest, referenceDigest, manifest } = await modelDigest(folder, { cache: false })
    expect(manifest.resources.map(({ name }) => name)).to.deep.equal(order.codePoints.sorted)
    expect(digest).to.equal(`0x${order.codePoints.digest}`)
    expect(referenceDigest).to.equal(`0x${order.pathParts.digest}`)
  })

  it('hashes a single file under its name', async function () {
    const folder = createFolder({ 'model.bin': 'weights' })
    const { digest, manifest } = await modelDigest(join(folder, 'model.bin'), { cache: false })
    expect(manifest.resources).to.deep.equal([
      { name: 'model.bin', algorithm: 'sha256', digest: sha('weights').toString('hex') },
    ])
    expect(digest).to.equal(digestOf('weights'))
  })

  it("leaves out git's files and the signature at the root only, and empty folders", async function () {
    const folder = createFolder({
      '.git/HEAD': 'x',
      '.gitattributes': 'x',
      '.github/workflows/ci.yml': 'x',
      '.gitignore': 'x',
      'model.sig': 'x',
      'sub/.gitignore': '1',
      w: '2',
    })
    mkdirSync(join(folder, 'empty/folder'), { recursive: true })
    const { digest, manifest } = await modelDigest(folder, { cache: false })
    expect(manifest.resources.map(({ name }) => name)).to.deep.equal(['sub/.gitignore', 'w'])
    expect(digest).to.equal(digestOf('1', '2'))
  })

  it('leaves out the given paths, even a link', async function () {
    const folder = createFolder({ w: '1', '.cache/x': '2', 'skip/a': '3', skipped: '4' })
    symlinkSync('/etc/passwd', join(folder, 'link'))
    const { digest, manifest } = await modelDigest(folder, { cache: false, ignore: ['.cache/', './skip', 'link'] })
    expect(digest).to.equal(digestOf('4', '1'))
    expect(manifest.serialization.ignore_paths).to.include.members(['.cache', 'skip', 'link', '.git'])
  })

  for (const path of ['/etc', '../x', '', '.', 'a/../..']) {
    it(`refuses to leave out ${JSON.stringify(path)}`, async function () {
      expect(await rejection(modelDigest(createFolder({ w: '1' }), { cache: false, ignore: [path] }))).to.include({
        code: 'IGNORED_PATH',
      })
    })
  }

  it('gives the same digest with any number of workers', async function () {
    const contents = [randomBytes(LARGE), randomBytes(LARGE + 1), randomBytes(3), Buffer.alloc(0)]
    const folder = createFolder(Object.fromEntries(contents.map((bytes, index) => [`w${index}`, bytes])))
    for (const workers of [1, 2, 3]) {
      const { digest, bytes } = await modelDigest(folder, { cache: false, workers })
      expect(digest).to.equal(digestOf(...contents))
      expect(bytes).to.equal(2 * LARGE + 4)
    }
  })

  for (const workers of [0, 65, 1.5, Number.NaN]) {
    it(`refuses ${workers} workers`, async function () {
      expect(await rejection(modelDigest('.', { workers }))).to.include({ code: 'INVALID_WORKERS' })
    })
  }

  it('reports progress that grows up to the whole', async function () {
    const folder = createFolder({ a: randomBytes(4 * LARGE), b: randomBytes(LARGE) })
    const reports: { bytes: number; files: number }[] = []
    await modelDigest(folder, { cache: false, workers: 2, onProgress: (progress) => reports.push(progress) })
    expect(reports.length).to.be.greaterThan(3)
    expect(reports[0]).to.include({ bytes: 0, files: 0, totalBytes: 5 * LARGE, totalFiles: 2 })
    expect(reports.at(-1)).to.include({ bytes: 5 * LARGE, files: 2, cachedBytes: 0 })
    for (let index = 1; index < reports.length; index++)
      expect(reports[index]!.bytes).to.be.at.least(reports[index - 1]!.bytes)
  })

  it('says that there is nothing at the path, or nothing to hash', async function () {
    const folder = createFolder({ '.gitignore': 'x' })
    expect(await rejection(modelDigest(join(folder, 'no'), { cache: false }))).to.include({ code: 'MODEL_NOT_FOUND' })
    expect(await rejection(modelDigest(join(folder, 'no/no'), { cache: false }))).to.include({
      code: 'MODEL_NOT_FOUND',
    })
    expect(await rejection(modelDigest(join(folder, '.gitignore/x'), { cache: false }))).to.include({
      code: 'MODEL_NOT_FOUND',
    })
    expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'NO_RESOURCES' })
  })

  it('refuses symbolic links to files, to folders, to nothing, and as the model itself', async function () {
    for (const target of ['/etc/hostname', '/etc', 'w', 'nowhere', '..']) {
      const folder = createFolder({ w: '1' })
      symlinkSync(target, join(folder, 'link'))
      const error = await rejection(modelDigest(folder, { cache: false }))
      expect(error).to.include({ code: 'SYMLINK' })
      expect(error.message).to.include(join(folder, 'link'))
      expect(await rejection(modelDigest(join(folder, 'link'), { cache: false }))).to.include({ code: 'SYMLINK' })
    }
  })

  it('follows links above the model, which the caller chose', async function () {
    const folder = createFolder({ 'm/w': '1' })
    symlinkSync(folder, join(createFolder(), 'here'))
    const other = createFolder()
    symlinkSync(folder, join(other, 'here'))
    expect((await modelDigest(join(other, 'here/m'), { cache: false })).digest).to.equal(digestOf('1'))
  })

  it('refuses pipes, sockets and devices without waiting for them', async function () {
    const folder = createFolder({ w: '1' })
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'NOT_A_REGULAR_FILE' })
    expect((await rejection(modelDigest('/dev/null', { cache: false }))).message).to.include('a character device')

    const other = createFolder()
    const server = createServer().listen(join(other, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      expect((await rejection(modelDigest(other, { cache: false }))).message).to.include('a socket')
    } finally {
      server.close()
    }
  })

  it('refuses names that are not UTF-8, and names that a terminal would not show as they are', async function () {
    const folder = createFolder()
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff])]), 'x')
    expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'UNREADABLE_NAME' })
    for (const name of ['a\nb', '\u001b[2J', 'x\u202egpj.exe', 'a\u200bb', 'sub\u0007/w']) {
      const error = await rejection(modelDigest(createFolder({ [name]: 'x' }), { cache: false }))
      expect(error).to.include({ code: 'UNREADABLE_NAME' })
      expect(error.message).to.match(/^[^\p{Cc}\p{Cf}]*$/u)
    }
  })

  it('says which file it cannot read', async function () {
    // On Linux a file that nobody can read from its beginning, root neither; elsewhere one that its owner may not.
    let path = '/proc/self/mem'
    if (process.platform !== 'linux') {
      path = join(createFolder({ w: '1' }), 'w')
      chmodSync(path, 0)
    }
    const error = await rejection(modelDigest(path, { cache: false }))
    expect(error).to.include({ code: 'UNREADABLE_FILE' })
    expect(error.message).to.match(/\((EIO|EACCES)\)/)
  })

  it('counts a file with two names twice', async function () {
    const folder = createFolder({ a: '1' })
    linkSync(join(folder, 'a'), join(folder, 'b'))
    expect((await modelDigest(folder, { cache: false })).digest).to.equal(digestOf('1', '1'))
  })

  describe('of real downloads', function () {
    const FILES = { 'config.json': '{}', 'model.bin': 'weights', 'onnx/model.onnx': 'onnx' }
    const digestOfFiles = digestOf('{}', 'weights', 'onnx')

    it('is the same for two downloads by hf download --local-dir', async function () {
      for (const time of ['1764000000.1', '1764111111.9']) {
        const folder = createFolder({
          ...FILES,
          '.gitattributes': '*.bin filter=lfs',
          '.cache/huggingface/.gitignore': '*',
          '.cache/huggingface/download/model.bin.metadata': `0f3e\n"etag"\n${time}\n`,
          '.cache/huggingface/download/config.json.lock': '',
        })
        const { digest, manifest } = await modelDigest(folder, { cache: false })
        expect(digest).to.equal(digestOfFiles)
        expect(manifest.serialization.ignore_paths).to.include('.cache/huggingface')
      }
    })

    it('counts other files in .cache, and .cache/huggingface below the root', async function () {
      const folder = createFolder({ ...FILES, '.cache/x': '1', 'onnx/.cache/huggingface/x': '2' })
      expect((await modelDigest(folder, { cache: false })).files).to.equal(5)
    })

    it('refuses what hf download does not write in its folder, where it would be left out', async function () {
      for (const name of ['payload.bin', 'download/model.py', 'hub/x.metadata', 'download/.gitignore']) {
        const folder = createFolder({ ...FILES, [`.cache/huggingface/${name}`]: 'x' })
        const error = await rejection(modelDigest(folder, { cache: false }))
        expect(error, name).to.include({ code: 'HIDDEN_FILE' })
        expect(error.message).to.include(name)
        const { digest } = await modelDigest(folder, { cache: false, ignore: ['.cache/huggingface'] })
        expect(digest).to.equal(digestOfFiles)
      }
    })

    it('refuses what lies in a folder that has the name of a file that is left out', async function () {
      for (const name of ['model.sig', '.gitignore', '.gitattributes']) {
        const folder = createFolder({ ...FILES, [`${name}/onnx/payload.bin`]: 'x' })
        const error = await rejection(modelDigest(folder, { cache: false }))
        expect(error, name).to.include({ code: 'HIDDEN_FILE' })
        expect(error.message).to.include(`"${name}/onnx/payload.bin" is in a folder`)
        expect((await modelDigest(folder, { cache: false, ignore: [name] })).digest).to.equal(digestOfFiles)
        const ignore = ['.cache/huggingface']
        expect(await rejection(modelDigest(folder, { cache: false, ignore }))).to.include({ code: 'HIDDEN_FILE' })
      }
      const linked = createFolder({ ...FILES, '.git/x': 'x' })
      symlinkSync('.git', join(linked, 'model.sig'))
      expect(await rejection(modelDigest(linked, { cache: false }))).to.include({ code: 'HIDDEN_FILE' })
    })

    it('refuses links in that folder, and does not go round in them', async function () {
      this.timeout(5000)
      const folder = createFolder({ ...FILES, '.cache/huggingface/download/x.lock': '' })
      for (const name of ['a', 'b', 'c']) symlinkSync('.', join(folder, '.cache/huggingface/download', name))
      expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'HIDDEN_FILE' })
      const ignore = ['.cache/huggingface']
      expect((await modelDigest(folder, { cache: false, ignore })).digest).to.equal(digestOfFiles)

      const linked = createFolder({ ...FILES, '.cache/x': 'x' })
      symlinkSync(folder, join(linked, '.cache/huggingface'))
      expect(await rejection(modelDigest(linked, { cache: false }))).to.include({ code: 'HIDDEN_FILE' })
    })

    it("is that of the files for a snapshot of the Hub's cache, a folder in it, and a file in it", async function () {
      const { snapshot } = createHubCache('models--acme--tiny', FILES)
      const { digest, manifest } = await modelDigest(snapshot, { cache: false })
      expect(digest).to.equal(digestOfFiles)
      expect(manifest.resources.map(({ name }) => name)).to.deep.equal(Object.keys(FILES))
      expect(manifest.serialization.allow_symlinks).to.equal(true)
      expect((await modelDigest(join(snapshot, 'onnx'), { cache: false })).digest).to.equal(digestOf('onnx'))
      const single = await modelDigest(join(snapshot, 'model.bin'), { cache: false })
      expect(single.digest).to.equal(digestOf('weights'))
      expect(single.manifest.resources[0]!.name).to.equal('model.bin')
    })

    it('remembers the blobs of the cache', async function () {
      const { snapshot } = createHubCache('models--acme--tiny', FILES)
      const options = { cache: join(createFolder(), 'c'), now: later }
      let bytes = 0
      await modelDigest(snapshot, options)
      await modelDigest(snapshot, { ...options, onProgress: ({ cachedBytes }) => (bytes = cachedBytes) })
      expect(bytes).to.equal(13)
    })

    it('refuses links of a snapshot that leave the blobs of its repository', async function () {
      const other = createHubCache('models--evil--twin', { 'model.bin': 'other' })
      const outside = createFolder({ 'model.bin': 'other' })
      const cases: ((cache: ReturnType<typeof createHubCache>) => string)[] = [
        () => '/etc/hostname',
        () => join(outside, 'model.bin'),
        () => other.blobOf('model.bin'),
        ({ repository }) => join(repository, 'refs/main'),
        ({ repository }) => join(repository, 'blobs'),
        ({ snapshot }) => join(snapshot, 'config.json.real'),
        () => '../../blobs/absent',
        () => '../../blobs/../../../x',
      ]
      for (const targetOf of cases) {
        const cache = createHubCache('models--acme--tiny', FILES)
        writeFile(cache.snapshot, 'config.json.real', '{}')
        symlinkSync(targetOf(cache), join(cache.snapshot, 'link'))
        const error = await rejection(modelDigest(cache.snapshot, { cache: false }))
        expect(error, targetOf(cache)).to.include({ code: 'SYMLINK' })
        expect(error.message).to.include(join(cache.snapshot, 'link'))
      }
    })

    it('refuses a blob that is a link, a folder of blobs that is a link, and a snapshot that is a link', async function () {
      const outside = createFolder({ 'model.bin': 'weights' })
      const blob = createHubCache('models--acme--tiny', FILES)
      renameSync(blob.blobOf('model.bin'), join(blob.repository, 'moved'))
      symlinkSync(join(outside, 'model.bin'), blob.blobOf('model.bin'))
      expect(await rejection(modelDigest(blob.snapshot, { cache: false }))).to.include({ code: 'SYMLINK' })

      const blobs = createHubCache('models--acme--tiny', FILES)
      renameSync(join(blobs.repository, 'blobs'), join(outside, 'blobs'))
      symlinkSync(join(outside, 'blobs'), join(blobs.repository, 'blobs'))
      expect(await rejection(modelDigest(blobs.snapshot, { cache: false }))).to.include({ code: 'SYMLINK' })

      const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
      symlinkSync(snapshot, join(repository, 'snapshots/latest'))
      const error = await rejection(modelDigest(join(repository, 'snapshots/latest'), { cache: false }))
      expect(error).to.include({ code: 'SYMLINK' })
    })

    it('does not follow links in a folder that only looks like a cache from inside', async function () {
      const folder = createFolder({ 'models--a--b/blobs/x': '1', 'models--a--b/snapshots/c/w': '2' })
      symlinkSync('../../blobs/x', join(folder, 'models--a--b/snapshots/c/link'))
      expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'SYMLINK' })
    })

    it('notices a link of the cache that is turned to another blob', async function () {
      const { snapshot, blobOf } = createHubCache('models--acme--tiny', { a: 'x'.repeat(LARGE / 3), b: '2', c: '3' })
      let reports = 0
      const promise = modelDigest(snapshot, {
        cache: false,
        workers: 1,
        onProgress: () => {
          if (++reports !== 2) return
          rmSync(join(snapshot, 'c'))
          symlinkSync(blobOf('b'), join(snapshot, 'c'))
        },
      })
      expect(await rejection(promise)).to.include({ code: 'FILE_CHANGED' })
    })

    it("says which snapshots the folder of a repository of the Hub's cache has", async function () {
      const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
      writeFile(repository, `snapshots/${'a'.repeat(40)}/model.bin`, 'x')
      const error = await rejection(modelDigest(repository, { cache: false }))
      expect(error).to.include({ code: 'HUB_REPOSITORY' })
      expect(error.message).to.include(snapshot)
    })

    it("takes the folder of a repository of the Hub's cache for its snapshot when it has only one", async function () {
      const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
      const { digest } = await modelDigest(snapshot, { cache: false })
      expect((await modelDigest(repository, { cache: false })).digest).to.equal(digest)
      symlinkSync(snapshot, join(repository, 'snapshots/other'))
      expect((await rejection(modelDigest(repository, { cache: false }))).code).to.equal('HUB_REPOSITORY')
    })

    it('takes all parts of a split GGUF for one model, whichever is named, and says so', async function () {
      const parts = { 'm-00001-of-00002.gguf': 'a', 'm-00002-of-00002.gguf': 'b' }
      const folder = createFolder({ ...parts, 'm-00001-of-00003.gguf': 'c', 'n-00001-of-00002.gguf': 'd' })
      const { digest } = await modelDigest(createFolder(parts), { cache: false })
      for (const name of Object.keys(parts)) {
        const result = await modelDigest(join(folder, name), { cache: false })
        expect(result).to.include({ digest, files: 2 })
        expect(result.warnings.join()).to.include(`"${name}" is one part of split weights`)
      }
      const alone = await modelDigest(join(folder, 'n-00001-of-00002.gguf'), { cache: false })
      expect(alone.problems.map(({ kind }) => kind)).to.include('missing-part')
      symlinkSync('m-00001-of-00002.gguf', join(folder, 'n-00002-of-00002.gguf'))
      expect((await rejection(modelDigest(join(folder, 'n-00001-of-00002.gguf'), { cache: false }))).code).to.equal(
        'SYMLINK',
      )
    })

    it('leaves out signature files, whatever they are called, and records their names', async function () {
      const bundle = signatureOf('bundle')
      const folder = createFolder({
        ...FILES,
        'acme.sig': bundle,
        'model.sigstore.json': `\n ${bundle}`,
        'claims.jsonl': `${bundle}\n${signatureOf('envelope')}\n`,
        'model.bin.bundle': signatureOf('message'),
        'model.sig': 'anything',
      })
      const { digest, manifest } = await modelDigest(folder, { cache: false })
      expect(digest).to.equal(digestOfFiles)
      const names = ['acme.sig', 'claims.jsonl', 'model.bin.bundle', 'model.sigstore.json']
      expect(manifest.serialization.ignore_paths).to.include.members(names)
      // What was recorded gives the same digest again.
      const ignore = manifest.serialization.ignore_paths
      expect((await modelDigest(folder, { cache: false, ignore })).digest).to.equal(digest)
    })

    it('counts a file that has more than a signature, or is not at the root', async function () {
      const bundle = JSON.parse(signatureOf('bundle'))
      for (const [name, contents] of [
        ['generation_config.json', JSON.stringify({ ...bundle, auto_map: { AutoModel: 'evil.Model' } })],
        ['x.sig', JSON.stringify(bundle).replace('sigstore.bundle', 'sigstore.else')],
        ['x.sig', `${JSON.stringify(bundle)}x`],
        ['x.jsonl', `${JSON.stringify(bundle)}\n{"text":"payloadType"}\n`],
        ['x.sig', '-----BEGIN PGP SIGNATURE-----'],
        ['onnx/x.sig', JSON.stringify(bundle)],
        ['generation_config.json', JSON.stringify(bundle)],
        ['chat_template.jinja', JSON.stringify(bundle)],
        ['modeling.py', JSON.stringify(bundle)],
        ['install.sh', '{"payload":"$(os.system)","payloadType":"x","signatures":[]}'],
        ['Makefile', '{"payload":"$(shell os.system)","payloadType":"x","signatures":[]}'],
        ['index.php', '{"payload":"<?php os.system ?>","payloadType":"x","signatures":[]}'],
        ['run', JSON.stringify(bundle)],
        ['x.sig', JSON.stringify({ ...bundle, verificationMaterial: { hint: '{{ payload }}' } })],
      ] as const) {
        const { files } = await modelDigest(createFolder({ ...FILES, [name]: contents }), { cache: false })
        expect(files, contents.slice(0, 40)).to.equal(4)
      }
    })

    it('is of the signature for a path that is one', async function () {
      const folder = createFolder({ 'x.sig': signatureOf('bundle') })
      expect((await modelDigest(join(folder, 'x.sig'), { cache: false })).files).to.equal(1)
      expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'NO_RESOURCES' })
    })

    it('notices a signature that changes meanwhile', async function () {
      const folder = createFolder({ a: 'x'.repeat(LARGE / 3), 'x.sig': signatureOf('bundle') })
      let reports = 0
      const promise = modelDigest(folder, {
        cache: false,
        workers: 1,
        onProgress: () => ++reports === 2 && writeFileSync(join(folder, 'x.sig'), 'import os'),
      })
      expect(await rejection(promise)).to.include({ code: 'FILE_CHANGED' })
    })

    it('says when a path to leave out is not there', async function () {
      const { warnings } = await modelDigest(createFolder(FILES), { cache: false, ignore: ['onxx', 'onnx'] })
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.include('"onxx"')
    })

    it('says what only a statement leaves out, but for signatures', async function () {
      const folder = createFolder({ ...FILES, 'extra.bin': 'payload', 'acme.sig': signatureOf('bundle') })
      const recordedIgnore = ['.git', 'acme.sig', 'extra.bin', 'logs']
      const { digest, warnings } = await modelDigest(folder, { cache: false, recordedIgnore })
      expect(digest).to.equal(digestOfFiles)
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.include('leaves "extra.bin" out')
      expect((await modelDigest(folder, { cache: false, ignore: recordedIgnore })).warnings.join()).not.to.include(
        'extra',
      )
    })

    it("is what the reference program's signatures state of its own folders", async function () {
      const standards = standardsFolder('oms/reference')
      if (standards === undefined) return
      for (const folder of ['v1.0.1-certificate', 'v1.0.1-elliptic-key', 'v1.0.1-sigstore']) {
        const bundle: unknown = JSON.parse(readFileSync(join(standards, folder, 'model.sig'), 'utf8'))
        const { digest, manifest } = parseUnverifiedBundle(bundle)
        const ignore = manifest.serialization.ignore_paths
        const actual = await modelDigest(join(standards, folder), { cache: false, ignore })
        expect(actual.digest).to.equal(digest)
        expect(compareManifests(manifest, actual.manifest)).to.deep.equal([])
      }
      const file = join(standards, 'v0.3.1-elliptic-key')
      const single = parseUnverifiedBundle(JSON.parse(readFileSync(join(file, 'model.sig'), 'utf8')))
      const actual = await modelDigest(join(file, 'signme-1'), { cache: false })
      expect(actual.digest).to.equal(single.digest)
      expect(compareManifests(single.manifest, actual.manifest)).to.deep.equal([])
    })
  })

  describe('with files that change while they are hashed', function () {
    /** Changes something in the middle of the first file: the first report comes when nothing, the next when a part of it is hashed. */
    async function digestWhile(folder: string, change: () => void): Promise<Error & { code?: string }> {
      let reports = 0
      return rejection(
        modelDigest(folder, {
          cache: false,
          workers: 1,
          onProgress: () => {
            if (++reports === 2) change()
          },
        }),
      )
    }
    const changes: [string, (path: string, folder: string) => void][] = [
      ['grows', (path) => appendFileSync(path, 'x')],
      ['shrinks', (path) => truncateSync(path, 10)],
      ['is overwritten in place', (path) => writeFileSync(path, randomBytes(LARGE), { flag: 'r+' })],
      [
        'is overwritten in place, with its time put back',
        (path) => {
          writeFileSync(path, 'y', { flag: 'r+' })
          utimesSync(path, 1, 1)
        },
      ],
      ['is replaced by another', (path, folder) => renameSync(writeFile(folder, 'new', randomBytes(LARGE)), path)],
      [
        'is replaced by a link',
        (path) => {
          renameSync(path, `${path}.old`)
          symlinkSync(`${path}.old`, path)
        },
      ],
      ['gets a neighbour', (_, folder) => void writeFile(folder, 'z', 'x')],
      ['loses a neighbour', (_, folder) => renameSync(join(folder, 'b'), join(createFolder(), 'b'))],
    ]
    for (const [what, change] of changes) {
      for (const size of [LARGE / 3, 7 * LARGE]) {
        it(`notices that one of ${size} bytes ${what}`, async function () {
          const folder = createFolder({ a: randomBytes(size), b: randomBytes(10) })
          const error = await digestWhile(folder, () => change(join(folder, 'a'), folder))
          expect(error.code).to.be.oneOf(['FILE_CHANGED', 'SYMLINK'])
        })
      }
    }

    it('notices a folder on the way that is replaced by a link to another', async function () {
      const folder = createFolder({ 'sub/a': randomBytes(LARGE / 3), z: '1' })
      const error = await digestWhile(folder, () => {
        renameSync(join(folder, 'sub'), join(folder, '.git'))
        symlinkSync(join(folder, '.git'), join(folder, 'sub'))
      })
      expect(error.code).to.be.oneOf(['FILE_CHANGED', 'SYMLINK'])
    })
  })

  describe('when it is stopped', function () {
    it('throws the reason at once when it was stopped before', async function () {
      const reason = new Error('stopped')
      expect(
        await rejection(modelDigest(createFolder({ w: '1' }), { cache: false, signal: AbortSignal.abort(reason) })),
      ).to.equal(reason)
    })

    for (const size of [LARGE / 3, 5 * LARGE]) {
      it(`throws the reason in the middle of a file of ${size} bytes`, async function () {
        const folder = createFolder({ a: randomBytes(size), b: randomBytes(size) })
        const controller = new AbortController()
        const reason = new Error('stopped')
        let reports = 0
        const promise = modelDigest(folder, {
          cache: false,
          workers: 2,
          signal: controller.signal,
          onProgress: () => {
            if (++reports === 2) controller.abort(reason)
          },
        })
        expect(await rejection(promise)).to.equal(reason)
      })
    }

    it('goes on where it was with the cache, reading only what was not finished', async function () {
      const cache = join(createFolder(), 'digests.jsonl')
      const contents = [randomBytes(3 * LARGE), randomBytes(LARGE), randomBytes(5)]
      const folder = createFolder({ a: contents[0]!, b: contents[1]!, c: contents[2]! })
      const controller = new AbortController()
      const options = { cache, workers: 1, now: later }
      const stopped = modelDigest(folder, {
        ...options,
        signal: controller.signal,
        // The largest file comes first.
        onProgress: ({ files }) => files === 1 && controller.abort(new Error('stopped')),
      })
      expect((await rejection(stopped)).message).to.equal('stopped')

      const reports: { cachedBytes: number }[] = []
      const { digest } = await modelDigest(folder, { ...options, onProgress: (progress) => reports.push(progress) })
      expect(digest).to.equal(digestOf(...contents))
      expect(reports[0]!.cachedBytes).to.equal(3 * LARGE)

      await modelDigest(folder, { ...options, onProgress: (progress) => reports.push(progress) })
      expect(reports.at(-1)!.cachedBytes).to.equal(4 * LARGE + 5)
    })
  })

  describe('with a cache', function () {
    async function cachedBytes(folder: string, cache: string, now = later): Promise<number> {
      let bytes = -1
      const { digest, manifest } = await modelDigest(folder, {
        cache,
        now,
        onProgress: (progress) => (bytes = progress.cachedBytes),
      })
      expect(digest).to.equal(manifestDigest(manifest))
      expect(digest).to.equal((await modelDigest(folder, { cache: false })).digest)
      return bytes
    }

    it('forgets a file that changed, even when size and time of change are put back', async function () {
      const cache = join(createFolder(), 'c')
      const folder = createFolder({ a: '11', b: '222' })
      utimesSync(join(folder, 'a'), 1000, 1000)
      expect(await cachedBytes(folder, cache)).to.equal(0)
      expect(await cachedBytes(folder, cache)).to.equal(5)
      writeFileSync(join(folder, 'a'), '33')
      utimesSync(join(folder, 'a'), 1000, 1000)
      expect(await cachedBytes(folder, cache)).to.equal(3)
      expect(await cachedBytes(folder, cache)).to.equal(5)
    })

    it('does not know a copy at another path', async function () {
      const cache = join(createFolder(), 'c')
      await cachedBytes(createFolder({ a: '11' }), cache)
      expect(await cachedBytes(createFolder({ a: '11' }), cache)).to.equal(0)
    })

    it('does not remember a file that changed within two seconds of being hashed', async function () {
      const cache = join(createFolder(), 'c')
      const folder = createFolder({ a: '11' })
      expect(await cachedBytes(folder, cache, Date.now)).to.equal(0)
      expect(await cachedBytes(folder, cache)).to.equal(0)
      expect(await cachedBytes(folder, cache)).to.equal(2)
    })

    it('skips damaged lines, and writes on after half a line', async function () {
      const cache = join(createFolder(), 'c')
      const folder = createFolder({ a: '11' })
      await cachedBytes(folder, cache)
      const good = readFileSync(cache, 'utf8')
      writeFileSync(cache, `\u0000\n{}\n[1,2]\n["x","y"]\nnull\n${good}["/half`)
      expect(await cachedBytes(folder, cache)).to.equal(2)
      writeFile(folder, 'b', '2')
      await cachedBytes(folder, cache)
      expect(await cachedBytes(folder, cache)).to.equal(3)
    })

    it('goes on without a cache that cannot be written, and says so', async function () {
      const folder = createFolder({ a: '1' })
      const { digest, warnings } = await modelDigest(folder, { cache: '/dev/null/cache' })
      expect(digest).to.equal(digestOf('1'))
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.include('/dev/null/cache')
    })
  })
})
