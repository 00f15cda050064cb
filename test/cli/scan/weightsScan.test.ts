import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { runCli } from '../../../src/cli/run.ts'
import type { Context } from '../../../src/console/context.ts'
import { sarifValidator } from '../../fixtures/sarifSchema.ts'

/** A pickle that would run a command. */
const PICKLE = Buffer.from('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.', 'latin1')

describe('stemma weights scan', function () {
  let cwd: string

  before(function () {
    cwd = mkdtempSync(join(tmpdir(), 'stemma-scan-'))
    mkdirSync(join(cwd, '.git'))
    mkdirSync(join(cwd, 'models/tiny'), { recursive: true })
    writeFileSync(join(cwd, 'models/tiny/w.bin'), PICKLE)
  })

  after(function () {
    rmSync(cwd, { recursive: true })
  })

  const run = async (...args: string[]) => {
    let [stdout, stderr] = ['', '']
    const context: Context = {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env: { HOME: cwd },
      cwd,
      now: Date.now,
      signal: AbortSignal.timeout(60_000),
    }
    const code = await runCli(['weights', ...args], context)
    return { code, stdout, stderr }
  }
  const fileOf = (name: string): string => readFileSync(join(cwd, name), 'utf8')

  it('writes its report by the extension of the file, and its digest is always that of the JSON', async function () {
    const files = ['report.json', 'report.sarif', 'report.md']
    const { code, stdout } = await run('scan', 'models/tiny', '--json', ...files.flatMap((file) => ['--report', file]))
    const { digest, document } = JSON.parse(stdout)
    expect([code, document.verdict]).to.deep.equal([1, 'failed'])
    expect(digest).to.equal(`0x${createHash('sha256').update(fileOf('report.json')).digest('hex')}`)
    const [{ properties, results }] = JSON.parse(fileOf('report.sarif')).runs
    expect(properties.report).to.equal(digest)
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).to.equal('models/tiny/w.bin')
    expect(sarifValidator()?.(JSON.parse(fileOf('report.sarif')))).to.not.equal(false)
    expect(fileOf('report.md')).to.contain(digest)
  })

  it('prints what it would write', async function () {
    for (const [format, file] of [
      ['json', 'report.json'],
      ['sarif', 'report.sarif'],
      ['markdown', 'report.md'],
    ] as const) {
      const { code, stdout } = await run('scan', 'models/tiny', '--format', format)
      expect([code, stdout]).to.deep.equal([1, fileOf(file)])
    }
  })

  it('places what is in one file at that file', async function () {
    const { stdout } = await run('scan', 'models/tiny/w.bin', '--format', 'sarif')
    const [{ results }] = JSON.parse(stdout).runs
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).to.equal('models/tiny/w.bin')
  })

  it('refuses two forms at once', async function () {
    const { code, stderr } = await run('scan', 'models/tiny', '--format', 'sarif', '--json')
    expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 2 && text.includes('USAGE'))
  })
})
