import { createHash } from 'node:crypto'

import { expect } from 'chai'
import fc from 'fast-check'

import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { tensorListBytes } from '../../src/core/tensors.ts'
import type { Digest } from '../../src/core/hex.ts'
import { openSubject } from '../../src/subjects/openSubject.ts'
import { readSubjectText, type SubjectOptions } from '../../src/subjects/subject.ts'
import { createFolder, rejection, removeFolders } from '../artifacts/folder.ts'
import { startHubServer, type HubFiles, type HubServer } from './hubServer.ts'

/** Weights as a file of safetensors with one tensor. */
function weights(fill: number): Buffer {
  const header = Buffer.from(
    JSON.stringify({ [`w${fill}`]: { dtype: 'U8', shape: [8], data_offsets: [0, 8] } }).padEnd(64),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(8, fill)])
}

const SIGNATURE = JSON.stringify({ payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [] })

/** A repository as publishers have it: folders whose names begin those of files, files of LFS that are empty, a signature. */
const FILES: HubFiles = {
  '.gitattributes': '*.safetensors filter=lfs diff=lfs merge=lfs -text\n',
  'README.md': '---\nlicense: mit\nbase_model: acme/base\n---\n# Tiny\n',
  'config.json': '{"model_type":"llama"}',
  'model-00001-of-00002.safetensors': { lfs: weights(1) },
  'model-00002-of-00002.safetensors': { lfs: weights(2) },
  'model.safetensors.index.json': JSON.stringify({
    weight_map: { w1: 'model-00001-of-00002.safetensors', w2: 'model-00002-of-00002.safetensors' },
  }),
  'tokenizer.json': '{}',
  'tokenizer/vocab.txt': 'a\nb\n',
  'tokenizer/.gitattributes': 'nested, so it counts\n',
  'nested/deep/e\u0301t\u00e9 #1%.txt': 'names that must be escaped',
  'empty.txt': '',
  'empty.bin2': { lfs: '' },
  'tiny.dat': { lfs: 'x' },
  'model.sig': 'left out by its name',
  'other.sig': SIGNATURE,
}

