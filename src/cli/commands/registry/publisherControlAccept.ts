import type { Command } from 'commander'

import { acceptController } from '../../../sdk/registry/acceptController.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma publisher control accept`: takes over the control that was offered to the signer. */
export function publisherControlAccept(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma publisher control accept 0x7099…79c8',
    json: `{ ${SENT_JSON}`,
  }).action(async (account: string, options: SendOptions) => {
    const publisher = accountOf(account)
    await send(context, options, (ledger, write) => acceptController(ledger, { publisher, ...write }))
  })
}
