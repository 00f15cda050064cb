import type { Command } from 'commander'

import { supersedeModel } from '../../../sdk/registry/supersedeModel.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model supersede`: names the model that replaces a model. */
export function modelSupersede(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma model supersede acme/base acme/base-2',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, successor: string, options: SendOptions) => {
    for (const each of [name, successor]) checkModelName(each)
    return send(context, options, async (ledger, write) =>
      supersedeModel(ledger, {
        model: await modelOf(ledger, name),
        successor: await modelOf(ledger, successor),
        ...write,
      }),
    )
  })
}
