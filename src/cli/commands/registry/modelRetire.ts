import type { Command } from 'commander'

import { retireModel } from '../../../sdk/registry/retireModel.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model retire`: ends the support of a model. */
export function modelRetire(command: Command, context: Context): void {
  withSendOptions(command.option('--reason <text>', 'why; stored with the event', ''), {
    example: '$ stemma model retire acme/base --reason "replaced by tiny-chat 2"',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, options: SendOptions & { reason: string }) => {
    checkModelName(name)
    return send(context, options, async (ledger, write) =>
      retireModel(ledger, { model: await modelOf(ledger, name), reason: options.reason, ...write }),
    )
  })
}
