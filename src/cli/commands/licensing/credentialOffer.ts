import type { Command } from 'commander'

import { shortText } from '../../../core/text.ts'
import { signOffer } from '../../../sdk/licensing/signOffer.ts'
import type { Context } from '../../../console/context.ts'
import { printDocument } from '../../printDocument.ts'
import { accountOf, checkModelName, modelOf, tierOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { grantOptionsOf, withGrantOptions, type GrantOptions } from '../../grantOptions.ts'
import { offerFileOf } from '../../../documents/offer.ts'
import { sign, type SignOptions } from '../../open.ts'
import { SIGNER_OPTION, withSignOptions } from '../../../console/options.ts'

type Options = SignOptions &
  GrantOptions & { until: string; validFrom?: string; deadline: string; signer?: string; output?: string }

/** `stemma credential offer`: signs an offer, which its holder sends. */
export function credentialOffer(command: Command, context: Context): void {
  withSignOptions(
    withGrantOptions(
      command
        .requiredOption('--until <time>', 'end of the credential: a date, a duration such as 180d, or `forever`')
        .option('--valid-from <time>', 'when the credential begins (default: when it is accepted)')
        .option('--deadline <time>', 'last time at which the offer can be accepted', '30d'),
    )
      .option(...SIGNER_OPTION)
      .option('--output <file>', 'write the offer to a file instead'),
    {
      example:
        '$ stemma credential offer acme/base "Commercial Use" \\\n    0x7099…79c8 --until 365d --output offer.json',
      json: '{ version, chainId, licenseCredential, offer: { model, tier, holder,\n  validFrom, validUntil, payment, agreement, lifts, epoch, deadline, signer, signature } }, JSON without --json too',
    },
  ).action(async (name: string, tierName: string, account: string, options: Options) => {
    checkModelName(name)
    const holder = accountOf(account)
    const signer = options.signer === undefined ? undefined : accountOf(options.signer)
    const { until, validFrom = '0', deadline } = options
    const stated = grantOptionsOf(options)
    for (const time of [until, validFrom, deadline]) timeOf(time, 0)
    const file = await sign(context, options, async (ledger) => {
      const model = await modelOf(ledger, name)
      const offer = await signOffer(ledger, {
        model,
        tier: await tierOf(ledger, model, tierName),
        holder,
        validFrom: await chainTimeOf(ledger, validFrom),
        validUntil: await chainTimeOf(ledger, until),
        deadline: await chainTimeOf(ledger, deadline),
        ...stated,
        ...(signer && { signer }),
      })
      return offerFileOf(ledger.deployment, offer)
    })
    await printDocument(
      context,
      options,
      file,
      (path) =>
        `Wrote the offer of ${shortText(tierName, 64)} to ${holder} to ${path}. The holder sends it: stemma credential accept ${path}.`,
    )
  })
}
