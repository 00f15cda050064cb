import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { quoted } from '../../../core/text.ts'
import { parseDigest } from '../../../core/hex.ts'
import { defaultHoldFolder, openHoldJournal } from '../../../guard/holdJournal.ts'
import { NotHeldError, readHeld } from '../../../guard/holdModel.ts'
import { reportedModel } from '../../../guard/reportModels.ts'
import { startGuarded } from '../../../guard/startGuarded.ts'
import { formatRefusal } from '../../formatGuard.ts'
import { readGuardArguments, type GuardOptions } from '../../guardArguments.ts'

/** What of the options of a start is not asked of a release. */
const UNASKED = {
  request: false,
  proofs: false,
  overrideFor: '1d',
  check: true,
} satisfies Partial<GuardOptions>

/** `stemma guard release`: gives back held models that may start by now. Exit code 75 or 77 when one may not. */
export function guardRelease(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .option('--use <rights>', `what for, by commas: ${RIGHT_NAMES.join(', ')} (default: commercial)`)
      .option('--policy <file>', 'whose models start (JSON: docs/formats/policy.md)'),
    {
      example: '$ stemma guard release 0x5f…e2',
      json: '{ released, exitCode, models }; models as in stemma guard run',
    },
  ).action(async (text: string, options: Pick<GuardOptions, 'use' | 'policy' | 'json' | 'rpc' | 'deployment'>) => {
    const digest = parseDigest(text)
    const roots = readHeld(openHoldJournal(defaultHoldFolder(context.env))).filter((held) => held.digest === digest)
    if (roots.length === 0) throw new NotHeldError(digest)
    const given: GuardOptions = {
      ...UNASKED,
      adapters: [],
      ignore: [],
      fact: [],
      ...options,
      model: roots.map(({ root }) => root),
    }
    const { run, close } = await readGuardArguments(context, [], given, () => {})
    try {
      const end = await startGuarded(run)
      if (end.started) return
      const released = end.exitCode === 0
      if (released) for (const { root } of roots) await run.holder.releaseAt(root)
      const models = end.models.map((judged) => reportedModel(judged))
      print(context, options.json, { released, exitCode: end.exitCode, models }, () =>
        released
          ? roots.map(({ root }) => `released ${quoted(root)}`).join('\n')
          : formatRefusal(end.models, new Map()),
      )
      exit(end.exitCode)
    } finally {
      close()
    }
  })
}
