import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { grantCredential } from '../../../sdk/licensing/grantCredential.ts'
import { grantUnder } from '../../../sdk/licensing/grantUnder.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { grantOptionsOf, withGrantOptions, type GrantOptions } from '../../grantOptions.ts'
import { accountOf, checkModelName, modelOf, tierOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & GrantOptions & { until: string; validFrom?: string; parent?: string }

/** `stemma credential grant`: grants a tier of a model to an account. */
export function credentialGrant(command: Command, context: Context): void {
  withSendOptions(
    withGrantOptions(
      command
        .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`')
        .option('--valid-from <time>', 'when it begins (default: with its block)'),
    ).option('--parent <credential>', 'issue it as a sub-credential under your own credential of the tier'),
    {
      example:
        '$ stemma credential grant acme/base "Commercial Use" 0x7099…79c8 --until 365d\n$ stemma credential grant acme/base "Commercial Use" 0x3c44…93bc \\\n    --until 30d --parent 0x5a0c…11e7',
      json: `{ credential, ${SENT_JSON}; with --parent, also parent`,
    },
  ).action((name: string, tierName: string, account: string, options: Options) => {
    checkModelName(name)
    const holder = accountOf(account)
    const { until, validFrom = '0' } = options
    for (const time of [until, validFrom]) timeOf(time, 0)
    const stated = grantOptionsOf(options)
    const parent = options.parent === undefined ? undefined : parseCredentialId(options.parent)
    if (parent !== undefined && Object.keys(stated).length > 0) {
      throw new UsageError(
        'Use --payment, --agreement and --lifts without --parent: only the publisher states them, and a sub-credential gives what the tier gives.',
      )
    }
    return send(
      context,
      options,
      async (ledger, write) => {
        const model = await modelOf(ledger, name)
        const tier = await tierOf(ledger, model, tierName)
        const window = {
          validFrom: await chainTimeOf(ledger, validFrom),
          validUntil: await chainTimeOf(ledger, until),
        }
        if (parent === undefined)
          return grantCredential(ledger, { model, tier, holder, ...window, ...stated, ...write })
        const above = await readCredential(ledger, { credential: parent })
        if (above.model !== model || above.tier !== tier) {
          throw new UsageError(
            `The credential ${parent} is for tier ${above.tier} of model ${above.model}. Name the --parent of the same tier and model.`,
          )
        }
        return grantUnder(ledger, { model, tier, licensee: above.holder, holder, ...window, ...write })
      },
      ({ credential }) => `credential ${credential}`,
    )
  })
}
