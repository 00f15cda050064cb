import type { Command } from 'commander'

import { signOffer } from '../../../sdk/licensing/signOffer.ts'
import { toJson, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { accountOf, chainTimeOf, checkModelName, modelOf, tierOf, timeOf } from '../../names.ts'
import { offerFileOf } from '../../../documents/offer.ts'
import { sign, type SignOptions } from '../../open.ts'
import { SIGNER_OPTION, withSignOptions } from '../../../console/options.ts'

type Options = SignOptions & { until: string; validFrom?: string; deadline: string; signer?: string; output?: string }

/** `stemma offer`: signs an offer, which its holder sends. */
export function addOffer(program: Command, context: Context): void {
  withSignOptions(
    program
      .command('offer <model> <tier> <holder>')
      .description('sign an offer of a tier for one account, which accepts it and pays the gas; sends nothing')
      .requiredOption('--until <time>', 'end of the credential: a date, a duration such as 180d, or `forever`')
      .option('--valid-from <time>', 'when the credential begins; by default with its acceptance')
      .option('--deadline <time>', 'last time at which the offer can be accepted', '30d')
      .option(...SIGNER_OPTION)
      .option('--output <file>', 'write the offer to a file instead'),
    {
      example: '$ stemma offer acme/base "Commercial Use" 0x7099…79c8 --until 365d \\\n    --output offer.json',
      json: '{ version, chainId, licenseCredential, offer: { model, tier, holder,\n  validFrom, validUntil, deadline, signer, signature } }, JSON without --json too',
    },
  ).action(async (name: string, tierName: string, account: string, options: Options) => {
    checkModelName(name)
    const holder = accountOf(account)
    const signer = options.signer === undefined ? undefined : accountOf(options.signer)
    const { until, validFrom = '0', deadline, output } = options
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
        ...(signer && { signer }),
      })
      return offerFileOf(ledger.deployment, offer)
    })
    if (output !== undefined) await writeWhole(context, output, `${toJson(file)}\n`)
    if (output === undefined || options.json) context.stdout(`${toJson(file)}\n`)
  })
}
