import { nameOfUri } from '../../../core/modelName.ts'
import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { requireComplete } from '../../../artifacts/inspectFiles.ts'
import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { ExternalName } from '../../../core/external.ts'
import type { Address, ModelId, TermsId } from '../../../core/hex.ts'
import type { Registration } from '../../../core/registration.ts'
import { quoted } from '../../../core/text.ts'
import { PART_NAMES } from '../../../core/vocabulary.ts'
import { parseDraft, type RegistrationDraft } from '../../../documents/draft.ts'
import type { LicenseEntry } from '../../../documents/license.ts'
import { checkRegistrationLedger, registrationFileOf } from '../../../documents/registration.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { isPlaceReference } from '../../../subjects/openSubject.ts'
import { externalNameOf, prepareRegistration } from '../../../sdk/registry/prepareRegistration.ts'
import { registerModel } from '../../../sdk/registry/registerModel.ts'
import { registerSigned } from '../../../sdk/registry/registerSigned.ts'
import { signRegistration } from '../../../sdk/registry/signRegistration.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { note, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, readJsonFile } from '../../../console/files.ts'
import { readSigned } from '../../readSigned.ts'
import { formatRegistration } from '../../formatRegistration.ts'
import { accountOf, NO_TERMS, termsIdOfName, termsOfDraft } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, sign, type SendOptions } from '../../open.ts'
import { checkParentNames, parentsOf, partsOf, withParts } from '../../parentsOf.ts'
import { printDocument } from '../../printDocument.ts'
import { readMethod } from '../../readMethod.ts'
import { withStatements, type StatementOptions } from '../../statements.ts'
import { repeatable, SENT_JSON, SIGNER_OPTION, withSendOptions } from '../../../console/options.ts'
import { ignoreOption, NO_TENSORS, TENSOR_LIST } from '../../hashing.ts'
import { draftOf } from './draft.ts'

type Options = SendOptions &
  StatementOptions & {
    publisher?: string
    terms?: string
    parent: string[]
    part: string[]
    ignore: string[]
    allowIncomplete?: boolean
    tensors: boolean
    tensorList?: string
    name?: string
    uri?: string
    method?: string
    signOnly?: boolean
    deadline?: string
    signer?: string
    output?: string
    signed?: string
  }

/** Options that say what is registered, or how it is signed; a signed registration leaves nothing of this open. */
const OWN_OPTIONS = [
  'publisher',
  'terms',
  'parent',
  'part',
  'name',
  'card',
  'license',
  'baseModel',
  'relation',
  'ignore',
  'allowIncomplete',
  'tensorList',
  'uri',
  'method',
  'signOnly',
  'deadline',
  'signer',
  'output',
] as const

