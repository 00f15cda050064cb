import type { Command } from 'commander'

import { contestClaim } from '../../../sdk/claims/contestClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim contest`: contests a claim about the signer's own model. */
export function claimContest(command: Command, context: Context): void {
  withSendOptions(command.option('--uri <uri>', 'where the answer is', ''), {
    example: '$ stemma claim contest 0x5a0c…11e7 --uri https://acme.example/answer',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions & { uri: string }) =>
    sendAboutClaim(context, id, options, (ledger, parameters) =>
      contestClaim(ledger, { ...parameters, uri: options.uri }),
    ),
  )
}
