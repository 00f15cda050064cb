import type { Command } from 'commander'

import { acceptOffer } from '../../../sdk/licensing/acceptOffer.ts'
import type { Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { checkOfferLedger, parseOfferFile } from '../../../documents/offer.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma accept`: takes a signed offer. */
export function addAccept(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('accept <offer.json>')
      .description("accept an offer that a publisher has signed; sent from the holder's account"),
    { example: '$ stemma accept offer.json', json: `{ credential, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions) => {
    const file = parseOfferFile(await readJsonFile(context, path))
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
