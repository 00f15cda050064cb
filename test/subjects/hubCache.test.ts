import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect } from 'chai'

import { nameOfFolder } from '../../src/artifacts/folderName.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { openSubject } from '../../src/subjects/openSubject.ts'
import { createFolder, createHubCache, rejection, removeFolders, writeFile } from '../artifacts/folder.ts'

const FILES = { 'README.md': '# Tiny', 'model.bin': 'weights', 'onnx/model.bin': 'more' }
const COMMIT = '0f3e'.repeat(10)

describe("the Hub's cache without a network", function () {
  after(removeFolders)

  const fetch = () => Promise.reject(new Error('A request was made'))
  const open = (reference: string, env: Record<string, string>) =>
    openSubject(reference, { cache: false, env: { HOME: '/missing', HF_HUB_OFFLINE: '1', ...env }, fetch })

  it('gives the snapshot of a branch or a commit, and names the commit', async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
    writeFile(repository, 'refs/pr/1', `${COMMIT}\n`)
    const { digest } = await modelDigest(snapshot, { cache: false })
    const env = { HF_HUB_CACHE: dirname(repository) }
    for (const revision of ['', '@main', `@${COMMIT}`, '@refs/pr/1'.replace('refs/', '')]) {
      const subject = await open(`hf:acme/tiny${revision}`, env)
      expect(subject).to.include({ digest, name: 'acme/tiny', revision: COMMIT, place: 'hub' })
      expect(subject.warnings[0]).to.include('without asking the Hub')
    }
    expect((await open('https://huggingface.co/acme/tiny/tree/main/onnx', env)).files).to.equal(1)
  })

  it('looks where the variables of huggingface_hub say', async function () {
    const { repository } = createHubCache('models--acme--tiny', FILES)
    const cache = dirname(repository)
    const home = createFolder()
    const link = (path: string) => {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      symlinkSync(cache, join(home, path))
    }
    link('.cache/huggingface/hub')
    link('hf/hub')
    link('xdg/huggingface/hub')
    const places = [
      { HF_HUB_CACHE: cache },
      { HUGGINGFACE_HUB_CACHE: cache },
      { HOME: home, HF_HOME: '~/hf' },
      { HOME: '/missing', HF_HOME: join(home, 'hf') },
      { HOME: '/missing', XDG_CACHE_HOME: join(home, 'xdg') },
      { HOME: home },
      { HOME: home, TRANSFORMERS_OFFLINE: 'YES', HF_HUB_OFFLINE: 'on' },
    ]
    for (const env of places) expect((await open('hf:acme/tiny', env)).files, JSON.stringify(env)).to.equal(3)
    expect((await rejection(open('hf:acme/tiny', { HF_HUB_CACHE: '/missing' }))).code).to.equal('STORE_NOT_FOUND')
  })

  it('says what the cache has when it lacks a revision or a model', async function () {
    const { repository } = createHubCache('models--acme--tiny', FILES)
    const env = { HF_HUB_CACHE: dirname(repository) }
    const missing = await rejection(open('hf:acme/tiny@v2', env))
    expect(missing).to.include({ code: 'STORED_MODEL_NOT_FOUND' })
    expect(missing.message).to.include(`hf:acme/tiny@${COMMIT}`)
    expect((await rejection(open(`hf:acme/tiny@${'1'.repeat(40)}`, env))).code).to.equal('STORED_MODEL_NOT_FOUND')
    expect((await rejection(open('hf:acme/tinny', env))).message).to.include('Did you mean "hf:acme/tiny"?')
    for (const revision of ['../../x', 'a/../b', 'a b', '.']) {
      expect((await rejection(open(`hf:acme/tiny@${revision}`, env))).code, revision).to.equal('HUB_REFERENCE')
    }
  })

  it('refuses refs that hold no commit, and snapshots that are links', async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
    const env = { HF_HUB_CACHE: dirname(repository) }
    for (const text of ['../../../etc', 'x'.repeat(300), '']) {
      writeFile(repository, 'refs/main', text)
      expect((await rejection(open('hf:acme/tiny', env))).code).to.equal('STORE_MANIFEST')
    }
    rmSync(join(repository, 'refs/main'))
    symlinkSync('/etc/hostname', join(repository, 'refs/main'))
    expect((await rejection(open('hf:acme/tiny', env))).code).to.equal('BLOB_OUTSIDE_STORE')
    const other = 'a'.repeat(40)
    symlinkSync(snapshot, join(dirname(snapshot), other))
    expect((await rejection(open(`hf:acme/tiny@${other}`, env))).code).to.equal('BLOB_OUTSIDE_STORE')
  })

  it('takes the folder of a repository for its only snapshot', async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
    const { digest } = await modelDigest(snapshot, { cache: false })
    expect((await openSubject(repository, { cache: false })).digest).to.equal(digest)
    expect(nameOfFolder(repository)).to.equal('acme/tiny')
  })
})
