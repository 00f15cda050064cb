import type { Command } from 'commander'

import { draftModel, ModelNameError } from '../../../artifacts/draftFolder.ts'
import { nameOfFolder } from '../../../artifacts/folderName.ts'
import { methodDigest } from '../../../core/canonicalJson.ts'
import { ZERO_DIGEST } from '../../../core/hex.ts'
import { isHubId } from '../../../core/hubId.ts'
import { parseStrictJson } from '../../../core/json.ts'
import { quoted, shortText } from '../../../core/text.ts'
import { describeUse } from '../../../core/registration.ts'
import type { RegistrationDraft } from '../../../documents/draft.ts'
import { draftFromBom, MAX_BOM_DEPTH } from '../../../interop/draftFromBom.ts'
import { isPlaceReference } from '../../../subjects/openSubject.ts'
import type { Subject } from '../../../subjects/subject.ts'
import { checkDescribedParents } from '../../../documents/trainingDescription.ts'
import { note, UsageError, type Context } from '../../../console/context.ts'
import { MAX_JSON_BYTES, pathOf, readTextFile } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { fields } from '../../format.ts'
import { printDocument } from '../../printDocument.ts'
import { readMethod } from '../../readMethod.ts'
import { checkTensorList, ignoreOption, NO_TENSORS, openModel, TENSOR_LIST, writeTensorList } from '../../hashing.ts'
import {
  checkSignatureOptions,
  checkSignedModel,
  signatureInFolder,
  signatureSentence,
  signatureStatement,
  verifyNamedSignature,
  withSignatureOptions,
  type NamedSignature,
  type SignatureOptions,
} from '../../signature.ts'
import { statementsOf, withStatements, type StatementOptions } from '../../statements.ts'

type DraftOptions = StatementOptions &
  SignatureOptions & {
    name?: string
    uri?: string
    method?: string
    ignore: string[]
    tensors: boolean
    tensorList?: string
  }

type Options = DraftOptions & { fromBom?: string; output?: string; json?: boolean }

/** `stemma draft`: drafts the registration of a model in a folder, or elsewhere, from its card. */
export function draft(command: Command, context: Context): void {
  withHelp(
    withSignatureOptions(
      withStatements(
        command
          .option('--name <owner/name>', 'the name of the model; else that of its place, for a folder `owner__name`')
          .option('--uri <uri>', 'where the documents behind the digests will be'),
      ),
    )
      .option('--method <file>', 'the training description (JSON), which becomes part of the draft')
      .addOption(ignoreOption())
      .option(...NO_TENSORS)
      .option(...TENSOR_LIST)
      .option(
        '--from-bom <file>',
        'read parents, license and datasets from a bill of materials (CycloneDX or SPDX 3), in place of card and files',
      )
      .option('--output <file>', 'write the draft to a file instead'),
    {
      example:
        '$ stemma draft ./acme__tiny-chat --output draft.json\n$ stemma draft hf:acme/tiny-chat\n$ stemma draft ./acme__tiny-chat --from-bom tiny-chat.cdx.json',
      json: 'the draft (docs/formats/draft.md), which is JSON without --json too',
    },
  ).action(async (reference: string | undefined, options: Options) => {
    const made = await madeFrom(reference, options, context)
    await printDocument(context, options, made, (file) => `Wrote the draft to ${file}:\n${formatDraft(made)}`)
  })
}

async function madeFrom(reference: string | undefined, options: Options, context: Context): Promise<RegistrationDraft> {
  if (options.fromBom !== undefined) return draftOfBom(reference, options.fromBom, options, context)
  if (reference === undefined) throw new UsageError('Name a folder, a file or a place: stemma draft <path|place>.')
  return (await draftOf(reference, options, context)).draft
}

/** Options that say what a bill of materials says too. */
const NOT_WITH_BOM = ['card', 'license', 'baseModel', 'relation', 'tensorList'] as const

