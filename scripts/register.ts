/**
 * Registers the model in a folder, or on the Hub: drafts its registration from its card, finds its license in the library and its parents on
 * the ledger, and sends it.
 * Usage: npm run -s register -- <folder|hf:owner/name> [--name owner/name] [--card <file>] [--license <id|expression>] [--base-model <name>]...
 *   [--relation <relation>] [--deployment local] [--rpc <url>]
 * --card, --license, --base-model and --relation state what counts in place of the card and files of the folder (docs/cli.md).
 */
import { draftModel } from '../src/artifacts/draftFolder.ts'
import { nameOfFolder } from '../src/artifacts/folderName.ts'
import { requireComplete } from '../src/artifacts/inspectFiles.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { termsOfDraft } from '../src/cli/names.ts'
import { statementsOf } from '../src/cli/statements.ts'
import type { Address, ModelId } from '../src/core/hex.ts'
import type { RegistrationDraft } from '../src/documents/draft.ts'
import type { LicenseEntry } from '../src/documents/license.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { prepareRegistration } from '../src/sdk/registry/prepareRegistration.ts'
import { registerModel } from '../src/sdk/registry/registerModel.ts'
import { senderOf } from '../src/sdk/transact.ts'
import { openSubject } from '../src/subjects/openSubject.ts'
import { exitForUsage, readOptions } from './options.ts'
import { isProgram, runScript } from './run.ts'
import { LEDGER_OPTIONS, withLedger } from './withLedger.ts'

/** Registers a draft in the name of the ledger's signer. `parents` names the model that a parent's name means, where several match. */
export async function registerDraft(
  ledger: Ledger,
  draft: RegistrationDraft,
  licenses: readonly LicenseEntry[],
  parents: Readonly<Record<string, ModelId>> = {},
): Promise<ModelId> {
  const publisher = (await senderOf(ledger)) as Address
  const { terms } = termsOfDraft(draft, licenses)
  const registration = await prepareRegistration(ledger, { draft, publisher, terms, parents })
  return (await registerModel(ledger, { registration })).model
}

/** What the registrant states: the options of `stemma draft`. */
const DRAFT_OPTIONS = {
  name: { type: 'string' },
  card: { type: 'string' },
  license: { type: 'string' },
  'base-model': { type: 'string', multiple: true },
  relation: { type: 'string' },
} as const

if (isProgram(import.meta.filename)) {
  const { values, positionals } = readOptions({ ...LEDGER_OPTIONS, ...DRAFT_OPTIONS }, true)
  const [reference, ...more] = positionals
  if (reference === undefined || more.length > 0) exitForUsage('Name one folder of a model, or hf:owner/name.')
  await runScript(async () => {
    const { name, 'base-model': baseModel, ...given } = values
    const statements = await statementsOf({ cwd: process.cwd() }, { ...given, baseModel })
    const subject = await openSubject(reference)
    const { problems, warnings } = subject
    const draft = await draftModel(subject, { name: name ?? subject.name ?? nameOfFolder(reference), ...statements })
    for (const warning of new Set([...warnings, ...draft.warnings])) console.error(`Note: ${warning}`)
    requireComplete(problems)
    const licenses = await loadLicenses()
    const model = await withLedger(values, (ledger) => registerDraft(ledger, draft, licenses))
    console.log(JSON.stringify({ model }, null, 2))
  })
}
