import type { Command } from 'commander'

import { note, print, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { shortText } from '../../../core/text.ts'
import { defaultStateFolder, StateFolder } from '../../../guard/stateFolder.ts'
import { signFindingOverride } from '../../../scan/findingOverrides.ts'
import { formatTime } from '../../format.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { scanPolicyOf } from '../../scanOverrides.ts'
import { durationOf } from '../../times.ts'

type Options = {
  rule: string
  reason: string
  digestPrefix?: string
  for: string
  policy?: string
  ignore: string[]
  rehash?: boolean
  json?: boolean
}

/** `stemma weights override`: passes over the findings of one rule in some weights for a time, by a signature that every later report has. */
export function weightsOverride(command: Command, context: Context): void {
  withHelp(
    command
      .requiredOption('--rule <id>', 'the rule whose findings are passed over (stemma weights rules lists them)')
      .requiredOption('--reason <text>', 'why, in one line; it stands in every later report')
      .option('--digest-prefix <digits>', 'the first 8 hex digits of the weights, to confirm which are meant')
      .option('--for <duration>', 'how long it holds; at most 7d', '7d')
      .option('--policy <file>', 'a trust policy; a hostile rule has to be named in its scan.overrides.rules')
      .addOption(ignoreOption())
      .option('--rehash', 'hash everything again'),
    {
      example:
        '$ stemma weights override ./acme__tiny-chat --rule pickle.unlisted \\\n    --reason "our own layer, read by two" --digest-prefix 1a2b3c4d --for 2d',
      json: '{ version, weights, rules, reason, from, until, signer, signature }; times in Unix seconds',
    },
  ).action(async (path: string, options: Options) => {
    const seconds = durationOf(options.for)
    const policy = await scanPolicyOf(context, options.policy)
    const { digest: weights } = await openModel(context, path, options.ignore, options.rehash ? { cache: false } : {})
    const { findKey, MissingKeyError } = await import('../../../console/key.ts')
    if (!context.env.STEMMA_PRIVATE_KEY && !context.env.STEMMA_KEYSTORE) throw new MissingKeyError('')
    const question = `Weights ${weights}. First 8 hex digits after 0x, to confirm: `
    const record = await signFindingOverride(new StateFolder(defaultStateFolder(context.env)), await findKey(context), {
      weights,
      rule: options.rule,
      policy,
      reason: options.reason,
      digestPrefix: options.digestPrefix ?? (await context.terminal?.askSecret(question)),
      now: Math.floor(context.now() / 1000),
      seconds,
    })
    note(context, 'stemma guard does not count it: what it starts is decided by reviews and its own overrides.')
    print(
      context,
      options.json,
      record,
      () =>
        `Scans of ${weights} pass over ${shortText(options.rule, 100)} until ${formatTime(record.until)}. Each report says so.`,
    )
  })
}
