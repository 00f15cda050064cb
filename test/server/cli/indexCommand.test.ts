import { join } from 'node:path'

import { expect } from 'chai'

import { openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { startWorld, type World } from '../../cli/world.ts'
import { serverRun, type ServerRun } from './world.ts'

describe('stemma-server index', function () {
  let world: World
  let model: string

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
    model = (await world.ok('register acme__base --terms none')).model
  })

  after(() => world.stop())

  /** Runs a command. By its clock, which stands still, no second passes in which a line of progress would be due. */
  const run = (args: string, now = () => 0): Promise<ServerRun> => serverRun(world, args.split(' '), { now })
  const fails = async (args: string): Promise<[exit: number, code: string | undefined]> => {
    const { code, stdout, stderr } = await run(`${args} --json`)
    const { error } = JSON.parse(stdout) as { error: { code: string; docs: string } }
    expect(error.docs).to.contain('docs/errors.md#')
    expect(stderr).to.contain(`${error.code}: `)
    return [code, error.code]
  }

  const count = async (file: string, table = 'models'): Promise<unknown> => {
    const database = openDatabase(join(world.cwd, file))
    const [row] = await database.all(`SELECT count(*) AS count FROM ${table}`)
    await database.close()
    return row!.count
  }

  for (const where of ['ftp://keeper:secret@host/x', 'mysql://host/x', 'postgres://[', 'postgres://host:port/x']) {
    it(`refuses ${where} as a database, and does not repeat a password`, async function () {
      const { code, stdout, stderr } = await run(`index --once --database ${where}`)
      expect([code, stdout]).to.deep.equal([2, ''])
      expect(stderr).to.match(/^INVALID_DATABASE: .* Name a file, or postgres:\/\/user/)
      expect(stderr).to.not.contain('secret')
    })
  }

  it('indexes once, and continues where it stopped', async function () {
    const first = await run('index --once --database a.sqlite')
    expect([first.code, first.stderr]).to.deep.equal([0, ''])
    expect(first.stdout).to.match(
      /^The database is empty\.\nCaught up with block \d+: \d+ events in [\d.]+ seconds\.\n$/,
    )
    await world.folder('acme__next', 'license: mit')
    await world.ok('register acme__next --terms none')
    const second = await run('index --once --database a.sqlite')
    expect(second.stdout).to.match(/^The database is at block \d+\.\nCaught up with block \d+: 1 event in/)
    expect(await count('a.sqlite')).to.equal(2)
  })

  it('shows defaults in its help as one types them', async function () {
    const { stdout } = await run('index --help')
    expect(stdout.replaceAll(/\s+/g, ' ')).to.contain('a reorganization may replace (default: 128)')
  })

  it('fits into 80 columns with the help of every command, which has an example and the shape of its JSON', async function () {
    const commands = ['index', 'api', 'gateway', 'gateway key add', 'gateway key list', 'gateway key end', 'scanner']
    for (const command of commands) {
      const { code, stdout } = await run(`${command} --help`)
      expect([command, code]).to.deep.equal([command, 0])
      expect(stdout, command).to.contain(`$ stemma-server ${command}`)
      expect(stdout, command).to.contain('With --json:')
      for (const line of stdout.split('\n')) expect([...line].length, `${command}: ${line}`).to.be.at.most(80)
    }
  })

  it('prints how far it is once a second', async function () {
    let time = 0
    const { stdout } = await run('index --once --database e.sqlite', () => (time += 1000))
    const lines = stdout.trim().split('\n')
    expect(lines.length).to.be.greaterThan(2)
    for (const line of lines.slice(1, -1)) expect(line).to.match(/^block \d+ of \d+: \d+ events?, [\d,]+ a second$/)
  })

  it('goes on with the next node when one does not answer', async function () {
    const { code, stdout, stderr } = await run(
      `index --once --database d.sqlite --rpc http://127.0.0.1:1 --rpc ${world.rpcUrl}`,
    )
    expect([code, stdout.includes('Caught up with block')]).to.deep.equal([0, true])
    expect(stderr).to.match(/^127\.0\.0\.1:1: The node cannot be reached/)
  })

  it('prints its steps as JSON lines, and names the database after the deployment by default', async function () {
    const { code, stdout } = await run('index --once --json')
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).to.equal(0)
    const kinds = reports.map(({ kind }) => kind)
    expect([...new Set(kinds)]).to.deep.equal(['started', 'batch', 'caught-up', 'indexes'])
    expect(reports[kinds.lastIndexOf('batch')].total).to.equal(await count('.stemma/local.sqlite', 'events'))
    expect(await count('.stemma/local.sqlite')).to.equal(2)
  })

  it('follows the chain, serves its status, and stops cleanly', async function () {
    const stop = new AbortController()
    let [stdout, stderr] = ['', '']
    const done = serverRun(world, ['index', '--json', '--database', 'b.sqlite', '--metrics-port', '0'], {
      onStdout: (text) => void (stdout += text),
      onStderr: (text) => void (stderr += text),
      signal: stop.signal,
    })
    try {
      const address = await until(async () => /http:\/\/[\d.:]+/.exec(stderr)?.[0])
      await until(async () => ((await fetch(`${address}/ready`)).status === 200 ? true : undefined))
      const ready = (await (await fetch(`${address}/ready`)).json()) as { ready: boolean; events: number }
      const events = await count('.stemma/local.sqlite', 'events')
      expect([ready.ready, ready.events]).to.deep.equal([true, events])
      expect((await fetch(`${address}/health`)).status).to.equal(200)
      expect(await (await fetch(`${address}/metrics`)).text()).to.contain(`\nstemma_index_events_total ${events}\n`)
      expect((await fetch(`${address}/other`)).status).to.equal(404)
      expect((await fetch(`${address}/ready`, { method: 'POST' })).status).to.equal(405)

      expect(await fails('index --once --database b.sqlite')).to.deep.equal([2, 'DATABASE_LOCKED'])
      await world.ok(`model retire ${model} --reason old`)
      await until(async () => (stdout.includes('"events":1,') ? true : undefined))
    } finally {
      stop.abort()
    }
    expect((await done).code).to.equal(0)
  })

  it('refuses invalid input and foreign databases', async function () {
    expect(await fails('index --once --depth 0')).to.deep.equal([2, 'USAGE'])
    expect(await fails('index --once --metrics-port 70000')).to.deep.equal([2, 'USAGE'])
    expect(await fails('index --once --agree')).to.deep.equal([2, 'USAGE'])
    const twice = 'index --once --agree --rpc http://127.0.0.1:1 --rpc http://127.0.0.1:1/'
    expect(await fails(twice)).to.deep.equal([2, 'USAGE'])
    expect(await fails('index --once --rpc http://127.0.0.1:1 --rpc nothing')).to.deep.equal([2, 'USAGE'])
    expect(await fails('index --once --database ')).to.deep.equal([2, 'INVALID_DATABASE'])
    await world.file('text.sqlite', 'this is not a database, but long enough to be read as one'.repeat(100))
    expect(await fails('index --once --database text.sqlite')).to.deep.equal([3, 'DATABASE'])
    const { code, stderr } = await run('index --once --database c.sqlite --rpc http://127.0.0.1:1 --timeout 1')
    expect([code, stderr.split(':')[0]]).to.deep.equal([3, 'NODE_FAILURE'])
  })
})

