import type { Command } from 'commander'

import { setOperator } from '../../../sdk/registry/setOperator.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & PublisherOptions & { until: string }

/** `stemma publisher operators add`: lets an account act for a publisher until a time. */
export function publisherOperatorsAdd(command: Command, context: Context): void {
  withSendOptions(
    withPublisher(command.requiredOption('--until <time>', 'a date, a duration such as 90d, or `forever`')),
    {
      example: '$ stemma publisher operators add 0x3c44…93bc --until 90d',
      json: `{ publisher, operator, until, ${SENT_JSON}`,
    },
  ).action(async (account: string, options: Options) => {
    const operator = accountOf(account)
    if (timeOf(options.until, 1) === 0) {
      throw new UsageError('--until 0 ends an operator. Use stemma publisher operators remove.')
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const publisher = await publisherOf(ledger, options)
        const until = await chainTimeOf(ledger, options.until)
        return { publisher, operator, until, ...(await setOperator(ledger, { publisher, operator, until, ...write })) }
      },
      ({ publisher, until }) => `operator ${operator} of ${publisher} until ${formatTime(until)}`,
    )
  })
}
