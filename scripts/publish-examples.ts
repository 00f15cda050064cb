/**
 * Registers the real lineages of `examples/models`, each by `draft` + `register` as any model is, and each owner by an account
 * of its own that the (local) node manages. Models that are registered already are left as they are.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { JsonRpcProvider } from 'ethers'

import { draftFolder } from '../src/artifacts/draft.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import type { Deployment } from '../src/core/deployment.ts'
import type { ModelId } from '../src/core/hex.ts'
import type { RegistrationDraft } from '../src/documents/draft.ts'
import { openLedger, type Ledger } from '../src/sdk/connect.ts'
import { hubUri } from '../src/core/modelName.ts'
import { readRegistrations } from '../src/sdk/registry/readRegistrations.ts'
import { registerDraft } from './register.ts'

/** Accounts of the node before this one are left to the people of the play. */
const FIRST_ACCOUNT = 10

/** Registers what is missing of a folder of model folders. Returns the ids by name, and how many were new. */
export async function publishExamples(
  provider: JsonRpcProvider,
  deployment: Deployment,
  folder: string,
): Promise<{ models: Map<string, ModelId>; added: number }> {
  const ledgerOf = await ledgersByOwner(provider, deployment, folder)
  const licenses = await loadLicenses()
  const reader = openLedger(provider, deployment)
  const known = await readRegistrations(reader, {})
  const models = new Map<string, ModelId>()
  const waiting: RegistrationDraft[] = []
  for (const name of await modelFolders(folder)) {
    const { draft } = await draftFolder(join(folder, name), { cache: false })
    const found = known.find(({ registration }) => registration.uri === hubUri(draft.name))
    if (found) models.set(draft.name, found.model)
    else waiting.push(draft)
  }
  const added = waiting.length
  while (waiting.length > 0) {
    const next = waiting.findIndex((draft) => draft.parents.every(({ model }) => models.has(model)))
    if (next < 0) throw new Error(`The parents of ${waiting.map(({ name }) => name).join(', ')} are not in ${folder}.`)
    const [draft] = waiting.splice(next, 1) as [RegistrationDraft]
    models.set(draft.name, await registerDraft(ledgerOf(draft.name), draft, licenses))
  }
  return { models, added }
}

/** The ledger as the owner of a model's name signs for it: owners in alphabetical order have the node's accounts in turn. */
async function ledgersByOwner(
  provider: JsonRpcProvider,
  deployment: Deployment,
  folder: string,
): Promise<(name: string) => Ledger> {
  const owners = [...new Set((await modelFolders(folder)).map((name) => name.split('__')[0]!))].toSorted()
  const accounts = await provider.listAccounts()
  if (accounts.length < FIRST_ACCOUNT + owners.length) {
    throw new Error(`The node manages ${accounts.length} accounts, and ${FIRST_ACCOUNT + owners.length} are needed.`)
  }
  return (name) => openLedger(accounts[FIRST_ACCOUNT + owners.indexOf(name.split('/')[0]!)]!, deployment)
}

async function modelFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
