import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { exitCodeOf, runCommand } from '../../src/guard/runCommand.ts'

describe('runCommand', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stemma-run-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const run = (command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    runCommand(command, {
      cwd: folder,
      env: { PATH: process.env.PATH, MARK: folder, ...env },
      graceSeconds: 1,
      mark: 'MARK',
    })
  const isRunning = (pid: number): boolean => {
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'latin1')
      return !state.slice(state.lastIndexOf(')')).startsWith(') Z')
    } catch {
      return false
    }
  }

  it('reports exit codes and signals as a shell does', async function () {
    for (const [script, code] of [
      ['exit 3', 3],
      ['kill -9 $$', 137],
      ['kill -15 $$', 143],
    ] as const) {
      const end = await (await run(['sh', '-c', script])).ended
      expect([exitCodeOf(end), end.left]).to.deep.equal([code, 0])
    }
  })

  it('reports a program that is missing or not executable as a shell does', async function () {
    writeFileSync(join(folder, 'text'), 'no program')
    for (const [program, exitCode] of [
      ['stemma-no-such-program', 127],
      ['./nothing', 127],
      ['./text/below', 127],
      ['./text', 126],
      ['.', 126],
      ['text', 126],
    ] as const) {
      const error = await run([program], { PATH: `${folder}:/nowhere` }).catch((cause: unknown) => cause)
      expect(error, program).to.include({ code: 'COMMAND_NOT_STARTED', exitCode })
    }
  })

  it('ends what the command leaves behind: in its group, in another session, and without parents', async function () {
    const script = `sh -c 'echo $$ >> pids; exec sleep 1000' &
      setsid sh -c 'echo $$ >> pids; trap "" TERM; sleep 1000 & wait; sleep 1000' &
      (setsid sh -c 'echo $$ >> pids; exec sleep 1000' &)
      until [ "$(wc -l < pids 2> /dev/null)" = 3 ]; do sleep 0.05; done; exit 5`
    const end = await (await run(['sh', '-c', script])).ended
    expect(end.code).to.equal(5)
    expect(end.left).to.be.greaterThan(2)
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    expect(pids.filter(isRunning)).to.deep.equal([])
  })

  it('leaves this process as it was: a pipe that is closed does not kill it', async function () {
    await (
      await run(['true'])
    ).ended
    const reader = spawn('sh', ['-c', 'exec 0<&-; echo closed; exec sleep 1000'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(reader.stdout, 'data')
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => reader.stdin.once('error', resolve))
    reader.stdin.write('nobody reads this')
    const error = await failed.finally(() => reader.kill())
    expect(error.code).to.equal('EPIPE')
  })

  it('ends the command when the guard is killed, where a program of the system can', async function () {
    const guard = spawn(process.execPath, ['-C', 'source', join(import.meta.dirname, 'runForever.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH },
    })
    let printed = ''
    guard.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    while (!printed.includes('ready')) await once(guard.stdout, 'data')
    const closed = once(guard.stdout, 'close')
    guard.kill('SIGKILL')
    // The command holds the pipe too: it closes when both have ended.
    await closed
    expect(printed).to.equal('ready\nSIGTERM\n')
  })
})
