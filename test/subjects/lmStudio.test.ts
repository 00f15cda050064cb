import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect } from 'chai'

import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { openSubject } from '../../src/subjects/openSubject.ts'
import { createFolder, rejection, removeFolders, writeFile } from '../artifacts/folder.ts'
import { ggufOf } from '../interop/tensorFiles.ts'

const gguf = (byte: number) => ggufOf([{ dtype: 'F32', shape: [2], data: Buffer.alloc(8, byte).toString('hex') }])
const FILES = {
  'acme/tiny/tiny-Q4_K_M.gguf': gguf(1),
  'acme/tiny/tiny-Q8_0.gguf': gguf(2),
  'acme/tiny/README.md': '# Tiny',
  'acme/one/one.gguf': gguf(3),
  'acme/one/mmproj-one-F16.gguf': gguf(4),
  'acme/mlx/model.safetensors': '{}',
  'acme/mlx/config.json': '{}',
  'acme/split/q4/big-00001-of-00002.gguf': gguf(5),
  'acme/split/q4/big-00002-of-00002.gguf': gguf(6),
}

describe("LM Studio's store", function () {
  after(removeFolders)

  const homeWith = (folder: string, files: Record<string, string | Uint8Array> = FILES) =>
    createFolder(Object.fromEntries(Object.entries(files).map(([name, contents]) => [`${folder}/${name}`, contents])))
  const open = (home: string, reference: string) => openSubject(reference, { cache: false, env: { HOME: home } })
  const namesIn = async (home: string, reference: string) =>
    (await open(home, reference)).manifest.resources.map(({ name }) => name)

  it('gives one quantization, with the projector beside it', async function () {
    const home = homeWith('.lmstudio/models')
    const q4 = await open(home, 'lmstudio:acme/tiny/tiny-Q4_K_M.gguf')
    const path = join(home, '.lmstudio/models/acme/tiny/tiny-Q4_K_M.gguf')
    const alone = await modelDigest(path, { cache: false })
    expect(q4).to.deep.include({ digest: alone.digest, tensors: alone.tensors, name: 'acme/tiny', place: 'lmstudio' })
    expect(await namesIn(home, 'lmstudio:acme/tiny/TINY-q8_0.GGUF')).to.deep.equal(['tiny-Q8_0.gguf'])
    const one = await open(home, 'lmstudio:Acme/One')
    expect(one.manifest.resources.map(({ name }) => name)).to.deep.equal(['mmproj-one-F16.gguf', 'one.gguf'])
    expect(one.digest).to.equal((await modelDigest(join(home, '.lmstudio/models/acme/one'), { cache: false })).digest)
    expect(one.warnings.join()).to.include('"mmproj-one-F16.gguf" beside it counts')
  })

  it('takes all parts of split weights for one model', async function () {
    const home = homeWith('.lmstudio/models')
    const parts = ['q4/big-00001-of-00002.gguf', 'q4/big-00002-of-00002.gguf']
    expect(await namesIn(home, 'lmstudio:acme/split')).to.deep.equal(parts)
    expect(await namesIn(home, 'lmstudio:acme/split/q4/big-00002-of-00002.gguf')).to.deep.equal(parts)
  })

  it('takes a folder without GGUF as a whole', async function () {
    const home = homeWith('.lmstudio/models')
    expect(await namesIn(home, 'lmstudio:acme/mlx')).to.deep.equal(['config.json', 'model.safetensors'])
    expect((await rejection(open(home, 'lmstudio:acme/mlx/x.gguf'))).code).to.equal('STORED_MODEL_NOT_FOUND')
  })

  it('wants a choice where there are several, and lists them', async function () {
    const home = homeWith('.lmstudio/models')
    const error = await rejection(open(home, 'lmstudio:acme/tiny'))
    expect(error).to.include({ code: 'MODEL_CHOICE' })
    expect(error.message).to.include('"lmstudio:acme/tiny/tiny-Q4_K_M.gguf", "lmstudio:acme/tiny/tiny-Q8_0.gguf"')
    const missing = await rejection(open(home, 'lmstudio:acme/tiny/tiny-Q4_K_S.gguf'))
    expect(missing.message).to.include('Did you mean "lmstudio:acme/tiny/tiny-Q4_K_M.gguf"?')
    expect((await rejection(open(home, 'lmstudio:acme/tinny'))).message).to.include(
      'Did you mean "lmstudio:acme/tiny"?',
    )
  })

  it('looks where the pointer and the settings say, then in both homes', async function () {
    expect(await namesIn(homeWith('.cache/lm-studio/models'), 'lmstudio:acme/one')).to.have.length(2)
    const home = homeWith('data/models')
    writeFile(home, '.lmstudio-home-pointer', `${join(home, 'data')}\n`)
    expect(await namesIn(home, 'lmstudio:acme/one')).to.have.length(2)
    renameSync(join(home, 'data/models'), join(home, 'big'))
    writeFile(home, 'data/settings.json', JSON.stringify({ downloadsFolder: join(home, 'big') }))
    expect(await namesIn(home, 'lmstudio:acme/one')).to.have.length(2)
    for (const [settings, code] of [
      ['{"downloadsFolder":"big"}', 'STORE_NOT_FOUND'],
      ['{"downloadsFolder":7}', 'STORE_NOT_FOUND'],
      ['{', 'INVALID_JSON'],
    ] as const) {
      writeFile(home, 'data/settings.json', settings)
      expect((await rejection(open(home, 'lmstudio:acme/one'))).code).to.equal(code)
    }
    expect((await rejection(open(createFolder(), 'lmstudio:acme/one'))).code).to.equal('STORE_NOT_FOUND')
  })

  it('refuses what leads out of the store, and follows links within it', async function () {
    const home = homeWith('.lmstudio/models', { ...FILES, '../../outside/x.gguf': gguf(7) })
    const models = join(home, '.lmstudio/models')
    const link = (target: string, name: string) => {
      mkdirSync(dirname(join(models, name)), { recursive: true })
      symlinkSync(target, join(models, name))
    }
    link(join(models, 'acme/one/one.gguf'), 'acme/linked/one.gguf')
    link(join(models, 'acme/one'), 'acme/folder')
    link('/etc/hostname', 'acme/out/x.gguf')
    link(join(models, '../../..'), 'acme/up')
    link('/missing', 'acme/gone/x.gguf')
    expect(await namesIn(home, 'lmstudio:acme/linked')).to.deep.equal(['one.gguf'])
    expect(await namesIn(home, 'lmstudio:acme/folder')).to.have.length(2)
    expect((await rejection(open(home, 'lmstudio:acme/out'))).code).to.equal('BLOB_OUTSIDE_STORE')
    expect((await rejection(open(home, 'lmstudio:acme/up'))).code).to.equal('BLOB_OUTSIDE_STORE')
    expect((await rejection(open(home, 'lmstudio:acme/gone'))).code).to.equal('BLOB_MISSING')
  })

  it('refuses references that no model has', async function () {
    const home = homeWith('.lmstudio/models')
    for (const name of [
      '',
      'acme',
      'acme/',
      '/one',
      '../acme/one',
      'acme/../acme',
      'acme/one/..',
      'acme/a\u202eb',
      'a\\b/c',
      'a/b/c/d/e/f/g',
    ])
      expect((await rejection(open(home, `lmstudio:${name}`))).code, name).to.equal('STORE_REFERENCE')
  })
})
