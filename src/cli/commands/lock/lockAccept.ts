import type { Command } from 'commander'

import { print, UsageError, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { StemmaError } from '../../../core/errors.ts'
import { parseModelId, type ModelId } from '../../../core/hex.ts'
import { findingKey, type Finding } from '../../../core/report.ts'
import { quoted } from '../../../core/text.ts'
import { parseRight, RIGHT_NAMES } from '../../../core/vocabulary.ts'
import {
  MAX_BASES,
  parseWaiver,
  waiverKey,
  type LockedModel,
  type ReadLock,
  type Waiver,
} from '../../../documents/lock.ts'
import { LONGEST_WAIVER } from '../../../verify/waivers.ts'
import { formatWaiver } from '../../formatLock.ts'
import { entriesNamed, lockOption, lockPlace, readLock, writeLock, type LockOptions } from '../../lockFile.ts'
import { askLock, readLockQuestion, withLockQuestion, type LockQuestionOptions } from '../../lockQuestion.ts'
import { read } from '../../open.ts'
import { timeOf } from '../../times.ts'

type Options = LockQuestionOptions &
  LockOptions & {
    finding: string
    at?: string
    use: string
    reason: string
    who: string
    until: string
  }

/** `stemma lock accept`: accepts one finding about one model for one use until a day. Without `--at` the ledger says where it lies. */
export function lockAccept(command: Command, context: Context): void {
  withLedgerOptions(
    withLockQuestion(command.addOption(lockOption()))
      .requiredOption(
        '--finding <finding>',
        'the finding, as lock check prints it, with or without its place: right-withheld/redistribute',
      )
      .option(
        '--at <model>',
        'the id of the model that it lies at: itself or an ancestor; no node is asked then (default: where the ledger has it)',
      )
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
    const [entry] = entriesNamed(lock, [name]) as [(typeof lock.models)[number]]
    const { model, use: uses } = entry
    if (!uses.includes(use)) {
      throw new UsageError(`The lock file uses the model for ${uses.join(', ')}, not for ${use}. Accept what it uses.`)
    }
    const { reason, who } = options
    const until = dayOf(timeOf(options.until, now), now)
    const { finding, at } = findingIn(options, entry)
    // In any place that is valid, so that what is wrong is said before a node is asked.
    const waiver = parseWaiver({ finding, model, at: at ?? model, use, reason, who, until })
    const accepted = at === undefined ? { ...waiver, at: await placeOf(context, options, lock, waiver) } : waiver
    const others = lock.accepted.filter((waiver) => waiverKey(waiver) !== waiverKey(accepted))
    await writeLock(context, place, { ...lock, accepted: [...others, accepted] })
    const replaced = others.length < lock.accepted.length
    print(context, options.json, { file: place.file, accepted, replaced }, () => formatWaiver(accepted))
  })
}

/**
 * The finding that the options name, and where it lies, if they say so: by `--at`, or as `lock check` prints it. The place is the model or
 * one of its ancestors, as far as the lock file has them all.
 */
function findingIn(
  { finding: text, at: option }: Pick<Options, 'finding' | 'at'>,
  { name, model, bases }: LockedModel,
): { finding: string; at: ModelId | undefined } {
  const [finding, printed] = text.split(/\s+at\s+/) as [string, string?]
  const place = option ?? printed
  if (place === undefined) return { finding, at: undefined }
  const at = parseModelId(place)
  if (at !== model && !bases.includes(at) && bases.length < MAX_BASES) {
    throw new UsageError(
      `--at ${at} is neither ${quoted(name)} nor one of its ${bases.length} ancestors in the lock file. Leave out --at, for where the ledger has the finding; or list them: stemma ancestry ${model}.`,
    )
  }
  return { finding, at }
}

/** Where on the ledger the finding lies that is accepted. @throws {@link FindingPlaceError} when it lies nowhere, or in several places */
async function placeOf(context: Context, options: Options, lock: ReadLock, waiver: Waiver): Promise<ModelId> {
  const question = await readLockQuestion(context, options)
  const only = lock.models.filter(({ model }) => model === waiver.model).map(({ name }) => name)
  const { found } = await read(context, options, (ledger) => askLock(context, ledger, lock, question, { only }))
  const findings = found.entries.flatMap(({ reports }) =>
    reports.filter((report) => report.use === waiver.use).flatMap((report) => report.findings),
  )
  const places = new Set(findings.filter((each) => findingKey(each) === waiver.finding).map(({ model }) => model))
  const [place, ...others] = places
  if (place === undefined || others.length > 0) throw new FindingPlaceError(waiver, [...places], findings)
  return place
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

/** Most findings or models that the message lists. */
const MOST_LISTED = 8

/** Thrown when a finding that is to be accepted lies nowhere, or in several places. */
export class FindingPlaceError extends StemmaError {
  override name = 'FindingPlaceError'
  constructor({ finding, use }: Waiver, places: readonly ModelId[], findings: readonly Finding[]) {
    const listed = (all: readonly string[]): string => {
      const more = all.length > MOST_LISTED ? ` and ${all.length - MOST_LISTED} more` : ''
      return `${all.slice(0, MOST_LISTED).join(', ')}${more}`
    }
    const there = [...new Set(findings.map((each) => `${findingKey(each)} at ${each.model}`))]
    super(
      'FINDING_PLACE',
      places.length > 0
        ? `The finding ${quoted(finding)} for ${use} lies at several models. Accept it at each by --at: ${listed(places)}.`
        : `There is no finding ${quoted(finding)} for ${use}, so that there is nothing to accept. ${there.length > 0 ? `There are: ${listed(there)}.` : 'There is none at all.'} Ask with the options of lock check (--policy, --facts, --licensee); or name by --at the model where it is expected.`,
    )
  }
}
