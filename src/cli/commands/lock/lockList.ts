import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { formatLocked, formatWaiver } from '../../formatLock.ts'
import { lockOption, lockPlace, readLock, type LockOptions } from '../../lockFile.ts'

/** `stemma lock list`: what a lock file has. No node is asked. */
export function lockList(command: Command, context: Context): void {
  withHelp(command.addOption(lockOption()), {
    example: '$ stemma lock list',
    json: '{ file, version, deployment: { chainId, ledger }, models: [{ line, name, model, weights, tensors, publisher,\nstanding, use, subject, bases, lineage }], accepted: [{ line, finding, model, at, use, reason, who, until }],\nbindings: [{ external, by, models }], names: [{ name, publisher, repository }] }',
  }).action(async (options: LockOptions & { json?: boolean }) => {
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    print(context, options.json, { file: place.file, ...lock }, () =>
      [
        ...lock.models.map((entry) => formatLocked(entry, place.file)),
        ...(lock.accepted.length > 0 ? ['Accepted:', ...lock.accepted.map((each) => `  ${formatWaiver(each)}`)] : []),
        ...(lock.models.length === 0 ? [`${place.file} has no model.`] : []),
      ].join('\n'),
    )
  })
}
