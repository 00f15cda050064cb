import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { placeOf } from '../../src/guard/placeOf.ts'
import { writeModel } from './models.ts'

const BLOB = `sha256-${'a'.repeat(64)}`

describe('placeOf', function () {
  let top: string
  beforeEach(() => (top = realpathSync(mkdtempSync(join(tmpdir(), 'stemma-place-')))))
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  const at = async (path: string, env: Record<string, string> = {}) => {
    writeModel(top, { [path]: 'x' })
    return placeOf(join(top, path), [join(top, path)], { env: { HOME: join(top, 'home'), ...env } })
  }

  it('knows the user’s own files', async function () {
    expect(await at('home/models/model.gguf')).to.equal('own')
    expect(await at('home/models/blobs/model.gguf')).to.equal('own')
    expect(await at('home/.cache/huggingface-like/model.gguf')).to.equal('own')
  })

  it('knows shared stores where they usually are', async function () {
    expect(await at('home/.cache/huggingface/hub/anything/model.gguf')).to.equal('shared-store')
    expect(await at(`home/.ollama/models/blobs/${BLOB}`)).to.equal('shared-store')
    expect(await at('home/.lmstudio/models/a/b/c.gguf')).to.equal('shared-store')
    expect(await at('home/.cache/lm-studio/models/a/b/c.gguf')).to.equal('shared-store')
  })

  it('knows those that the environment names', async function () {
    for (const name of ['HF_HOME', 'HF_HUB_CACHE', 'OLLAMA_MODELS'])
      expect(await at('store/x/model.gguf', { [name]: join(top, 'store') }), name).to.equal('shared-store')
  })

  it('knows the form of a store at any place', async function () {
    expect(await at('disk/models--owner--name/snapshots/abc/model.gguf')).to.equal('shared-store')
    expect(await at('disk/models--owner--name/blobs/abc')).to.equal('shared-store')
    writeModel(top, { 'disk/ollama/manifests/x': '' })
    expect(await at(`disk/ollama/blobs/${BLOB}`)).to.equal('shared-store')
  })

  it('leaves what belongs to another user, or cannot be seen', async function () {
    expect(await placeOf(top, [join(top, 'gone')], { env: { HOME: top } })).to.equal('foreign')
    if (process.geteuid?.() !== 0) return
    await at('theirs/model.gguf')
    chownSync(join(top, 'theirs/model.gguf'), 65534, 65534)
    expect(await placeOf(join(top, 'theirs'), [join(top, 'theirs/model.gguf')], { env: { HOME: top } })).to.equal(
      'foreign',
    )
  })
})
