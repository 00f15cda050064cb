import type { Command } from 'commander'

import { verifyPublisher } from '../../../sdk/registry/verifyPublisher.ts'
import type { Context } from '../../../console/context.ts'
import { fileDigest } from '../../../console/fileDigest.ts'
import { formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma publisher profile verify`: states, as a verifier, that a document is a publisher's profile and true. */
export function publisherProfileVerify(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--until <time>', 'a date, a duration such as 365d, `forever`, or 0 to take it back')
      .option(
        '--since <time>',
        'since when the account has been that of the profile, such as 2025-06-01 or -90d; what it said before is not covered',
        'now',
      ),
    {
      example: '$ stemma publisher profile verify 0x7099…79c8 profile.json --until 365d',
      json: `{ profile, since, until, ${SENT_JSON}`,
    },
  ).action(async (account: string, path: string, options: SendOptions & { until: string; since: string }) => {
    const publisher = accountOf(account)
    for (const time of [options.until, options.since]) timeOf(time, 0)
    const profile = await fileDigest(context, path)
    await send(
      context,
      options,
      async (ledger, write) => {
        const until = await chainTimeOf(ledger, options.until)
        const since = until === 0 ? 0 : await chainTimeOf(ledger, options.since)
        const sent = await verifyPublisher(ledger, { publisher, profile, from: since, until, ...write })
        return { profile, since, until, ...sent }
      },
      ({ since, until }) =>
        until === 0
          ? `took back the verification of profile ${profile}`
          : `profile ${profile} verified from ${formatTime(since)} until ${formatTime(until)}`,
    )
  })
}
