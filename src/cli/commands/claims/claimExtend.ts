import type { Command } from 'commander'

import { parseDigest } from '../../../core/hex.ts'
import { extendClaim } from '../../../sdk/claims/extendClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim extend`: extends an upheld claim to the models with certain tensors, as an adjudicator. */
export function claimExtend(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma claim extend 0x5a0c…11e7 0x2f90…ab34',
    json: `{ ${SENT_JSON}`,
  }).action(async (id: string, text: string, options: SendOptions) => {
    const tensors = parseDigest(text)
    await sendAboutClaim(context, id, options, (ledger, parameters) => extendClaim(ledger, { ...parameters, tensors }))
  })
}
