import type { Command } from 'commander'

import { utf8Length } from '../../../core/text.ts'
import { setProfile } from '../../../sdk/registry/setProfile.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { readProfileFile } from '../../profileFile.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & PublisherOptions & { domain: string }

/** `stemma publisher profile set`: sets the profile of a publisher. */
export function publisherProfileSet(command: Command, context: Context): void {
  withSendOptions(withPublisher(command.option('--domain <domain>', 'a domain that the publisher claims', '')), {
    example: '$ stemma publisher profile set profile.json --domain acme.example',
    json: `{ profile, country, ${SENT_JSON}`,
  }).action(async (path: string, options: Options) => {
    const { domain } = options
    if (utf8Length(domain) > 253) throw new UsageError('--domain is too long. A domain has at most 253 bytes.')
    const { digest: profile, country } = await readProfileFile(context, path)
    await send(
      context,
      options,
      async (ledger, write) => ({
        profile,
        country,
        ...(await setProfile(ledger, { publisher: await publisherOf(ledger, options), profile, domain, ...write })),
      }),
      () => `profile ${profile}, which states ${country === null ? 'no country' : `the country ${country}`}`,
    )
  })
}
