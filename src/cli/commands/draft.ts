import type { Command } from 'commander'

import { draftFolder } from '../../artifacts/draft.ts'
import { toJson, type Context } from '../context.ts'

/** `stemma draft`: the draft of a registration from a folder and its card. */
export function addDraft(program: Command, context: Context): void {
  program
    .command('draft <folder>')
    .description('draft the registration of the model in a folder from its card (README.md); prints JSON')
    .option('--name <owner/name>', 'the name of the model; by default the name of the folder, `owner__name`')
    .option('--uri <uri>', 'where the documents behind the digests will be')
    .option('--json', 'accepted for regularity: a draft is always JSON')
    .action(async (folder: string, options: { name?: string; uri?: string }) => {
      const { draft, warnings } = await draftFolder(folder, { ...options, signal: context.signal })
      for (const warning of [...warnings, ...draft.warnings]) context.stderr(`Note: ${warning}\n`)
      context.stdout(`${toJson(draft)}\n`)
    })
}
