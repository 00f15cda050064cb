import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { quoted } from '../../../core/text.ts'
import { defaultHoldFolder, openHoldJournal } from '../../../guard/holdJournal.ts'
import { readHeld } from '../../../guard/holdModel.ts'
import { formatTime } from '../../format.ts'

/** `stemma guard held`: lists what the guard holds. Needs no node. */
export function guardHeld(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma guard held',
    json: '[{ digest, root, at, how, reason, since, files, bytes }]; `since` in Unix seconds',
  }).action((options: { json?: boolean }) => {
    const held = readHeld(openHoldJournal(defaultHoldFolder(context.env)))
    const listed = held.map(({ contents: _, ...each }) => each)
    print(context, options.json, listed, () => {
      if (listed.length === 0) return 'Nothing is held.'
      return listed
        .map(({ digest, root, at, how, files, since }) => {
          const where = how === 'moved' ? `, moved to ${quoted(at)}` : ''
          return `${digest} ${quoted(root)}${where}: ${files} files, since ${formatTime(since)}`
        })
        .join('\n')
    })
  })
}
