import type { Command } from 'commander'

import { draftFolder } from '../../../artifacts/draft.ts'
import type { RegistrationDraft } from '../../../documents/draft.ts'
import { note, toJson, type Context } from '../../../console/context.ts'
import { pathOf, writeWhole } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { withHashing } from './digest.ts'

/** `stemma draft`: the draft of a registration from a folder and its card. */
export function addDraft(program: Command, context: Context): void {
  withHelp(
    program
      .command('draft <folder>')
      .description('draft the registration of the model in a folder from its card (README.md); prints JSON')
      .option('--name <owner/name>', 'the name of the model; else the name of the folder, `owner__name`')
      .option('--uri <uri>', 'where the documents behind the digests will be')
      .option('--output <file>', 'write the draft to a file instead'),
    {
      example: '$ stemma draft ./acme__tiny-chat --output draft.json',
      json: 'the draft (docs/formats/draft.md), which is JSON without --json too',
    },
  ).action(async (folder: string, options: { name?: string; uri?: string; output?: string; json?: boolean }) => {
    const draft = await draftOf(folder, options, context)
    if (options.output !== undefined) await writeWhole(context, options.output, `${toJson(draft)}\n`)
    if (options.output === undefined || options.json) context.stdout(`${toJson(draft)}\n`)
  })
}

/** The draft of the model in a folder. What somebody should look at goes to the person. */
export async function draftOf(
  folder: string,
  options: { name?: string; uri?: string },
  context: Context,
): Promise<RegistrationDraft> {
  const { name, uri } = options
  const { draft, warnings } = await withHashing(context, (settings) =>
    draftFolder(pathOf(context, folder), { ...settings, name, uri }),
  )
  for (const warning of [...warnings, ...draft.warnings]) note(context, warning)
  return draft
}
