import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect } from 'chai'
import { parse, parseAllDocuments } from 'yaml'

import type { CodeQualityIssue } from '../../src/interop/codeQuality.ts'
import { tagTree, writeActionTree } from '../../tools/tag-action.ts'
import { runFile } from './runnerOf.ts'
import { startUsedModels, type UsedModels } from './usedModels.ts'

type Template = [
  { spec: { inputs: Record<string, { default?: unknown; type?: string; regex?: string }> } },
  Record<string, Job>,
]
type Job = {
  variables: Record<string, string>
  before_script: string[]
  script: string[]
  allow_failure: { exit_codes: number[] }
  artifacts: { when: string; reports: { codequality: string } }
}
type Outcome = { code: number; log: string; issues: CodeQualityIssue[] | undefined }

/** Where Node and the programs of the system are. */
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

describe('what CI runs', function () {
  let world: UsedModels
  let folder: string
  let tree: string

  before(async function () {
    this.timeout(120_000)
    folder = await mkdtemp(join(tmpdir(), 'stemma-templates-'))
    tree = join(folder, 'tree')
    await writeActionTree(tree)
    world = await startUsedModels()
  })

  after(async () => {
    await world.stop()
    await rm(folder, { recursive: true })
  })

  describe('templates/stemma.gitlab-ci.yml', function () {
    /** The template with inputs put in, as GitLab does: into the text, before it reads the second document. */
    const jobOf = async (inputs: Record<string, string>): Promise<Job> => {
      const text = await readFile(join(tree, 'templates/stemma.gitlab-ci.yml'), 'utf8')
      const [{ spec }] = parseAllDocuments(text).map((document) => document.toJS()) as Template
      const names = Array.from(text.matchAll(/\$\[\[ inputs\.([\w-]+) \]\]/g), ([, name]) => name!)
      expect(new Set(names)).to.deep.equal(new Set(Object.keys(spec.inputs)))
      const filled = text.replaceAll(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name: string) => {
        const value = inputs[name] ?? spec.inputs[name]!.default
        expect(value, `the input ${name} is required`).to.not.equal(undefined)
        return typeof value === 'string' ? value : JSON.stringify(value)
      })
      const [, jobs] = parseAllDocuments(filled).map((document) => document.toJS()) as Template
      return Object.values(jobs)[0]!
    }
    /** Runs the script of the job as the runner of GitLab does: in one shell that stops at the first failure. */
    const run = async (inputs: Record<string, string>): Promise<Outcome> => {
      const job = await jobOf({ deployment: world.ledger, ...inputs })
      const report = join(world.cwd, job.artifacts.reports.codequality)
      await rm(report, { force: true })
      const command = join(folder, 'bin/stemma')
      await mkdir(dirname(command), { recursive: true })
      await writeFile(command, `#!/bin/sh\nexec node '${join(tree, 'dist/action/stemma.js')}' "$@"\n`)
      await chmod(command, 0o755)
      const env = { ...job.variables, HOME: folder, PATH: `${dirname(command)}:${PATH}` }
      const { code, log } = await runFile('sh', ['-ec', job.script.join('\n')], world.cwd, env)
      const text = await readFile(report, 'utf8').catch(() => undefined)
      return { code, log, issues: text === undefined ? undefined : (JSON.parse(text) as CodeQualityIssue[]) }
    }

    it('installs one version of the package, and no exit code passes by default', async function () {
      const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
      const job = await jobOf({ deployment: 'ledger.json' })
      expect(job.variables.STEMMA_VERSION).to.equal(version)
      expect(job.before_script).to.deep.equal(['npm install --global --no-audit --no-fund "stemma@$STEMMA_VERSION"'])
      expect([0, 1, 2, 3].some((code) => job.allow_failure.exit_codes.includes(code))).to.equal(false)
      expect(job.artifacts.when).to.equal('always')
    })

    it('passes what is permitted', async function () {
      await world.lockOf('stemma.lock.json', [world.good])
      const { code, issues, log } = await run({})
      expect([code, issues], log).to.deep.equal([0, []])
    })

    it('reports what is not permitted and what is unknown at the lines of the lock file', async function () {
      await world.lockOf('other.lock.json', [world.good, world.closed])
      const { code, issues } = await run({ lock: 'other.lock.json' })
      expect(code).to.equal(1)
      const lines = (await readFile(join(world.cwd, 'other.lock.json'), 'utf8')).split('\n')
      const line = lines.findIndex((each) => each.includes(world.closed)) + 1
      expect(issues![0]).to.deep.include({
        severity: 'blocker',
        location: { path: 'other.lock.json', lines: { begin: line } },
      })
      // Without the publisher that the lock file trusts, its word does not count.
      await world.lockOf('other.lock.json', [world.wild])
      await world.file('policy.json', { version: 1, trustedPublishers: [] })
      const unknown = await run({ lock: 'other.lock.json', policy: 'policy.json' })
      expect([unknown.code, unknown.issues![0]!.severity]).to.deep.equal([3, 'major'])
    })

    it('fails when the node is down, and for a bad lock file, without a report', async function () {
      const down = await run({ 'rpc-url': 'http://127.0.0.1:1' })
      expect([down.code, down.issues]).to.deep.equal([3, undefined])
      await world.file('bad.lock.json', '{')
      const bad = await run({ lock: 'bad.lock.json' })
      expect([bad.code, bad.issues]).to.deep.equal([2, undefined])
    })

    it('takes no input as a part of a command', async function () {
      for (const name of ['lock', 'facts', 'policy', 'rpc-url']) {
        const { code, log } = await run({ [name]: 'x"; touch taken; echo "$(touch taken)' })
        expect(code, log).to.equal(2)
      }
      expect(await readFile(join(world.cwd, 'taken')).catch(() => undefined)).to.equal(undefined)
    })
  })

  describe('.pre-commit-hooks.yaml', function () {
    type Hook = { id: string; entry: string; language: string; files: string; pass_filenames: boolean }

    it('installs from the tag without a network, and fails a commit by what the lock file names', async function () {
      this.timeout(120_000)
      const repository = join(folder, 'repository')
      const git = (...args: string[]): string => {
        const identity = ['-c', 'user.name=ci', '-c', 'user.email=ci@acme.example']
        const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { encoding: 'utf8' })
        expect(status, stderr).to.equal(0)
        return stdout.trim()
      }
      git('init', '--quiet', repository)
      git('-C', repository, 'commit', '--quiet', '--allow-empty', '-m', 'main')
      const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
      const { tag, major } = tagTree(repository, tree, version)
      expect([tag, major]).to.deep.equal([`v${version}`, `v${version.split('.')[0]}`])
      expect(git('-C', repository, 'status', '--short')).to.equal('')
      expect(() => tagTree(repository, tree, version)).to.throw(/already exists/)

      // What pre-commit does for a hook in Node.
      const clone = join(folder, 'clone')
      git('clone', '--quiet', '--branch', tag, repository, clone)
      const [hook] = parse(await readFile(join(clone, '.pre-commit-hooks.yaml'), 'utf8')) as [Hook]
      const prefix = join(folder, 'prefix')
      const env = {
        HOME: folder,
        PATH,
        npm_config_prefix: prefix,
        npm_config_offline: 'true',
        npm_config_audit: 'false',
      }
      const npm = ['install', '--install-links', '--allow-git=root', '-g', `git+file://${clone}`]
      const installed = await runFile('npm', npm, clone, env)
      expect(installed.code, installed.log).to.equal(0)

      expect(hook).to.deep.include({ id: 'stemma-lock', language: 'node', pass_filenames: false })
      expect(new RegExp(hook.files).test('stemma.lock.json')).to.equal(true)
      const commit = (ledger: string): ReturnType<typeof runFile> => {
        const environment = { HOME: folder, PATH: `${prefix}/bin:${PATH}`, STEMMA_DEPLOYMENT: ledger }
        return runFile('sh', ['-c', hook.entry], world.cwd, environment)
      }
      const own = join(world.cwd, world.ledger)
      await world.lockOf('stemma.lock.json', [world.good])
      expect((await commit(own)).code).to.equal(0)
      await world.lockOf('stemma.lock.json', [world.closed])
      const refused = await commit(own)
      expect([refused.code, refused.log.includes('not permitted')]).to.deep.equal([1, true])
      // A deployment that came with the repository does not count until somebody trusts it.
      expect((await commit('local')).log).to.contain('DEPLOYMENT_UNTRUSTED')
    })
  })
})
