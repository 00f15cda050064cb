import type { Command } from 'commander'

import { draftFolder } from '../../../artifacts/draft.ts'
import { note, toJson, type Context } from '../../../console/context.ts'
import { pathOf, writeWhole } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { ignoreOption, withHashing } from '../../hashing.ts'

type DraftOptions = { name?: string; uri?: string; ignore: string[] }

/** `stemma draft`: the draft of a registration from a folder and its card. */
export function addDraft(program: Command, context: Context): void {
  withHelp(
    program
      .command('draft <folder>')
      .description('draft the registration of the model in a folder from its card (README.md); prints JSON')
      .option('--name <owner/name>', 'the name of the model; else the name of the folder, `owner__name`')
      .option('--uri <uri>', 'where the documents behind the digests will be')
      .addOption(ignoreOption())
      .option('--output <file>', 'write the draft to a file instead'),
    {
      example: '$ stemma draft ./acme__tiny-chat --output draft.json',
      json: 'the draft (docs/formats/draft.md), which is JSON without --json too',
    },
  ).action(async (folder: string, options: DraftOptions & { output?: string; json?: boolean }) => {
    const { draft } = await draftOf(folder, options, context)
    if (options.output !== undefined) await writeWhole(context, options.output, `${toJson(draft)}\n`)
    if (options.output === undefined || options.json) context.stdout(`${toJson(draft)}\n`)
  })
}

/** Drafts the registration of the model in a folder, and prints what a person should look at. */
export async function draftOf(
  folder: string,
  options: DraftOptions,
  context: Context,
): Promise<draftFolder.ReturnType> {
  const { name, uri, ignore } = options
  const result = await withHashing(context, ignore, (settings) =>
    draftFolder(pathOf(context, folder), { ...settings, name, uri }),
  )
  for (const warning of [...result.warnings, ...result.draft.warnings]) note(context, warning)
  return result
}