/** `stemma register`: registers a model. */
export function register(command: Command, context: Context): void {
  withSendOptions(
    withStatements(
      command
        .option('--publisher <address>', "in whose name (default: the signer's own)")
        .option(
          '--terms <license|id>',
          'the terms offered to everybody, or `none` (default: the license that the draft states)',
        )
        .addOption(
          repeatable(
            '--parent <name=id>',
            "what a parent's name means: a model id, or hf:owner/name or tensors:<hex> of one that nobody registered; may be repeated",
          ),
        )
        .addOption(
          repeatable('--part <name=part>', `what of a parent was used: ${PART_NAMES.join(', ')}; may be repeated`),
        )
        .option('--name <owner/name>', 'the name of a model in a folder or elsewhere'),
    )
      .addOption(ignoreOption())
      .option(
        '--allow-incomplete',
        'register a folder though files are missing, or are not what their names say; states no tensors',
      )
      .option(...NO_TENSORS)
      .option(...TENSOR_LIST)
      .option('--uri <uri>', 'where the documents behind the digests are')
      .option('--method <file>', 'the training description (JSON), of which the registration holds the digest')
      .option('--sign-only', 'only sign the registration, for any account to send with --signed')
      .option('--deadline <time>', 'with --sign-only: last time at which it can be sent (default: 30d)')
      .option(SIGNER_OPTION[0], `with --sign-only: ${SIGNER_OPTION[1]}`)
      .option('--output <file>', 'with --sign-only: write the signed registration to a file')
      .option('--signed <file|url>', 'send a registration that its publisher signed; the sender pays the gas'),
    {
      example:
        '$ stemma register ./acme__tiny-chat --dry-run\n$ stemma register hf:acme/tiny-chat --dry-run\n$ stemma register draft.json --parent acme/base=0x48e3…94d7\n$ stemma register --signed signed.json',
      json: `{ model, name, registration: { publisher, weights, tensors, annex, datasets, method, terms, parents, uri }, ${SENT_JSON}; with --sign-only { version, chainId, ledger, signed: { registration, signer, epoch, deadline, signature } }, JSON without --json too`,
    },
  ).action(async (source: string | undefined, options: Options) => {
    if (options.signed !== undefined) {
      checkAlone(source, options)
      return sendSigned(context, options.signed, options)
    }
    if (source === undefined) {
      throw new UsageError('Nothing says what to register. Name a draft or a folder, or use --signed <file|url>.')
    }
    checkSigning(options)
    const parents = parentsOf(options.parent)
    const signer = options.signer === undefined ? undefined : accountOf(options.signer)
    const publisher = options.publisher === undefined ? signer : accountOf(options.publisher)
    const parts = partsOf(options.part)
    const drafted = await readDraft(source, options, context)
    checkParentNames('part', parts, drafted)
    const draft = withParts(drafted, parts)
    checkParentNames('parent', parents, draft)
    const terms = await termsOf(draft, options, context)
    const prepare = async (ledger: Ledger): Promise<Registration> => {
      const own = publisher ?? ((await senderOf(ledger)) as Address)
      const registration = await prepareRegistration(ledger, { draft, publisher: own, terms, parents })
      for (const [model, name] of externalNames(registration, draft, parents)) noteExternal(context, name, model)
      return registration
    }
    if (options.signOnly) return signOnly(context, options, signer, prepare)
    const licenses = await loadLicenses()
    await send(
      context,
      options,
      async (ledger, write) => {
        const registration = await prepare(ledger)
        const sent = await registerModel(ledger, { registration, ...write })
        return { ...sent, name: draft.name, registration }
      },
      ({ model, registration }) => {
        const names = registration.parents.map((parent, index) => [parent.model, draft.parents[index]!.model] as const)
        const external = externalNames(registration, draft, parents)
        return formatRegistration(model, registration, licenses, new Map([...names, ...external]))
      },
    )
  })
}

/** The names of the external parents of a registration that was made of a draft. */
function externalNames(
  registration: Registration,
  draft: RegistrationDraft,
  chosen: Readonly<Record<string, ModelId | ExternalName>>,
): [ModelId, ExternalName][] {
  return registration.parents.flatMap(({ model, external }, index): [ModelId, ExternalName][] => {
    const name = draft.parents[index]!.model
    return external ? [[model, externalNameOf(chosen[name] ?? name)]] : []
  })
}

function noteExternal(context: Context, name: ExternalName, model: ModelId): void {
  note(
    context,
    `Nobody has registered the parent ${quoted(name)}. It is named as an external parent (${model}), so verify answers with unknown, or with no, where its terms count. It is for its publisher to register it; do not do so in its place.`,
  )
}

function checkAlone(source: string | undefined, options: Options): void {
  if (source !== undefined) throw new UsageError('--signed already holds the registration. Omit the draft or folder.')
  // Options that may be repeated are empty lists by default.
  const other = OWN_OPTIONS.find((name) => options[name] !== undefined && String(options[name]) !== '')
  if (other === undefined && !options.tensors)
    throw new UsageError('--signed sends a registration as it was signed. Omit --no-tensors.')
  if (other === undefined) return
  const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new UsageError(`--signed sends a registration as it was signed. Omit --${flag}.`)
}

function checkSigning(options: Options): void {
  const lone = options.signOnly
    ? undefined
    : (['output', 'signer', 'deadline'] as const).find((name) => options[name] !== undefined)
  if (lone !== undefined) throw new UsageError(`--${lone} works only with --sign-only. Add it, or omit --${lone}.`)
  if (options.signOnly && options.dryRun) {
    throw new UsageError('--sign-only sends nothing, so --dry-run has nothing to try. Omit one of them.')
  }
}

async function sendSigned(context: Context, path: string, options: SendOptions): Promise<void> {
  const file = await readSigned(context, path, 'registration')
  const { registration } = file.signed
  const licenses = await loadLicenses()
  await send(
    context,
    options,
    async (ledger, write) => {
      checkRegistrationLedger(ledger.deployment, file)
      const sent = await registerSigned(ledger, { ...file.signed, ...write })
      return { ...sent, name: nameOfUri(registration.uri), registration }
    },
    ({ model }) => formatRegistration(model, registration, licenses, new Map()),
  )
}

