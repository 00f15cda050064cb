import type { Command } from 'commander'

import { parseDigest } from '../../../core/hex.ts'
import { requestCredential } from '../../../sdk/licensing/requestCredential.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf, tierOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential request`: asks a publisher for a credential. */
export function credentialRequest(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--details <digest>', 'SHA-256 of your application')
      .option('--uri <uri>', 'where your application is', ''),
    {
      example:
        '$ stemma credential request acme/base "Commercial Use" \\\n    --uri https://initech.example/applications/acme-base.json',
      json: `{ ${SENT_JSON}`,
    },
  ).action((name: string, tierName: string, options: SendOptions & { details?: string; uri: string }) => {
    checkModelName(name)
    const details = options.details === undefined ? {} : { details: parseDigest(options.details) }
    return send(context, options, async (ledger, write) => {
      const model = await modelOf(ledger, name)
      const tier = await tierOf(ledger, model, tierName)
      return requestCredential(ledger, { model, tier, ...details, uri: options.uri, ...write })
    })
  })
}
