import type { Command } from 'commander'

import { withdrawTier } from '../../../sdk/licensing/withdrawTier.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf, tierOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma tier withdraw`: ends the offer of a tier. */
export function tierWithdraw(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma tier withdraw acme/base "Commercial Use"',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, which: string, options: SendOptions) => {
    checkModelName(name)
    return send(context, options, async (ledger, write) => {
      const model = await modelOf(ledger, name)
      return withdrawTier(ledger, { model, tier: await tierOf(ledger, model, which), ...write })
    })
  })
}
