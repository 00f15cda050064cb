import { join } from 'node:path'
import { renameSync, symlinkSync } from 'node:fs'

import { expect } from 'chai'

import { draftFolder, MAX_README_BYTES, nameOfFolder } from '../../src/artifacts/draftFolder.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { ZERO_DIGEST } from '../../src/core/hex.ts'
import { referenceDigest, safetensorsOf } from '../interop/tensorFiles.ts'
import { createFolder, createHubCache, rejection, removeFolders, writeFile } from './folder.ts'

const README = '---\nlicense: mit\nbase_model: acme/base\ndatasets: acme/books\n---\n# Tiny\n'

describe('draftFolder', function () {
  after(removeFolders)

  it('drafts the registration of a folder that is called owner__name', async function () {
    const folder = join(
      createFolder({ 'acme__tiny-chat/README.md': README, 'acme__tiny-chat/adapter_config.json': '{}' }),
      'acme__tiny-chat',
    )
    const { draft, digest, files } = await draftFolder(folder, { cache: false, uri: 'ipfs://x' })
    expect(digest).to.equal((await modelDigest(folder, { cache: false })).digest)
    expect(files).to.equal(2)
    expect(draft).to.deep.include({ name: 'acme/tiny-chat', weights: digest, uri: 'ipfs://x' })
    expect(draft.parents).to.deep.equal([
      { model: 'acme/base', relation: 'adapter', inferred: 'the model has the file "adapter_config.json"' },
    ])
    expect(draft.datasets[0]).to.include({ name: 'acme/books', named: true })
  })

  it('drafts a folder without a card, and says so', async function () {
    const { draft } = await draftFolder(createFolder({ 'w.bin': '1' }), { cache: false, name: 'acme/x' })
    expect(draft.warnings[0]).to.include('no README.md')
    expect(draft.terms.license).to.equal(null)
  })

  it('does not read a card that was left out', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': 'no card' })
    const { draft } = await draftFolder(folder, { cache: false, name: 'acme/x', ignore: ['README.md'] })
    expect(draft.warnings[0]).to.include('no README.md')
  })

  it('drafts a folder whose card has no front matter, and warns', async function () {
    for (const readme of ['# Hello', '', 'Some text\n---\nlicense: mit\n---\n', '\ufeff']) {
      const folder = createFolder({ 'w.bin': '1', 'README.md': readme })
      const { draft } = await draftFolder(folder, { cache: false, name: 'acme/x' })
      expect(draft.warnings[0]).to.include('README.md has no front matter')
      expect(draft).to.deep.include({ parents: [], datasets: [] })
    }
  })

  it('takes the parent of an adapter from adapter_config.json where the card names none, and warns', async function () {
    const draftOf = async (readme: string, config: string) => {
      const files = { 'adapter_model.bin': '1', 'README.md': readme, 'adapter_config.json': config }
      return (await draftFolder(createFolder(files), { cache: false, name: 'acme/x' })).draft
    }
    const config = (base: unknown) => JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: base })
    const silent = '---\nlicense: mit\n---\n'
    const draft = await draftOf(silent, config('Qwen/Qwen2.5-7B'))
    expect(draft.parents.map(({ model, relation }) => [model, relation])).to.deep.equal([
      ['Qwen/Qwen2.5-7B', 'adapter'],
    ])
    expect(draft.warnings[0]).to.include('"Qwen/Qwen2.5-7B" is from adapter_config.json')
    const linked = await draftOf('# Hello', config('https://huggingface.co/Qwen/Qwen2.5-7B'))
    expect(linked.parents[0]!.model).to.equal('Qwen/Qwen2.5-7B')

    const local = await draftOf(silent, config('/home/me/llama'))
    expect(local.parents).to.deep.equal([])
    expect(local.warnings[0]).to.include('"/home/me/llama", which is not an id on the Hub')

    expect((await draftOf(README, config('other/base'))).parents[0]!.model).to.equal('acme/base')
    for (const text of ['{', '[]', 'null', '{}', config(5), config(' '), config('x'.repeat(3000))]) {
      expect((await draftOf(silent, text)).warnings, text.slice(0, 60)).to.deep.equal([])
    }
  })

  it('names the problems of the files first', async function () {
    const folder = createFolder({ 'model.safetensors': '', 'README.md': README })
    const { draft, problems } = await draftFolder(folder, { cache: false, name: 'acme/x', tensors: false })
    expect(problems.map(({ kind }) => kind)).to.deep.equal(['empty-file'])
    expect(draft.warnings[0]).to.equal(problems[0]!.message)
    expect(draft.tensors).to.equal(ZERO_DIGEST)
  })

  it('states the tensors of the files', async function () {
    const samples = [{ dtype: 'U8', shape: [1], data: '07' }]
    const folder = createFolder({ 'model.safetensors': safetensorsOf(samples), 'README.md': README })
    const { draft } = await draftFolder(folder, { cache: false, name: 'acme/x' })
    expect(draft.tensors).to.equal(referenceDigest(samples))
  })

  it('refuses tensors that have no digest, and names missing parts before a header that is wrong because of them', async function () {
    const damaged = createFolder({ 'model.safetensors': Buffer.concat([safetensorsOf([]), Buffer.alloc(1)]) })
    expect((await rejection(draftFolder(damaged, { cache: false, name: 'acme/x' }))).code).to.equal('SAFETENSORS_GAP')
    const missing = createFolder({ 'model.safetensors': '' })
    expect((await rejection(draftFolder(missing, { cache: false, name: 'acme/x' }))).code).to.equal('INCOMPLETE_MODEL')
  })

  it("drafts a snapshot of the Hub's cache under the name of its repository", async function () {
    const cache = createHubCache('models--acme--tiny', { 'README.md': README, 'w.bin': '1' })
    const { draft } = await draftFolder(cache.snapshot, { cache: false })
    expect(draft).to.deep.include({
      name: 'acme/tiny',
      terms: { license: 'mit', licenseName: null, licenseLink: null },
    })
  })

  it('refuses an invalid name', async function () {
    for (const name of ['../x', 'a/b/c', '']) {
      expect((await rejection(draftFolder(createFolder({ w: '1' }), { cache: false, name }))).code).to.equal(
        'MODEL_NAME',
      )
    }
  })

  it('refuses a card that is a link, that does not end, that is not text, or that is too long', async function () {
    const codeOf = async (folder: string) => (await rejection(draftFolder(folder, { cache: false, name: 'a/b' }))).code
    const linked = createFolder({ w: '1' })
    symlinkSync('w', join(linked, 'README.md'))
    expect(await codeOf(linked)).to.equal('SYMLINK')
    expect(await codeOf(createFolder({ 'README.md': '---\nlicense: mit\n# Title' }))).to.equal('CARD_FRONT_MATTER')
    expect(await codeOf(createFolder({ 'README.md': '---\rlicense: mit\r---\r' }))).to.equal('CARD_FRONT_MATTER')
    expect(await codeOf(createFolder({ 'README.md': Buffer.from([0x2d, 0xff]) }))).to.equal('README_NOT_TEXT')
    const long = README + ' '.repeat(MAX_README_BYTES - README.length)
    expect(await codeOf(createFolder({ 'README.md': `${long} ` }))).to.equal('README_TOO_LONG')
    expect(
      (await draftFolder(createFolder({ 'README.md': long }), { cache: false, name: 'a/b' })).draft.terms.license,
    ).to.equal('mit')
  })

  it('refuses a card that is not the one that was hashed', async function () {
    const folder = createFolder({ 'README.md': README, w: '1' })
    // The clock is last asked before a file is hashed: the digest of the first comes from the cache, so it is changed unseen.
    const cache = join(createFolder(), 'c')
    const now = () => Date.now() + 3_600_000
    await modelDigest(folder, { cache, now })
    let reports = 0
    const promise = draftFolder(folder, {
      cache,
      now,
      name: 'a/b',
      onProgress: () => {
        if (++reports === 1)
          renameSync(writeFile(createFolder(), 'x', README.replace('mit', 'gpl')), join(folder, 'README.md'))
      },
    })
    expect((await rejection(promise)).code).to.equal('FILE_CHANGED')
  })
})

describe('nameOfFolder', function () {
  it('reads the first two underscores as a slash', function () {
    expect(nameOfFolder('/x/acme__tiny/')).to.equal('acme/tiny')
    expect(nameOfFolder('gpt2')).to.equal('gpt2')
    expect(nameOfFolder('a__b__c')).to.equal('a/b__c')
    expect(nameOfFolder('/hub/models--acme--tiny/snapshots/0f3e')).to.equal('acme/tiny')
    expect(nameOfFolder('/hub/models--gpt2/snapshots/0f3e/')).to.equal('gpt2')
    expect(nameOfFolder('/hub/models--acme--tiny/snapshots')).to.equal('snapshots')
  })
})
