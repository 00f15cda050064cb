import type { Command } from 'commander'

import { obtainCredential } from '../../../sdk/licensing/obtainCredential.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf, tierOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential obtain`: obtains a credential of an open tier. */
export function credentialObtain(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma credential obtain acme/base Research',
    json: `{ credential, ${SENT_JSON}`,
  }).action((name: string, tierName: string, options: SendOptions) => {
    checkModelName(name)
    return send(
      context,
      options,
      async (ledger, write) => {
        const model = await modelOf(ledger, name)
        return obtainCredential(ledger, { model, tier: await tierOf(ledger, model, tierName), ...write })
      },
      ({ credential }) => `credential ${credential}`,
    )
  })
}
