import { join } from 'node:path'

import { expect } from 'chai'

import { IncompleteModelError, requireComplete, type ModelProblem } from '../../src/artifacts/inspectFiles.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { entry, fileOf as ggufOf, info, u16 } from '../interop/gguf/ggufFile.ts'
import { fileOf as safetensorsOf, tensor } from '../interop/safetensorsFile.ts'
import { createFolder, createHubCache, rejection, removeFolders, writeFile } from './folder.ts'

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 1234567\n`
const PAGE = '<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>'
/** A safetensors file with tensors of one byte each. */
const weights = (...names: string[]) =>
  safetensorsOf(Object.fromEntries(names.map((name, at) => [name, tensor('U8', [1], at, at + 1)])), names.length)
const indexOf = (map: Record<string, string>) => JSON.stringify({ metadata: {}, weight_map: map })
/** One part of a split GGUF. */
const part = (number: number, count: number) =>
  ggufOf({ entries: [entry('split.no', 2, u16(number - 1)), entry('split.count', 2, u16(count))] })

type Files = Record<string, string | Uint8Array>
type Outline = [kind: ModelProblem['kind'], incomplete: boolean, files: string[], words: string]

describe('inspectFiles', function () {
  after(removeFolders)

  async function problemsOf(files: Files): Promise<ModelProblem[]> {
    return (await modelDigest(createFolder(files), { cache: false })).problems
  }

  const MODEL = { 'config.json': '{}', 'tokenizer.model': 'x' }
  const cases: [string, Files, Outline[]][] = [
    ['a whole model', { ...MODEL, 'model.safetensors': weights('a'), 'extra.bin': 'x', 'notes.txt': '' }, []],
    [
      'a Git LFS pointer as weights',
      { ...MODEL, 'model.safetensors': POINTER },
      [['lfs-pointer', true, ['model.safetensors'], '"model.safetensors" is a Git LFS pointer']],
    ],
    [
      'Git LFS pointers, of which it names three',
      { 'a.bin': POINTER, 'b.gguf': POINTER, 'c.bin': POINTER, 'tokenizer.json': POINTER },
      [
        [
          'lfs-pointer',
          true,
          ['a.bin', 'b.gguf', 'c.bin', 'tokenizer.json'],
          '"a.bin", "b.gguf", "c.bin" and 1 more are Git LFS pointers',
        ],
      ],
    ],
    [
      'pages of HTML',
      { 'model.gguf': `\n ${PAGE}`, 'tokenizer.json': '<!-- saved --><html lang="en">', 'README.html': PAGE },
      [['html-page', true, ['model.gguf', 'tokenizer.json'], 'are pages of HTML']],
    ],
    [
      'an empty file of weights',
      { ...MODEL, 'model.safetensors': '', 'py.typed': '' },
      [['empty-file', true, ['model.safetensors'], '"model.safetensors" is empty']],
    ],
    [
      'unfinished downloads',
      { 'model.bin': 'x', 'b.safetensors.incomplete': 'x', 'sub/c.gguf.part': '' },
      [['unfinished-download', true, ['b.safetensors.incomplete', 'sub/c.gguf.part'], 'unfinished downloads']],
    ],
    [
      'what an interrupted hf download --local-dir left',
      { ...MODEL, 'model.bin': 'x', '.cache/huggingface/download/sub/ab.cd.incomplete': 'x' },
      [
        [
          'unfinished-download',
          true,
          ['.cache/huggingface/download/sub/ab.cd.incomplete'],
          'left of a download that was interrupted, so files may be missing',
        ],
      ],
    ],
    [
      'a part of safetensors that the index names',
      {
        'model.safetensors.index.json': indexOf({
          a: 'm-00001-of-00002.safetensors',
          b: 'm-00002-of-00002.safetensors',
        }),
        'm-00001-of-00002.safetensors': weights('a'),
      },
      [['missing-part', true, ['m-00002-of-00002.safetensors'], 'of which 1 is missing']],
    ],
    [
      'parts of an index in a folder below',
      {
        'unet/model.safetensors.index.json': indexOf({ a: 'x.safetensors', b: '../y.safetensors' }),
        'unet/x.safetensors': weights('a'),
        'z.bin': 'x',
      },
      [['missing-part', true, ['y.safetensors'], '"y.safetensors"']],
    ],
    [
      'all parts, where there are no weights at all',
      { 'model.safetensors.index.json': indexOf({ a: 'x.safetensors', b: 'y.safetensors' }) },
      [
        ['missing-part', true, ['x.safetensors', 'y.safetensors'], 'of which 2 are missing'],
        ['no-weights', false, [], 'no file of weights'],
      ],
    ],
    [
      'parts of weights without an index',
      { 'm-00002-of-00004.bin': 'x' },
      [
        [
          'missing-part',
          true,
          ['m-00001-of-00004.bin', 'm-00003-of-00004.bin', 'm-00004-of-00004.bin'],
          '"m-*-of-00004.bin" has 4 parts, of which 3 are missing',
        ],
      ],
    ],
    [
      'the second part of a split GGUF',
      { 'm-00001-of-00003.gguf': part(1, 3), 'm-00003-of-00003.gguf': part(3, 3) },
      [['missing-part', true, ['m-00002-of-00003.gguf'], 'of which 1 is missing: "m-00002-of-00003.gguf"']],
    ],
    ['no part of a whole split GGUF', { 'm-00001-of-00002.gguf': part(1, 2), 'm-00002-of-00002.gguf': part(2, 2) }, []],
    [
      'a renamed part of a split GGUF',
      { 'model.gguf': part(2, 3) },
      [['missing-part', true, ['model.gguf'], '"model.gguf" is part 2 of 3']],
    ],
    [
      'an index left beside other weights',
      { 'model.safetensors.index.json': indexOf({ a: 'x.safetensors' }), 'model.safetensors': weights('a') },
      [['stale-index', false, ['model.safetensors.index.json'], 'none of which is in the folder']],
    ],
    [
      'an index of other tensors',
      {
        'model.safetensors.index.json': indexOf({ a: 'x.safetensors', b: 'x.safetensors' }),
        'x.safetensors': weights('a', 'c', 'd'),
      },
      [
        [
          'stale-index',
          false,
          ['model.safetensors.index.json'],
          'names 1 tensor that the files do not have ("b") and leaves out 2 tensors of the files ("c", "d")',
        ],
      ],
    ],
    [
      'an index that is not one',
      { 'model.safetensors.index.json': '{"weight_map":[]}', 'x.safetensors': weights('a') },
      [['stale-index', false, ['model.safetensors.index.json'], 'has no "weight_map"']],
    ],
    [
      'safetensors that are cut short',
      { 'model.safetensors': weights('a', 'b').subarray(0, -1) },
      [['damaged-header', true, ['model.safetensors'], '"model.safetensors" ends at byte 2 of 1']],
    ],
    [
      'safetensors with bytes of no tensor',
      { 'model.safetensors': Buffer.concat([weights('a'), Buffer.from('evil')]) },
      [['damaged-header', false, ['model.safetensors'], 'could hold anything']],
    ],
    [
      'a GGUF of a fork',
      { 'model.gguf': ggufOf({ infos: [info('a', [32], 138, 0)], data: 32 }) },
      [['unsupported-header', false, ['model.gguf'], 'ik_llama.cpp']],
    ],
    [
      'a GGUF that is not one',
      { 'model.gguf': 'x'.repeat(100) },
      [['damaged-header', false, ['model.gguf'], 'does not begin with "GGUF"']],
    ],
    ['a folder without weights', { 'README.md': '# x' }, [['no-weights', false, [], 'no file of weights']]],
  ]
  for (const [what, files, expected] of cases) {
    it(`finds ${what}`, async function () {
      const problems = await problemsOf(files)
      expect(problems.map(({ kind, incomplete, files: names }) => [kind, incomplete, names])).to.deep.equal(
        expected.map(([kind, incomplete, names]) => [kind, incomplete, names]),
      )
      for (const [index, [, , , words]] of expected.entries()) expect(problems[index]!.message).to.include(words)
      for (const { message } of problems) expect(message).to.match(/^[^\p{Cc}\p{Cf}]*\.$/u)
    })
  }

  it('looks at a single file, and not for weights in it', async function () {
    const folder = createFolder({
      'm-00001-of-00002.gguf': part(1, 2),
      'README.md': 'x',
    })
    const of = async (name: string) => (await modelDigest(join(folder, name), { cache: false })).problems
    expect((await of('m-00001-of-00002.gguf')).map(({ kind }) => kind)).to.deep.equal(['missing-part'])
    expect(await of('README.md')).to.deep.equal([])
  })

  it("looks behind the links of the Hub's cache, and names files as the model does", async function () {
    const { snapshot } = createHubCache('models--acme--tiny', { 'model.safetensors': POINTER, 'x.gguf': 'xxxxx' })
    const { problems } = await modelDigest(snapshot, { cache: false })
    expect(problems.map(({ files }) => files)).to.deep.equal([['model.safetensors'], ['x.gguf']])
    expect(problems[1]!.message).to.match(/^"x\.gguf" /)
  })

  it("warns of an unfinished blob in the Hub's cache, which may be of another commit", async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', { 'model.bin': 'x' })
    writeFile(repository, 'blobs/abcd.incomplete', 'x')
    const { problems } = await modelDigest(snapshot, { cache: false })
    expect(problems).to.have.length(1)
    expect(problems[0]).to.deep.include({ kind: 'unfinished-download', incomplete: false })
    expect(problems[0]!.files).to.deep.equal(['../../blobs/abcd.incomplete'])
  })

  it('does not look at what is left out', async function () {
    const folder = createFolder({ 'model.bin': 'x', 'old/model.bin': POINTER })
    expect((await modelDigest(folder, { cache: false, ignore: ['old'] })).problems).to.deep.equal([])
  })

  describe('a file that names others', function () {
    const refused = (files: Files) => rejection(modelDigest(createFolder(files), { cache: false }))

    it('may not name a file that a loader would load and the digest does not cover', async function () {
      for (const target of [
        '../x.bin',
        '../../etc/x',
        '/etc/x',
        '..\\x.bin',
        'C:\\x.bin',
        'a/../../x',
        './.git/x.bin',
        'model.sig',
      ]) {
        const error = await refused({
          'a.bin': 'x',
          '.git/x.bin': 'payload',
          'model.safetensors.index.json': indexOf({ a: 'a.bin', b: target }),
        })
        expect(error, target).to.include({ code: 'UNCOUNTED_FILE' })
      }
      const modules = JSON.stringify([{ idx: 0, name: '0', path: '.github/0_Transformer', type: 'x' }])
      expect(await refused({ 'a.bin': 'x', 'modules.json': modules })).to.include({ code: 'UNCOUNTED_FILE' })
    })

    it('may name files in folders, and files that the caller left out', async function () {
      const files = { 'sub/a.bin': 'x', 'b.bin': 'x', 'modules.json': '[{"path":""},{"path":"1_Pooling"},7]' }
      const folder = createFolder({ ...files, 'x.bin.index.json': indexOf({ a: './sub/../sub/a.bin', b: 'b.bin' }) })
      expect((await modelDigest(folder, { cache: false })).problems).to.deep.equal([])
      const { problems } = await modelDigest(folder, { cache: false, ignore: ['b.bin'] })
      expect(problems.map(({ kind }) => kind)).to.deep.equal(['missing-part'])
    })

    it('may not lead to what only a statement leaves out', async function () {
      const folder = createFolder({
        'a.bin': 'x',
        'b.bin': 'x',
        'x.bin.index.json': indexOf({ a: 'a.bin', b: 'b.bin' }),
      })
      const error = await rejection(modelDigest(folder, { cache: false, recordedIgnore: ['b.bin'] }))
      expect(error).to.include({ code: 'UNCOUNTED_FILE' })
    })

    it('may name more tensors than a call can have arguments', async function () {
      const map = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`t${index}`, 'a.safetensors']))
      const [problem] = await problemsOf({
        'a.safetensors': weights('a'),
        'model.safetensors.index.json': indexOf(map),
      })
      expect(problem!.message).to.include('names 200000 tensors')
    })
  })

  it('takes no longer for names that state many parts, and lists a hundred of them', async function () {
    this.timeout(5000)
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`m${index}-00001-of-99999.bin`, 'x']))
    const problems = await problemsOf(files)
    expect(problems).to.have.length(200)
    expect(problems[0]!.files).to.have.length(100)
    expect(problems[0]!.message).to.include('of which 99998 are missing').and.to.include('and 99995 more')
  })

  it('says when name and header state different counts of parts', async function () {
    const problems = await problemsOf({ 'm-00001-of-00001.gguf': part(1, 65_535) })
    expect(problems).to.have.length(1)
    expect(problems[0]).to.include({ kind: 'missing-part', incomplete: true })
    expect(problems[0]!.message).to.include('one of 1 parts by its name, and one of 65535 by its header')
  })

  it('recognizes the error of a store in XML in place of weights', async function () {
    const xml = '\ufeff<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'
    expect((await problemsOf({ 'model.bin': xml }))[0]).to.include({ kind: 'html-page', incomplete: true })
  })
})

describe('requireComplete', function () {
  const problem = (incomplete: boolean): ModelProblem => ({
    kind: 'empty-file',
    incomplete,
    files: [],
    message: 'It is.',
  })

  it('refuses a model of which something is missing, and says how to insist', function () {
    expect(() => requireComplete([problem(false), problem(true)]))
      .to.throw(
        IncompleteModelError,
        'It is. To register it anyway, without its tensors, use stemma register --allow-incomplete;',
      )
      .with.property('code', 'INCOMPLETE_MODEL')
  })

  it('accepts problems of whole models', function () {
    requireComplete([])
    requireComplete([problem(false)])
  })
})
