import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, rmSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join, relative } from 'node:path'

import { expect } from 'chai'
import { packTar } from 'modern-tar'

import { draftModel } from '../../src/artifacts/draftFolder.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { stateOf } from '../../src/artifacts/listFiles.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { readLayer } from '../../src/subjects/layer.ts'
import { openSubject } from '../../src/subjects/openSubject.ts'
import { readSubjectText } from '../../src/subjects/subject.ts'
import { createFolder, rejection, removeFolders, writeFile } from '../artifacts/folder.ts'
import { inDepth, itInDepth } from '../fixtures/inDepth.ts'
import { ggufOf, safetensorsOf } from '../interop/tensorFiles.ts'
import { compress, OciLayout, rawLayers, sha256, tarEntries, tarOf, type Contents, type OciBlob } from './stores.ts'

const TENSORS = [
  { dtype: 'F32', shape: [2], data: '0000803f00000040' },
  { dtype: 'I8', shape: [3], data: '010203' },
]
const FILES: Record<string, Contents> = {
  'README.md': '---\nlicense: mit\n---\n# Tiny\n',
  'config.json': '{"_name_or_path":"acme/base"}',
  'model.safetensors': safetensorsOf(TENSORS),
  'nested/deep/extra.gguf': ggufOf([{ dtype: 'F32', shape: [1], data: '0000a040' }]),
  'tokenizer.json': '{}',
  'tokenizer/vocab.txt': 'a\n',
  'empty.txt': '',
  [`${'long/'.repeat(30)}ünï.txt`]: 'x',
  'big.bin': Buffer.alloc(3 * 1024 * 1024, 'noise'),
}
const PACK = 'application/vnd.cncf.model'
const KIT = 'application/vnd.kitops.modelkit'

