import type { Command } from 'commander'

import { grantCredential } from '../../../sdk/licensing/grantCredential.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf, checkModelName, modelOf, tierOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential grant`: grants a tier of a model to an account. */
export function credentialGrant(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--valid-from <time>', 'when it begins (default: with its block)'),
    {
      example: '$ stemma credential grant acme/base "Commercial Use" 0x7099…79c8 --until 365d',
      json: `{ credential, ${SENT_JSON}`,
    },
  ).action(
    (name: string, tierName: string, account: string, options: SendOptions & { until: string; validFrom?: string }) => {
      checkModelName(name)
      const holder = accountOf(account)
      const { until, validFrom = '0' } = options
      for (const time of [until, validFrom]) timeOf(time, 0)
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
          return grantCredential(ledger, { model, tier, holder, ...window, ...write })
        },
        ({ credential }) => `credential ${credential}`,
      )
    },
  )
}
