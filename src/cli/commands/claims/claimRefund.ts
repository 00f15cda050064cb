import type { Command } from 'commander'

import { withdrawDeposit } from '../../../sdk/claims/withdrawDeposit.ts'
import type { Context } from '../../../console/context.ts'
import { formatWei } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim refund`: collects the deposits that are credited to the sender. */
export function claimRefund(command: Command, context: Context): void {
  withSendOptions(command.option('--to <address>', 'who receives them (default: the sender)'), {
    example: '$ stemma claim refund',
    json: `{ amount, to, ${SENT_JSON}`,
  }).action(async (options: SendOptions & { to?: string }) => {
    const to = options.to === undefined ? undefined : accountOf(options.to)
    await send(
      context,
      options,
      (ledger, write) => withdrawDeposit(ledger, { ...(to && { to }), ...write }),
      (sent) => `${formatWei(sent.amount)} to ${sent.to}`,
    )
  })
}