describe('an OCI image layout', function () {
  after(removeFolders)

  const open = (layout: OciLayout | string, suffix = '', options = {}) =>
    openSubject(`oci:${typeof layout === 'string' ? layout : layout.root}${suffix}`, { cache: false, ...options })
  const codeOf = async (layout: OciLayout, suffix = '') => (await rejection(open(layout, suffix))).code
  const packed = async (files: Record<string, Contents>, suffix = 'tar', kind = 'weight'): Promise<OciBlob> => ({
    mediaType: `${PACK}.${kind}.v1.${suffix}`,
    contents: await tarOf(files, suffix),
  })
  const tarLayout = (contents: Contents, suffix = 'tar') => {
    const layout = new OciLayout()
    return layout.add(layout.modelPack([{ mediaType: `${PACK}.weight.v1.${suffix}`, contents }]))
  }

  for (const suffix of ['raw', 'tar', 'tar+gzip', 'tar+zstd']) {
    it(`gives the digest of the folder that a ModelPack was packed from (${suffix})`, async function () {
      const folder = await modelDigest(createFolder(FILES), { cache: false })
      const layout = new OciLayout()
      const { 'big.bin': big, 'README.md': readme, ...others } = FILES
      const layers =
        suffix === 'raw'
          ? rawLayers(FILES)
          : [
              await packed({ './big.bin': big! }, suffix),
              await packed(others, suffix, 'weight.config'),
              await packed({ 'README.md': readme! }, suffix, 'doc'),
            ]
      layout.add(layout.modelPack(layers, { name: 'acme/tiny', licenses: ['MIT'] }), 'v1')
      for (const reference of [`oci:${layout.root}`, `oci:${layout.root}:v1`, layout.root]) {
        const subject = await openSubject(reference, { cache: false })
        expect(subject, reference).to.deep.include({ digest: folder.digest, referenceDigest: folder.referenceDigest })
        expect(subject.tensors).to.deep.equal(folder.tensors)
        expect(subject.problems).to.deep.equal(folder.problems)
        expect(subject.bytes).to.equal(folder.bytes)
        expect(subject).to.include({ name: 'acme/tiny', place: 'oci' })
        expect(await readSubjectText(subject, 'README.md')).to.equal(FILES['README.md'])
        const draft = await draftModel(subject, { name: 'acme/tiny' })
        expect(draft.terms.license).to.equal('mit')
      }
    })
  }

  it('gives the digest of the folder that a ModelKit was packed from, and what the Kitfile states', async function () {
    const layout = new OciLayout()
    const { 'README.md': readme, ...others } = FILES
    const layers = [
      { mediaType: `${KIT}.model.v1.tar+gzip`, contents: await tarOf(others, 'tar+gzip') },
      { mediaType: `${KIT}.docs.v1.tar`, contents: await tarOf({ 'README.md': readme! }) },
    ]
    const kitfile = {
      manifestVersion: '1.0.0',
      package: { name: 'tiny', license: 'Apache-2.0' },
      model: { name: 'other', path: '.', license: 'MIT', digest: `sha256:${sha256(layers[0]!.contents)}` },
      docs: [{ path: 'README.md', digest: `sha256:${sha256(layers[1]!.contents)}` }],
    }
    layout.add(layout.modelKit(layers, kitfile))
    const subject = await open(layout)
    expect(subject.digest).to.equal((await modelDigest(createFolder(FILES), { cache: false })).digest)
    expect(subject.name).to.equal('tiny')
    expect(subject.stated?.licenseNames.map(({ license }) => license)).to.deep.equal(['MIT', 'Apache-2.0'])
  })

  it('puts the files of an older ModelKit where its Kitfile says', async function () {
    const layout = new OciLayout()
    const layers = [
      { mediaType: `${KIT}.model.v1.tar`, contents: await tarOf({ 'weights/': '', 'weights/m.bin': '1' }) },
      { mediaType: `${KIT}.modelpart.v1.tar`, contents: await tarOf({ 'p.bin': '2' }) },
      { mediaType: `${KIT}.code.v1.tar`, contents: await tarOf({ 'run.py': '3' }) },
    ]
    const kitfile = { model: { path: './sub/weights', parts: [{ path: 'parts/p.bin' }] }, code: [{ path: 'run.py' }] }
    layout.add(layout.modelKit(layers, kitfile))
    expect((await open(layout)).manifest.resources.map(({ name }) => name)).to.deep.equal([
      'parts/p.bin',
      'run.py',
      'sub/weights/m.bin',
    ])
    const out = new OciLayout()
    out.add(out.modelKit(layers.slice(0, 1), { model: { path: '../../weights' } }))
    expect(await codeOf(out)).to.equal('INVALID_RESOURCE')
  })

  it('leaves out what a digest of a folder leaves out', async function () {
    const more = {
      '.gitattributes': '*',
      '.git/config': 'x',
      '.cache/huggingface/download/README.md.metadata': '1',
      'logs/1': 'x',
    }
    const folder = createFolder({ ...FILES, ...more })
    const options = { cache: false as const, ignore: ['logs', 'lgos'] }
    const expected = await modelDigest(folder, options)
    for (const layers of [rawLayers({ ...FILES, ...more }), [await packed({ ...FILES, ...more }, 'tar+gzip')]]) {
      const layout = new OciLayout()
      layout.add(layout.modelPack(layers))
      const subject = await open(layout, '', options)
      expect(subject.digest).to.equal(expected.digest)
      expect(subject.warnings).to.deep.equal(expected.warnings)
      expect(subject.manifest.serialization).to.deep.equal(expected.manifest.serialization)
    }
    for (const name of ['.cache/huggingface/payload.py', 'model.sig/payload.py'])
      expect(await codeOf(await tarLayout(await tarOf({ ...FILES, [name]: 'x' })))).to.equal('HIDDEN_FILE')
  })

  it('names the problems of files in layers', async function () {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 1234567\n`
    const files = {
      'm.safetensors': pointer,
      'x-00001-of-00002.gguf': FILES['nested/deep/extra.gguf']!,
      'bad.gguf': 'GGUF',
    }
    const expected = await modelDigest(createFolder(files), { cache: false })
    const subject = await open(tarLayout(await tarOf(files, 'tar+zstd'), 'tar+zstd'))
    expect(subject.problems).to.deep.equal(expected.problems)
    expect(subject.problems).to.have.length(3)
    expect(subject.tensors).to.have.nested.property(
      'refused.code',
      (expected.tensors as { refused: { code: string } }).refused.code,
    )
  })

  it('chooses by tag and by digest, and lists the choices', async function () {
    const layout = new OciLayout()
    const [one, two] = [layout.modelPack(rawLayers({ 'a.bin': '1' })), layout.modelPack(rawLayers({ 'a.bin': '2' }))]
    layout.add(one, 'v1').add(two, 'registry.example/acme/tiny:v2')
    const error = await rejection(open(layout))
    expect(error).to.include({ code: 'MODEL_CHOICE' })
    expect(error.message).to.include(`:v1"`).and.include(`:v2"`)
    const digestOf = async (suffix: string) => (await open(layout, suffix)).manifest.resources[0]!.digest
    expect(await digestOf(':v1')).to.equal(sha256('1'))
    expect(await digestOf(':v2')).to.equal(sha256('2'))
    expect(await digestOf(`@${two.digest as string}`)).to.equal(sha256('2'))
    const missing = await rejection(open(layout, ':v3'))
    expect(missing.message).to.include('It has "v1", "v2".')
    expect(await codeOf(layout, `@sha256:${'0'.repeat(64)}`)).to.equal('BLOB_MISSING')
    for (const suffix of [':', ':a/b', ':../x', '@sha256:x', '@v1', ':v 1'])
      expect(await codeOf(layout, suffix), suffix).to.be.oneOf(['STORE_REFERENCE', 'STORE_NOT_FOUND'])
    const moved = `${layout.root}:v9`
    renameSync(layout.root, moved)
    expect((await openSubject(`oci:${relative('/', moved)}:v1`, { cache: false, cwd: '/' })).files).to.equal(1)
    rmSync(moved, { recursive: true })
  })

  it('finds the one model below indexes of platforms', async function () {
    const layout = new OciLayout()
    const model = layout.modelPack(rawLayers({ 'a.bin': '1' }))
    const image = layout.manifest({ mediaType: 'application/vnd.oci.image.config.v1+json', contents: '{}' }, [])
    layout.add(
      layout.index([layout.index([image, { ...model, platform: { os: 'linux', architecture: 'arm64' } }]), model]),
    )
    expect((await open(layout)).files).to.equal(1)
    const several = new OciLayout()
    const models = ['1', '2'].map((text) => several.modelPack(rawLayers({ 'a.bin': text })))
    several.add(several.index(models), 'latest')
    const error = await rejection(open(several, ':latest'))
    expect(error).to.include({ code: 'MODEL_CHOICE' })
    expect((await open(several, `@${models[1]!.digest as string}`)).manifest.resources[0]!.digest).to.equal(sha256('2'))
    const deep = new OciLayout()
    let index = deep.index([])
    for (let depth = 0; depth < 5; depth++) index = deep.index([index])
    expect(await codeOf(deep.add(index))).to.equal('STORE_MANIFEST')
    const none = new OciLayout()
    expect(
      await codeOf(
        none.add(none.manifest({ mediaType: 'application/vnd.oci.image.config.v1+json', contents: '{}' }, [])),
      ),
    ).to.equal('STORE_MANIFEST')
  })

  it('refuses blobs that are not those of the manifest', async function () {
    for (const suffix of ['tar', 'tar+gzip', 'tar+zstd']) {
      const contents = await tarOf(FILES, suffix)
      const layout = tarLayout(contents, suffix)
      const path = layout.pathOf(contents)
      for (const at of [0, 600, Math.floor(contents.length / 2), contents.length - 1]) {
        const changed = Buffer.from(contents)
        changed[at]! ^= 0x11
        writeFileSync(path, changed)
        const error = await rejection(open(layout))
        expect(error, `${suffix} ${at}`).to.include({ code: 'BLOB_MISMATCH' })
        expect(error.message).to.include(sha256(contents))
      }
      truncateSync(path, contents.length - 1)
      expect(await codeOf(layout)).to.equal('BLOB_MISMATCH')
      rmSync(path)
      expect(await codeOf(layout)).to.equal('BLOB_MISSING')
      symlinkSync('/etc/hostname', path)
      expect(await codeOf(layout)).to.equal('BLOB_OUTSIDE_STORE')
    }
    const layout = new OciLayout()
    const manifest = layout.modelPack(rawLayers({ 'a.bin': '1' }))
    layout.add({ ...manifest, size: 1 })
    expect(await codeOf(layout)).to.equal('BLOB_MISMATCH')
    const raw = new OciLayout()
    raw.add(raw.modelPack(rawLayers({ 'a.bin': '1' })))
    writeFileSync(raw.pathOf('1'), '2')
    expect(await codeOf(raw)).to.equal('BLOB_MISMATCH')
  })

  it('refuses names that leave the folder, stand twice, or are both a file and a folder', async function () {
    const refused: [Record<string, Contents>, string][] = [
      [{ '../x': '1' }, 'INVALID_RESOURCE'],
      [{ '/etc/passwd': '1' }, 'INVALID_RESOURCE'],
      [{ 'a/../../x': '1' }, 'INVALID_RESOURCE'],
      [{ 'a//b': '1' }, 'INVALID_RESOURCE'],
      [{ 'a\u202eb': '1' }, 'INVALID_RESOURCE'],
      [{ '.': '1' }, 'LAYER_ENTRY'],
      [{ a: '1', './a': '2' }, 'LAYER_ENTRY'],
      [{ a: '1', 'a/b': '2' }, 'LAYER_ENTRY'],
    ]
    for (const [files, code] of refused)
      expect(await codeOf(tarLayout(await tarOf(files))), Object.keys(files)[0]).to.equal(code)
    const latin = await tarOf({ 'x.bin': '1' })
    latin[0] = 0xe4
    expect(await codeOf(tarLayout(withChecksum(latin)))).to.equal('LAYER_ENTRY')
    const raw = new OciLayout()
    raw.add(raw.modelPack([...rawLayers({ 'a.bin': '1' }), await packed({ 'a.bin': '2' })]))
    expect(await codeOf(raw)).to.equal('LAYER_ENTRY')
    for (const name of ['../x', '/x', '.', 'a\nb']) {
      const layout = new OciLayout()
      layout.add(layout.modelPack(rawLayers({ [name]: '1' })))
      expect(await codeOf(layout), name).to.be.oneOf(['INVALID_RESOURCE', 'STORE_MANIFEST'])
    }
  })

  it('refuses links, devices and sparse files', async function () {
    const [file] = tarEntries({ 'a.bin': '1' })
    for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const) {
      const header = { name: 'l', size: 0, type, linkname: 'a.bin' }
      const layout = tarLayout(Buffer.from(await packTar([file!, { header }])))
      const error = await rejection(open(layout))
      expect(error, type).to.include({ code: 'LAYER_ENTRY' })
    }
    const pax = { 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '9' }
    const sparse = await packTar([{ header: { name: 's', size: 1, type: 'file', pax }, body: '1' }])
    expect(await codeOf(tarLayout(Buffer.from(sparse)))).to.equal('LAYER_ENTRY')
    for (const type of ['S', '7', 'V', 'Z']) {
      const tar = await tarOf({ s: '1' })
      tar[156] = type.charCodeAt(0)
      const layout = tarLayout(withChecksum(tar))
      const error = await rejection(open(layout))
      expect(error, type).to.include({ code: 'LAYER_ENTRY' })
    }
  })

  it('refuses what programs that unpack a tar read in different ways', async function () {
    const pax = (records: Record<string, string>): string =>
      Object.entries(records)
        .map(([key, value]) => {
          // All of them have a length of two digits.
          return `${Buffer.byteLength(`${key}=${value}`) + 4} ${key}=${value}\n`
        })
        .join('')
    const x = (records: Record<string, string>, type = 'x') => entryOf('PaxHeader', type, pax(records))
    const end = Buffer.alloc(1024)
    const file = entryOf('a.bin', '0', '1')
    const tars: [what: string, entries: Buffer[], code: string | undefined][] = [
      ['plain', [file], undefined],
      ['attributes', [x({ path: 'b.bin' }), file], undefined],
      ['a comment for all', [x({ comment: 'ab12' }, 'g'), file], undefined],
      ['a folder as the first format has it', [entryOf('a/', '\0', ''), file], undefined],
      ['a file with a slash at the end', [entryOf('evil.py/', '0', 'x'), file], 'LAYER_ENTRY'],
      ['an empty one', [entryOf('evil.py/', '0', ''), file], 'LAYER_ENTRY'],
      ['such a file by its attributes', [x({ path: 'evil.py/' }), file, file], 'LAYER_ENTRY'],
      ['such a file by its long name', [entryOf('L', 'L', 'evil.py/\0'), file, file], 'LAYER_ENTRY'],
      ['a folder of the first format with a length', [entryOf('a/', '\0', 'x'), file], 'LAYER_ENTRY'],
      ['a folder with a length', [entryOf('a/', '5', 'x'), file], 'LAYER_ENTRY'],
      ['a name for all', [x({ path: 'b.bin' }, 'g'), file], 'LAYER_DAMAGED'],
      ['a length for all', [x({ size: '0' }, 'g'), file], 'LAYER_DAMAGED'],
      ['two lists of attributes', [x({ path: 'b.bin' }), x({ mtime: '1' }), file], 'LAYER_DAMAGED'],
      ['attributes for all between', [x({ path: 'b.bin' }), x({ comment: 'c' }, 'g'), file], 'LAYER_DAMAGED'],
      ['a long name before attributes', [entryOf('L', 'L', 'b.bin\0'), x({ path: 'c.bin' }), file], 'LAYER_DAMAGED'],
      ['a long name after attributes', [x({ path: 'c.bin' }), entryOf('L', 'L', 'b.bin\0'), file], 'LAYER_DAMAGED'],
      ['attributes with a length that is not theirs', [entryOf('x', 'x', '9 path=b.bin\n'), file], 'LAYER_DAMAGED'],
      ['attributes that are not any', [entryOf('x', 'x', '0x9 a=b\n'), file], 'LAYER_DAMAGED'],
      ['a mark before a name', [entryOf('\ufeffa.bin', '0', '1')], 'LAYER_ENTRY'],
      ['a mark before a long name', [entryOf('L', 'L', '\ufeffb.bin\0'), file], 'LAYER_DAMAGED'],
      ['a mark in attributes', [x({ path: '\ufeffb.bin' }), file], 'INVALID_RESOURCE'],
      ['files after an end', [file, Buffer.alloc(512), entryOf('b.bin', '0', '2')], 'LAYER_DAMAGED'],
      ['files after the end', [file, end, entryOf('b.bin', '0', '2')], 'LAYER_DAMAGED'],
    ]
    for (const [what, entries, code] of tars) {
      const layout = tarLayout(Buffer.concat([...entries, end]))
      if (code === undefined) expect((await open(layout)).files, what).to.equal(1)
      else expect(await codeOf(layout), what).to.equal(code)
    }
  })

  it('refuses what is not a whole tar, and bombs', async function () {
    const tar = await tarOf(FILES)
    const broken: [Buffer, string][] = [
      [Buffer.from('not a tar'), 'tar'],
      [Buffer.alloc(0), 'tar'],
      [tar.subarray(0, tar.length - 1024), 'tar'],
      [tar.subarray(0, 700), 'tar'],
      [Buffer.concat([tar, Buffer.from('more')]), 'tar'],
      [tar, 'tar+gzip'],
      [tar, 'tar+zstd'],
      [compress(tar, 'tar+gzip').subarray(0, 500), 'tar+gzip'],
      [compress(tar, 'tar+zstd').subarray(0, 500), 'tar+zstd'],
    ]
    for (const [index, [contents, suffix]] of broken.entries())
      expect(await codeOf(tarLayout(contents, suffix)), String(index)).to.equal('LAYER_DAMAGED')
    const big = await tarOf({ 'zeros.bin': Buffer.alloc(80 * 1024 * 1024) }, 'tar+zstd')
    expect(big.length).to.be.below(64 * 1024)
    const error = await rejection(open(tarLayout(big, 'tar+zstd')))
    expect(error).to.include({ code: 'LAYER_DAMAGED' })
    expect(error.message).to.include('when unpacked')
    // What one layer may have is not what each of many may have, nor of one that is named many times.
    const folder = await tarOf({ 'a/': '' })
    const empty = compress(Buffer.concat([folder, Buffer.alloc(30 * 1024 * 1024)]), 'tar+zstd')
    const layer = { mediaType: `${PACK}.weight.v1.tar+zstd`, contents: empty }
    const layers = [...rawLayers({ 'a.bin': '1' }), layer, layer]
    const twice = new OciLayout()
    expect((await open(twice.add(twice.modelPack(layers)))).files).to.equal(1)
    const often = new OciLayout()
    expect(await codeOf(often.add(often.modelPack([...layers, layer])))).to.equal('LAYER_DAMAGED')
  })

  for (const format of ['ustar', 'pax', 'gnu']) {
    it(`reads what the program tar packs (${format})`, async function () {
      const { [`${'long/'.repeat(30)}ünï.txt`]: _, ...files } = FILES
      const folder = createFolder(format === 'ustar' ? files : FILES)
      const contents = execFileSync('tar', [`--format=${format}`, '-cf', '-', '-C', folder, '.'], { maxBuffer: 1e8 })
      const { digest } = await modelDigest(folder, { cache: false })
      expect((await open(tarLayout(contents))).digest).to.equal(digest)
    })
  }

  it('gives a digest or an error of ours, whatever the bytes of a tar become', async function () {
    this.timeout(60_000)
    const tar = await tarOf({
      'a.bin': '1',
      [`${'deep/'.repeat(60)}b.safetensors`]: FILES['model.safetensors']!,
      c: '',
    })
    const layout = new OciLayout()
    const path = join(layout.root, 'layer.tar')
    const outcomes = new Map<string, number>()
    let state = 1n
    const next = (below: number) => {
      state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
      return Number((state >> 33n) % BigInt(below))
    }
    for (let round = 0; round < 200; round++) {
      const changed = Buffer.from(tar)
      for (let times = 1 + next(3); times > 0; times--)
        changed[next(tar.length)] = [0, 0x30, 0x37, 0x80, 0xff, next(256)][next(6)]!
      const header = 512 * next(6)
      if (next(4) === 0) changed[header + 156] = next(256)
      const contents = next(2) === 0 ? changed : withChecksum(changed, header)
      writeFileSync(path, contents)
      const stats = lstatSync(path, { bigint: true })
      const layer = { path, state: stateOf(stats), digest: sha256(contents), compression: 'none' as const, prefix: '' }
      let total = 0
      const read = readLayer(layer, async (file) => {
        expect(file.path).to.not.match(/^\/|(^|\/)\.\.?(\/|$)/)
        for await (const chunk of file.bytes()) total += chunk.length
      })
      const code = await read.then(
        () => 'read',
        (error: Error) => {
          expect(error, String(error.stack)).to.be.instanceOf(StemmaError)
          return (error as StemmaError).code
        },
      )
      expect(total).to.be.at.most(contents.length)
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    }
    expect([...outcomes.keys()]).to.include.members(['read', 'LAYER_DAMAGED', 'LAYER_ENTRY'])
    expect(outcomes.get('BLOB_MISMATCH')).to.equal(undefined)
  })

  it('reads a layer again for a file that was too large to keep', async function () {
    const text = 'long text '.repeat(1024 * 1024)
    const subject = await open(tarLayout(await tarOf({ a: '1', 'README.md': text, z: '2' }, 'tar+gzip'), 'tar+gzip'))
    expect(await readSubjectText(subject, 'README.md')).to.have.length(8 * 1024 * 1024)
  })

  it('reads a layer once for all that may be signatures in it', async function () {
    const signature = JSON.stringify({ payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [] })
    const noise = createHash('sha256').update('noise').digest('hex')
    const count = inDepth(8, 40)
    const big = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`${index}.txt`, Buffer.alloc(7 * 1024 * 1024, `${noise}${index}`)]),
    )
    const small = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}.sig`, 'not one']))
    let bytes = 0
    const contents = await tarOf({ ...big, ...small, 'real.sig': signature })
    const layout = tarLayout(contents)
    const options = { onProgress: (progress: { bytes: number }) => (bytes = progress.bytes) }
    const opened = await openedWhile(async () => {
      expect((await open(layout, '', options)).files).to.equal(count + 300)
    })
    expect(bytes).to.equal(contents.length)
    expect(Math.max(...opened.values())).to.be.at.most(2)
  }).timeout(120_000)

  it('is stopped by the signal, and reports progress', async function () {
    const contents = await tarOf(FILES, 'tar+gzip')
    const layout = tarLayout(contents, 'tar+gzip')
    const controller = new AbortController()
    let last = { bytes: 0, totalBytes: 0 }
    await open(layout, '', { onProgress: (progress: typeof last) => (last = progress) })
    expect(last).to.include({ bytes: contents.length, totalBytes: contents.length })
    const reason = new Error('enough')
    const stopping = open(layout, '', { signal: controller.signal, onProgress: () => controller.abort(reason) })
    expect(await rejection(stopping)).to.equal(reason)
  })

  it('refuses hostile indexes and manifests', async function () {
    const layout = new OciLayout()
    const model = layout.modelPack(rawLayers({ 'a.bin': '1' }))
    layout.add(model)
    const index = (value: unknown) =>
      writeFile(layout.root, 'index.json', typeof value === 'string' ? value : JSON.stringify(value))
    const texts: [unknown, string][] = [
      [{ manifests: [{ ...model, digest: 'sha256:../../../etc/passwd' }] }, 'STORE_MANIFEST'],
      [{ manifests: [{ ...model, digest: `sha512:${'a'.repeat(128)}` }] }, 'STORE_MANIFEST'],
      [{ manifests: [{ ...model, size: '1' }] }, 'STORE_MANIFEST'],
      [{ manifests: [{ ...model, digest: { toString: 1, valueOf: 1 } }] }, 'STORE_MANIFEST'],
      [{ manifests: {} }, 'STORE_MANIFEST'],
      [{}, 'STORE_MANIFEST'],
      ['[]', 'STORE_MANIFEST'],
      [`{"a":${'['.repeat(50)}${']'.repeat(50)}}`, 'JSON_TOO_DEEP'],
      [`{"pad":"${'x'.repeat(5 * 1024 * 1024)}"}`, 'STORE_MANIFEST'],
    ]
    for (const [text, code] of texts) {
      index(text)
      expect(await codeOf(layout), JSON.stringify(text).slice(0, 80)).to.equal(code)
    }
    index({ manifests: [model] })
    writeFile(layout.root, 'oci-layout', '{"imageLayoutVersion":"2.0.0"}')
    expect(await codeOf(layout)).to.equal('STORE_MANIFEST')
    const types = new OciLayout()
    types.add(types.modelPack([...rawLayers({ 'a.bin': '1' }), { mediaType: 'text/plain', contents: 'x' }]))
    expect((await open(types)).warnings.join()).to.include('"text/plain" does not count')
    const plain = createFolder(FILES as Record<string, string>)
    writeFile(plain, 'oci-layout', 'not one')
    expect((await openSubject(plain, { cache: false })).place).to.equal('path')
  })

  it('is not taken for the model of a folder that has other files, which a loader would read', async function () {
    const layout = new OciLayout()
    layout.add(layout.modelPack(rawLayers(FILES)))
    writeFile(layout.root, 'manifest.json', '[]')
    expect((await openSubject(layout.root, { cache: false })).place).to.equal('oci')
    writeFile(layout.root, 'model.safetensors', 'others')
    const subject = await openSubject(layout.root, { cache: false })
    expect(subject.place).to.equal('path')
    expect(subject.digest).to.equal((await modelDigest(layout.root, { cache: false })).digest)
    expect(subject.warnings[0]).to.include(`"oci:${layout.root}"`)
    expect((await open(layout)).digest).to.equal((await modelDigest(createFolder(FILES), { cache: false })).digest)
  })

  it('reads each manifest once, however often indexes name it', async function () {
    const layout = new OciLayout()
    let entry = layout.manifest({ mediaType: 'application/vnd.oci.image.config.v1+json', contents: '{}' }, [])
    for (let depth = 0; depth < 3; depth++) entry = layout.index(Array.from({ length: 300 }, () => entry))
    layout.add(entry)
    expect(await codeOf(layout)).to.equal('STORE_MANIFEST')
  })

  itInDepth('reads no more manifests than 10,000', async function () {
    const many = new OciLayout()
    const manifests = Array.from({ length: 10_001 }, (_, index) =>
      many.blob({ mediaType: 'application/json', contents: `{"number":${index}}` }),
    )
    many.add(many.index(manifests.slice(0, 5000))).add(many.index(manifests.slice(5000)))
    expect((await rejection(open(many))).message).to.include('more than 10000 manifests')
  })

  it('says of a folder that is not a layout how to name its model', async function () {
    const error = await rejection(open(createFolder({ 'model.bin': '1' })))
    expect(error).to.include({ code: 'STORE_NOT_FOUND', kind: 'input' })
    expect(error.message).to.include('without "oci:"')
  })

  it('says that the weights of a ModelKit are in another one', async function () {
    const layout = new OciLayout()
    const docs = { mediaType: `${KIT}.docs.v1.tar`, contents: await tarOf({ 'README.md': '# x' }) }
    layout.add(
      layout.modelKit([docs], { model: { path: 'registry.example/acme/base:v1' }, docs: [{ path: 'README.md' }] }),
    )
    const subject = await open(layout)
    expect(subject.warnings[0]).to.include('"registry.example/acme/base:v1"')
    expect(subject.stated?.parents[0]?.unread).to.deep.equal(['registry.example/acme/base:v1'])
  })
})

/** A tar with the right checksum in the header at an offset. */
function withChecksum(tar: Buffer, at = 0): Buffer {
  tar.fill(' ', at + 148, at + 156)
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
  return tar
}

/** An entry of a tar with a header as it is written here, and its contents. */
function entryOf(name: string, type: string, contents: string): Buffer {
  const body = Buffer.from(contents)
  const tar = Buffer.alloc(512 + Math.ceil(body.length / 512) * 512)
  tar.write(name, 0)
  tar.write(body.length.toString(8).padStart(11, '0'), 124)
  tar.write(type, 156, 'latin1')
  tar.write('ustar\u000000', 257, 'latin1')
  body.copy(tar, 512)
  return withChecksum(tar)
}

/** How often each file was opened while something ran. */
async function openedWhile(run: () => Promise<void>): Promise<Map<string, number>> {
  const opened = new Map<string, number>()
  const { open: original } = promises
  promises.open = (path, ...options) => {
    opened.set(String(path), (opened.get(String(path)) ?? 0) + 1)
    return original(path, ...options)
  }
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    promises.open = original
    syncBuiltinESMExports()
  }
  return opened
}
