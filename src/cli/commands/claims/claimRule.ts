import type { Command } from 'commander'

import { ruleClaim } from '../../../sdk/claims/ruleClaim.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { uphold?: boolean; reject?: boolean; uri: string }

/** `stemma claim rule`: rules on an accepted claim, as an adjudicator. */
export function claimRule(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--uphold', 'the claim stands: the parent is added to the lineage')
      .option('--reject', "it does not: the deposit goes to the model's publisher")
      .option('--uri <uri>', 'where the reasons are', ''),
    {
      example: '$ stemma claim rule 0x5a0c…11e7 --uphold --uri https://rulings.example/7',
      json: `{ ${SENT_JSON}`,
    },
  ).action(async (id: string, options: Options) => {
    const { uphold = false, reject = false, uri } = options
    if (uphold === reject) throw new UsageError('A ruling is one of --uphold and --reject. Name one of them.')
    await sendAboutClaim(context, id, options, (ledger, parameters) =>
      ruleClaim(ledger, { ...parameters, upheld: uphold, uri }),
    )
  })
}
