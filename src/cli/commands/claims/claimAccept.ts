import type { Command } from 'commander'

import { acceptClaim } from '../../../sdk/claims/acceptClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim accept`: accepts a claim for ruling, as an adjudicator. */
export function claimAccept(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma claim accept 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => sendAboutClaim(context, id, options, acceptClaim))
}
