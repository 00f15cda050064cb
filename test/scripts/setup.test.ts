import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

describe('scripts/setup.mjs', function () {
  it('refuses an argument that it does not know', function () {
    const { status, stderr } = spawnSync('node', [join(root, 'scripts/setup.mjs'), 'stop'], { encoding: 'utf8' })
    const expected = 'Invalid arguments "stop": use install, start, test or nothing. Use --help for the usage.\n'
    expect([status, stderr]).to.deep.equal([2, expected])
  })

  it('prints its usage for --help, and sets up nothing', function () {
    const { status, stdout, stderr } = spawnSync('node', [join(root, 'scripts/setup.mjs'), '--help'], {
      encoding: 'utf8',
    })
    expect([status, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.contain('Usage: npm run setup -- [install | start | test]')
  })

  describe('in a checkout', function () {
    let checkout: string

    beforeEach(function () {
      checkout = mkdtempSync(join(tmpdir(), 'stemma-setup-'))
      mkdirSync(join(checkout, 'scripts'))
      cpSync(join(root, 'scripts/setup.mjs'), join(checkout, 'scripts/setup.mjs'))
    })

    afterEach(() => rmSync(checkout, { recursive: true, force: true }))

    /** Without a PATH there is no npx, so nothing is downloaded. */
    const setUp = () =>
      spawn(process.execPath, [join(checkout, 'scripts/setup.mjs'), 'start'], { stdio: 'pipe', env: { PATH: '' } })

    it('waits for another set-up to end, reports a step that fails, and frees its lock', async function () {
      mkdirSync(join(checkout, '.stemma'))
      const lock = join(checkout, '.stemma/setup.lock')
      writeFileSync(lock, String(process.pid))
      const child = setUp()
      const stderr = child.stderr.setEncoding('utf8')
      let text = ''
      stderr.on('data', (part: string) => (text += part))
      await new Promise((resolve) => stderr.once('data', resolve))
      expect(text).to.equal(`Set-up: waiting for process ${process.pid}, which sets up this checkout …\n`)
      rmSync(lock)
      const status = await new Promise((resolve) => child.once('close', resolve))
      expect(text).to.match(/Set-up: installing the locked packages …\nnpx .* failed: spawnSync npx ENOENT\.\n$/)
      expect([status, existsSync(lock)]).to.deep.equal([1, false])
    })

    it('names a folder that it cannot write', async function () {
      writeFileSync(join(checkout, '.stemma'), 'a file, and not a folder')
      const child = setUp()
      let text = ''
      child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part))
      const status = await new Promise((resolve) => child.once('close', resolve))
      expect([status, text]).to.deep.equal([
        2,
        `Cannot write ${join(checkout, '.stemma')} (EEXIST). Make the checkout writable, or use a checkout of your own.\n`,
      ])
    })
  })
})
