import type { Command } from 'commander'

import { withdrawClaim } from '../../../sdk/claims/withdrawClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim withdraw`: withdraws a claim before it is ruled on. */
export function claimWithdraw(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma claim withdraw 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => sendAboutClaim(context, id, options, withdrawClaim))
}
