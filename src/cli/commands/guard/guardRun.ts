import type { Command } from 'commander'

import { note, toJson, UsageError, withLedger, type Context } from '../../../console/context.ts'
import { repeatable, withSignOptions } from '../../../console/options.ts'
import { StemmaError } from '../../../core/errors.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { CommandNotStartedError } from '../../../guard/runCommand.ts'
import { GUARD_EXIT, startGuarded, type GuardedEnd, type GuardEvent } from '../../../guard/startGuarded.ts'
import { reportedEvent, reportedModel } from '../../../guard/reportModels.ts'
import { factOption } from '../../facts.ts'
import { formatEvent, formatRefusal } from '../../formatGuard.ts'
import { readGuardArguments, type GuardOptions } from '../../guardArguments.ts'
import { ignoreOption } from '../../hashing.ts'

/** `stemma guard run`: starts a command once the models that it loads are verified. Exit codes: that of the command, or of the guard. */
export function guardRun(command: Command, context: Context, exit: (code: number) => void): void {
  withSignOptions(
    command
      .addOption(repeatable('--model <subject>', 'what the command loads (default: the paths among its arguments)'))
      .option('--use <rights>', `what for, by commas: ${RIGHT_NAMES.join(', ')} (default: commercial)`)
      .option('--policy <file>', 'whose models start, and how (JSON: docs/formats/policy.md)')
      .option('--registration <id>', 'which registration of the weights; needed where several count')
      .option('--licensee <address>', 'who loads it; by default the public')
      .option('--facts <file>', 'facts of the licensee (JSON)')
      .addOption(factOption())
      .addOption(repeatable('--adapters <folder>', 'a folder in which the engine looks for adapters while it runs'))
      .option('--check', 'only decide; hold and start nothing')
      .option('--wait', 'stay until the models are cleared')
      .option('--uri <uri>', 'where scanners can fetch the weights, for the request of a review')
      .option('--no-request', 'request and clear no review, though a key is at hand')
      .option('--move', 'move what may not start out of its folder, instead of taking read permission')
      .option('--rehash', 'hash all files, also those whose digests are known')
      .option('--max-age <duration>', 'how long a clearance counts while the ledger is away (default: 24h)')
      .option('--bundle <file>', 'what stands for the ledger while it is away (stemma export bundle)')
      .option('--trusted-block <hash>', 'the hash of the block that the bundle has to be of')
      .option('--checkpoint <file>', 'a signed checkpoint of that block, by signers of the policy')
      .option('--grace <duration>', 'how long the command has to end when it is stopped (default: 30s)')
      .option('--override <reason>', 'start all the same, where the policy allows it; signed and kept')
      .option('--digest-prefix <digits>', 'with --override: the first 8 hex digits of the weights')
      .option('--override-for <duration>', 'with --override: how long it holds, at most 7d', '1d')
      .option('--report <file>', 'append what happens to a file, one JSON value a line')
      .option('--no-proofs', 'ask no host whether a publisher proves a name')
      .addOption(ignoreOption()),
    {
      example:
        '$ stemma guard run --use host -- vllm serve ./acme__tiny-chat\n$ stemma guard run --check --model ./acme__tiny-chat',
      json: '{ outcome, exitCode, models: [{ reference, root, adapter, weights, tensors, starts, outcome, because,\n  model, publisher, license, missing: [{ rule, what, remedy }], notes, review, hold, override, overrides,\n  block, time, kept }] }; once the command runs, events on standard error, one a line',
    },
  ).action(async (words: string[], options: GuardOptions) => {
    if (words.length === 0 && !options.check) {
      throw new UsageError('Name the command to run after --: stemma guard run -- vllm serve ./model')
    }
    try {
      const { run, close } = await readGuardArguments(context, words, options, (event) => {
        printEvent(context, options, event)
      })
      try {
        const end = await startGuarded(run)
        if (!end.started) printEnd(context, options, end)
        exit(end.exitCode)
      } finally {
        close()
      }
    } catch (error) {
      const code = exitOf(error)
      if (code === undefined) throw error
      printFailure(context, options, error as StemmaError, code)
      exit(code)
    }
  })
}

/** The codes of the guard for what stops it; undefined for what any command answers. */
function exitOf(error: unknown): number | undefined {
  if (!(error instanceof StemmaError)) return undefined
  if (error instanceof CommandNotStartedError) return error.exitCode
  if (error.code === 'GATE_UNREACHABLE') return GUARD_EXIT.unreachable
  return error.code === 'FILE_CHANGED' ? GUARD_EXIT.changed : undefined
}

/** What happens goes to standard error: standard output is the command's. */
function printEvent(context: Context, { json }: GuardOptions, event: GuardEvent): void {
  if (json) return context.stderr(`${toJson(withLedger(context, reportedEvent(event)), 0)}\n`)
  for (const line of formatEvent(event)) note(context, line)
}

function printEnd(context: Context, { json }: GuardOptions, end: Extract<GuardedEnd, { started: false }>): void {
  const { exitCode, models, holds } = end
  const outcome = exitCode === 0 ? 'start' : exitCode === GUARD_EXIT.held ? 'held' : 'refused'
  const listed = models.map((judged) => reportedModel(judged, holds.get(judged.opened) ?? null))
  const value = { outcome, exitCode, models: listed }
  context.stdout(`${json ? toJson(withLedger(context, value)) : formatRefusal(models, holds)}\n`)
}

function printFailure(context: Context, { json }: GuardOptions, error: StemmaError, exitCode: number): void {
  const { code, message, docs } = error
  if (json) context.stdout(`${toJson(withLedger(context, { error: { code, message, docs }, exitCode }))}\n`)
  context.stderr(`${code}: ${message}\n`)
}
