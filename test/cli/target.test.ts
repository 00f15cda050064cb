import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { parseModelName, parseTarget } from '../../src/cli/target.ts'
import type { Context } from '../../src/console/context.ts'

const ID = `0x${'ab'.repeat(32)}`

describe('the target of a command', function () {
  let context: Context
  let notes = ''

  before(async function () {
    const cwd = await mkdtemp(join(tmpdir(), 'stemma-target-'))
    const signal = new AbortController().signal
    context = {
      cwd,
      env: { HOME: cwd, XDG_CACHE_HOME: cwd },
      stdout: () => {},
      stderr: (text) => void (notes += text),
      now: Date.now,
      signal,
    }
    await writeFile(join(cwd, 'weights.bin'), 'weights')
  })
  after(() => rm(context.cwd, { recursive: true, force: true }))

  it('is an id or a digest, in lower case', async function () {
    for (const text of [ID, ID.toUpperCase().replace('X', 'x')]) {
      expect(await parseTarget(context, text)).to.deep.equal({ kind: 'id', id: ID })
      expect(parseModelName(text)).to.deep.equal({ kind: 'id', id: ID })
    }
  })

  it('is the weights at a path that exists, however the path is written', async function () {
    const target = await parseTarget(context, 'weights.bin')
    expect(target).to.include({ kind: 'weights', path: 'weights.bin' })
    const { weights } = target as { weights: string }
    expect(await parseTarget(context, './weights.bin')).to.include({ kind: 'weights', path: './weights.bin', weights })
    expect(weights).to.match(/^0x[0-9a-f]{64}$/)
    expect((await parseTarget(context, '.')).kind).to.equal('weights')
  })

  it('is a name when nothing is at the path', async function () {
    for (const name of ['acme/base', 'gpt2', 'https://hub.example/acme/base', 'ipfs://copy']) {
      expect(await parseTarget(context, name)).to.deep.equal({ kind: 'name', name })
    }
  })

  it('is the weights of a model that is elsewhere, whatever is at a path of that name', async function () {
    await mkdir(join(context.cwd, 'hf:acme'), { recursive: true })
    await writeFile(join(context.cwd, 'hf:acme/base'), 'weights')
    const asked: string[] = []
    const fetch = async (url: string): Promise<Response> => {
      asked.push(new URL(url).pathname)
      return new Response('', { status: 404, headers: { 'x-error-code': 'RepoNotFound' } })
    }
    for (const place of ['hf:acme/base', 'https://huggingface.co/acme/base']) {
      const refusal = await parseTarget({ ...context, fetch }, place).catch((error: { code: string }) => error.code)
      expect(refusal).to.equal('HUB_NOT_FOUND')
    }
    expect(asked).to.deep.equal(Array(2).fill('/api/models/acme/base/revision/main'))
    expect((await parseTarget(context, './hf:acme/base')).kind).to.equal('weights')
    expect(parseModelName('hf:acme/base')).to.deep.equal({ kind: 'name', name: 'hf:acme/base' })
  })

  it('is refused when it can be none of these', async function () {
    const refusal = (text: string): Promise<unknown> =>
      parseTarget(context, text).catch((error: Error) => error.message)
    expect(await refusal('./missing')).to.equal('No folder or file at "./missing". Check the path.')
    expect(await refusal('/missing/weights')).to.equal('No folder or file at "/missing/weights". Check the path.')
    expect(await refusal('')).to.contain('A path is empty')
    expect(await refusal('a b')).to.equal(
      'Invalid model "a b": use a model id (0x and 64 hex digits), a URI, or owner/name as on the Hub.',
    )
    expect(await refusal('0x12')).to.contain('"0x12"')
    expect(await refusal('a/b/'.repeat(2000))).to.contain('Invalid model')
  })

  it('says which of two readings it takes', async function () {
    await mkdir(join(context.cwd, 'acme/tiny'), { recursive: true })
    await writeFile(join(context.cwd, 'acme/tiny/weights.bin'), 'weights')
    await mkdir(join(context.cwd, ID))
    notes = ''
    expect((await parseTarget(context, 'acme/tiny')).kind).to.equal('weights')
    expect(notes).to.contain('"acme/tiny" is a path here, so its weights are hashed')
    notes = ''
    expect(await parseTarget(context, ID)).to.deep.equal({ kind: 'id', id: ID })
    expect(notes).to.contain(`write ./${ID}`)
    notes = ''
    await parseTarget(context, './acme/tiny')
    expect(notes).to.equal('')
  })

  it('is not a name where a path cannot be read or is a link to nothing', async function () {
    await symlink('loop', join(context.cwd, 'loop'))
    await symlink('nothing', join(context.cwd, 'dangling'))
    for (const [text, code] of [
      ['loop', 'SYMLINK'],
      ['dangling', 'SYMLINK'],
      ['loop/x', 'FILE'],
    ] as const) {
      const error = await parseTarget(context, text).catch((each: unknown) => each)
      expect(error, text).to.include({ code })
    }
  })
})
