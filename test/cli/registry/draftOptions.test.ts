import { join } from 'node:path'

import { expect } from 'chai'

import { runCli } from '../../../src/cli/run.ts'
import { createFolder, removeFolders, writeFile } from '../../artifacts/folder.ts'

const CARD = '---\nlicense: Apache-2.0 OR MIT\nbase_model: [acme/base, ./local]\nx: [\n---\n'

describe('stemma draft', function () {
  after(removeFolders)

  /** Drafts a folder without a node. */
  async function draft(folder: string, ...options: string[]) {
    let [stdout, stderr] = ['', '']
    const cwd = createFolder()
    const code = await runCli(['draft', folder, '--name', 'acme/tiny', ...options], {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env: { HOME: cwd, XDG_CACHE_HOME: cwd },
      cwd,
      now: Date.now,
      fetch: () => Promise.reject(new Error('A draft asks nobody.')),
      terminal: undefined,
      signal: AbortSignal.timeout(60_000),
    })
    return { code, stderr, draft: () => JSON.parse(stdout) as { weights: string; parents: unknown; terms: unknown } }
  }

  it('ends with exit code 2 where a parent would get lost, and names the value and the remedy', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': CARD })
    const { code, stderr } = await draft(folder)
    expect(code).to.equal(2)
    expect(stderr).to.include('UNREAD_PARENT: base_model of the card names "./local"').and.include('--base-model')
  })

  it('takes what the options state, and leaves the model as it is', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': CARD })
    const stated = await draft(
      folder,
      '--base-model',
      'https://huggingface.co/beta/base/tree/main',
      '--base-model',
      'hf:c/d',
      '--relation',
      'merge',
      '--license',
      'MIT',
    )
    expect(stated.code, stated.stderr).to.equal(0)
    const card = writeFile(createFolder(), 'card.md', '---\nlicense: mit\nbase_model: acme/base\n---\n')
    const replaced = await draft(folder, '--card', card)
    expect(stated.draft()).to.deep.include({
      parents: [
        { model: 'beta/base', relation: 'merge', inferred: null },
        { model: 'c/d', relation: 'merge', inferred: null },
      ],
      terms: { license: 'MIT', licenseName: null, licenseLink: null },
      weights: replaced.draft().weights,
    })
    expect(stated.stderr).to.include('names "acme/base", "./local", which --base-model leaves out')
    expect(replaced.draft()).to.deep.include({ terms: { license: 'mit', licenseName: null, licenseLink: null } })
    expect((await draft(folder, '--base-model', 'none')).draft().parents).to.deep.equal([])
  })

  it('refuses options that state nothing that can be used', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': CARD })
    for (const [code, ...options] of [
      ['UNREAD_PARENT', '--base-model', 'some words'],
      ['LICENSE_CHOICE', '--base-model', 'a/b', '--license', 'MIT OR Apache-2.0'],
      ['USAGE', '--relation', 'cousin'],
      ['FILE', '--card', join(folder, 'none.md')],
    ] as const) {
      const run = await draft(folder, ...options)
      expect(
        [run.code, run.stderr.split('\n').find((line) => line.startsWith(code)) !== undefined],
        run.stderr,
      ).to.deep.equal([2, true])
    }
  })
})
