import type { Command } from 'commander'

import { draftFolder } from '../../../artifacts/draftFolder.ts'
import { methodDigest } from '../../../core/canonicalJson.ts'
import { ZERO_DIGEST } from '../../../core/hex.ts'
import { shortText } from '../../../core/text.ts'
import { describeUse } from '../../../core/registration.ts'
import type { RegistrationDraft } from '../../../documents/draft.ts'
import { checkDescribedParents } from '../../../documents/trainingDescription.ts'
import { note, type Context } from '../../../console/context.ts'
import { pathOf } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { fields } from '../../format.ts'
import { printDocument } from '../../printDocument.ts'
import { readMethod } from '../../readMethod.ts'
import { statementsOf, withStatements, type StatementOptions } from '../../statements.ts'
import { checkTensorList, ignoreOption, NO_TENSORS, TENSOR_LIST, withHashing, writeTensorList } from '../../hashing.ts'

type DraftOptions = StatementOptions & {
  name?: string
  uri?: string
  method?: string
  ignore: string[]
  tensors: boolean
  tensorList?: string
}

/** `stemma draft`: drafts the registration of the model in a folder from its card. */
export function draft(command: Command, context: Context): void {
  withHelp(
    withStatements(
      command
        .option('--name <owner/name>', 'the name of the model; else the name of the folder, `owner__name`')
        .option('--uri <uri>', 'where the documents behind the digests will be'),
    )
      .option('--method <file>', 'the training description (JSON), which becomes part of the draft')
      .addOption(ignoreOption())
      .option(...NO_TENSORS)
      .option(...TENSOR_LIST)
      .option('--output <file>', 'write the draft to a file instead'),
    {
      example: '$ stemma draft ./acme__tiny-chat --output draft.json',
      json: 'the draft (docs/formats/draft.md), which is JSON without --json too',
    },
  ).action(async (folder: string, options: DraftOptions & { output?: string; json?: boolean }) => {
    const { draft: made } = await draftOf(folder, options, context)
    await printDocument(context, options, made, (file) => `Wrote the draft to ${file}:\n${formatDraft(made)}`)
  })
}

/** Drafts the registration of the model in a folder, and prints what a person should look at. */
export async function draftOf(
  folder: string,
  options: DraftOptions,
  context: Context,
): Promise<draftFolder.ReturnType> {
  const { name, uri, ignore, tensors, tensorList } = options
  checkTensorList(options)
  const method = options.method === undefined ? null : await readMethod(context, options.method)
  const statements = await statementsOf(context, options)
  const result = await withHashing(context, ignore, (settings) =>
    draftFolder(pathOf(context, folder), { ...settings, name, uri, tensors, ...statements, method }),
  )
  if (method) {
    checkDescribedParents(
      method,
      result.draft.parents.map(({ model }) => model),
    )
  }
  for (const warning of [...result.warnings, ...result.draft.warnings]) note(context, warning)
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
