import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(text('package.json'))

type Workflow = { jobs: Record<string, { strategy?: { matrix: Record<string, string[]> }; steps: Step[] }> }
type Step = { uses?: string; run?: string; with?: Record<string, unknown> }

describe('front door', function () {
  it('agrees on the oldest Node of the installed programs', function () {
    const oldest = /^>=([\d.]+)$/.exec(manifest.engines.node)![1]!
    const ci = parse(text('.github/workflows/ci.yml')) as Workflow
    expect(JSON.parse(text('packages/server/package.json')).engines.node).to.equal(`>=${oldest}`)
    expect(ci.jobs.programs!.strategy!.matrix.node![0]).to.equal(oldest)
    for (const page of ['README.md', 'CONTRIBUTING.md', 'packages/server/README.md']) {
      expect(text(page), page).to.contain(`Node ${oldest}`)
    }
  })

  it('agrees on the oldest Node of a checkout', function () {
    const ci = parse(text('.github/workflows/ci.yml')) as Workflow
    const node = ci.jobs.setup!.steps.find(({ uses }) => uses?.startsWith('actions/setup-node'))!.with!['node-version']
    for (const page of ['README.md', 'CONTRIBUTING.md', 'scripts/setup.mjs']) {
      expect(text(page), page).to.contain(`Node ${node} or newer`)
    }
  })

  it('has a page and a license in the folder of each package, which npm publishes with it', function () {
    for (const folder of ['.', 'packages/server']) {
      const { name } = JSON.parse(text(join(folder, 'package.json')))
      expect(text(join(folder, 'README.md')), folder).to.contain(`npm i ${name} `.trimEnd())
      expect(text(join(folder, 'LICENSE')), folder).to.equal(text('LICENSE'))
    }
  })

  it('runs in CI only scripts that package.json has, and only pinned actions', function () {
    for (const path of globSync('.github/workflows/*.yml', { cwd: root })) {
      const yaml = text(path)
      for (const [, script] of yaml.matchAll(/npm run ([\w:]+)/g))
        expect(manifest.scripts, path).to.have.property(script!)
      for (const [, action] of yaml.matchAll(/uses: (\S+)/g)) expect(action, path).to.match(/@v\d+\.\d+\.\d+$/)
    }
  })

  it('has forms and settings that parse', function () {
    const files = globSync('.github/{*.yml,*/*.yml}', { cwd: root })
    expect(files.length).to.be.at.least(8)
    for (const path of files) expect(parse(text(path)), path).to.be.an('object')
  })

  it('lists owners only for folders that are there', function () {
    for (const [, pattern] of text('.github/CODEOWNERS').matchAll(/^\/(\S+)\/ /gm)) {
      expect(globSync(pattern!, { cwd: root, withFileTypes: false }), pattern).to.have.lengthOf(1)
    }
  })

  it('has changesets that raise the version of a package of this repository, in one sentence', function () {
    const names = new Set([manifest.name, JSON.parse(text('packages/server/package.json')).name])
    for (const path of globSync('.changeset/!(README).md', { cwd: root })) {
      const [, front, words] = /^---\n([^]*?)\n---\n\n(.+)\n$/.exec(text(path)) ?? []
      expect(words, path).to.match(/^\S.*\.$/)
      expect(words, path).to.not.match(/[.!?] +[A-Z`]/)
      for (const [name, kind] of Object.entries(parse(front!) as Record<string, string>)) {
        expect(names.has(name), `${path}: ${name}`).to.equal(true)
        expect(kind, path).to.be.oneOf(['patch', 'minor', 'major'])
      }
    }
  })
})
