import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { JsonRpcProvider } from 'ethers'

import { draftFolder } from '../../src/artifacts/draftFolder.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import type { Address, ModelId } from '../../src/core/hex.ts'
import { modelIdOf } from '../../src/core/registration.ts'
import type { RegistrationDraft } from '../../src/documents/draft.ts'
import { termsIdOfLicense } from '../../src/documents/license.ts'
import { licenseOfDraft } from '../../src/documents/licenseNames.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { hubUri } from '../../src/core/modelName.ts'
import { prepareRegistration } from '../../src/sdk/registry/prepareRegistration.ts'
import { readRegistrations } from '../../src/sdk/registry/readRegistrations.ts'
import { registerModels } from '../../src/sdk/registry/registerModels.ts'
import { accredit } from './accredit.ts'
import { readAccounts } from './accounts.ts'

/** Which of the example models to register. */
export type ExampleOptions = {
  /** The folder of the model folders. */
  folder: string
  /** Names of models; with their ancestors, they are all that is registered. Everything by default. */
  only?: readonly string[]
}

/**
 * Registers the real lineages of a folder of model folders, each owner by an account of its own that the local node manages, and
 * a generation of models in as few transactions as possible. Leaves models that are registered as they are.
 *
 * @returns the ids by name, and how many were new
 */
export async function publishExamples(
  provider: JsonRpcProvider,
  deployment: Deployment,
  { folder, only }: ExampleOptions,
): Promise<{ models: Map<string, ModelId>; added: number }> {
  const [licenses, known, drafts, ownerOf] = await Promise.all([
    loadLicenses(),
    readRegistrations(openLedger(provider, deployment), {}),
    readDrafts(folder),
    ownersOf(provider, folder),
  ])
  const models = new Map<string, ModelId>()
  let waiting: RegistrationDraft[] = []
  for (const draft of only ? withAncestors(drafts, only) : drafts) {
    const found = known.find(({ registration }) => registration.uri === hubUri(draft.name))
    if (found) models.set(draft.name, found.model)
    else waiting.push(draft)
  }
  const added = waiting.length
  while (waiting.length > 0) {
    const generation = waiting.filter(({ parents }) => parents.every(({ model }) => models.has(model)))
    if (generation.length === 0) {
      throw new Error(`The parents of ${waiting.map(({ name }) => name).join(', ')} are not in ${folder}.`)
    }
    const owners = [...new Set(generation.map(({ name }) => ownerOf(name)))]
    await accredit(provider, deployment, owners)
    const registered = await Promise.all(
      owners.map(async (owner) => {
        const group = generation.filter(({ name }) => ownerOf(name) === owner)
        const ledger = openLedger(await provider.getSigner(owner), deployment)
        const parents = Object.fromEntries(models)
        const registrations = await Promise.all(
          group.map((draft) => {
            const terms = termsIdOfLicense(licenseOfDraft(licenses, draft))
            return prepareRegistration(ledger, { draft, publisher: owner, terms, parents })
          }),
        )
        await registerModels(ledger, { registrations })
        return registrations.map((registration, index) => [group[index]!.name, modelIdOf(registration)] as const)
      }),
    )
    for (const [name, model] of registered.flat()) models.set(name, model)
    waiting = waiting.filter(({ name }) => !models.has(name))
  }
  return { models, added }
}

async function readDrafts(folder: string): Promise<RegistrationDraft[]> {
  const drafts: RegistrationDraft[] = []
  for (const name of await modelFolders(folder)) {
    drafts.push((await draftFolder(join(folder, name), { cache: false })).draft)
  }
  return drafts
}

/** The drafts of some models and of what they were made from. */
function withAncestors(drafts: readonly RegistrationDraft[], names: readonly string[]): RegistrationDraft[] {
  const wanted = new Set(names)
  for (const name of wanted) {
    const parents = drafts.find((draft) => draft.name === name)?.parents ?? []
    for (const { model } of parents) wanted.add(model)
  }
  return drafts.filter(({ name }) => wanted.has(name))
}

/** The account of each model's owner: owners in alphabetical order have the node's accounts in turn. */
async function ownersOf(provider: JsonRpcProvider, folder: string): Promise<(name: string) => Address> {
  const owners = [...new Set((await modelFolders(folder)).map((name) => name.split('__')[0]!))].toSorted()
  const { owners: accounts } = await readAccounts(provider)
  if (accounts.length < owners.length) {
    throw new Error(`The node has ${accounts.length} accounts for owners of models, and ${owners.length} are needed.`)
  }
  return (name) => accounts[owners.indexOf(name.split('/')[0]!)]!
}

async function modelFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
