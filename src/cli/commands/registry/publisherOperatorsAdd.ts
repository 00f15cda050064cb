import type { Command } from 'commander'

import { parseScope, SCOPE_NAMES } from '../../../core/vocabulary.ts'
import { setOperator } from '../../../sdk/registry/setOperator.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & PublisherOptions & { until: string; scopes: string }

/** `stemma publisher operators add`: lets an account act for a publisher in some scopes until a time. */
export function publisherOperatorsAdd(command: Command, context: Context): void {
  withSendOptions(
    withPublisher(
      command
        .requiredOption('--until <time>', 'a date, a duration such as 90d, or `forever`')
        .option(
          '--scopes <list>',
          `what it may do, of ${SCOPE_NAMES.join(', ')}, separated by commas`,
          'register,anchor',
        ),
    ),
    {
      example:
        '$ stemma publisher operators add 0x3c44…93bc --until 90d\n$ stemma publisher operators add 0x3c44…93bc --until 90d --scopes grant,audit',
      json: `{ publisher, operator, scopes, until, ${SENT_JSON}`,
    },
  ).action(async (account: string, options: Options) => {
    const operator = accountOf(account)
    const scopes = [...new Set(options.scopes.split(',').map((scope) => parseScope(scope.trim())))]
    if (timeOf(options.until, 1) === 0) {
      throw new UsageError('--until 0 ends an operator. Use stemma publisher operators remove.')
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const publisher = await publisherOf(ledger, options)
        const until = await chainTimeOf(ledger, options.until)
        const sent = await setOperator(ledger, { publisher, operator, scopes, until, ...write })
        return { publisher, operator, scopes, until, ...sent }
      },
      ({ publisher, until }) =>
        `operator ${operator} of ${publisher} for ${scopes.join(', ')} until ${formatTime(until)}`,
    )
  })
}
