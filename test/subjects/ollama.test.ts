import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { draftModel } from '../../src/artifacts/draftFolder.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { formatOllamaName, parseOllamaName } from '../../src/subjects/ollama.ts'
import { openSubject } from '../../src/subjects/openSubject.ts'
import { createFolder, rejection, removeFolders, writeFile } from '../artifacts/folder.ts'
import { ggufOf, type Sample } from '../interop/tensorFiles.ts'
import { OllamaStore, sha256 } from './stores.ts'

const sample = (byte: number): Sample => ({ dtype: 'F32', shape: [2], data: Buffer.alloc(8, byte).toString('hex') })
const MODEL = ggufOf([sample(1)])
const ADAPTER = ggufOf([sample(2)])
const PROJECTOR = ggufOf([sample(3)])
const PATH = 'registry.ollama.ai/library/tiny/latest'

describe("Ollama's store", function () {
  after(removeFolders)

  const open = (store: OllamaStore, reference: string, env = {}) =>
    openSubject(reference, { cache: false, env: { ...store.env, ...env } })

  it('does not take the name of a property of objects for a kind of layer', async function () {
    const store = new OllamaStore()
    const kinds = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
    store.add(PATH, [{ kind: 'model', contents: MODEL }, ...kinds.map((kind) => ({ kind, contents: kind, from: 'x' }))])
    const { manifest, warnings } = await open(store, 'ollama:tiny')
    expect(manifest.resources.map(({ name }) => name)).to.deep.equal(['model.gguf'])
    for (const kind of kinds) expect(warnings.join()).to.include(`"application/vnd.ollama.image.${kind}"`)
  })

  it('gives the digest that the file of a model has by itself, with its tensors', async function () {
    const store = new OllamaStore()
    store.add(PATH, [
      { kind: 'model', contents: MODEL },
      { kind: 'template', contents: '{{ .Prompt }}' },
      { kind: 'params', contents: '{"stop":["x"]}' },
      { kind: 'system', contents: 'Be short.' },
      { kind: 'messages', contents: '[]' },
    ])
    const alone = await modelDigest(join(createFolder({ 'any.gguf': MODEL }), 'any.gguf'), { cache: false })
    for (const reference of [
      'ollama:tiny',
      'ollama:tiny:latest',
      'ollama:library/tiny',
      'ollama:TINY',
      `ollama:${PATH.replace(/\/latest/, ':latest')}`,
    ]) {
      const subject = await open(store, reference)
      expect(subject, reference).to.deep.include({ digest: alone.digest, name: 'tiny', place: 'ollama', warnings: [] })
      expect(subject.tensors).to.deep.equal(alone.tensors)
      expect(subject.revision).to.match(/^sha256:[0-9a-f]{64}$/)
      expect(subject.problems).to.deep.equal([])
    }
  })

  it('counts adapters and projectors with the model, as a folder of these files', async function () {
    const store = new OllamaStore()
    const layers = [
      { kind: 'model', contents: MODEL },
      { kind: 'projector', contents: PROJECTOR },
      { kind: 'adapter', contents: ADAPTER },
      { kind: 'adapter', contents: 'another' },
    ]
    store.add(PATH, layers)
    const subject = await open(store, 'ollama:tiny')
    const files = {
      'model.gguf': MODEL,
      'mmproj.gguf': PROJECTOR,
      'adapter.gguf': ADAPTER,
      'adapter-2.gguf': 'another',
    }
    expect(subject.manifest.resources.map(({ name, digest }) => [name, digest])).to.deep.equal(
      Object.entries(files)
        .map(([name, contents]) => [name, sha256(contents)])
        .sort(),
    )
    expect(subject.digest).to.equal((await modelDigest(createFolder(files), { cache: false })).digest)
    const ignored = await openSubject('ollama:tiny', { cache: false, env: store.env, ignore: ['mmproj.gguf', 'no'] })
    expect(ignored.files).to.equal(3)
    expect(ignored.warnings.join()).to.include('nothing at "no"')
  })

  it('counts the files of a model of safetensors by their names', async function () {
    const store = new OllamaStore()
    store.add(PATH, [
      { kind: 'tensor', contents: 'weights', name: 'model.layers.0' },
      { kind: 'json', contents: '{}', name: 'config.json' },
    ])
    const { manifest } = await open(store, 'ollama:tiny')
    expect(manifest.resources.map(({ name }) => name)).to.deep.equal(['config.json', 'model.layers.0.safetensors'])
    for (const name of ['../x', '/x', 'a//b', 'a\u0000b', undefined]) {
      store.add(PATH, [{ kind: 'tensor', contents: 'weights', name }])
      expect((await rejection(open(store, 'ollama:tiny'))).code, name).to.be.oneOf([
        'INVALID_RESOURCE',
        'STORE_MANIFEST',
      ])
    }
  })

  it('finds models of namespaces and of the Hub, by their tags, and what older and newer releases write', async function () {
    const store = new OllamaStore()
    store.add('registry.ollama.ai/acme/tiny/7b', [{ kind: 'model', contents: MODEL }], true)
    store.add('hf.co/Acme/Tiny-GGUF/Q4_K_M', [{ kind: 'model', contents: MODEL }])
    store.link('localhost:5000/acme/tiny/1', store.manifest([{ kind: 'model', contents: MODEL }]))
    expect((await open(store, 'ollama:acme/tiny:7b')).name).to.equal('acme/tiny')
    expect(await open(store, 'ollama:hf.co/acme/tiny-gguf:q4_k_m')).to.include({ name: 'Acme/Tiny-GGUF' })
    const linked = await open(store, 'ollama:localhost:5000/acme/tiny:1')
    expect(linked.revision).to.equal(`sha256:${sha256(store.manifest([{ kind: 'model', contents: MODEL }]))}`)
  })

  it('takes the build of a list that Ollama prefers, and says so', async function () {
    const store = new OllamaStore()
    const build = (runner: string, contents: Buffer) => ({
      ...JSON.parse(store.manifest([{ kind: 'model', contents }])),
      runner,
    })
    const { digest } = store.blob(store.manifest([{ kind: 'model', contents: MODEL }]), '')
    const list = (manifests: unknown[]) =>
      writeFile(
        store.root,
        `manifests/${PATH}`,
        JSON.stringify({ mediaType: 'application/vnd.ollama.manifest.list.v2+json', manifests }),
      )
    list([
      build('mlx', ADAPTER),
      { digest, runner: 'ollama', mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    ])
    const subject = await open(store, 'ollama:tiny')
    expect(subject.manifest.resources[0]!.digest).to.equal(sha256(MODEL))
    expect(subject.warnings.join()).to.include('2 builds')
    list([build('other', ADAPTER)])
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('STORE_MANIFEST')
  })

  it('looks where OLLAMA_MODELS says, and nowhere else', async function () {
    const store = new OllamaStore()
    store.add(PATH, [{ kind: 'model', contents: MODEL }])
    const moved = join(store.home, 'moved')
    renameSync(store.root, moved)
    expect((await open(store, 'ollama:tiny', { OLLAMA_MODELS: moved })).files).to.equal(1)
    const linked = join(store.home, 'linked')
    symlinkSync(moved, linked)
    expect((await open(store, 'ollama:tiny', { OLLAMA_MODELS: linked })).files).to.equal(1)
    expect((await rejection(open(store, 'ollama:tiny', { OLLAMA_MODELS: '/missing' }))).message).to.include(
      'at "/missing".',
    )
  })

  it('says what a store has when it lacks a model', async function () {
    const store = new OllamaStore()
    store.add(PATH, [{ kind: 'model', contents: MODEL }])
    const error = await rejection(open(store, 'ollama:tinny'))
    expect(error).to.include({ code: 'STORED_MODEL_NOT_FOUND' })
    expect(error.message).to.include('It has "ollama:tiny:latest".').and.include('ollama pull tinny:latest')
    expect(error.message).to.include('Did you mean "ollama:tiny:latest"?')
  })

  it('refuses references that no model has', async function () {
    const store = new OllamaStore()
    const refused = [
      '',
      ':x',
      'a:b/c',
      'a:',
      'a/b/c/d',
      '../a',
      'a:..',
      'a/../b',
      '/a',
      'a b',
      'a:b:c',
      '.a',
      `a:${'x'.repeat(200)}`,
      'a\n',
    ]
    for (const name of refused) {
      expect((await rejection(open(store, `ollama:${name}`))).code, name).to.equal('STORE_REFERENCE')
    }
    expect(formatOllamaName(parseOllamaName('ollama:hf.co/a/b'))).to.equal('ollama:hf.co/a/b:latest')
  })

  it('refuses a blob that is not the one of the manifest', async function () {
    const store = new OllamaStore()
    store.add(PATH, [
      { kind: 'model', contents: MODEL },
      { kind: 'license', contents: 'MIT' },
    ])
    writeFileSync(store.pathOf(MODEL), Buffer.from(MODEL).fill(0, 0, 1))
    const changed = await rejection(open(store, 'ollama:tiny'))
    expect(changed).to.include({ code: 'BLOB_MISMATCH' })
    expect(changed.message)
      .to.include(`blobs/sha256-${sha256(MODEL)}"`)
      .and.include(`states ${sha256(MODEL)}`)
    truncateSync(store.pathOf(MODEL), 3)
    expect((await rejection(open(store, 'ollama:tiny'))).message).to.include('3 bytes')
    rmSync(store.pathOf(MODEL))
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('BLOB_MISSING')
    writeFileSync(store.pathOf(MODEL), MODEL)
    writeFileSync(store.pathOf('MIT'), 'BSD')
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('BLOB_MISMATCH')
    const linked = new OllamaStore()
    const manifest = linked.manifest([{ kind: 'model', contents: MODEL }])
    linked.link(PATH, manifest)
    writeFileSync(linked.pathOf(manifest), `${manifest} `)
    expect((await rejection(open(linked, 'ollama:tiny'))).code).to.equal('BLOB_MISMATCH')
  })

  it('refuses what leads out of the store, and follows links within it', async function () {
    const store = new OllamaStore()
    const manifest = store.add(PATH, [{ kind: 'model', contents: MODEL }])
    renameSync(store.pathOf(MODEL), join(store.root, 'elsewhere'))
    symlinkSync('../elsewhere', store.pathOf(MODEL))
    expect((await open(store, 'ollama:tiny')).files).to.equal(1)
    renameSync(join(store.root, 'elsewhere'), join(store.home, 'outside'))
    rmSync(store.pathOf(MODEL))
    symlinkSync(join(store.home, 'outside'), store.pathOf(MODEL))
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('BLOB_OUTSIDE_STORE')
    rmSync(store.pathOf(MODEL))
    mkdirSync(store.pathOf(MODEL))
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('NOT_A_REGULAR_FILE')
    rmSync(manifest)
    symlinkSync('/etc/hostname', manifest)
    expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal('BLOB_OUTSIDE_STORE')
  })

  it('does not read a license that is too long', async function () {
    const store = new OllamaStore()
    store.add(PATH, [
      { kind: 'model', contents: MODEL },
      { kind: 'license', contents: 'x'.repeat(1024 * 1024 + 1) },
    ])
    const subject = await open(store, 'ollama:tiny')
    expect(subject.warnings.join()).to.include('A license of more than 1048576 bytes was not read')
    expect(subject.stated?.licenseTexts).to.deep.equal([])
  })

  it('refuses hostile manifests', async function () {
    const store = new OllamaStore()
    const layer = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${'a'.repeat(64)}`, size: 1 }
    const manifests: [unknown, string][] = [
      [{ layers: [{ ...layer, digest: 'sha256:../../../../etc/passwd' }] }, 'STORE_MANIFEST'],
      [{ layers: [{ ...layer, digest: `sha256:${'A'.repeat(64)}` }] }, 'STORE_MANIFEST'],
      [{ layers: [{ ...layer, digest: 7 }] }, 'STORE_MANIFEST'],
      [{ layers: [{ ...layer, size: 1e300 }] }, 'STORE_MANIFEST'],
      [{ layers: [{ ...layer, size: -1 }] }, 'STORE_MANIFEST'],
      [{ layers: [{ ...layer, annotations: [] }] }, 'STORE_MANIFEST'],
      [{ layers: [null] }, 'STORE_MANIFEST'],
      [{ layers: {} }, 'STORE_MANIFEST'],
      [{ layers: Array.from({ length: 10_001 }, () => layer) }, 'STORE_MANIFEST'],
      [{ layers: [] }, 'STORE_MANIFEST'],
      [{}, 'STORE_MANIFEST'],
      [[], 'STORE_MANIFEST'],
      [{ layers: [layer] }, 'BLOB_MISSING'],
      [{ pad: 'x'.repeat(4 * 1024 * 1024), layers: [layer] }, 'STORE_MANIFEST'],
    ]
    for (const [manifest, code] of manifests) {
      writeFile(store.root, `manifests/${PATH}`, JSON.stringify(manifest))
      expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal(code)
    }
    const texts: [string | Buffer, string][] = [
      ['{', 'INVALID_JSON'],
      ['{"layers":[],"layers":[]}', 'DUPLICATE_JSON_NAME'],
      [`${'['.repeat(100)}${']'.repeat(100)}`, 'JSON_TOO_DEEP'],
      [Buffer.of(0x7b, 0xff, 0x7d), 'STORE_MANIFEST'],
    ]
    for (const [text, code] of texts) {
      writeFile(store.root, `manifests/${PATH}`, text)
      expect((await rejection(open(store, 'ollama:tiny'))).code).to.equal(code)
    }
  })

  it('drafts with the licenses beside the weights, and hints at what a layer was taken from', async function () {
    const store = new OllamaStore()
    store.add(PATH, [
      { kind: 'model', contents: MODEL, from: 'hf.co/acme/base-GGUF:Q4_K_M' },
      { kind: 'adapter', contents: ADAPTER, from: '/home/me/adapter.gguf' },
      { kind: 'license', contents: MIT },
    ])
    const subject = await open(store, 'ollama:tiny')
    const draft = await draftModel(subject, { name: 'acme/tiny' })
    expect(draft.weights).to.equal(subject.digest)
    expect(draft.terms.license).to.equal('MIT')
    expect(JSON.stringify(draft)).to.include('acme/base-GGUF').and.not.include('/home/me')
  })
})

const MIT = `MIT License

Copyright (c) 2024 Acme

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