describe('stemma-server', function () {
  const here = { cwd: process.cwd() }

  it('prints its version', async function () {
    const { code, stdout } = await serverRun(here, ['--version'])
    expect(code).to.equal(0)
    expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('lists its commands, an example and its exit codes', async function () {
    const { code, stdout } = await serverRun(here, ['--help'])
    expect(code).to.equal(0)
    for (const line of ['  index ', '  api ', '$ stemma-server index --once', 'Exit codes: 0 done']) {
      expect(stdout).to.contain(line)
    }
  })

  it('names itself in its errors and exits with 2', async function () {
    const { code, stderr } = await serverRun(here, ['index', '--nothing'])
    expect([code, stderr]).to.deep.equal([2, "USAGE: unknown option '--nothing'. See stemma-server index --help.\n"])
    const origin = await serverRun(here, ['api', '--origin', 'example', '--database', 'x.sqlite'])
    expect([origin.code, origin.stderr]).to.deep.equal([
      2,
      'USAGE: Invalid origin "example": use a scheme and a host, such as https://stemma.example.\n',
    ])
    for (const [url, fault] of [
      ['ftp://node.example', 'Invalid --public-rpc "ftp://node.example": use an http(s) or ws(s) URL.'],
      ['https://node.example', '--public-rpc needs a ledger. Name it with --deployment.'],
    ] as const) {
      const run = await serverRun(here, ['api', '--public-rpc', url, '--database', 'x.sqlite'])
      expect([run.code, run.stderr]).to.deep.equal([2, `USAGE: ${fault}\n`])
    }
  })
})

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error('Nothing came within 30 seconds.')
    await new Promise((next) => setTimeout(next, 20))
  }
}
