import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { expect } from 'chai'

import { openLedger } from '../../src/sdk/connect.ts'
import { drawCase } from '../../tools/readme-picture.ts'
import { startLedgerInFolder, type LedgerInFolder } from '../fixtures/localLedger.ts'
import { commandsIn, matches, type PageCommand } from './transcript.ts'

const root = join(import.meta.dirname, '../..')

const PAGES = ['README.md', ...globSync('docs/guides/*.md', { cwd: root }).toSorted()]

/** Commands that other tests run: this very run, test/e2e/start.test.ts, test/e2e/dapp.test.ts, and the test that installs both packages. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'npm start',
  'npm run dapp',
  'npm test',
  'npm i stemma',
  'npm i @stemma/server',
])

type Outcome = { printed: string; status: number }

/** How many pages run at a time, which they may because they use separate accounts and models. */
const AT_ONCE = 3

/** Separates the outputs of a page's commands. */
const END = '\u0001end '

/** How a page's commands run here: as the built program, without npm's half second before each. */
const PRELUDE = `
stemma() { node '${root}/dist/src/cli/main.js' "$@"; }
npm() { [ "$1 $2 $3 $4" = 'run -s stemma --' ] || return 127; shift 4; stemma "$@"; }
exec 2>&1
`

/**
 * Runs what a checkout has, as npx does: it ends by a signal without passing it on. What a checkout does not have, npx asks the registry for,
 * where anybody may have taken the name; what is built is not there after npm start.
 */
const NPX = `#!/bin/sh
[ "$1" = node ] || { echo "npx would ask the registry for $1"; exit 1; }
"$@"
`

