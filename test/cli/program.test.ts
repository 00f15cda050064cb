import { expect } from 'chai'

import type { Context } from '../../src/console/context.ts'
import { CATALOG, type CommandEntry, type CommandGroup } from '../../src/cli/catalog.ts'
import { MOVED_COMMANDS } from '../../src/cli/movedCommands.ts'
import { runCli } from '../../src/cli/run.ts'
import { commandNames, helpOf } from './reference.ts'

/** The words that DESIGN gives to the top, of the commands that exist. */
const TOP = [
  'verify',
  'show',
  'list',
  'search',
  'ancestry',
  'path',
  'lock',
  'export',
  'share',
  'digest',
  'draft',
  'register',
  'import',
  'method',
  'model',
  'batch',
  'claim',
  'terms',
  'tier',
  'credential',
  'weights',
  'review',
  'usage',
  'wait',
  'publisher',
  'roles',
  'watch',
  'trust',
  'deployment',
  'keystore',
]

describe('commands of stemma', function () {
  it('stand at the top only where the design names them', function () {
    const names = CATALOG.flatMap(({ entries }) => entries.map(wordOf))
    expect(names).to.deep.equal(TOP)
  })

  for (const [earlier, current] of Object.entries(MOVED_COMMANDS)) {
    it(`answers "stemma ${earlier}" with its new name, ${current}`, async function () {
      for (const more of [[], ['x', '--bogus', '--use', 'y'], ['--help']]) {
        const { code, stderr, stdout } = await run([...earlier.split(' '), ...more])
        expect([code, stdout]).to.deep.equal([2, ''])
        expect(stderr)
          .to.match(/^MOVED_COMMAND: /)
          .and.to.contain(`"stemma ${earlier}" is now "${current}"`)
      }
      const { stdout } = await run([...earlier.split(' '), '--json'])
      expect(JSON.parse(stdout).error.code).to.equal('MOVED_COMMAND')
    })
  }

  it('have new names that exist, and no command stands at an earlier one', async function () {
    const names = commandNames()
    for (const [earlier, current] of Object.entries(MOVED_COMMANDS)) {
      expect(names).to.not.include(earlier)
      if (current.startsWith('stemma-server ')) continue
      const words = current.replace(/^stemma /, '').replace(/ --.*/, '')
      expect(
        names.some((name) => name === words || name.startsWith(`${words} `)),
        current,
      ).to.equal(true)
    }
    expect(await helpOf('register')).to.contain('--signed <file|url>')
  })

  it('print the same help for `help <command>` as for `<command> --help`', async function () {
    const { code, stdout } = await run(['help', 'credential', 'grant'])
    expect([code, stdout.trim()]).to.deep.equal([0, await helpOf('credential grant')])
    expect((await run(['help'])).stdout).to.equal((await run(['--help'])).stdout)
  })

  it('print help and exit with 2 when no command is named', async function () {
    for (const args of [[], ['credential'], ['publisher', 'operators']]) {
      const { code, stdout, stderr } = await run(args)
      expect([code, stderr]).to.deep.equal([2, ''])
      expect(stdout).to.equal((await run([...args, '--help'])).stdout)
    }
  })

  it('suggest the command, the option and the choice that was meant', async function () {
    const suggestions = [
      [['verfy'], 'Did you mean verify?'],
      [['credential', 'grent'], 'Did you mean grant?'],
      [['show', 'a/b', '--jsn'], 'Did you mean --json?'],
      [['ancestry', 'a/b', '--format', 'mermaids'], 'Did you mean "mermaid"?'],
      [['verify', 'a/b', '--use', 'comercial'], 'Did you mean "commercial"?'],
      [['claim', 'list', '--state', 'fild'], 'Did you mean "filed"?'],
      [['verify', 'a/b', '--use', 'host', '--fact', 'monthlyRevenueUSD=1'], 'Did you mean "monthlyRevenueUsd"?'],
    ] as const
    for (const [args, suggestion] of suggestions) {
      const { code, stderr } = await run(args)
      expect([args, code]).to.deep.equal([args, 2])
      expect(stderr).to.contain(suggestion)
    }
  })

  it('name the option that holds a wrong value', async function () {
    const address = '0x12'
    const wrong = [
      [['claim', 'list', '--claimant', address], 'INVALID_ADDRESS: --claimant: "0x12" is not an address.'],
      [['claim', 'list', '--claimant=0x12'], 'INVALID_ADDRESS: --claimant: '],
      [['verify', 'a/b', '--use', 'host', '--licensee', address], 'INVALID_ADDRESS: --licensee: '],
      [['verify', 'a/b', '--use', 'fly'], 'UNKNOWN_WORD: --use: Invalid right "fly": use one of research, '],
      [['publisher', 'profile', 'show', '--json', address], 'INVALID_ADDRESS: "0x12" is not an address.'],
    ] as const
    for (const [args, start] of wrong) {
      const { code, stderr } = await run(args)
      expect([args, code]).to.deep.equal([args, 2])
      expect(stderr.slice(0, start.length)).to.equal(start)
    }
  })
})

function wordOf(entry: CommandEntry | CommandGroup): string {
  return 'load' in entry ? entry.usage.split(' ')[0]! : entry.name
}

async function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', '']
  const context: Context = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    env: {},
    cwd: '/nowhere',
    now: () => 0,
    signal: new AbortController().signal,
  }
  const code = await runCli(args, context)
  return { code, stdout, stderr }
}
