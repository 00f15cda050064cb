import type { Command } from 'commander'

import { retireModel } from '../../../sdk/registry/retireModel.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma retire`: ends the support of a model. */
export function addRetire(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('retire <model>')
      .description('say that a model is not supported any more')
      .option('--reason <text>', 'for whoever asks later', ''),
    { example: '$ stemma retire acme/base --reason "replaced by tiny-chat 2"', json: `{ ${SENT_JSON}` },
  ).action((name: string, options: SendOptions & { reason: string }) => {
    checkModelName(name)
    return send(context, options, async (ledger, write) =>
      retireModel(ledger, { model: await modelOf(ledger, name), reason: options.reason, ...write }),
    )
  })
}
