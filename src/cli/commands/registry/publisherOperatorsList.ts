import type { Command } from 'commander'

import { listOperators } from '../../../sdk/registry/listOperators.ts'
import { print, type Context } from '../../../console/context.ts'
import { formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma publisher operators list`: lists the operators of a publisher. */
export function publisherOperatorsList(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma publisher operators list 0x7099…79c8',
    json: '[{ operator, scopes, until }]; until in Unix seconds',
  }).action(async (text: string, options: LedgerOptions) => {
    const publisher = accountOf(text)
    const operators = await read(context, options, (ledger) => listOperators(ledger, { publisher }))
    print(
      context,
      options.json,
      operators,
      () =>
        operators
          .map(({ operator, scopes, until }) => `${operator} for ${scopes.join(', ')} until ${formatTime(until)}`)
          .join('\n') || 'No account acts for the publisher but its controller.',
    )
  })
}