async function signOnly(
  context: Context,
  options: Options,
  signer: Address | undefined,
  prepare: (ledger: Ledger) => Promise<Registration>,
): Promise<void> {
  const { deadline = '30d' } = options
  timeOf(deadline, 0)
  const file = await sign(context, options, async (ledger) => {
    const until = await chainTimeOf(ledger, deadline)
    const registration = await prepare(ledger)
    const signed = await signRegistration(ledger, { registration, deadline: until, ...(signer && { signer }) })
    return registrationFileOf(ledger.deployment, signed)
  })
  const name = nameOfUri(file.signed.registration.uri)
  await printDocument(
    context,
    options,
    file,
    (path) => `Wrote the signed registration of ${name} to ${path}. Send it: stemma register --signed ${path}.`,
  )
}

/** Why the options do not go with a draft, if one of them is for a folder. */
function optionForFolder(options: Options): string | undefined {
  const stated = (['card', 'license', 'relation'] as const).find((name) => options[name] !== undefined)
  const statement = stated ?? (options.baseModel?.length ? 'base-model' : undefined)
  if (statement !== undefined)
    return `--${statement} is for a folder. A draft holds its license and parents: correct them in the file.`
  const digesting = optionForDigests(options)
  return digesting && `--${digesting} is for a folder. A draft already holds its digests: omit it.`
}

function optionForDigests(options: Options): string | undefined {
  if (options.ignore.length > 0) return 'ignore'
  if (options.allowIncomplete) return 'allow-incomplete'
  if (!options.tensors) return 'no-tensors'
  return options.tensorList === undefined ? undefined : 'tensor-list'
}

/** Whether the source is a folder, or a model that is elsewhere; else it is the file of a draft. */
async function isModel(source: string, context: Context): Promise<boolean> {
  if (isPlaceReference(source, context.env)) return true
  const stats = await stat(pathOf(context, source)).catch(() => undefined)
  if (!stats) throw new UsageError(`${quoted(source)} is neither a draft nor a folder. Check the path.`)
  return stats.isDirectory()
}

async function readDraft(source: string, options: Options, context: Context): Promise<RegistrationDraft> {
  if (await isModel(source, context)) {
    const tensors = options.tensors && !options.allowIncomplete
    if (options.allowIncomplete && options.tensorList !== undefined) {
      throw new UsageError(
        'The tensors of an incomplete model are not stated. Omit --tensor-list, or --allow-incomplete.',
      )
    }
    const { draft, problems } = await draftOf(source, { ...options, tensors }, context)
    if (!options.allowIncomplete) requireComplete(problems)
    return draft
  }
  const forFolder = optionForFolder(options)
  if (forFolder !== undefined) throw new UsageError(forFolder)
  if (options.name !== undefined) {
    throw new UsageError('--name is for a folder. A draft holds its name: correct it in the file.')
  }
  const draft = parseDraft(await readJsonFile(context, source))
  for (const warning of draft.warnings) note(context, warning)
  if (options.method !== undefined && draft.method) {
    throw new UsageError('The draft holds a training description already. Omit --method, or correct the draft.')
  }
  const method = options.method === undefined ? draft.method : await readMethod(context, options.method)
  return parseDraft({ ...draft, method, uri: options.uri ?? draft.uri })
}

async function termsOf(draft: RegistrationDraft, options: Options, context: Context): Promise<TermsId> {
  const licenses = await loadLicenses()
  const { terms, entry, stated } = termsOfDraft(draft, licenses)
  const chosen = options.terms === undefined ? terms : termsIdOfName(licenses, options.terms)
  if (chosen === NO_TERMS) {
    const why = options.terms !== undefined ? 'The model is registered without terms' : whyNoTerms(draft, licenses)
    note(
      context,
      `${why}. The registration grants nobody any right, and verify answers every use with unknown. To state terms, use --terms <license|id>; stemma terms list --library lists the licenses.`,
    )
  } else if (options.terms === undefined) {
    note(context, `The license is read as ${entry?.id ?? quoted(stated!)} (terms ${chosen}).`)
  }
  return chosen
}

/** Why a draft's license gives no terms. */
function whyNoTerms(draft: RegistrationDraft, licenses: readonly LicenseEntry[]): string {
  const { stated, entry, candidates } = termsOfDraft(draft, licenses)
  if (stated === null) return 'The draft does not name one license'
  if (candidates.length > 0)
    return `Several licenses are called ${quoted(stated)} (${candidates.map(({ id }) => id).join(', ')}), and neither the link nor a base model decides`
  if (entry === undefined) return `The license ${quoted(stated)} of the draft is not in the library`
  return entry.id === 'unknown'
    ? 'The draft says that its license is not known'
    : `The license ${quoted(stated)} is in the library, but its text was not found to be read`
}
