import type { Command } from 'commander'

import { cancelOffer } from '../../../sdk/licensing/cancelOffer.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf, checkModelName, modelOf, tierOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential cancel`: cancels signed offers before they are accepted. */
export function credentialCancel(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma credential cancel acme/base "Commercial Use" 0x7099…79c8',
    json: `{ credential, ${SENT_JSON}`,
  }).action((name: string, tierName: string, account: string, options: SendOptions) => {
    checkModelName(name)
    const holder = accountOf(account)
    return send(
      context,
      options,
      async (ledger, write) => {
        const model = await modelOf(ledger, name)
        return cancelOffer(ledger, { model, tier: await tierOf(ledger, model, tierName), holder, ...write })
      },
      ({ credential }) => `credential ${credential} can never be issued`,
    )
  })
}
