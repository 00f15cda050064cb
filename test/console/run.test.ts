import { Command } from 'commander'
import { expect } from 'chai'

import { EXIT, UsageError, type Context } from '../../src/console/context.ts'
import { runProgram, type CreateProgram } from '../../src/console/run.ts'
import { StemmaError, type ErrorKind } from '../../src/core/errors.ts'

describe('runProgram', function () {
  it('exits with the code that follows from the kind of an error', async function () {
    for (const [kind, code] of [
      ['input', 2],
      ['refused', 2],
      ['finding', 1],
      ['undecided', 3],
      ['unavailable', 3],
    ] as const) {
      const result = await run(throwing(new KindError(kind)))
      expect([kind, result.code, result.stderr]).to.deep.equal([kind, code, `KIND: This error is ${kind}.\n`])
    }
  })

  it('answers an error of anybody else with 3, and its code is UNEXPECTED', async function () {
    const { code, stderr, stdout } = await run(throwing(new TypeError('x is null\u001b[2J')), ['do', '--json'])
    expect([code, stderr]).to.deep.equal([3, 'UNEXPECTED: x is null\ufffd[2J\n'])
    expect(JSON.parse(stdout).error).to.deep.equal({ code: 'UNEXPECTED', message: 'x is null\ufffd[2J', docs: null })
  })

  it('answers a program that cannot be made, as after a broken installation, like any error', async function () {
    const create: CreateProgram = () => Promise.reject(new Error('Cannot find module "x"'))
    expect(await run(create)).to.deep.equal({ code: 3, stdout: '', stderr: 'UNEXPECTED: Cannot find module "x"\n' })
  })

  it('writes the URL of the page of an error with --json', async function () {
    const { stdout } = await run(throwing(new UsageError('Wrong.')), ['do', '--json'])
    expect(JSON.parse(stdout).error).to.deep.equal({
      code: 'USAGE',
      message: 'Wrong.',
      docs: 'https://github.com/stemma-ledger/stemma/blob/main/docs/errors.md#usage',
    })
  })

  it('answers what fails after a stop with INTERRUPTED, and leaves errors of the input as they are', async function () {
    const signal = AbortSignal.abort()
    const failed = await run(throwing(new Error('socket hang up')), ['do'], { signal })
    expect([failed.code, failed.stderr.split(':')[0]]).to.deep.equal([3, 'INTERRUPTED'])
    const wrong = await run(throwing(new UsageError('Wrong.')), ['do'], { signal })
    expect([wrong.code, wrong.stderr]).to.deep.equal([2, 'USAGE: Wrong.\n'])
  })

  it('returns the code of an answer that is not an error, and 0 by default', async function () {
    const create: CreateProgram = (_context, exit) => programWith((command) => command.action(() => exit(EXIT.finding)))
    expect((await run(create)).code).to.equal(1)
    expect((await run(() => programWith((command) => command.action(() => {})))).code).to.equal(0)
  })

  it('hands the arguments to what makes the program', async function () {
    let received: readonly string[] = []
    await run((_context, _exit, args) => {
      received = args
      return programWith((command) => command.action(() => {}))
    })
    expect(received).to.deep.equal(['do'])
  })
})

class KindError extends StemmaError {
  override readonly kind: ErrorKind
  constructor(kind: ErrorKind) {
    super('KIND', `This error is ${kind}.`)
    this.kind = kind
  }
}

function programWith(define: (command: Command) => void): Command {
  const program = new Command('program').exitOverride().configureOutput({ outputError: () => {} })
  define(program.command('do').option('--json'))
  return program
}

function throwing(error: Error): CreateProgram {
  return () =>
    programWith((command) =>
      command.action(() => {
        throw error
      }),
    )
}

async function run(create: CreateProgram, args: readonly string[] = ['do'], more: Partial<Context> = {}) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(create, args, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    env: {},
    cwd: '/',
    now: () => 0,
    signal: new AbortController().signal,
    ...more,
  })
  return { code, stdout, stderr }
}
