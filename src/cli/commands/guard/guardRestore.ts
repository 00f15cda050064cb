import type { Command } from 'commander'

import { note, print, type Context } from '../../../console/context.ts'
import { pathOf } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { parseDigest } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { defaultHoldFolder, openHoldJournal } from '../../../guard/holdJournal.ts'
import { restoreModel } from '../../../guard/holdModel.ts'

/** `stemma guard restore`: gives the bytes of a held model back to their owner. Needs no node. */
export function guardRestore(command: Command, context: Context): void {
  withHelp(command.option('--to <path>', 'another path of the same file system, where nothing is yet'), {
    example: '$ stemma guard restore 0x5f…e2 --to ./given-back',
    json: '[{ digest, root, at, files, stillHeld, changed: [{ path, what }] }]',
  }).action(async (text: string, options: { to?: string; json?: boolean }) => {
    const to = options.to === undefined ? {} : { to: pathOf(context, options.to) }
    const journal = openHoldJournal(defaultHoldFolder(context.env))
    const given = await restoreModel(parseDigest(text), { journal, ...to, signal: context.signal })
    for (const { changed } of given) for (const { path, what } of changed) note(context, `${quoted(path)} ${what}.`)
    const listed = given.map(({ contents: _, ...each }) => each)
    print(context, options.json, listed, () =>
      given
        .map(({ at, files }) => `${files} files are back at ${quoted(at)}. They are not cleared by that.`)
        .join('\n'),
    )
  })
}
