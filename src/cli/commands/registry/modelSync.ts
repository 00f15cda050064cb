import type { Command } from 'commander'

import { syncRecall } from '../../../sdk/registry/syncRecall.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model sync`: marks a model on chain as the authority recalls it now, or takes the mark back. */
export function modelSync(command: Command, context: Context): void {
  withSendOptions(command, { example: '$ stemma model sync acme/base', json: `{ ${SENT_JSON}` }).action(
    (name: string, options: SendOptions) => {
      checkModelName(name)
      return send(context, options, async (ledger, write) =>
        syncRecall(ledger, { model: await modelOf(ledger, name), ...write }),
      )
    },
  )
}
