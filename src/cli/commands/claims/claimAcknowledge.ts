import type { Command } from 'commander'

import { acknowledgeClaim } from '../../../sdk/claims/acknowledgeClaim.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim acknowledge`: confirms a claim about the signer's own model. */
export function claimAcknowledge(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma claim acknowledge 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => sendAboutClaim(context, id, options, acknowledgeClaim))
}
