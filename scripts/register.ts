/**
 * Registers the model in a folder: drafts its registration from its card, finds its license in the library and its parents on
 * the ledger, and sends it.
 * Usage: node scripts/register.ts <folder> [--deployment local] [--rpc url]
 */
import { draftFolder } from '../src/artifacts/draft.ts'
import { requireComplete } from '../src/artifacts/inspectFiles.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import type { Address, ModelId } from '../src/core/hex.ts'
import type { RegistrationDraft } from '../src/documents/draft.ts'
import { licenseOfDraft, termsIdOfLicense, type LicenseEntry } from '../src/documents/license.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { prepareRegistration } from '../src/sdk/registry/prepareRegistration.ts'
import { registerModel } from '../src/sdk/registry/registerModel.ts'
import { senderOf } from '../src/sdk/transact.ts'
import { openFromArguments } from './openFromArguments.ts'

/** Registers a draft in the name of the ledger's signer. `parents` says which models are meant by names, where it is not plain. */
export async function registerDraft(
  ledger: Ledger,
  draft: RegistrationDraft,
  licenses: readonly LicenseEntry[],
  parents: Readonly<Record<string, ModelId>> = {},
): Promise<ModelId> {
  const publisher = (await senderOf(ledger)) as Address
  const terms = termsIdOfLicense(licenseOfDraft(licenses, draft.terms))
  const registration = await prepareRegistration(ledger, { draft, publisher, terms, parents })
  return (await registerModel(ledger, { registration })).model
}

if (process.argv[1] === import.meta.filename) {
  const { ledger, rest } = await openFromArguments()
  if (rest.length !== 1) {
    console.error('Usage: node scripts/register.ts <folder> [--deployment name] [--rpc url]')
    process.exit(2)
  }
  const { draft, problems, warnings } = await draftFolder(rest[0]!)
  for (const warning of [...warnings, ...draft.warnings]) console.error(`Note: ${warning}`)
  requireComplete(problems)
  console.log(JSON.stringify({ model: await registerDraft(ledger, draft, await loadLicenses()) }, null, 2))
}
