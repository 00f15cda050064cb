import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import type { Context } from '../../src/console/context.ts'
import { fileDigest } from '../../src/console/fileDigest.ts'
import { MAX_JSON_BYTES, readJsonFile, readTextFile, writeWhole } from '../../src/console/files.ts'

describe('the files that arguments name', function () {
  let context: Context

  before(async function () {
    const cwd = await mkdtemp(join(tmpdir(), 'stemma-files-'))
    const { signal } = new AbortController()
    context = { cwd, env: {}, stdout: () => {}, stderr: () => {}, now: Date.now, signal }
  })
  after(() => rm(context.cwd, { recursive: true, force: true }))

  async function written(name: string, contents: string | Uint8Array): Promise<string> {
    await writeFile(join(context.cwd, name), contents)
    return name
  }

  const messageOf = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message)

  it('are read as UTF-8, without a byte-order mark', async function () {
    expect(await readJsonFile(context, await written('bom.json', '\ufeff{"a":"é😀"}'))).to.deep.equal({ a: 'é😀' })
    const latin = await written('latin.json', Uint8Array.of(0x22, 0xe9, 0x22))
    expect(await messageOf(readJsonFile(context, latin))).to.equal(
      'The file "latin.json" is not UTF-8. Save it as UTF-8.',
    )
  })

  it('are read up to their limit and no further', async function () {
    expect(await readTextFile(context, await written('a', '12345'), 5)).to.equal('12345')
    const limit = 'The file "a" is too large: at most 4 bytes are read. Use a smaller file.'
    expect(await messageOf(readTextFile(context, 'a', 4))).to.equal(limit)
    await truncate(join(context.cwd, await written('sparse', '')), MAX_JSON_BYTES + 1)
    expect(await messageOf(readJsonFile(context, 'sparse'))).to.include(`at most ${MAX_JSON_BYTES} bytes`)
  })

  it('may be a device that never ends', async function () {
    if (process.platform === 'win32') return
    expect(await messageOf(readTextFile(context, '/dev/zero', 1000))).to.include('is too large')
  })

  it('may not be a named pipe, whose opening cannot be stopped', async function () {
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [join(context.cwd, 'pipe')])
    expect(await messageOf(readJsonFile(context, 'pipe'))).to.include('"pipe" is a named pipe')
  })

  it('are written whole, and never in the place of what is not a file', async function () {
    await writeWhole(context, 'report', 'one')
    await writeWhole(context, 'report', 'two')
    expect(await readTextFile(context, 'report', 10)).to.equal('two')
    expect(await messageOf(writeWhole(context, 'report/x', 'x'))).to.include('a part of its path is a file')
    expect(await messageOf(writeWhole(context, 'x'.repeat(300), 'x'))).to.include('its name is too long')
    expect(await messageOf(writeWhole(context, '.', 'x'))).to.include('it is a folder')
    if (process.platform === 'win32') return
    const path = join(context.cwd, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    expect(await messageOf(writeWhole(context, 'socket', 'x'))).to.include('"socket" cannot be written')
    expect((await stat(path)).isSocket()).to.equal(true)
    server.close()
    execFileSync('mkfifo', [join(context.cwd, 'outlet')])
    expect(await messageOf(writeWhole(context, 'outlet', 'x'))).to.include('is a named pipe')
    expect((await readdir(context.cwd)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([])
  })

  it('are named with the remedy when they cannot be read', async function () {
    expect(await messageOf(readJsonFile(context, 'missing'))).to.include('"missing" cannot be read: it does not exist')
    expect(await messageOf(readJsonFile(context, '.'))).to.include('it is a folder. Name a file')
    expect(await messageOf(fileDigest(context, 'missing'))).to.include('it does not exist')
    expect(await messageOf(readJsonFile(context, ''))).to.include('A path is empty')
  })

  it('are hashed in parts', async function () {
    const contents = 'x'.repeat(300_000)
    const expected = createHash('sha256').update(contents).digest('hex')
    expect(await fileDigest(context, await written('large', contents))).to.equal(`0x${expected}`)
  })
})
