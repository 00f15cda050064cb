import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { parseDeployment, type Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'

/** The folder, beside the work at hand, in which deployments are kept: `<name>.json` each. */
export const DEPLOYMENTS_FOLDER = '.stemma/deployments'

/** Where to look for deployments: by default this process's environment and folder. */
export type Surroundings = { env?: NodeJS.ProcessEnv; cwd?: string }

/**
 * Finds a deployment by name or by path. Without either, `STEMMA_DEPLOYMENT` says which, and without that it is `local`.
 * A name is looked up in `.stemma/deployments/` of the current folder and of those above it, then in that of the user's
 * configuration (`$XDG_CONFIG_HOME/stemma/deployments`, by default `~/.config/stemma/deployments`).
 *
 * @throws {@link DeploymentNotFoundError} naming the places that were searched
 * @throws `InvalidDeploymentError` when the file is malformed
 */
export async function findDeployment(which?: string, surroundings: Surroundings = {}): Promise<Deployment> {
  const { env = process.env, cwd = process.cwd() } = surroundings
  const wanted = which ?? env.STEMMA_DEPLOYMENT ?? 'local'
  const isPath = wanted.endsWith('.json') || wanted.includes('/')
  const places = isPath
    ? [resolve(cwd, wanted)]
    : foldersOf({ env, cwd }).map((folder) => join(folder, `${wanted}.json`))
  const path = places.find((place) => existsSync(place))
  if (path === undefined) throw new DeploymentNotFoundError(wanted, places)
  return readDeployment(path)
}

/** Lists the deployments that {@link findDeployment} finds by name, nearest first, each name once. */
export async function listDeployments(surroundings: Surroundings = {}): Promise<Deployment[]> {
  const found = new Map<string, Deployment>()
  for (const folder of foldersOf(surroundings)) {
    const names = existsSync(folder) ? await readdir(folder) : []
    for (const name of names.filter((file) => file.endsWith('.json')).toSorted()) {
      if (!found.has(name)) found.set(name, await readDeployment(join(folder, name)))
    }
  }
  return [...found.values()]
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

async function readDeployment(path: string): Promise<Deployment> {
  const text = await readFile(path, 'utf8')
  try {
    return parseDeployment(JSON.parse(text))
  } catch (error) {
    throw new UnreadableDeploymentError(path, error)
  }
}

function foldersOf({ env = process.env, cwd = process.cwd() }: Surroundings): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(join(folder, DEPLOYMENTS_FOLDER))
    if (dirname(folder) === folder) break
  }
  const configuration = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config')
  return [...folders, join(configuration, 'stemma', 'deployments')]
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

/** Thrown when a deployment's file cannot be used. */
export class UnreadableDeploymentError extends StemmaError {
  override name = 'UnreadableDeploymentError'
  constructor(path: string, cause: unknown) {
    super('UNREADABLE_DEPLOYMENT', `The deployment file ${path} cannot be used. ${(cause as Error).message}`, { cause })
  }
}
