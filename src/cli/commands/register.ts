import { readFile, stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { draftFolder } from '../../artifacts/draft.ts'
import { loadLicenses } from '../../artifacts/licenseLibrary.ts'
import { parseAddress, parseModelId, ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../core/hex.ts'
import { termsIdOf } from '../../core/terms.ts'
import { parseDraft, type RegistrationDraft } from '../../interop/draft.ts'
import { parseStrictJson } from '../../interop/json.ts'
import { findLicense, termsOfLicense, type LicenseEntry } from '../../interop/license.ts'
import { prepareRegistration } from '../../sdk/prepareRegistration.ts'
import { registerModel } from '../../sdk/registerModel.ts'
import { senderOf } from '../../sdk/transact.ts'
import { print, UsageError, type Context } from '../context.ts'
import { termsIdOfName } from '../names.ts'
import { openToWrite, type SendOptions } from '../open.ts'
import { withSendOptions } from '../options.ts'

type Options = SendOptions & { publisher?: string; terms?: string; parent: string[]; name?: string; uri?: string }

/** `stemma register`: puts a model on the ledger. */
export function addRegister(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('register <draft.json|folder>')
      .description('register a model from a draft, or from a folder by its card')
      .option('--publisher <address>', 'in whose name; by default the signer’s own')
      .option('--terms <license|id>', 'the terms offered to everybody; by default the license of the draft')
      .option('--parent <name=id>', 'which model a parent’s name means; may be repeated', collect, [])
      .option('--name <owner/name>', 'the name of the model in a folder')
      .option('--uri <uri>', 'where the documents behind the digests are'),
  ).action(async (source: string, options: Options) => {
    const draft = await draftOf(source, options, context)
    const licenses = await loadLicenses()
    const terms = options.terms === undefined ? termsOfDraft(draft, licenses) : termsIdOfName(licenses, options.terms)
    if (terms === (ZERO_DIGEST as string)) {
      context.stderr('Note: no known license is stated, so the registration grants nobody any right.\n')
    }
    const parents = Object.fromEntries(options.parent.map(parentOf))
    const ledger = await openToWrite(context, options)
    try {
      const publisher = options.publisher ? parseAddress(options.publisher) : ((await senderOf(ledger)) as Address)
      const registration = await prepareRegistration(ledger, { draft, publisher, terms, parents })
      const sent = await registerModel(ledger, { registration, dryRun: options.dryRun ?? false })
      print(context, options.json, sent, () =>
        [sent.model, sent.transaction ? `transaction ${sent.transaction}` : `dry run: ${sent.gas} gas`].join('\n'),
      )
    } finally {
      ledger.provider.destroy()
    }
  })
}

async function draftOf(source: string, options: Options, context: Context): Promise<RegistrationDraft> {
  const stats = await stat(source).catch(() => undefined)
  if (!stats) throw new UsageError(`There is no draft and no folder at "${source}".`)
  const { name, uri } = options
  if (!stats.isDirectory()) {
    const draft = parseDraft(parseStrictJson(await readFile(source, 'utf8'), source))
    return uri === undefined ? draft : { ...draft, uri }
  }
  const { draft, warnings } = await draftFolder(source, { name, uri, signal: context.signal })
  for (const warning of [...warnings, ...draft.warnings]) context.stderr(`Note: ${warning}\n`)
  return draft
}

function termsOfDraft({ terms }: RegistrationDraft, licenses: readonly LicenseEntry[]): TermsId {
  const stated = Object.entries(terms).filter(([, value]) => value !== null)
  const entry = findLicense(licenses, Object.fromEntries(stated))
  const found = entry && termsOfLicense(entry)
  return found ? termsIdOf(found) : (ZERO_DIGEST as string as TermsId)
}

function parentOf(text: string): [string, ModelId] {
  const split = text.lastIndexOf('=')
  if (split < 1) throw new UsageError(`"${text}" is not of the form name=id.`)
  return [text.slice(0, split), parseModelId(text.slice(split + 1))]
}

function collect(value: string, list: string[]): string[] {
  return [...list, value]
}
