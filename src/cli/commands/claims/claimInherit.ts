import type { Command } from 'commander'

import { inheritClaim } from '../../../sdk/claims/inheritClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import { checkModelName, modelOf } from '../../names.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim inherit`: applies an upheld claim to a model with its weights, or with tensors to which it was extended. */
export function claimInherit(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma claim inherit 0x5a0c…11e7 acme/base',
    json: `{ ${SENT_JSON}`,
  }).action(async (id: string, name: string, options: SendOptions) => {
    checkModelName(name)
    await sendAboutClaim(context, id, options, async (ledger, parameters) =>
      inheritClaim(ledger, { ...parameters, model: await modelOf(ledger, name) }),
    )
  })
}
