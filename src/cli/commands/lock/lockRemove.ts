import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { entriesNamed, lockOption, lockPlace, readLock, writeLock, type LockOptions } from '../../lockFile.ts'

/** `stemma lock remove`: takes models out of a lock file, with the waivers of models that it has no more. */
export function lockRemove(command: Command, context: Context): void {
  withHelp(command.addOption(lockOption()), {
    example: '$ stemma lock remove acme/tiny-chat',
    json: '{ file, removed: [{ name, model }], waivers: [{ finding, model, at, use, reason, who, until }] }',
  }).action(async (names: string[], options: LockOptions & { json?: boolean }) => {
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    const removed = new Set(entriesNamed(lock, names))
    const models = lock.models.filter((entry) => !removed.has(entry))
    const left = new Set(models.map(({ model }) => model))
    const gone = new Set([...removed].map(({ model }) => model).filter((model) => !left.has(model)))
    const accepted = lock.accepted.filter(({ model }) => !gone.has(model))
    const waivers = lock.accepted.filter(({ model }) => gone.has(model)).map(({ line: _, ...waiver }) => waiver)
    await writeLock(context, place, { ...lock, models, accepted })
    const listed = [...removed].map(({ name, model }) => ({ name, model }))
    print(context, options.json, { file: place.file, removed: listed, waivers }, () =>
      [
        ...listed.map(({ name, model }) => `Removed ${name} (${model}).`),
        ...(waivers.length > 0 ? [`Removed ${waivers.length} waivers of it.`] : []),
      ].join('\n'),
    )
  })
}
