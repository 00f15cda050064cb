import type { Command } from 'commander'

import { print, UsageError, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { parseModelId } from '../../../core/hex.ts'
import { parseRight, RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { parseWaiver, waiverKey } from '../../../documents/lock.ts'
import { LONGEST_WAIVER } from '../../../verify/waivers.ts'
import { formatWaiver } from '../../formatLock.ts'
import { entriesNamed, lockOption, lockPlace, readLock, writeLock, type LockOptions } from '../../lockFile.ts'
import { timeOf } from '../../times.ts'

type Options = LockOptions & {
  json?: boolean
  finding: string
  at?: string
  use: string
  reason: string
  who: string
  until: string
}

/** `stemma lock accept`: accepts one finding about one model for one use until a day. No node is asked. */
export function lockAccept(command: Command, context: Context): void {
  withHelp(
    command
      .addOption(lockOption())
      .requiredOption('--finding <finding>', 'the finding, as lock check prints it: right-withheld/redistribute')
      .option('--at <model>', 'the id of the ancestor that it lies at (default: the model itself)')
      .requiredOption('--use <right>', `for which use: ${RIGHT_NAMES.join(', ')}`)
      .requiredOption('--reason <text>', 'why it is accepted')
      .requiredOption('--who <name>', 'who answers for it')
      .requiredOption(
        '--until <day>',
        'the last day on which it holds, at most a year from now, such as 2027-01-31 or 90d',
      ),
    {
      example:
        '$ stemma lock accept acme/tiny-chat --finding right-unstated/commercial \\\n    --use commercial --reason "we asked" --who legal@acme.example --until 90d',
      json: '{ file, accepted: { finding, model, at, use, reason, who, until }, replaced }',
    },
  ).action(async (name: string, options: Options) => {
    const use = parseRight(options.use)
    const now = Math.floor(context.now() / 1000)
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    const [{ model, use: uses }] = entriesNamed(lock, [name]) as [(typeof lock.models)[number]]
    if (!uses.includes(use)) {
      throw new UsageError(`The lock file uses the model for ${uses.join(', ')}, not for ${use}. Accept what it uses.`)
    }
    const { finding, reason, who } = options
    const until = dayOf(timeOf(options.until, now), now)
    const at = options.at === undefined ? model : parseModelId(options.at)
    const accepted = parseWaiver({ finding, model, at, use, reason, who, until })
    const others = lock.accepted.filter((waiver) => waiverKey(waiver) !== waiverKey(accepted))
    await writeLock(context, place, { ...lock, accepted: [...others, accepted] })
    const replaced = others.length < lock.accepted.length
    print(context, options.json, { file: place.file, accepted, replaced }, () => formatWaiver(accepted))
  })
}

/** The day of a time in UTC, which has to be one of the year that begins now. Both are Unix seconds. */
function dayOf(time: number, now: number): string {
  const today = now - (now % 86_400)
  if (time < today || time > now + LONGEST_WAIVER - 86_400) {
    throw new UsageError(
      `--until ${time < today ? 'is in the past' : 'is more than a year away'}. Choose a day of the year that begins now.`,
    )
  }
  return new Date(time * 1000).toISOString().slice(0, 10)
}
