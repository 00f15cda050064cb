import type { Command } from 'commander'

import { countersignParent } from '../../../sdk/claims/countersignParent.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model countersign`: confirms, as the publisher of the parent, that a model was made from it. */
export function modelCountersign(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma model countersign acme/tiny-chat moonshotai/Kimi-K2.5',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, parentName: string, options: SendOptions) => {
    for (const each of [name, parentName]) checkModelName(each)
    return send(context, options, async (ledger, write) =>
      countersignParent(ledger, {
        model: await modelOf(ledger, name),
        parent: await modelOf(ledger, parentName),
        ...write,
      }),
    )
  })
}
