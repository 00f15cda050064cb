import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { requireComplete } from '../../../artifacts/inspectFiles.ts'
import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { parseModelId, type Address, type ModelId, type TermsId } from '../../../core/hex.ts'
import type { Registration } from '../../../core/registration.ts'
import { quoted } from '../../../core/text.ts'
import { parseDraft, type RegistrationDraft } from '../../../documents/draft.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { prepareRegistration } from '../../../sdk/registry/prepareRegistration.ts'
import { registerModel } from '../../../sdk/registry/registerModel.ts'
import { signRegistration } from '../../../sdk/registry/signRegistration.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { note, toJson, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, readJsonFile, writeWhole } from '../../../console/files.ts'
import { accountOf, chainTimeOf, NO_TERMS, termsIdOfName, termsOfDraft, timeOf } from '../../names.ts'
import { send, sign, type SendOptions } from '../../open.ts'
import { repeatable, SENT_JSON, SIGNER_OPTION, withSendOptions } from '../../../console/options.ts'
import { registrationFileOf } from '../../../documents/registration.ts'
import { ignoreOption } from '../../hashing.ts'
import { draftOf } from './draft.ts'

type Options = SendOptions & {
  publisher?: string
  terms?: string
  parent: string[]
  ignore: string[]
  allowIncomplete?: boolean
  name?: string
  uri?: string
  signOnly?: boolean
  deadline: string
  signer?: string
  output?: string
}

/** `stemma register`: puts a model on the ledger. */
export function addRegister(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('register <draft.json|folder>')
      .description('register a model from a draft, or from a folder by its card')
      .option('--publisher <address>', "in whose name; else the signer's own")
      .option('--terms <license|id>', 'the terms offered to everybody, or `none`; else the license of the draft')
      .addOption(repeatable('--parent <name=id>', "which model a parent's name means; may be repeated"))
      .option('--name <owner/name>', 'the name of the model in a folder')
      .addOption(ignoreOption())
      .option('--allow-incomplete', 'register a folder though files are missing, or are not what their names say')
      .option('--uri <uri>', 'where the documents behind the digests are')
      .option('--sign-only', 'sign it for somebody else to send (stemma relay), and send nothing')
      .option('--deadline <time>', 'with --sign-only: last time at which it can be sent', '30d')
      .option(SIGNER_OPTION[0], `with --sign-only: ${SIGNER_OPTION[1]}`)
      .option('--output <file>', 'with --sign-only: write what was signed to a file'),
    {
      example:
        '$ stemma register ./acme__tiny-chat --dry-run\n$ stemma register draft.json --parent acme/base=0x48e3…94d7',
      json: `{ model, ${SENT_JSON}; with --sign-only { version, chainId, ledger, signed: { registration, signer, deadline, signature } }, JSON without --json too`,
    },
  ).action(async (source: string, options: Options) => {
    const lone = options.signOnly
      ? undefined
      : (['output', 'signer'] as const).find((name) => options[name] !== undefined)
    if (lone !== undefined) {
      throw new UsageError(`--${lone} is for --sign-only, which sends nothing. Add it, or leave --${lone} out.`)
    }
    if (options.signOnly && options.dryRun) {
      throw new UsageError(
        '--sign-only sends nothing, so there is nothing for --dry-run to try. Leave one of them out.',
      )
    }
    const parents = parentsOf(options.parent)
    const signer = options.signer === undefined ? undefined : accountOf(options.signer)
    const publisher = options.publisher === undefined ? signer : accountOf(options.publisher)
    const draft = await readDraft(source, options, context)
    const unused = Object.keys(parents).find((name) => !draft.parents.some(({ model }) => model === name))
    if (unused !== undefined) {
      const named = draft.parents.map(({ model }) => quoted(model)).join(', ') || 'none'
      throw new UsageError(`--parent names ${quoted(unused)}, but the draft's parents are: ${named}.`)
    }
    const terms = await termsOf(draft, options, context)
    const prepare = async (ledger: Ledger): Promise<Registration> => {
      const own = publisher ?? ((await senderOf(ledger)) as Address)
      return prepareRegistration(ledger, { draft, publisher: own, terms, parents })
    }
    if (options.signOnly) return signOnly(context, options, signer, prepare)
    await send(
      context,
      options,
      async (ledger, write) => registerModel(ledger, { registration: await prepare(ledger), ...write }),
      ({ model }) => `model ${model}`,
    )
  })
}

async function signOnly(
  context: Context,
  options: Options,
  signer: Address | undefined,
  prepare: (ledger: Ledger) => Promise<Registration>,
): Promise<void> {
  const { deadline, output } = options
  timeOf(deadline, 0)
  const file = await sign(context, options, async (ledger) => {
    const until = await chainTimeOf(ledger, deadline)
    const registration = await prepare(ledger)
    const signed = await signRegistration(ledger, { registration, deadline: until, ...(signer && { signer }) })
    return registrationFileOf(ledger.deployment, signed)
  })
  if (output !== undefined) await writeWhole(context, output, `${toJson(file)}\n`)
  if (output === undefined || options.json) context.stdout(`${toJson(file)}\n`)
}

async function readDraft(source: string, options: Options, context: Context): Promise<RegistrationDraft> {
  const stats = await stat(pathOf(context, source)).catch(() => undefined)
  if (!stats) throw new UsageError(`There is no draft and no folder at ${quoted(source)}. Check the path.`)
  if (stats.isDirectory()) {
    const { draft, problems } = await draftOf(source, options, context)
    if (!options.allowIncomplete) requireComplete(problems)
    return draft
  }
  const lone = options.ignore.length > 0 ? 'ignore' : options.allowIncomplete ? 'allow-incomplete' : undefined
  if (lone !== undefined) throw new UsageError(`--${lone} is for a folder. A draft has its digest already: omit it.`)
  if (options.name !== undefined) {
    throw new UsageError('--name is for a folder. The name of a draft stands in its file: correct it there.')
  }
  const draft = parseDraft(await readJsonFile(context, source))
  for (const warning of draft.warnings) note(context, warning)
  return options.uri === undefined ? draft : parseDraft({ ...draft, uri: options.uri })
}

async function termsOf(draft: RegistrationDraft, options: Options, context: Context): Promise<TermsId> {
  const licenses = await loadLicenses()
  const { terms, entry, stated } = termsOfDraft(draft, licenses)
  const chosen = options.terms === undefined ? terms : termsIdOfName(licenses, options.terms)
  if (chosen === NO_TERMS) {
    const why =
      options.terms !== undefined
        ? 'It is registered without terms'
        : stated === null
          ? 'The draft states no license'
          : `The license ${quoted(stated)} of the draft is not in the library`
    note(
      context,
      `${why}. Nobody is granted any right by the registration, and every use is answered as unknown. To state terms, use --terms <license|id>; stemma terms list --library shows the licenses.`,
    )
  } else if (options.terms === undefined) {
    note(context, `The license is read as ${entry!.id} (terms ${chosen}).`)
  }
  return chosen
}

/** What `--parent name=id` says of names. */
export function parentsOf(texts: readonly string[]): Record<string, ModelId> {
  const parents = new Map<string, ModelId>()
  for (const text of texts) {
    const split = text.lastIndexOf('=')
    if (split < 1) throw new UsageError(`${quoted(text)} is not of the form name=id, as --parent wants it.`)
    const name = text.slice(0, split)
    if (parents.has(name)) throw new UsageError(`--parent names ${quoted(name)} twice. Name it once.`)
    parents.set(name, parseModelId(text.slice(split + 1)))
  }
  return Object.fromEntries(parents)
}
