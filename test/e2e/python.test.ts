import { spawn, spawnSync } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { expect } from 'chai'

import { startWorld, type World } from '../cli/world.ts'
import { someInDepth } from '../fixtures/inDepth.ts'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'dist/src/cli/main.js')
const programs = join(root, 'examples/python')
const MODELS = ['microsoft__phi-2', 'Qwen__Qwen2.5-3B', 'tiiuae__falcon-7b'] as const

type Ran = { code: number | null; stdout: string; stderr: string }

describe('examples/python', function () {
  this.timeout(300_000)
  let world: World
  let python: string

  before(async function () {
    // A version manager's `python3` is a script that looks for the program each time it runs.
    const found = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
    expect(
      found.status,
      'These programs are Python. Install python3 (3.9 or later), which has to be in PATH.',
    ).to.equal(0)
    python = found.stdout.trim()
    world = await startWorld()
    for (const license of ['MIT', 'Qwen-Research']) await world.ok(`terms publish ${license}`)
    for (const name of MODELS) await cp(join(root, 'examples/models', name), join(world.cwd, name), { recursive: true })
    for (const name of MODELS.slice(0, 2)) await world.ok(['register', name])
  })

  after(() => world.stop())

  /** Runs a program by Python without packages of the machine. `stemma` is the built program, or one of the test's. */
  function run(args: readonly string[], env: Record<string, string> = {}, from = programs): Promise<Ran> {
    const [program, ...others] = args as [string, ...string[]]
    const child = spawn(python, ['-S', '-B', join(from, program), ...others], {
      cwd: world.cwd,
      env: { PATH: process.env.PATH, HOME: world.cwd, STEMMA: `'${process.execPath}' '${main}'`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ran: Ran = { code: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.stderr += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ ...ran, code }))
    })
  }

  /** A program in place of `stemma` that prints a text and ends with a code. */
  async function answering(text: string, code: number): Promise<Record<string, string>> {
    const path = join(world.cwd, 'answering')
    await writeFile(join(world.cwd, 'answer.txt'), text)
    await writeFile(path, `#!/bin/sh\ncat '${join(world.cwd, 'answer.txt')}'\nexit ${code}\n`)
    await chmod(path, 0o755)
    return { STEMMA: path }
  }

  it('reads the weights of a model whose use is permitted', async function () {
    const { code, stdout, stderr } = await run(['tensors.py', 'microsoft__phi-2', 'host'])
    expect([code, stdout], stderr).to.deep.equal([0, 'name\n'])
    expect((await run(['tensors.py', 'microsoft__phi-2', 'host,commercial'])).code).to.equal(0)
  })

  it('reads nothing of one whose use is not permitted, unknown or asked for wrongly', async function () {
    const cases = [
      [['Qwen__Qwen2.5-3B', 'host'], 'not-permitted', 1],
      [['Qwen__Qwen2.5-3B', 'research,host'], 'not-permitted', 1],
      [['tiiuae__falcon-7b', 'host'], 'Nobody has registered the weights', 3],
      [['nowhere', 'host'], 'nowhere', 2],
      [['microsoft__phi-2', 'everything'], 'everything', 2],
      [['microsoft__phi-2', '--help'], 'help', 2],
    ] as const
    for (const [args, why, exit] of someInDepth(cases, 2)) {
      const { code, stdout, stderr } = await run(['tensors.py', ...args])
      expect([args, code, stdout]).to.deep.equal([args, 1, ''])
      expect(stderr)
        .to.match(/^Not loaded\. /)
        .and.to.contain(why)
      expect(stderr).to.contain(`(exit code ${exit})`).and.to.not.contain('Traceback')
    }
  })

  it('reads nothing when the weights changed since they were registered', async function () {
    await mkdir(join(world.cwd, 'changed'))
    await copyFile(join(world.cwd, 'microsoft__phi-2/README.md'), join(world.cwd, 'changed/README.md'))
    await writeFile(join(world.cwd, 'changed/model.safetensors'), 'other weights')
    const { code, stdout, stderr } = await run(['tensors.py', 'changed', 'host'])
    expect([code, stdout, stderr.includes('(exit code ')]).to.deep.equal([1, '', true])
  })

  it('reads nothing when the node is down, or never answers', async function () {
    const down = { STEMMA_RPC_URL: 'http://127.0.0.1:1' }
    const refused = await run(['tensors.py', 'microsoft__phi-2', 'host'], down)
    expect([refused.code, refused.stdout]).to.deep.equal([1, ''])
    expect(refused.stderr).to.contain('(exit code 3)')
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await writeFile(
      join(world.cwd, 'hurried.py'),
      `import sys\nsys.path.insert(0, ${JSON.stringify(programs)})\nfrom load_checked import load_checked\nload_checked(sys.argv[1], "host", print, timeout=2)\n`,
    )
    const slow = await run(
      ['hurried.py', 'microsoft__phi-2'],
      { STEMMA_RPC_URL: `http://127.0.0.1:${port}` },
      world.cwd,
    )
    server.closeAllConnections()
    server.close()
    expect([slow.code, slow.stdout]).to.deep.equal([1, ''])
    expect(slow.stderr).to.contain('NotPermittedError: No answer about').and.to.contain('timed out after 2')
  })

  it('reads nothing on what is not an answer, whatever the exit code is', async function () {
    const answer = { verdict: 'permitted', use: 'host' }
    const text = JSON.stringify(answer)
    expect((await run(['tensors.py', 'microsoft__phi-2', 'host'], await answering(text, 0))).code).to.equal(0)
    const answers = [
      ['', 0],
      ['permitted', 0],
      [`${text}${text}`, 0],
      ['\uFFFE', 0],
      ['[]', 0],
      ['null', 0],
      ['"permitted"', 0],
      ['{}', 0],
      ['['.repeat(200_000), 0],
      [JSON.stringify({ ...answer, verdict: 'unknown' }), 0],
      [JSON.stringify({ ...answer, verdict: 'not-permitted' }), 0],
      [JSON.stringify({ ...answer, verdict: ['permitted'] }), 0],
      [JSON.stringify({ ...answer, use: 'research' }), 0],
      [JSON.stringify({ ...answer, version: 2 }), 0],
      [text, 1],
      [text, 2],
      [text, 3],
    ] as const
    for (const [printed, exit] of someInDepth(answers, 3)) {
      const { code, stdout, stderr } = await run(
        ['tensors.py', 'microsoft__phi-2', 'host'],
        await answering(printed, exit),
      )
      expect([printed.slice(0, 60), code, stdout], stderr).to.deep.equal([printed.slice(0, 60), 1, ''])
      expect(stderr).to.match(/^Not loaded\. /)
    }
  })

  it('reads nothing without the program, and starts no shell', async function () {
    const missing = await run(['tensors.py', 'microsoft__phi-2', 'host'], { STEMMA: '/nowhere/stemma' })
    expect([missing.code, missing.stdout]).to.deep.equal([1, ''])
    expect(missing.stderr).to.match(/^Not loaded\. No answer about/)
    const shell = await run(['tensors.py', 'microsoft__phi-2; touch made', 'host; touch made'])
    expect(shell.code).to.equal(1)
    expect(spawnSync('ls', ['made'], { cwd: world.cwd }).status).to.not.equal(0)
  })

  it('imports what reads weights only after the answer', async function () {
    const refused = await run(['serve.py', 'Qwen__Qwen2.5-3B'])
    expect(refused.stderr).to.match(/^Not loaded\. host of /)
    const permitted = await run(['serve.py', 'microsoft__phi-2'])
    expect(permitted.stderr).to.contain("ModuleNotFoundError: No module named 'transformers'")
  })
})
