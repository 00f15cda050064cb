import type { Command } from 'commander'

import { recallByAuthority } from '../../../sdk/registry/recallByAuthority.ts'
import { recallModel } from '../../../sdk/registry/recallModel.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model recall`: recalls a model for good. */
export function modelRecall(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--reason <text>', 'why; stored with the event', '')
      .option('--by-authority', "in the publisher's place, as an account with the authority's role"),
    { example: '$ stemma model recall acme/base --reason "trained on leaked data"', json: `{ ${SENT_JSON}` },
  ).action((name: string, options: SendOptions & { reason: string; byAuthority?: boolean }) => {
    checkModelName(name)
    const recall = options.byAuthority ? recallByAuthority : recallModel
    return send(context, options, async (ledger, write) =>
      recall(ledger, { model: await modelOf(ledger, name), reason: options.reason, ...write }),
    )
  })
}
