import type { Command } from 'commander'

import { acceptOffer } from '../../../sdk/licensing/acceptOffer.ts'
import type { Context } from '../../../console/context.ts'
import { readSigned } from '../../readSigned.ts'
import { checkOfferLedger } from '../../../documents/offer.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential accept`: accepts a signed offer. */
export function credentialAccept(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma credential accept offer.json\n$ stemma credential accept "https://…#stemma=1.offer.…"',
    json: `{ credential, ${SENT_JSON}`,
  }).action(async (path: string, options: SendOptions) => {
    const file = await readSigned(context, path, 'offer')
    await send(
      context,
      options,
      async (ledger, write) => {
        checkOfferLedger(ledger.deployment, file)
        return acceptOffer(ledger, { ...file.offer, ...write })
      },
      ({ credential }) => `credential ${credential}`,
    )
  })
}
