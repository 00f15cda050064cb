import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { KEYS, startWorld, type World } from '../cli/world.ts'

/** A world with a repository that uses models: `good` is permitted, `closed` is not, and `wild` is unknown. */
export type UsedModels = World & {
  good: string
  closed: string
  wild: string
  /** The deployment file, from the repository. */
  ledger: string
  /** Writes a lock file of some of the models, and returns its name. */
  lockOf(file: string, names: readonly string[]): Promise<string>
}

/** Registers the models. The deployment of the repository is not trusted by any configuration, as in CI. */
export async function startUsedModels(): Promise<UsedModels> {
  const world = await startWorld()
  for (const license of ['MIT', 'CC-BY-NC-4.0']) await world.ok(`terms publish ${license}`)
  await world.folder('acme__good', 'license: mit')
  const { model: good } = await world.ok('register acme__good')
  await world.folder('beta__closed', 'license: cc-by-nc-4.0')
  const { model: closed } = await world.ok('register beta__closed', { as: 'beta' })
  await world.folder('wild__cat', 'license: mit')
  const { model: wild } = await world.ok('register wild__cat', { as: 'stranger' })
  const more: Record<string, string[]> = { [wild]: ['--accept-publisher', KEYS.stranger.address] }
  return {
    ...world,
    good,
    closed,
    wild,
    ledger: join('.stemma', 'deployments', 'local.json'),
    lockOf: async (file, models) => {
      await rm(join(world.cwd, file), { force: true })
      for (const model of models) {
        await world.ok(['lock', 'add', model, '--use', 'commercial', '--lock', file, ...(more[model] ?? [])])
      }
      return file
    },
  }
}

/** Changes the text of a file. */
export async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')))
}
