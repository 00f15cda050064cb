import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { readSmallFile } from './readSmallFile.ts'

/** Where to look for deployments: by default this process's environment and folder. */
export type Surroundings = { env?: NodeJS.ProcessEnv; cwd?: string }

/** A file that the user trusts. */
export type TrustedFile = {
  /** Its absolute path, without symbolic links. */
  path: string
  /** The SHA-256 of its bytes when it was trusted. */
  sha256: string
}

/** What became of a file since it was trusted. */
export type TrustState = 'trusted' | 'changed' | 'missing'

/** The folder of the user's configuration. A relative `XDG_CONFIG_HOME` is ignored: it would mean another one in each folder. */
export function configurationFolder({ env = process.env }: Surroundings = {}): string {
  const { XDG_CONFIG_HOME: chosen, HOME: home } = env
  const folder = chosen !== undefined && isAbsolute(chosen) ? chosen : join(homeOf(home), '.config')
  return join(folder, 'stemma')
}

/**
 * Trusts a file of a deployment as it is now: from here on, its name leads to it, until the file changes. The user's configuration keeps
 * its path and the SHA-256 of its bytes.
 *
 * @example
 * await trustDeployment(await writeDeployment(deployment))
 */
export async function trustDeployment(path: string, surroundings: Surroundings = {}): Promise<TrustedFile> {
  const file = await realpath(resolve(surroundings.cwd ?? process.cwd(), path))
  return trustBytes(file, await readSmallFile(file), surroundings)
}

/** As {@link trustDeployment}, for bytes that were read, and shown to the user, before. */
export async function trustBytes(path: string, bytes: Buffer, surroundings: Surroundings = {}): Promise<TrustedFile> {
  const trusted = { path: await realpath(path), sha256: sha256(bytes) }
  const entry = entryOf(trusted.path, surroundings)
  await mkdir(folderOf(surroundings), { recursive: true, mode: 0o700 })
  const draft = `${entry}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(draft, `${JSON.stringify(trusted, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, entry)
  return trusted
}

/** Whether the user trusts a file with these bytes: `changed` when it was trusted with others. */
export async function isTrusted(
  path: string,
  bytes: Buffer,
  surroundings: Surroundings,
): Promise<'yes' | 'no' | 'changed'> {
  const file = await realpath(path)
  const trusted = await readEntry(entryOf(file, surroundings))
  if (trusted?.path !== file) return 'no'
  return trusted.sha256 === sha256(bytes) ? 'yes' : 'changed'
}

/** Lists the files that the user trusts, by path, and what became of each. */
export async function listTrusted(surroundings: Surroundings = {}): Promise<(TrustedFile & { state: TrustState })[]> {
  const folder = folderOf(surroundings)
  const names = existsSync(folder) ? await readdir(folder) : []
  const entries = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readEntry(join(folder, name))),
  )
  const trusted = entries.filter((entry) => entry !== undefined).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return Promise.all(trusted.map(async (entry) => ({ ...entry, state: await stateOf(entry) })))
}

/** Trusts a file no longer; it may be gone. @throws {@link NotTrustedError} */
export async function removeTrust(path: string, surroundings: Surroundings = {}): Promise<TrustedFile> {
  const given = resolve(surroundings.cwd ?? process.cwd(), path)
  for (const file of new Set([await realpath(given).catch(() => given), given])) {
    const entry = entryOf(file, surroundings)
    const trusted = await readEntry(entry)
    if (trusted === undefined) continue
    await rm(entry, { force: true })
    return trusted
  }
  throw new NotTrustedError(given)
}

/** A path as one word of a shell, so that its name cannot be a command. */
export function shellWord(path: string): string {
  return /^[\w./@:+,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

async function stateOf({ path, sha256: hash }: TrustedFile): Promise<TrustState> {
  try {
    return sha256(await readSmallFile(path)) === hash ? 'trusted' : 'changed'
  } catch {
    return existsSync(path) ? 'changed' : 'missing'
  }
}

/** An entry of the user's trust. One that is missing or broken trusts nothing. */
async function readEntry(entry: string): Promise<TrustedFile | undefined> {
  try {
    const { path, sha256: hash } = JSON.parse((await readSmallFile(entry)).toString('utf8')) as Partial<TrustedFile>
    return typeof path === 'string' && typeof hash === 'string' ? { path, sha256: hash } : undefined
  } catch {
    return undefined
  }
}

/** One file each, so that programs that trust files at once do not undo each other's work. */
function entryOf(path: string, surroundings: Surroundings): string {
  return join(folderOf(surroundings), `${sha256(Buffer.from(path))}.json`)
}

function folderOf(surroundings: Surroundings): string {
  return join(configurationFolder(surroundings), 'trusted')
}

function homeOf(home: string | undefined): string {
  return home !== undefined && isAbsolute(home) ? home : homedir()
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Thrown when a file is to be trusted no longer that was not trusted. */
export class NotTrustedError extends StemmaError {
  override name = 'NotTrustedError'
  constructor(path: string) {
    super('NOT_TRUSTED', `The file ${path} was not trusted. List what is trusted: stemma trust --list.`)
  }
}
