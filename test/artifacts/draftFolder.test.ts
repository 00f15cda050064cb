import { join } from 'node:path'
import { renameSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { draftFolder } from '../../src/artifacts/draftFolder.ts'
import { nameOfFolder } from '../../src/artifacts/folderName.ts'
import { MAX_TEXT_BYTES } from '../../src/artifacts/modelText.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { ZERO_DIGEST } from '../../src/core/hex.ts'
import { entry, fileOf as ggufFileOf, info, text, u32, u64 } from '../interop/gguf/ggufFile.ts'
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
    for (const readme of ['# Hello', '', 'Some text\n---\nlicense\n---\n', '\ufeff']) {
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
    expect(draft.warnings.join()).to.include('"Qwen/Qwen2.5-7B" is from adapter_config.json')
    const linked = await draftOf('# Hello', config('https://huggingface.co/Qwen/Qwen2.5-7B'))
    expect(linked.parents[0]!.model).to.equal('Qwen/Qwen2.5-7B')

    for (const [text, value] of [
      [config('/home/me/llama'), '/home/me/llama'],
      [config('x'.repeat(3000)), 'xxx'],
      ['{"base_model_name_or_path', 'a text that is not JSON'],
    ] as const) {
      const error = await rejection(draftOf(silent, text))
      expect(error).to.have.property('code', 'UNREAD_PARENT')
      expect(error.message).to.include('adapter_config.json names').and.include(value)
    }
    const both = await draftOf(README, config('other/base'))
    expect(both.parents.map(({ model }) => model)).to.deep.equal(['acme/base', 'other/base'])
    expect(both.warnings.join()).to.include(
      'Sources disagree: base_model of the card names "acme/base", but not adapter_config.json',
    )
    for (const text of ['{', '[]', 'null', '{}', config(5), config(' ')]) {
      expect((await draftOf(silent, text)).warnings, text.slice(0, 60)).to.deep.equal([])
    }
  })

  it('takes parents and licenses from the metadata of GGUF files, also where the tensors are of an unknown type', async function () {
    const entries = (fields: Record<string, string>) =>
      Object.entries(fields).map(([name, value]) => entry(name, 8, text(value)))
    const gguf = ggufFileOf({
      entries: entries({
        'general.license': 'apache-2.0',
        'general.base_model.0.repo_url': 'https://huggingface.co/acme/base',
        'general.base_model.1.name': 'Other Base',
        'general.base_model.1.organization': 'Acme',
        'general.source.url': 'https://huggingface.co/acme/tuned',
      }),
      infos: [info('t', [32], 999, 0)],
      data: 32,
    })
    const files = { 'x.gguf': gguf, 'README.md': '---\nlicense: mit\nbase_model: acme/tuned\n---\n' }
    const { draft } = await draftFolder(createFolder(files), { cache: false, name: 'acme/x', tensors: false })
    expect(draft.parents.map(({ model, relation }) => [model, relation])).to.deep.equal([
      ['acme/tuned', 'quantized'],
      ['acme/base', 'finetune'],
      ['Acme/Other-Base', 'finetune'],
    ])
    expect(draft.warnings.join('\n'))
      .to.include('Sources disagree: general.base_model of "x.gguf" names "acme/base"')
      .and.include('general.license of "x.gguf" states the license "apache-2.0", but the draft states "mit"')
    const damaged = { ...files, 'x.gguf': gguf.subarray(0, 60) }
    const error = await rejection(draftFolder(createFolder(damaged), { cache: false, name: 'acme/x', tensors: false }))
    expect(error).to.have.property('code', 'UNREAD_PARENT')
  })

  it('reads the metadata of GGUF files that are lists, and loses nothing of them', async function () {
    const list = (...values: string[]) =>
      Buffer.concat([u32(8), u64(values.length), ...values.map((each) => text(each))])
    const draftOf = async (entries: Buffer[], readme = '---\nlicense: mit\ndatasets: acme/books\n---\n') => {
      const files = { 'x.gguf': ggufFileOf({ entries }), 'README.md': readme }
      return (await draftFolder(createFolder(files), { cache: false, name: 'acme/x', tensors: false })).draft
    }
    const draft = await draftOf([
      entry('general.license', 9, list('mit', 'apache-2.0', '')),
      entry('general.base_model.repo_url', 9, list('https://huggingface.co/acme/base', '')),
      entry('general.base_model.name', 9, list('Base', 'Other Base')),
      entry('general.base_model.organization', 9, list('Acme')),
      entry('general.base_model.0.url', 9, list('https://huggingface.co/a/one', 'https://huggingface.co/a/two')),
      entry('general.source.repo_url', 9, list('https://huggingface.co/acme/tuned')),
      entry('general.datasets', 9, list('Acme/Books', 'https://huggingface.co/datasets/acme/web', 'free words')),
      entry('general.dataset.0.name', 8, text('Chat Logs')),
      entry('general.dataset.0.organization', 8, text('Acme')),
      entry('general.languages', 9, list('en', 'de')),
    ])
    expect(draft.parents.map(({ model }) => model)).to.deep.equal([
      'acme/tuned',
      'acme/base',
      'Acme/Other-Base',
      'a/one',
      'a/two',
    ])
    expect(draft.datasets.map(({ name }) => name)).to.deep.equal([
      'acme/books',
      'acme/web',
      'free words',
      'Acme/Chat-Logs',
    ])
    expect(draft.warnings.join('\n'))
      .to.include('general.license of "x.gguf" states the license "apache-2.0", but the draft states "mit"')
      .and.include('datasets "acme/web", "free words", "Acme/Chat-Logs" are named by "x.gguf", but not by the card')
      .and.not.include('states the license "mit"')

    const models = Array.from({ length: 17 }, (_, index) => `a/m${index}`)
    for (const [key, what] of [
      ['general.base_models', '1 value of general.base_models that is not text, or beyond the first 16'],
      ['general.source.url', '1 value of general.source.url that is not text'],
      ['general.base_model.3.name', '1 value of general.base_model.3.name that is not text'],
    ] as const) {
      const error = await rejection(draftOf([entry(key, 9, list(...models))]))
      expect(error, key).to.have.property('code', 'UNREAD_PARENT')
      expect(error.message).to.include(what)
    }
    const numbers = await rejection(draftOf([entry('general.base_model', 9, u32(4), u64(1), u32(7))]))
    expect(numbers).to.have.property('code', 'UNREAD_PARENT')
    const many = await draftOf([entry('general.datasets', 9, list(...models, 'bad \u0007 name'))])
    expect(many.datasets).to.have.length(17)
    expect(many.warnings.join()).to.include('2 values of general.datasets that are not text, or beyond the first 16')
    const flood = await draftOf(
      Array.from({ length: 1500 }, (_, index) =>
        entry(`general.dataset.${index}.name`, 8, text(index < 20 ? `bad \u0007 ${index}` : `set ${index}`)),
      ),
    )
    expect(flood.datasets).to.have.length(1000)
    expect(flood.warnings.join())
      .to.include('"x.gguf" has 12 more such entries about datasets')
      .and.include('A draft names at most 1000 datasets: 481 of "x.gguf" are left out')
    const bad = await draftOf([entry('general.datasets', 9, list('bad \u0007 name'))])
    expect(bad.warnings.join()).to.include('names the dataset "bad ').and.include('cannot be a name')
  })

  it('takes parents from the configuration of a merge', async function () {
    const config = 'base_model: acme/base\nslices:\n- sources:\n  - {model: acme/one+beta/lora, layer_range: [0, 8]}\n'
    const draftOf = (text: string) =>
      draftFolder(
        createFolder({ 'w.bin': '1', 'mergekit_config.yml': text, 'README.md': '---\nlicense: mit\n---\n' }),
        {
          cache: false,
          name: 'acme/x',
        },
      )
    const { draft } = await draftOf(config)
    expect(draft.parents.map(({ model, relation }) => [model, relation])).to.deep.equal([
      ['acme/base', 'merge'],
      ['acme/one', 'merge'],
      ['beta/lora', 'merge'],
    ])
    expect((await rejection(draftOf('models: ['))).code).to.equal('UNREAD_PARENT')
  })

  it('hints at the model that config.json was loaded from', async function () {
    const files = {
      'w.bin': '1',
      'config.json': '{"_name_or_path":"acme/base"}',
      'README.md': '---\nlicense: mit\n---\n',
    }
    const { draft } = await draftFolder(createFolder(files), { cache: false, name: 'acme/x' })
    expect(draft.parents).to.deep.equal([])
    expect(draft.warnings.join()).to.include(
      '_name_or_path of config.json is "acme/base", which is not among the parents',
    )
  })

  it('recognizes the license in a folder, and says where the card states another', async function () {
    const apache = await readFile(new URL('../../LICENSE', import.meta.url), 'utf8')
    const draftOf = async (readme: string, files: Record<string, string>) =>
      (
        await draftFolder(createFolder({ 'w.bin': '1', 'README.md': readme, ...files }), {
          cache: false,
          name: 'acme/x',
        })
      ).draft
    const mit = '---\nlicense: mit\n---\n'
    expect((await draftOf(mit, { LICENSE: apache })).warnings).to.deep.equal([
      'The text in "LICENSE" is that of "Apache-2.0", but the draft states "mit". Find out which is right, and state it with --license.',
    ])
    expect(
      (await draftOf('---\nlicense: apache-2.0\n---\n', { 'licence.TXT': apache.replaceAll('\n', '\r\n') })).warnings,
    ).to.deep.equal([])
    const changed = apache.replaceAll('Licensor', 'Giver').replace('royalty-free', 'royalty-bearing')
    expect((await draftOf(mit, { 'MODEL_LICENSE.md': changed })).warnings[0]).to.match(
      /^The text in "MODEL_LICENSE.md" is not known; the nearest: "Apache-2.0".* \(distance 0\.\d\d\)/,
    )
    expect(
      (await draftOf(mit, { COPYING: 'All mine. Do as I say, and ask me before you do anything else at all.' }))
        .warnings,
    ).to.deep.equal(['The text in "COPYING" was not recognized. Compare it with "MIT", which the draft states.'])
    const silent = await draftOf('---\ntags: [x]\n---\n', { LICENSE: apache })
    expect(silent.terms.license).to.equal('Apache-2.0')
    expect(silent.warnings).to.deep.equal([
      'The card states no license. The text in "LICENSE" is that of "Apache-2.0", so it is read as that. Check it.',
    ])
    const similar = await draftOf('---\ntags: [x]\n---\n', { LICENSE: changed })
    expect(similar.terms.license, 'similarity decides nothing').to.equal(null)
  })

  it('reads another card, and what the registrant states, without changing the model', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': README })
    const { digest } = await modelDigest(folder, { cache: false })
    const { draft } = await draftFolder(folder, {
      cache: false,
      name: 'acme/x',
      card: '---\nlicense: [gpl-3.0, mit]\nbase_model: ./x\n---\n',
      stated: { license: 'apache-2.0', baseModels: ['beta/base'], relation: 'distillation' },
    })
    expect(draft).to.deep.include({
      weights: digest,
      parents: [{ model: 'beta/base', relation: 'distillation', inferred: null }],
      terms: { license: 'apache-2.0', licenseName: null, licenseLink: null },
    })
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

  it('refuses a card that is a link', async function () {
    const linked = createFolder({ w: '1' })
    symlinkSync('w', join(linked, 'README.md'))
    expect((await rejection(draftFolder(linked, { cache: false, name: 'a/b' }))).code).to.equal('SYMLINK')
  })

  it('reads a card that does not end, that is not UTF-8, that is long, or has another name', async function () {
    const licenseOf = async (readme: string | Uint8Array, name = 'README.md') =>
      (await draftFolder(createFolder({ w: '1', [name]: readme }), { cache: false, name: 'a/b' })).draft.terms.license
    expect(await licenseOf('---\nlicense: mit\n# Title')).to.equal('mit')
    expect(await licenseOf('---\rlicense: mit\r---\r')).to.equal('mit')
    expect(await licenseOf(Buffer.concat([Buffer.from(README), Buffer.of(0xff)]))).to.equal('mit')
    expect(await licenseOf(Buffer.from(`\ufeff${README}`, 'utf16le'))).to.equal('mit')
    expect(await licenseOf(README + ' '.repeat(MAX_TEXT_BYTES))).to.equal('mit')
    expect(await licenseOf(README, 'readme.MD')).to.equal('mit')
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