describe('docs', function () {
  let ledger: LedgerInFolder
  /** The results of each page's commands. */
  let outcomes: Map<string, { commands: PageCommand[]; ran: Outcome[] }>

  before(async function () {
    this.timeout(900_000)
    const pages = PAGES.map((page) => {
      const all = commandsIn(readFileSync(join(root, page), 'utf8'))
      return [page, all.filter(({ command }) => !ELSEWHERE.has(bare(command)))] as const
    })
    await checkPorts(pages.flatMap(([, commands]) => commands))
    ledger = await startLedgerInFolder()
    outcomes = new Map()
    const left = pages.values()
    const runThoseLeft = async (): Promise<void> => {
      for (const [page, commands] of left) outcomes.set(page, { commands, ran: await run(page, commands) })
    }
    await Promise.all(Array.from({ length: AT_ONCE }, runThoseLeft))
  })

  after(() => ledger?.close())

  for (const page of PAGES) {
    it(`${page} shows commands that do what it says`, function () {
      const { commands, ran } = outcomes.get(page)!
      expect(commands.length).to.be.greaterThan(0)
      for (const [index, { command, code, output, line }] of commands.entries()) {
        const where = `${page}:${line}: ${command}`
        expect(ran[index], `${where}\nwas not run`).to.not.equal(undefined)
        const { printed, status } = ran[index]!
        expect(status, `${where}\n${printed}`).to.equal(code)
        if (output !== undefined) {
          expect(matches(output, printed), `${where}\nshows\n${output}\nand printed\n${printed}`).to.equal(true)
        }
      }
    })
  }

  it('names the number of models that npm start registers', async function () {
    for (const page of ['README.md', 'examples/README.md']) {
      expect(await readFile(join(root, page), 'utf8')).to.contain(`${ledger.models.size} real models`)
    }
  })

  it('README.md shows the lineage as the ledger has it', async function () {
    const drawn = await drawCase(openLedger(ledger.provider, ledger.deployment))
    const remedy = 'run: node --conditions=source tools/readme-picture.ts'
    expect(await readFile(join(root, 'docs/images/lineage.svg'), 'utf8'), remedy).to.equal(drawn)
  })

  it('shows no TypeScript but that of examples, which are run or compiled', async function () {
    const programs = await Promise.all(
      globSync('examples/{,dapp/,dapp/src/}*.ts', { cwd: root }).map((file) => readFile(join(root, file), 'utf8')),
    )
    let blocks = 0
    for (const page of PAGES) {
      for (const [, code] of (await readFile(join(root, page), 'utf8')).matchAll(/^```ts\n([^]*?)^```$/gm)) {
        expect(
          programs.some((program) => unindented(program).includes(unindented(code!))),
          `${page}:\n${code}`,
        ).to.equal(true)
        blocks += 1
      }
    }
    expect(blocks).to.be.at.least(2)
  })

  it('shows no Python but that of examples, whose tests run it', async function () {
    const files = globSync('examples/python/*.py', { cwd: root })
    const programs = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
    const pages = await Promise.all(PAGES.map((page) => readFile(join(root, page), 'utf8')))
    const blocks = pages.flatMap((text) => Array.from(text.matchAll(/^```python\n([^]*?)^```$/gm), ([, code]) => code!))
    expect(blocks.length).to.be.at.least(2)
    for (const code of blocks)
      expect(
        programs.some((program) => program.includes(code)),
        code,
      ).to.equal(true)
  })

  it('runs every program of examples', async function () {
    const texts = await Promise.all(PAGES.map((page) => readFile(join(root, page), 'utf8')))
    for (const file of globSync('examples/*.ts', { cwd: root })) {
      expect(
        texts.some((text) => text.includes(`$ npx node -C source ${file}`)),
        file,
      ).to.equal(true)
    }
  })

  /** Runs the commands of a page in one shell, in a folder of its own that looks like a checkout. */
  async function run(page: string, commands: readonly PageCommand[]): Promise<Outcome[]> {
    const cwd = join(ledger.folder, page.replaceAll('/', '-'))
    await mkdir(cwd)
    for (const name of ['examples', 'dist', 'scripts', 'packages', 'node_modules'])
      await symlink(join(root, name), join(cwd, name))
    const bin = join(cwd, '.bin')
    await mkdir(bin)
    await writeFile(join(bin, 'npx'), NPX, { mode: 0o755 })
    const script = commands.map(({ command }) => `${command}\nprintf '${END}%s\\n' "$?"\n`).join('')
    const child = spawn('sh', ['-c', PRELUDE + script], {
      cwd,
      env: {
        PATH: `${bin}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
        HOME: cwd,
        XDG_CONFIG_HOME: join(ledger.folder, '.config'),
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ledger.folder, 'compiled'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    for await (const part of child.stdout.setEncoding('utf8')) text += part
    const parts = text.split(END)
    return parts.slice(1).map((part, index) => ({
      printed: withoutLedger(index === 0 ? parts[0]! : parts[index]!.slice(parts[index]!.indexOf('\n') + 1)),
      status: Number(/^\d+/.exec(part)![0]),
    }))
  }
})

describe('commands of a page', function () {
  it('are read with how they end and what they print', function () {
    const page =
      '# A\n\n```console\n$ a \\\n> b # exit code 1\nwith …\n\nmore\n$ c\n```\n\n```ts\n$ no\n```\n\n```sh\nd # says\n```\n'
    expect(commandsIn(page)).to.deep.equal([
      { command: 'a \\\nb # exit code 1', code: 1, output: 'with …\n\nmore\n', line: 4 },
      { command: 'c', code: 0, output: '', line: 9 },
      { command: 'd # says', code: 0, output: undefined, line: 17 },
    ])
  })

  it('match what was printed, but for what an ellipsis stands for', function () {
    expect(matches('a … d', 'a b\nc d\n')).to.equal(true)
    expect(matches('a.', 'ab')).to.equal(false)
    expect(matches('', 'more')).to.equal(false)
    expect(matches('a', 'a\nb')).to.equal(false)
  })
})

/** Without the line on standard error that names the ledger, which docs/cli.md describes and other pages leave out. */
function withoutLedger(printed: string): string {
  return printed.replaceAll(/^Ledger: [^\n]*\n/gm, '')
}

/** Fails at once where a program has a port that a page's command listens on, as one of an interrupted run may. */
async function checkPorts(commands: readonly PageCommand[]): Promise<void> {
  const ports = new Set(commands.flatMap(({ command }) => /--port (\d+).*&$/.exec(command)?.[1] ?? []))
  for (const port of ports) {
    const probe = createServer()
    const isFree = await new Promise((resolve) => {
      probe.once('error', () => resolve(false)).listen(Number(port), '127.0.0.1', () => resolve(true))
    })
    probe.close()
    expect(
      isFree,
      `Port ${port} is taken, perhaps by an interrupted run of this test: end what listens on it.`,
    ).to.equal(true)
  }
}

function bare(command: string): string {
  return command.replace(/\s*#.*$/, '')
}

/** Without the indentation of lines, which the formatter takes from what a page shows of a function. */
function unindented(code: string): string {
  return code.replaceAll(/^ +/gm, '')
}
