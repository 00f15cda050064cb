import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'src/cli/main.ts')

/** What a run of the program gave, and the modules that it loaded: files of this package, names of packages, and Node's own. */
type Run = { status: number | null; stdout: string; stderr: string; modules: string[] }

describe('the bin stemma', function () {
  this.timeout(30_000)

  it('loads nothing but itself for --version', function () {
    const { status, stdout, modules } = run('--version')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect([status, stdout]).to.deep.equal([0, `${version}\n`])
    expect(modules.filter((name) => !name.startsWith('node:'))).to.deep.equal(['src/cli/main.ts', 'src/cli/version.ts'])
  })

  it('loads no command for --help', function () {
    const { status, stdout, modules } = run('--help')
    expect(status).to.equal(0)
    expect(stdout).to.contain('Usage: stemma')
    expect(modules.filter((name) => name.startsWith('src/cli/commands/'))).to.deep.equal([])
    expect(modules).to.include('commander').and.to.not.include('ethers')
  })

  it('loads only the command that runs or prints its help, and of ethers nothing where no ledger is asked', function () {
    const digest = run('digest', 'examples/guide/acme__tiny-chat')
    expect(digest.status).to.equal(0)
    expect(commandsOf(digest)).to.deep.equal(['src/cli/commands/registry/digest.ts'])
    expect(digest.modules).to.not.include('ethers')
    const help = run('credential', 'grant', '--help')
    expect(help.status).to.equal(0)
    expect(commandsOf(help)).to.deep.equal(['src/cli/commands/licensing/credentialGrant.ts'])
  })

  it('says on an older Node which one it needs, and exits with 2', function () {
    for (const version of ['12.22.12', '20.20.2', '22.17.1']) {
      const { status, stdout, stderr } = asVersion(version)
      expect([version, status, stdout, stderr]).to.deep.equal([
        version,
        2,
        '',
        `stemma needs Node 22.18 or newer, and this is Node ${version}. Install a newer Node.\n`,
      ])
    }
    for (const version of ['22.18.0', '23.0.0', '24.1.0'])
      expect([version, asVersion(version).status]).to.deep.equal([version, 0])
  })

  it('is compiled to what an older Node reads, where one is installed', function () {
    const old = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path) && isOld(path))
    if (old === undefined) return
    const folder = mkdtempSync(join(tmpdir(), 'stemma-old-node-'))
    try {
      const { outputText } = ts.transpileModule(readFileSync(main, 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      })
      writeFileSync(join(folder, 'main.mjs'), outputText)
      const { status, stderr } = spawnSync(old, [join(folder, 'main.mjs'), 'verify', 'x'], { encoding: 'utf8' })
      expect([status, stderr.trimEnd().split('\n').length]).to.deep.equal([2, 1])
      expect(stderr).to.contain('stemma needs Node 22.18 or newer')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function run(...args: string[]): Run {
  const hook = join(import.meta.dirname, 'loaded.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', hook, main, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const urls = [...stderr.matchAll(/^loaded (.+)$/gm)].map(([, url]) => url!)
  return { status, stdout, stderr, modules: [...new Set(urls.map(nameOf))] }
}

/** A file of this package by its path, a package by its name. */
function nameOf(url: string): string {
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
  return name ?? url.replace(`file://${root}/`, '')
}

function commandsOf({ modules }: Run): string[] {
  return modules.filter((name) => name.startsWith('src/cli/commands/'))
}

/** Runs `stemma --version` in a process that says that it is another Node. */
function asVersion(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, main, '--version'],
    {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  )
}

function isOld(path: string): boolean {
  const [major] = execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1).split('.').map(Number)
  return major! < 22
}
