import type { Command } from 'commander'

import { verifyPublisher } from '../../../sdk/registry/verifyPublisher.ts'
import type { Context } from '../../../console/context.ts'
import { fileDigest } from '../../../console/fileDigest.ts'
import { accountOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma publisher profile verify`: states, as a verifier, that a document is a publisher's profile and true. */
export function publisherProfileVerify(command: Command, context: Context): void {
  withSendOptions(
    command.requiredOption('--until <time>', 'a date, a duration such as 365d, `forever`, or 0 to take it back'),
    {
      example: '$ stemma publisher profile verify 0x7099…79c8 profile.json --until 365d',
      json: `{ profile, ${SENT_JSON}`,
    },
  ).action(async (account: string, path: string, options: SendOptions & { until: string }) => {
    const publisher = accountOf(account)
    timeOf(options.until, 0)
    const profile = await fileDigest(context, path)
    await send(
      context,
      options,
      async (ledger, write) => {
        const until = await chainTimeOf(ledger, options.until)
        return { profile, ...(await verifyPublisher(ledger, { publisher, profile, until, ...write })) }
      },
      () => `profile ${profile}`,
    )
  })
}
