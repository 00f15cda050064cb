import type { Command } from 'commander'

import { proposeController } from '../../../sdk/registry/proposeController.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma publisher control propose`: offers control of a publisher to another account. */
export function publisherControlPropose(command: Command, context: Context): void {
  withSendOptions(withPublisher(command), {
    example: '$ stemma publisher control propose 0x3c44…93bc',
    json: `{ ${SENT_JSON}`,
  }).action(async (account: string, options: SendOptions & PublisherOptions) => {
    const controller = accountOf(account)
    await send(context, options, async (ledger, write) =>
      proposeController(ledger, { publisher: await publisherOf(ledger, options), controller, ...write }),
    )
  })
}
