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

/** A key that is known to all. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
/** A pickle that imports what is in no list. */
const UNLISTED = Buffer.from('\x80\x04cown_layers\nLayer\n.', 'latin1')

describe('stemma weights scan', function () {
  let cwd: string
  let env: NodeJS.ProcessEnv
  let now = Date.now

  before(function () {
    cwd = mkdtempSync(join(tmpdir(), 'stemma-scan-'))
    env = { HOME: cwd }
    mkdirSync(join(cwd, '.git'))
    mkdirSync(join(cwd, 'own/.stemma'), { recursive: true })
    writeFileSync(join(cwd, 'own/layers.pkl'), UNLISTED)
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
      env,
      cwd,
      now,
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

  it('prints a report too, and places what is in one file at that file', async function () {
    const { code, stdout } = await run('scan', 'models/tiny/w.bin', '--format', 'sarif')
    const [{ results }] = JSON.parse(stdout).runs
    expect(code).to.equal(1)
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).to.equal('models/tiny/w.bin')
  })

  it('refuses two forms at once', async function () {
    const { code, stderr } = await run('scan', 'models/tiny', '--format', 'sarif', '--json')
    expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 2 && text.includes('USAGE'))
  })

  it('prints a report that somebody else made, and compares it with what was attested', async function () {
    const { stdout } = await run('report', 'report.json', '--json')
    const { digest, matches, document } = JSON.parse(stdout)
    expect([matches, document.verdict]).to.deep.equal([null, 'failed'])
    expect((await run('report', 'report.json', '--digest', digest)).stdout).to.match(/^Failed: do not load it/)
    const other = await run('report', 'report.json', '--digest', `0x${'1'.repeat(64)}`, '--json')
    expect([other.code, JSON.parse(other.stdout).matches]).to.deep.equal([1, false])
    const lie = { ...JSON.parse(fileOf('report.json')), verdict: 'passed' }
    writeFileSync(join(cwd, 'lie.json'), JSON.stringify(lie))
    const refused = await run('report', 'lie.json', '--json')
    expect([refused.code, JSON.parse(refused.stdout).error.code]).to.deep.equal([2, 'INVALID_SCAN_REPORT'])
  })

  it('passes over a rule by an override until it ends, and every later report has it', async function () {
    const scan = async (...more: string[]) => {
      const { code, stdout } = await run('scan', 'own', '--engines', 'none', '--json', ...more)
      return { code, ...(JSON.parse(stdout) as { digest: string; document: any }) }
    }
    const plain = await scan()
    expect([plain.code, plain.document.verdict]).to.deep.equal([3, 'unknown'])
    const rule = plain.document.findings.find(({ level }: { level: string }) => level === 'unknown').rule
    const asked = ['override', 'own', '--rule', rule, '--reason', 'read by two', '--for', '2d']
    const prefix = ['--digest-prefix', plain.document.weights.slice(2, 10)]
    expect((await run(...asked, ...prefix)).stderr).to.contain('MISSING_KEY')
    env = { HOME: cwd, STEMMA_PRIVATE_KEY: KEY }
    expect((await run(...asked)).stderr).to.contain('OVERRIDE_REFUSED')
    expect((await run(...asked, ...prefix, '--for', '8d')).stderr).to.contain('OVERRIDE_REFUSED')
    const signed = await run(...asked, ...prefix, '--json')
    expect([signed.code, signed.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 0 && /guard/.test(text),
    )
    const passed = await scan('--report', 'own.json', '--report', 'own.md')
    expect([passed.code, passed.document.verdict, passed.document.verdictWithOverrides]).to.deep.equal([
      0,
      'unknown',
      'passed',
    ])
    expect(passed.document.overrides).to.deep.equal([JSON.parse(signed.stdout)])
    const { stdout } = await run('scan', 'own', '--engines', 'none', '--report', 'own.json', '--report', 'own.md')
    expect(stdout)
      .to.match(/With overrides: passed/)
      .and.to.contain('read by two')
    expect(fileOf('own.md')).to.contain('With the overrides below: **passed**')
    // It binds nobody else who reads the report.
    const read = await run('report', 'own.json')
    expect(read.code).to.equal(3)
    expect(read.stdout)
      .to.match(/With overrides: passed/)
      .and.to.contain('read by two')
    const forged = { ...JSON.parse(fileOf('own.json')) }
    forged.overrides[0].until += 1
    writeFileSync(join(cwd, 'forged.json'), JSON.stringify(forged))
    expect((await run('report', 'forged.json')).stderr).to.contain('INVALID_SCAN_REPORT')
    now = () => Date.now() + 3 * 86_400_000
    const ended = await scan()
    expect([ended.code, ended.document.verdictWithOverrides]).to.deep.equal([3, null])
    expect(ended.document.overrides).to.have.length(1)
    now = Date.now
    env = { HOME: cwd }
  })

  it('does not take an override of a hostile rule unless the policy names it', async function () {
    env = { HOME: cwd, STEMMA_PRIVATE_KEY: KEY }
    const { weights } = JSON.parse(fileOf('report.json'))
    const asked = ['override', 'models/tiny', '--rule', 'pickle.call', '--reason', 'drill']
    const prefix = ['--digest-prefix', weights.slice(2, 10)]
    expect((await run(...asked, ...prefix)).stderr).to.contain('findings of pickle.call are hostile')
    const policy = { version: 1, scan: { overrides: { rules: ['pickle.call', 'pickle.import'] } } }
    writeFileSync(join(cwd, 'policy.json'), JSON.stringify(policy))
    expect((await run(...asked, ...prefix, '--policy', 'policy.json')).code).to.equal(0)
    const { code } = await run('scan', 'models/tiny', '--engines', 'none', '--policy', 'policy.json')
    expect(code).to.equal(1)
    writeFileSync(
      join(cwd, 'policy.json'),
      JSON.stringify({ ...policy, scan: { overrides: { rules: ['everything'] } } }),
    )
    expect((await run('scan', 'models/tiny', '--policy', 'policy.json')).stderr).to.contain('INVALID_POLICY')
    env = { HOME: cwd }
  })

  it('calls engines that are on PATH, unless it is asked not to', async function () {
    const bin = join(cwd, 'bin')
    mkdirSync(bin)
    writeFileSync(
      join(bin, 'clamscan'),
      `#!/bin/sh\n[ "$1" = --version ] && { echo 'ClamAV 1.4.3/1/x'; exit; }\nfor each; do list=\${each#--file-list=}; done\nwhile IFS= read -r file; do echo "$file: Own.Test FOUND"; done < "$list"\n`,
      { mode: 0o755 },
    )
    env = { HOME: cwd, PATH: bin }
    const { stdout } = await run('scan', 'own', '--json')
    const { engines, findings } = JSON.parse(stdout).document
    expect(engines.map(({ engine, engineVersion }: any) => [engine, engineVersion])).to.deep.equal([
      ['clamav', '1.4.3'],
    ])
    expect(findings.filter(({ engine }: any) => engine === 'clamav')).to.have.length(1)
    expect((await run('scan', 'own', '--engines', 'clamv')).stderr).to.contain('Did you mean "clamav"?')
    env = { HOME: cwd }
  })
})
