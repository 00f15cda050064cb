/**
 * Registers the model in a folder: drafts its registration from its card, finds its license in the library and its parents on
 * the ledger, and sends it.
 * Usage: node scripts/register.ts <folder> [--deployment local] [--rpc url]
 */
import { draftFolder } from '../src/artifacts/draft.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../src/core/hex.ts'
import { termsIdOf } from '../src/core/terms.ts'
import type { RegistrationDraft } from '../src/interop/draft.ts'
import { findLicense, termsOfLicense, type LicenseEntry } from '../src/interop/license.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { prepareRegistration } from '../src/sdk/prepareRegistration.ts'
import { registerModel } from '../src/sdk/registerModel.ts'
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
  const terms = termsOfDraft(draft, licenses)
  const registration = await prepareRegistration(ledger, { draft, publisher, terms, parents })
  return (await registerModel(ledger, { registration })).model
}

/** The id of the terms that a draft's license is published as; zero, which grants nothing, when the library does not know it. */
export function termsOfDraft({ terms }: RegistrationDraft, licenses: readonly LicenseEntry[]): TermsId {
  const { license, licenseName, licenseLink } = terms
  const entry = findLicense(licenses, {
    ...(license !== null && { license }),
    ...(licenseName !== null && { licenseName }),
    ...(licenseLink !== null && { licenseLink }),
  })
  const found = entry && termsOfLicense(entry)
  return found ? termsIdOf(found) : (ZERO_DIGEST as string as TermsId)
}

if (process.argv[1] === import.meta.filename) {
  const { ledger, rest } = await openFromArguments()
  if (rest.length !== 1) {
    console.error('Usage: node scripts/register.ts <folder> [--deployment name] [--rpc url]')
    process.exit(2)
  }
  const { draft, warnings } = await draftFolder(rest[0]!)
  for (const warning of [...warnings, ...draft.warnings]) console.error(`Note: ${warning}`)
  console.log(JSON.stringify({ model: await registerDraft(ledger, draft, await loadLicenses()) }, null, 2))
}
