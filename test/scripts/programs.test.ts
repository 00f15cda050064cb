import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect } from 'chai'

import { inDepth, itInDepth } from '../fixtures/inDepth.ts'

const root = join(import.meta.dirname, '../..')

/** Wrong arguments of each program, which must be refused before anything is done. */
const WRONG: Readonly<Record<string, readonly (readonly string[])[]>> = {
  deploy: [['--nope'], ['more'], ['--review-margin', 'soon'], ['--admin', '0x12'], ['--rpc'], ['--name', '../x']],
  register: [
    [],
    ['a', 'b'],
    ['--nope'],
    ['./absent-folder'],
    ['.', '--relation', 'cousin'],
    ['.', '--card', 'absent.md'],
  ],
  verify: [[], ['acme/a'], ['--use', 'host'], ['a', 'b', '--use', 'host'], ['a', '--credential', '0x12']],
  'index-events': [['--nope'], ['more'], ['--deployment', 'absent-deployment']],
  start: [['--nope'], ['--port', '65536'], ['--api-port', 'x'], ['--port', '8555', '--api-port', '8555']],
  play: [['--nope'], ['more'], ['--engine'], ['--gateway', 'more']],
  upstream: [['--nope'], ['more'], ['--port', '65536']],
  roles: [['--nope'], ['more'], ['--deployment', 'absent-deployment']],
}

describe('programs of scripts/', function () {
  this.timeout(120_000)
  const run = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, ['--conditions=source', join(root, `scripts/${name}.ts`), ...args], {
      encoding: 'utf8',
      env: { ...process.env, STEMMA_DEPLOYMENT: undefined, ...env },
    })

  it('deploy says in one line that the node does not answer, and exits with 3', function () {
    const { status, stdout, stderr } = run('deploy', ['--rpc', 'http://127.0.0.1:1', '--name', 'absent'])
    expect([status, stdout]).to.deep.equal([3, ''])
    expect(stderr).to.match(/^NODE_UNREACHABLE: [^\n]+\n$/)
  })

  it('deploy refuses a key that is not one, without a word of it', function () {
    const { status, stdout, stderr } = run('deploy', [], { STEMMA_PRIVATE_KEY: 'zz-secret' })
    expect([status, stdout]).to.deep.equal([2, ''])
    expect(stderr).to.match(/^USAGE: STEMMA_PRIVATE_KEY is not a private key\. [^\n]+\n$/)
  })

  for (const [name, wrong] of Object.entries(WRONG)) {
    const itFirst = name === 'deploy' ? it : itInDepth
    itFirst(`${name} prints its usage for --help`, function () {
      const { status, stdout } = run(name, ['--help'])
      expect([status, stdout.includes('Usage: ')]).to.deep.equal([0, true])
      expect(stdout).to.not.match(/^ \*/m)
    })

    it(`${name} refuses wrong arguments with exit code 2 and one sentence or two`, function () {
      for (const args of wrong.slice(0, inDepth(1, Infinity))) {
        const { status, stdout, stderr } = run(name, args)
        expect([args, status, stdout]).to.deep.equal([args, 2, ''])
        expect(stderr, args.join(' ')).to.match(/^[^\n]+\n$/)
      }
    })
  }
})
