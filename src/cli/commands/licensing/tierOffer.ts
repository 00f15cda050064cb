import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { quoted, utf8Length } from '../../../core/text.ts'
import { parseRight, RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { offerTier } from '../../../sdk/licensing/offerTier.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf, termsIdOfName } from '../../names.ts'
import { durationOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & {
  terms: string
  name: string
  passThrough?: string
  open?: boolean
  subCredentials?: boolean
  maxDuration?: string
  callQuota?: string
  tokenQuota?: string
  uri: string
}

/** `stemma tier offer`: offers terms for a model. */
export function tierOffer(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--terms <license|id>', 'what a holder may do')
      .requiredOption('--name <name>', 'such as "Commercial Fine-Tuning"')
      .option('--pass-through <rights>', `rights that a holder may pass on, comma-separated: ${RIGHT_NAMES.join(', ')}`)
      .option('--open', 'anybody may obtain a credential without asking')
      .option('--sub-credentials', 'a holder may issue others under its own credential')
      .option('--max-duration <duration>', 'longest validity of a credential, such as 365d')
      .option('--call-quota <n>', 'most calls under one credential in all')
      .option('--token-quota <n>', 'most tokens under one credential in all')
      .option('--uri <uri>', 'where the tier is described', ''),
    {
      example:
        '$ stemma tier offer acme/base --terms stemma-commercial-use \\\n    --name "Commercial Use" --pass-through commercial --max-duration 365d',
      json: `{ tier, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: Options) => {
    checkModelName(name)
    const terms = termsIdOfName(await loadLicenses(), options.terms)
    const passThrough = (options.passThrough?.split(',') ?? []).map((right) => parseRight(right.trim()))
    const maxDuration = options.maxDuration === undefined ? 0 : durationOf(options.maxDuration)
    const quotas = {
      callQuota: quotaOf('--call-quota', options.callQuota),
      tokenQuota: quotaOf('--token-quota', options.tokenQuota),
    }
    if (options.name === '' || utf8Length(options.name) > 64) {
      throw new UsageError(`Invalid --name ${quoted(options.name)}: use 1 to 64 bytes.`)
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const model = await modelOf(ledger, name)
        const { uri, open = false, subCredentials = false } = options
        const offered = {
          model,
          terms,
          passThrough,
          open,
          subCredentials,
          maxDuration,
          ...quotas,
          name: options.name,
          uri,
        }
        return offerTier(ledger, { tier: offered, ...write })
      },
      (sent) => `tier ${sent.tier}`,
    )
  })
}

/** A quota as typed; none when it was not. */
function quotaOf(option: string, text: string | undefined): bigint {
  if (text === undefined) return 0n
  const quota = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 0n
  if (quota === 0n || quota >= 2n ** 64n) {
    throw new UsageError(`Invalid ${option} ${quoted(text)}: use a whole number from 1 to ${2n ** 64n - 1n}.`)
  }
  return quota
}
