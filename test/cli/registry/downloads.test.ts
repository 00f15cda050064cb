import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { manifestOf, statementOf } from '../../../src/interop/oms.ts'
import { createFolder, createHubCache, removeFolders, writeFile } from '../../artifacts/folder.ts'
import { startWorld, type World } from '../world.ts'

const README = '---\nlicense: apache-2.0\n---\n# Tiny\n'
const FILES = { 'README.md': README, 'model.bin': 'tiny weights', 'tokenizer.json': '{}', 'tokenizer/vocab.txt': 'a' }
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 1234567\n`

describe('downloads in the command line', function () {
  let world: World
  let model: string
  let digest: string

  before(async function () {
    world = await startWorld()
    const folder = createFolder(FILES)
    digest = (await world.ok(['digest', folder])).digest
    ;({ model } = await world.ok(['register', folder, '--name', 'acme/tiny', '--terms', 'none']))
  })

  after(async function () {
    removeFolders()
    await world.stop()
  })

  /** A download by `hf download --local-dir`. */
  const localDir = () =>
    createFolder({ ...FILES, '.gitattributes': '*', '.cache/huggingface/download/x.metadata': `${Math.random()}` })
  const verifies: [string, () => string][] = [
    ['a folder of hf download --local-dir', localDir],
    ["a snapshot in the Hub's shared cache", () => createHubCache('models--acme--tiny', FILES).snapshot],
    ['a folder with signatures of any name', () => createFolder({ ...FILES, 'acme-2026.sig': bundleOf(FILES) })],
  ]
  for (const [what, create] of verifies) {
    it(`verify finds the model in ${what}`, async function () {
      const { code, json } = await world.run(['verify', create(), '--use', 'research', '--json'])
      expect(json()).to.deep.include({ model, verdict: 'unknown' })
      expect(code).to.equal(3)
    })
  }

  it('digest, draft and verify leave out the paths of --ignore', async function () {
    const folder = createFolder({ ...FILES, 'logs/1.txt': 'x', 'notes.txt': 'y' })
    const ignore = ['--ignore', 'logs', '--ignore', './notes.txt']
    expect(await world.ok(['digest', folder, ...ignore])).to.deep.include({ digest })
    expect(await world.ok(['draft', folder, '--name', 'a/b', ...ignore])).to.deep.include({ weights: digest })
    const { json } = await world.run(['verify', folder, '--use', 'research', '--json', ...ignore])
    expect(json()).to.deep.include({ model })
    expect(await world.fails(['digest', folder, '--ignore', '../x'])).to.deep.equal([2, 'IGNORED_PATH'])
    expect((await world.run(['digest', folder, '--ignore', 'lgos'])).stderr).to.include('nothing at "lgos"')
  })

  it('digest names the digest of the reference program where it differs', async function () {
    const { stdout, stderr } = await world.run(['digest', createFolder(FILES)])
    const { referenceDigest } = await world.ok(['digest', createFolder(FILES)])
    expect(stdout).to.equal(`${digest}\n`)
    expect(referenceDigest)
      .to.match(/^0x[0-9a-f]{64}$/)
      .and.to.not.equal(digest)
    expect(stderr).to.include(referenceDigest)
  })

  it('digest compares a folder with a statement, and leaves out what that records', async function () {
    const folder = createFolder({
      ...FILES,
      'ignore-me': 'x',
      'model.sig': bundleOf(FILES, ['ignore-me', 'model.sig']),
    })
    const args = ['digest', folder, '--statement', join(folder, 'model.sig')]
    const same = await world.run(args)
    expect([same.code, same.stdout]).to.deep.equal([0, `${digest}\n`])
    expect(same.stderr).to.include('Who signed it was not checked')

    writeFile(folder, 'model.bin', 'other')
    writeFile(folder, 'added.py', 'import os')
    await rm(join(folder, 'README.md'))
    const other = await world.run([...args, '--json'])
    expect(other.code).to.equal(1)
    expect(other.json().differences).to.deep.equal([
      { name: 'README.md', kind: 'missing' },
      { name: 'added.py', kind: 'added' },
      { name: 'model.bin', kind: 'changed' },
    ])
    expect((await world.run(args)).stdout).to.include('missing README.md\nadded added.py\nchanged model.bin')
    await world.file('no.sig', '{"x":1}')
    expect(await world.fails(['digest', folder, '--statement', 'no.sig'])).to.deep.equal([2, 'INVALID_MANIFEST'])
  })

  it('digest, draft and verify name the problems of the files', async function () {
    const folder = createFolder({ 'README.md': README, 'model.safetensors': POINTER })
    for (const args of [
      ['digest', folder],
      ['draft', folder, '--name', 'a/b'],
      ['verify', folder, '--use', 'research'],
    ]) {
      const { stderr } = await world.run(args)
      expect(stderr.match(/is a Git LFS pointer/g), args[0]).to.have.length(1)
    }
    expect((await world.ok(['digest', folder, '--no-tensors'])).problems[0]).to.deep.include({
      kind: 'lfs-pointer',
      incomplete: true,
    })
    const draft = await world.ok(['draft', folder, '--name', 'a/b', '--no-tensors'])
    expect(draft.warnings[0]).to.include('Git LFS pointer')
  })

  it('register refuses an incomplete model until it is allowed', async function () {
    const files: Record<string, string>[] = [
      { 'model.safetensors': POINTER },
      { 'model.safetensors': '<!doctype html><html>' },
      { 'model.safetensors': '' },
      { 'model.bin': 'x', 'model.gguf.incomplete': 'x' },
      { 'm-00001-of-00002.bin': 'x' },
    ]
    for (const contents of files) {
      const folder = createFolder({ 'README.md': README, ...contents })
      const args = ['register', folder, '--name', 'a/b', '--terms', 'none', '--dry-run']
      expect(await world.fails(args), Object.keys(contents)[0]).to.deep.equal([2, 'INCOMPLETE_MODEL'])
      expect(await world.ok([...args, '--allow-incomplete'])).to.include({ dryRun: true })
    }
  })

  it('register takes the options of a folder for a folder only', async function () {
    await world.ok(['draft', createFolder(FILES), '--name', 'a/b', '--output', join(world.cwd, 'draft.json')])
    for (const option of [
      ['--ignore', 'x'],
      ['--allow-incomplete'],
      ['--no-tensors'],
      ['--tensor-list', 'x'],
      ['--card', 'README.md'],
      ['--license', 'mit'],
      ['--base-model', 'none'],
      ['--relation', 'merge'],
    ]) {
      expect(await world.fails(['register', 'draft.json', ...option])).to.deep.equal([2, 'USAGE'])
    }
  })

  it('register states a license and parents in place of card and files, as draft does', async function () {
    const folder = createFolder({
      'w.bin': 'stated',
      'README.md': '---\nlicense: gpl-3.0 OR mit\nbase_model: ./x\n---\n',
    })
    const args = ['register', folder, '--name', 'a/stated', '--dry-run']
    expect(await world.fails(args)).to.deep.equal([2, 'UNREAD_PARENT'])
    const stated = ['--base-model', 'hf:acme/base', '--relation', 'adapter', '--license', 'MIT']
    await world.ok(['terms', 'publish', 'MIT'])
    const { registration } = await world.ok([...args, ...stated])
    expect(registration.parents).to.have.length(1)
    expect(registration.parents[0]).to.include({ relation: 'adapter', external: true })
    const { id } = await world.ok(['terms', 'show', 'MIT'])
    expect(registration.terms).to.equal(id)
    await world.file('card.md', '---\nlicense: mit\n---\n')
    const byCard = await world.ok([...args, '--card', 'card.md'])
    expect(byCard.registration)
      .to.include({ terms: id, weights: registration.weights })
      .and.to.deep.include({ parents: [] })
    expect(await world.fails([...args, '--base-model', 'none', '--license', 'MIT OR GPL-3.0-only'])).to.deep.equal([
      2,
      'LICENSE_CHOICE',
    ])
    expect(await world.fails([...args, '--relation', 'cousin'])).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(['register', '--signed', 'signed.json', '--license', 'MIT'])).to.deep.equal([2, 'USAGE'])
  })

  it('takes licenses that all apply as terms of their own, from the card to the answer', async function () {
    const folder = createFolder({ 'w.bin': 'both', 'README.md': '---\nlicense: cc-by-nc-4.0 AND Apache-2.0\n---\n' })
    const register = ['register', folder, '--name', 'a/both']
    expect(await world.fails(register)).to.deep.equal([2, 'LICENSE_REGISTRY_UNKNOWN_TERMS'])
    const { published } = await world.ok(['terms', 'publish', 'Apache-2.0 AND CC-BY-NC-4.0'])
    expect(published[0].license).to.equal('Apache-2.0 AND CC-BY-NC-4.0')
    const { registration, model: both } = await world.ok(register)
    expect(registration.terms).to.equal(published[0].terms)
    const { terms } = await world.ok(['terms', 'show', 'CC-BY-NC-4.0 AND Apache-2.0'])
    expect(terms.rights).to.include('research').and.not.include('commercial')
    const verdictOf = async (use: string) => (await world.run(['verify', folder, '--use', use, '--json'])).json()
    expect((await verdictOf('commercial')).verdict).to.equal('not-permitted')
    const research = await verdictOf('research')
    expect([research.model, research.verdict]).to.deep.equal([both, 'permitted'])
    expect(research.findings.map(({ code }: { code: string }) => code)).to.not.include('license-contradicted')
    expect(await world.fails(['terms', 'publish', 'GPL-2.0-only AND GPL-3.0-only'])).to.deep.equal([2, 'USAGE'])
  })

  it("says which snapshots a repository of the Hub's cache has", async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', FILES)
    expect(await world.ok(['digest', repository])).to.include({ digest })
    writeFile(repository, `snapshots/${'a'.repeat(40)}/model.bin`, 'x')
    expect(await world.fails(['verify', repository, '--use', 'research'])).to.deep.equal([2, 'HUB_REPOSITORY'])
    expect((await world.run(['digest', repository])).stderr).to.include(snapshot)
  })
})

/** A bundle about some files, whose signature is not one. */
function bundleOf(files: Record<string, string>, ignoredPaths: string[] = []): string {
  const digests = Object.entries(files).map(([name, contents]) => ({
    name,
    digest: createHash('sha256').update(contents).digest('hex'),
  }))
  const statement = statementOf(manifestOf(digests, { ignoredPaths }), 'tiny')
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'ab' } },
    dsseEnvelope: {
      payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: 'AA==' }],
    },
  })
}
