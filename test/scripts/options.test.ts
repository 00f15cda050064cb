import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

describe('programs of scripts and bench', function () {
  for (const path of ['tools/coverage.ts', 'tools/mutate.ts', 'tools/test-anvil.ts', 'bench/digest.ts']) {
    it(`${path} says what it does and how it is used`, function () {
      const { status, stdout } = spawnSync(process.execPath, [join(root, path), '--help'], { encoding: 'utf8' })
      expect([status, stdout.includes('Usage:') || stdout.includes(`node ${path}`)]).to.deep.equal([0, true])
      expect(stdout).to.not.match(/^ \*/m)
    })
  }

  it('refuse an option that they do not know, and a value that cannot be', function () {
    for (const [path, ...args] of [
      ['tools/prove.ts', '--nope'],
      ['tools/prove.ts', '--only', 'NoProof'],
      ['tools/check.ts', 'no check'],
      ['bench/digest.ts', '--runs', 'many'],
    ] as const) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, path), ...args], { encoding: 'utf8' })
      expect([status, stdout], path).to.deep.equal([2, ''])
      expect(stderr, path).to.match(/^[^\n]+ Use --help for the usage\.\n$/)
    }
  })
})