/** Drafts a registration from a bill of materials, with the weights at a path or a place where one is named. */
async function draftOfBom(
  reference: string | undefined,
  file: string,
  options: Options,
  context: Context,
): Promise<RegistrationDraft> {
  const other = NOT_WITH_BOM.find((name) => (options[name] ?? '').length > 0)
  if (other !== undefined) {
    const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new UsageError(`--from-bom and --${flag} both say what the draft states. Omit one, and correct the draft.`)
  }
  const { name, uri } = options
  checkSignatureOptions(options)
  if (reference === undefined && options.signature !== undefined)
    throw new UsageError('--signature is about files. Name the folder too: stemma draft <folder> --from-bom <file>.')
  const bom = parseStrictJson(await readTextFile(context, file, MAX_JSON_BYTES), quoted(file), {
    maxDepth: MAX_BOM_DEPTH,
  })
  const method = options.method === undefined ? null : await readMethod(context, options.method)
  const { subject, signature } = reference === undefined ? {} : await openSigned(reference, options, context)
  const computed = subject?.tensors && 'digest' in subject.tensors ? subject.tensors.digest : undefined
  const draft = draftFromBom(bom, {
    name,
    uri,
    method,
    ...(subject && { weights: subject.digest, tensors: computed ?? ZERO_DIGEST }),
  })
  for (const warning of [...(subject?.warnings ?? []), ...draft.warnings]) note(context, warning)
  if (subject !== undefined) noteSignature(context, signature, subject)
  return draft
}

/** Opens the model in a folder, or elsewhere, and checks the signature that the options name. */
async function openSigned(
  reference: string,
  options: DraftOptions,
  context: Context,
): Promise<{ subject: Subject; signature: NamedSignature | undefined }> {
  const { ignore, tensors } = options
  const signature = await verifyNamedSignature(context, options, Math.floor(context.now() / 1000))
  const leftOut = [...ignore, ...(await signatureInFolder(context, reference, options))]
  const subject = await openModel(context, reference, leftOut, { tensors })
  if (signature !== undefined) checkSignedModel(signature, subject)
  return { subject, signature }
}

function noteSignature(context: Context, signature: NamedSignature | undefined, { signatures }: Subject): void {
  const signed = signatureStatement(signature, signatures)
  if (signed !== undefined) note(context, signatureSentence(signed))
}

/** Drafts the registration of the model in a folder, or elsewhere, and prints what a person should look at. */
export async function draftOf(
  reference: string,
  options: DraftOptions,
  context: Context,
): Promise<Subject & { draft: RegistrationDraft }> {
  const { uri, tensorList } = options
  checkTensorList(options)
  checkSignatureOptions(options)
  const method = options.method === undefined ? null : await readMethod(context, options.method)
  const statements = await statementsOf(context, options)
  const given =
    options.name ?? (isPlaceReference(reference, context.env) ? undefined : nameOfFolder(pathOf(context, reference)))
  // Before anything is hashed, which can take long.
  if (given !== undefined && !isHubId(given)) throw new ModelNameError(given)
  const { subject, signature } = await openSigned(reference, options, context)
  const draft = await draftModel(subject, { name: given ?? subject.name ?? '', uri, ...statements, method })
  const result = { ...subject, draft }
  if (method) {
    checkDescribedParents(
      method,
      result.draft.parents.map(({ model }) => model),
    )
  }
  for (const warning of [...result.warnings, ...result.draft.warnings]) note(context, warning)
  noteSignature(context, signature, subject)
  if (tensorList !== undefined && result.tensors !== null) await writeTensorList(context, tensorList, result.tensors)
  return result
}

/** What a person checks before registering a draft. */
function formatDraft({ name, weights, tensors, terms, parents, method }: RegistrationDraft): string {
  const license =
    terms.license === 'other' ? (terms.licenseName ?? terms.license) : (terms.license ?? terms.licenseName)
  return fields(`draft of ${shortText(name, 200)}`, [
    ['weights', weights],
    ...(tensors === ZERO_DIGEST ? [] : [['tensors', tensors] as const]),
    ['license', license === null ? 'none stated' : shortText(license, 100)],
    ...parents.map((parent) => ['parent', `${shortText(parent.model, 200)} (${describeUse(parent)})`] as const),
    ...(parents.length === 0 ? ([['parent', 'none']] as const) : []),
    ...(method ? ([['method', methodDigest(method)]] as const) : []),
  ])
}
