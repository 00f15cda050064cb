import type { Command } from 'commander'

import { setOperator } from '../../../sdk/registry/setOperator.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma publisher operators remove`: stops an account from acting for a publisher, until control is handed over. */
export function publisherOperatorsRemove(command: Command, context: Context): void {
  withSendOptions(withPublisher(command), {
    example: '$ stemma publisher operators remove 0x3c44…93bc',
    json: `{ publisher, operator, ${SENT_JSON}`,
  }).action(async (account: string, options: SendOptions & PublisherOptions) => {
    const operator = accountOf(account)
    await send(
      context,
      options,
      async (ledger, write) => {
        const publisher = await publisherOf(ledger, options)
        return {
          publisher,
          operator,
          ...(await setOperator(ledger, { publisher, operator, scopes: [], until: 0, ...write })),
        }
      },
      ({ publisher }) => `removed the operator ${operator} of ${publisher}`,
    )
  })
}
