import type { Command } from 'commander'

import { recallByAuthority } from '../../../sdk/registry/recallByAuthority.ts'
import { recallModel } from '../../../sdk/registry/recallModel.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma recall`: forbids a model. */
export function addRecall(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('recall <model>')
      .description('recall a model for good; what was made from it is affected at once')
      .option('--reason <text>', 'for whoever asks later', '')
      .option('--by-authority', "in the publisher's place, as an account with the authority's role"),
    { example: '$ stemma recall acme/base --reason "trained on leaked data"', json: `{ ${SENT_JSON}` },
  ).action((name: string, options: SendOptions & { reason: string; byAuthority?: boolean }) => {
    checkModelName(name)
    const recall = options.byAuthority ? recallByAuthority : recallModel
    return send(context, options, async (ledger, write) =>
      recall(ledger, { model: await modelOf(ledger, name), reason: options.reason, ...write }),
    )
  })
}