describe('a model on the Hub', function () {
  let hub: HubServer
  let options: SubjectOptions

  before(async function () {
    hub = await startHubServer()
  })
  beforeEach(function () {
    hub.asked.length = 0
    hub.mend()
    hub.pageSize = 1000
    const folder = createFolder()
    options = { env: { HF_ENDPOINT: hub.endpoint }, cache: `${folder}/digests.jsonl`, sleep: async () => {} }
  })
  after(async function () {
    await hub.stop()
    removeFolders()
  })

  /** The files as `hf download --local-dir` leaves them. */
  function download(files: HubFiles): string {
    const plain = Object.entries(files).map(([name, value]): [string, string | Uint8Array] => [
      name,
      typeof value === 'object' && 'lfs' in value ? value.lfs : value,
    ])
    return createFolder({
      ...Object.fromEntries(plain),
      '.cache/huggingface/.gitignore': '*',
      '.cache/huggingface/download/README.md.metadata': 'commit\netag\n1.0\n',
      '.cache/huggingface/download/README.md.lock': '',
    })
  }

  it('has the digest of the downloaded folder, and takes a few requests', async function () {
    const commit = hub.publish('acme/tiny', FILES)
    const subject = await openSubject('hf:acme/tiny', options)
    const folder = await modelDigest(download(FILES), { cache: false })
    expect(subject.digest).to.equal(folder.digest)
    expect(subject.referenceDigest).to.equal(folder.referenceDigest).and.not.equal(null)
    expect(subject.manifest).to.deep.equal(folder.manifest)
    expect(subject).to.include({
      place: 'hub',
      name: 'acme/tiny',
      revision: commit,
      bytes: folder.bytes,
      files: folder.files,
    })
    expect(subject.problems).to.deep.equal(folder.problems)
    const storage = hub.asked.filter(({ host }) => host === 'storage').map(({ path }) => path)
    // Two small files of LFS at the top might be signatures by their names; no weights were asked for.
    expect(storage.length).to.be.at.most(2)
    const first = createHash('sha256').update(weights(1)).digest('hex')
    expect(storage.join()).to.not.contain(first)
  })

  it('has the digest of the folder with paths left out, and says where there is none', async function () {
    hub.publish('acme/tiny', FILES)
    const ignore = ['nested', 'tokenizer.json', 'nothing']
    const subject = await openSubject('hf:acme/tiny', { ...options, ignore })
    const folder = await modelDigest(download(FILES), { cache: false, ignore })
    expect(subject.manifest).to.deep.equal(folder.manifest)
    expect(subject.warnings).to.include.members(folder.warnings)
    const recordedIgnore = ['nested', 'other.sig']
    const recorded = await openSubject('hf:acme/tiny', { ...options, recordedIgnore })
    const compared = await modelDigest(download(FILES), { cache: false, recordedIgnore })
    expect(recorded.manifest).to.deep.equal(compared.manifest)
    expect(recorded.warnings).to.include.members(compared.warnings)
  })

  it('has the digest of one file, or of one folder, where the address leads there', async function () {
    hub.publish('acme/tiny', FILES, 'v1')
    const file = await openSubject('https://huggingface.co/acme/tiny/blob/v1/model-00001-of-00002.safetensors', options)
    const alone = createFolder({ 'model-00001-of-00002.safetensors': weights(1) })
    expect(file.digest).to.equal(
      (await modelDigest(`${alone}/model-00001-of-00002.safetensors`, { cache: false })).digest,
    )
    const folder = await openSubject(`${hub.endpoint}/acme/tiny/tree/v1/tokenizer`, options)
    const nested = createFolder({ 'vocab.txt': 'a\nb\n', '.gitattributes': 'at the top here, so it does not\n' })
    expect(folder.digest).to.equal((await modelDigest(nested, { cache: false })).digest)
    const missing = await rejection(openSubject(`${hub.endpoint}/acme/tiny/tree/v1/none`, options))
    expect(missing).to.include({ code: 'HUB_PATH', kind: 'input' })
  })

  for (const pageSize of [1, 4, 14, 15, 1000]) {
    it(`reads all pages of ${pageSize}`, async function () {
      hub.publish('acme/tiny', FILES)
      hub.pageSize = pageSize
      const subject = await openSubject('hf:acme/tiny', options)
      expect(subject.digest).to.equal((await modelDigest(download(FILES), { cache: false })).digest)
    })
  }

  it('stays at the commit that the revision was when it was resolved', async function () {
    const old = hub.publish('acme/moving', { 'README.md': 'old', 'model.bin': { lfs: 'old' } })
    const subject = await openSubject('hf:acme/moving', options)
    const moved = hub.publish('acme/moving', { 'README.md': 'new', 'model.bin': { lfs: 'new' } })
    expect(await readSubjectText(subject, 'README.md')).to.equal('old')
    expect(subject.revision).to.equal(old)
    expect((await openSubject('hf:acme/moving', options)).revision).to.equal(moved)
    const pinned = await openSubject(`hf:acme/moving@${old}`, options)
    expect(pinned.digest).to.equal(subject.digest)
    for (const { path } of hub.asked.filter((each) => /tree|resolve/.test(each.path)))
      expect(path).to.match(/[0-9a-f]{40}/)
  })

  it('asks nothing again that is known of a commit', async function () {
    const commit = hub.publish('acme/tiny', FILES)
    const first = await openSubject('hf:acme/tiny', options)
    hub.asked.length = 0
    expect((await openSubject('hf:acme/tiny', options)).digest).to.equal(first.digest)
    expect(hub.asked.map(({ path }) => path)).to.deep.equal(['/api/models/acme/tiny/revision/main'])
    hub.asked.length = 0
    expect((await openSubject(`hf:acme/tiny@${commit}`, options)).digest).to.equal(first.digest)
    expect(hub.asked).to.deep.equal([])
  })

  it('goes on where a run was stopped', async function () {
    hub.publish('acme/tiny', FILES)
    hub.pageSize = 4
    const stop = new AbortController()
    hub.fault(/resolve-cache.*tokenizer/, () => stop.abort(), 1)
    const error = await rejection(openSubject('hf:acme/tiny', { ...options, signal: stop.signal }))
    expect(error.name).to.equal('AbortError')
    const before = hub.asked.map(({ path }) => path).filter((path) => path.includes('/tree/'))
    expect(before).to.have.length(4)
    hub.asked.length = 0
    const subject = await openSubject('hf:acme/tiny', options)
    expect(subject.digest).to.equal((await modelDigest(download(FILES), { cache: false })).digest)
    expect(hub.asked.some(({ path }) => path.includes('/tree/'))).to.equal(false)
    expect(hub.asked.some(({ path }) => path.includes('README.md'))).to.equal(false)
  })

  it('reads the texts of the model, and no other', async function () {
    hub.publish('acme/tiny', FILES)
    const subject = await openSubject('hf:acme/tiny', { ...options, cache: false })
    expect(await readSubjectText(subject, 'README.md')).to.contain('# Tiny')
    expect(await rejection(readSubjectText(subject, 'none.md'))).to.have.property('code', 'SUBJECT_FILE')
  })

  it('leaves the tensors out, unless the publisher put their list beside them', async function () {
    hub.publish('acme/tiny', FILES)
    const { tensors } = await openSubject('hf:acme/tiny', options)
    expect(tensors).to.have.property('refused').that.includes({ code: 'TENSORS_UNREAD', kind: 'undecided' })
    expect((await openSubject('hf:acme/tiny', { ...options, tensors: false })).tensors).to.equal(null)

    const list = tensorListBytes([`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`] as Digest[])
    const digest = `0x${createHash('sha256').update(list).digest('hex')}`
    for (const file of [list, { lfs: list }]) {
      hub.publish('acme/listed', { ...FILES, 'tensors.list': file })
      const stated = await openSubject('hf:acme/listed', options)
      expect(stated.tensors).to.include({ digest, statedBy: 'tensors.list' })
      expect(stated.warnings.join()).to.contain('not computed')
    }
    hub.publish('acme/listed', { ...FILES, 'tensors.list': 'not a list' })
    const damaged = await openSubject('hf:acme/listed', options)
    expect(damaged.tensors).to.have.property('refused')
    expect(damaged.warnings.join()).to.contain('tensor list')
  })

  it('finds the problems of a repository that need no weights', async function () {
    hub.publish('acme/broken', { 'model-00001-of-00003.gguf': { lfs: 'x' }, 'pytorch_model.bin': { lfs: '' } })
    const { problems } = await openSubject('hf:acme/broken', options)
    expect(problems.map(({ kind }) => kind)).to.have.members(['empty-file', 'missing-part'])
    hub.publish('acme/broken', {
      'model.safetensors.index.json': JSON.stringify({ weight_map: { a: '../elsewhere.safetensors' } }),
      'model.safetensors': { lfs: weights(1) },
    })
    expect(await rejection(openSubject('hf:acme/broken', options))).to.have.property('code', 'UNCOUNTED_FILE')
  })

  it('refuses a payload where a download keeps its own notes, as for a folder', async function () {
    hub.publish('acme/payload', { 'a.bin': { lfs: 'a' }, '.cache/huggingface/evil.py': 'x' })
    expect(await rejection(openSubject('hf:acme/payload', options))).to.have.property('code', 'HIDDEN_FILE')
    hub.publish('acme/payload', { 'a.bin': { lfs: 'a' }, 'model.sig/evil.py': 'x' })
    expect(await rejection(openSubject('hf:acme/payload', options))).to.have.property('code', 'HIDDEN_FILE')
    hub.publish('acme/payload', { 'a.bin': { lfs: 'a' }, '.cache/huggingface/download/a.bin.metadata': 'x' })
    const { digest } = await openSubject('hf:acme/payload', options)
    expect(digest).to.equal((await modelDigest(createFolder({ 'a.bin': 'a' }), { cache: false })).digest)
  })

  it('has the digest of the folder for any names and contents', async function () {
    const part = fc.stringMatching(/^[a-zA-Z0-9_ .é!+~#%-]{1,6}$/).filter((text) => !/^\.+$/.test(text))
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const content = fc.uint8Array({ maxLength: 40 })
    const entries = fc.uniqueArray(fc.tuple(name, content, fc.boolean()), {
      minLength: 1,
      maxLength: 12,
      selector: ([path]) => path,
    })
    // A folder cannot have a file and a folder of one name.
    const possible = entries.filter((all) => !all.some(([a]) => all.some(([b]) => b.startsWith(`${a}/`))))
    await fc.assert(
      fc.asyncProperty(possible, fc.integer({ min: 1, max: 5 }), async (all, pageSize) => {
        const files = Object.fromEntries(all.map(([path, bytes, lfs]) => [path, lfs ? { lfs: bytes } : bytes]))
        hub.publish('acme/any', files)
        hub.pageSize = pageSize
        const folder = await modelDigest(createFolder(Object.fromEntries(all.map(([path, bytes]) => [path, bytes]))), {
          cache: false,
        }).catch((error: { code: string }) => ({ digest: error.code }))
        const subject = await openSubject('hf:acme/any', options).catch((error: { code: string }) => ({
          digest: error.code,
        }))
        expect(subject.digest).to.equal(folder.digest)
      }),
      { numRuns: 40 },
    )
  })

  it('refuses an empty repository, as an empty folder', async function () {
    hub.publish('acme/empty', { '.gitattributes': 'x' })
    expect(await rejection(openSubject('hf:acme/empty', options))).to.have.property('code', 'NO_RESOURCES')
  })
})
