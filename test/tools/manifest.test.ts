import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { publishedManifest, readPublishedManifest, type PackageManifest } from '../../tools/manifest.ts'

const root = join(import.meta.dirname, '../..')

const MANIFEST: PackageManifest = {
  name: '@example/server',
  version: '2.0.0',
  scripts: { prepack: 'x' },
  workspaces: ['packages/server'],
  devDependencies: { mocha: '^11.0.0' },
  exports: {
    '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './a/*': './a/*',
  },
  dependencies: { example: 'file:../..', ethers: '^6.0.0' },
}

describe('the published manifest', function () {
  it('has versions in place of folders, and nothing that is of use in a checkout alone', function () {
    expect(publishedManifest(MANIFEST, (folder) => (folder === '../..' ? '1.2.3' : 'unexpected'))).to.deep.equal({
      name: '@example/server',
      version: '2.0.0',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './a/*': './a/*' },
      dependencies: { example: '1.2.3', ethers: '^6.0.0' },
    })
  })

  it('of @stemma/server names the version of stemma in this checkout', function () {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageManifest
    expect(readPublishedManifest(join(root, 'packages/server')).dependencies).to.include({ stemma: version })
  })

  describe('written by npm', function () {
    let folder: string

    beforeEach(function () {
      folder = mkdtempSync(join(tmpdir(), 'stemma-manifest-'))
      mkdirSync(join(folder, 'packages/server'), { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{ "name": "example", "version": "1.2.3" }')
      writeFileSync(join(folder, 'packages/server/package.json'), `${JSON.stringify(MANIFEST)}\n\n`)
    })

    afterEach(() => rmSync(folder, { recursive: true }))

    const run = (command: string): void => {
      execFileSync(process.execPath, [join(root, 'tools/manifest.ts'), command], {
        cwd: join(folder, 'packages/server'),
      })
    }

    it('stands in for the one of the checkout, which comes back byte by byte, even after an interruption', function () {
      const path = join(folder, 'packages/server/package.json')
      const before = readFileSync(path, 'utf8')
      run('pack')
      run('pack')
      expect(JSON.parse(readFileSync(path, 'utf8'))).to.have.nested.property('dependencies.example', '1.2.3')
      run('unpack')
      expect(readFileSync(path, 'utf8')).to.equal(before)
      expect(existsSync(`${path}.checkout`)).to.equal(false)
    })

    it('is refused for any other command', function () {
      expect(() => run('publish')).to.throw('Invalid command "publish"')
    })
  })
})
