import type { Command } from 'commander'

import { contestClaim } from '../../../sdk/claims/contestClaim.ts'
import { contestInheritance } from '../../../sdk/claims/contestInheritance.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import { checkModelName, modelOf } from '../../names.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { model?: string; uri: string }

/** `stemma claim contest`: contests a claim about the signer's own model, or that the model inherits a claim. */
export function claimContest(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--model <model>', 'contest that this model of yours inherits the claim')
      .option('--uri <uri>', 'where the answer is', ''),
    {
      example: '$ stemma claim contest 0x5a0c…11e7 --uri https://acme.example/answer',
      json: `{ ${SENT_JSON}`,
    },
  ).action(async (id: string, { model: name, uri, ...options }: Options) => {
    if (name !== undefined) checkModelName(name)
    await sendAboutClaim(context, id, options, async (ledger, parameters) =>
      name === undefined
        ? contestClaim(ledger, { ...parameters, uri })
        : contestInheritance(ledger, { ...parameters, model: await modelOf(ledger, name), uri }),
    )
  })
}
