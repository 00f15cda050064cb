import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { parseDeployment, type Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { configurationFolder, isTrusted, shellWord, type Surroundings } from './trust.ts'
import { readSmallFile } from './readSmallFile.ts'

/** The folder, beside the work at hand, in which deployments are kept: `<name>.json` each. */
export const DEPLOYMENTS_FOLDER = '.stemma/deployments'

/** A deployment, and the file that states it. */
export type LocatedDeployment = { deployment: Deployment; path: string }

/** A deployment that a name can stand for. */
export type ListedDeployment = LocatedDeployment & {
  /** Whether the name leads to it: it is in the user's configuration, or the user trusts the file as it is now. */
  trusted: boolean
}

/**
 * Finds a deployment by name or by path. Without either, `STEMMA_DEPLOYMENT` says which, and without that it is `local`.
 *
 * A name is looked up in the user's configuration (`$XDG_CONFIG_HOME/stemma/deployments`, by default
 * `~/.config/stemma/deployments`), then in `.stemma/deployments/` of the current folder and of those above it. A file of the latter may
 * have come with a download, so it counts only while the user trusts it: `trustDeployment`, `stemma trust`. The same holds for a
 * relative path in `STEMMA_DEPLOYMENT`, which means another file in each folder.
 *
 * @throws {@link DeploymentNotFoundError} naming the places that were searched
 * @throws {@link UntrustedDeploymentError} when the nearest file is not trusted as it is now
 * @throws {@link UnreadableDeploymentError} when the file is malformed
 */
export async function findDeployment(which?: string, surroundings: Surroundings = {}): Promise<Deployment> {
  return (await locateDeployment(which, surroundings)).deployment
}

/** As {@link findDeployment}, and also names the file. */
export async function locateDeployment(which?: string, surroundings: Surroundings = {}): Promise<LocatedDeployment> {
  const { env = process.env, cwd = process.cwd() } = surroundings
  const wanted = which ?? (env.STEMMA_DEPLOYMENT || 'local')
  if (wanted.endsWith('.json') || wanted.includes('/')) {
    const path = resolve(cwd, wanted)
    if (!existsSync(path)) throw new DeploymentNotFoundError(wanted, [path])
    const isOwn = which !== undefined || path === wanted
    return isOwn ? (await readDeployment(path)).located : readTrusted(path, surroundings)
  }
  const own = join(configurationFolder(surroundings), 'deployments', `${wanted}.json`)
  if (existsSync(own)) return (await readDeployment(own)).located
  const places = foldersAbove(cwd).map((folder) => join(folder, DEPLOYMENTS_FOLDER, `${wanted}.json`))
  const path = places.find((place) => existsSync(place))
  if (path === undefined) throw new DeploymentNotFoundError(wanted, [own, ...places])
  return readTrusted(path, surroundings)
}

/** Lists the deployments that a name can stand for, the user's own first, then those of nearer folders; each name once. */
export async function listDeployments(surroundings: Surroundings = {}): Promise<ListedDeployment[]> {
  const { cwd = process.cwd() } = surroundings
  const own = join(configurationFolder(surroundings), 'deployments')
  const found = new Map<string, ListedDeployment>()
  for (const folder of [own, ...foldersAbove(cwd).map((each) => join(each, DEPLOYMENTS_FOLDER))]) {
    for (const path of await deploymentsIn(folder)) {
      const name = path.slice(folder.length)
      if (found.has(name)) continue
      const { located, bytes } = await readDeployment(path)
      found.set(name, { ...located, trusted: folder === own || (await isTrusted(path, bytes, surroundings)) === 'yes' })
    }
  }
  return [...found.values()]
}

/** The files of deployments in the nearest folder, from the current one upwards, that holds any. */
export async function nearestDeployments(cwd: string): Promise<string[]> {
  for (const folder of foldersAbove(cwd)) {
    const files = await deploymentsIn(join(folder, DEPLOYMENTS_FOLDER))
    if (files.length > 0) return files
  }
  return []
}

/** Reads a file of a deployment that is named by its path. @throws {@link UnreadableDeploymentError} */
export async function readDeployment(path: string): Promise<{ located: LocatedDeployment; bytes: Buffer }> {
  try {
    const bytes = await readSmallFile(path)
    return { located: { deployment: parseDeployment(JSON.parse(bytes.toString('utf8'))), path }, bytes }
  } catch (error) {
    throw new UnreadableDeploymentError(path, error)
  }
}

/** Writes a deployment to `.stemma/deployments/<name>.json` of a folder, whole or not at all, and returns the path. */
export async function writeDeployment(deployment: Deployment, folder: string = process.cwd()): Promise<string> {
  const path = join(folder, DEPLOYMENTS_FOLDER, `${parseDeployment(deployment).name}.json`)
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(deployment, null, 2)}\n`)
  await rename(draft, path)
  return path
}

/** Reads a file that the user has to trust. What is hashed is what is used: the file is read once. */
async function readTrusted(path: string, surroundings: Surroundings): Promise<LocatedDeployment> {
  const { located, bytes } = await readDeployment(path)
  const trusted = await isTrusted(path, bytes, surroundings)
  if (trusted !== 'yes') throw new UntrustedDeploymentError(located, trusted === 'changed')
  return located
}

async function deploymentsIn(folder: string): Promise<string[]> {
  const names = existsSync(folder) ? await readdir(folder) : []
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name))
}

function foldersAbove(cwd: string): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (dirname(folder) === folder) return folders
  }
}

/** Thrown when there is no deployment of a name, or no file at a path. */
export class DeploymentNotFoundError extends StemmaError {
  override name = 'DeploymentNotFoundError'
  constructor(wanted: string, places: readonly string[]) {
    super(
      'DEPLOYMENT_NOT_FOUND',
      `There is no deployment "${wanted}". Start a local ledger with npm start in a clone of Stemma, or name a deployment by --deployment or STEMMA_DEPLOYMENT. Looked for ${places.join(', ')}.`,
    )
  }
}

/** Thrown when a deployment's file lies in a folder at hand, and the user does not trust it as it is now. */
export class UntrustedDeploymentError extends StemmaError {
  override name = 'UntrustedDeploymentError'
  constructor({ deployment, path }: LocatedDeployment, hasChanged: boolean) {
    const { chainId, contracts } = deployment
    const why = hasChanged ? 'has changed since you trusted it' : 'is not trusted: it may have come with a download'
    super(
      'DEPLOYMENT_UNTRUSTED',
      `The deployment file ${path} ${why}. It names the ledger ${contracts.ledger} on chain ${chainId}. If that is the ledger you mean, run: stemma trust ${shellWord(path)}. Otherwise choose another by --deployment.`,
    )
  }
}

/** Thrown when a deployment's file cannot be used. */
export class UnreadableDeploymentError extends StemmaError {
  override name = 'UnreadableDeploymentError'
  constructor(path: string, cause: unknown) {
    super('UNREADABLE_DEPLOYMENT', `The deployment file ${path} cannot be used. ${(cause as Error).message}`, { cause })
  }
}
