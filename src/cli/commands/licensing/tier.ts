import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { shortText, utf8Length } from '../../../core/text.ts'
import { parseRight } from '../../../core/vocabulary.ts'
import { listTiers, type OfferedTier } from '../../../sdk/licensing/listTiers.ts'
import { offerTier } from '../../../sdk/licensing/offerTier.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { withdrawTier } from '../../../sdk/licensing/withdrawTier.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, durationOf, modelOf, termsIdOfName, tierOf } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { SENT_JSON, withLedgerOptions, withSendOptions } from '../../../console/options.ts'

type OfferOptions = SendOptions & {
  terms: string
  name: string
  passThrough?: string
  open?: boolean
  maxDuration?: string
  callQuota?: string
  tokenQuota?: string
  uri: string
}

/** `stemma tier`: what a publisher offers for a model. */
export function addTier(program: Command, context: Context): void {
  const tier = program.command('tier').description('offer, withdraw and list tiers of a model')
  withSendOptions(
    tier
      .command('offer <model>')
      .description('offer terms for a model, to all or one by one')
      .requiredOption('--terms <license|id>', 'what a holder may do')
      .requiredOption('--name <name>', 'such as "Commercial Fine-Tuning"')
      .option('--pass-through <rights>', 'rights that a holder may pass on, with commas')
      .option('--open', 'anybody may obtain a credential without asking')
      .option('--max-duration <duration>', 'longest validity of a credential, such as 365d')
      .option('--call-quota <n>', 'most calls under one credential in all')
      .option('--token-quota <n>', 'most tokens under one credential in all')
      .option('--uri <uri>', 'where the tier is described', ''),
    {
      example:
        '$ stemma tier offer acme/base --terms stemma-commercial-use \\\n    --name "Commercial Use" --pass-through commercial --max-duration 365d',
      json: `{ tier, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: OfferOptions) => {
    checkModelName(name)
    const terms = termsIdOfName(await loadLicenses(), options.terms)
    const passThrough = (options.passThrough?.split(',') ?? []).map((right) => parseRight(right.trim()))
    const maxDuration = options.maxDuration === undefined ? 0 : durationOf(options.maxDuration)
    const quotas = {
      callQuota: quotaOf('--call-quota', options.callQuota),
      tokenQuota: quotaOf('--token-quota', options.tokenQuota),
    }
    if (options.name === '' || utf8Length(options.name) > 64) {
      throw new UsageError('A tier needs a --name of 1 to 64 bytes.')
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const model = await modelOf(ledger, name)
        const { uri, open = false } = options
        const offered = { model, terms, passThrough, open, maxDuration, ...quotas, name: options.name, uri }
        return offerTier(ledger, { tier: offered, ...write })
      },
      (sent) => `tier ${sent.tier}`,
    )
  })

  withSendOptions(
    tier.command('withdraw <model> <tier>').description('end an offer; credentials that were issued stay as they are'),
    {
      example: '$ stemma tier withdraw acme/base "Commercial Use"',
      json: `{ ${SENT_JSON}`,
    },
  ).action((name: string, which: string, options: SendOptions) => {
    checkModelName(name)
    return send(context, options, async (ledger, write) => {
      const model = await modelOf(ledger, name)
      return withdrawTier(ledger, { model, tier: await tierOf(ledger, model, which), ...write })
    })
  })

  withLedgerOptions(tier.command('list <model>').description('list the tiers that were ever offered for a model'), {
    example: '$ stemma tier list acme/base',
    json: '[{ id, tier: { model, terms, passThrough, open, maxDuration, callQuota, tokenQuota, name, uri }, withdrawn }]',
  }).action(async (name: string, options: LedgerOptions) => {
    checkModelName(name)
    const tiers = await read(context, options, async (ledger) => {
      const { model } = await readModel(ledger, { model: await modelOf(ledger, name) })
      return listTiers(ledger, { model })
    })
    print(context, options.json, tiers, () => tiers.map(shownTier).join('\n') || 'No tiers are offered.')
  })
}

/** A quota as typed; none when it was not. */
function quotaOf(option: string, text: string | undefined): bigint {
  if (text === undefined) return 0n
  const quota = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 0n
  if (quota === 0n || quota >= 2n ** 64n) {
    throw new UsageError(`"${text}" is no quota. Give ${option} a whole number from 1 to ${2n ** 64n - 1n}.`)
  }
  return quota
}

/** A tier in one line. */
export function shownTier({ id, tier, withdrawn }: OfferedTier): string {
  const { name, open, maxDuration, callQuota, tokenQuota, passThrough } = tier
  const about = [
    open ? 'open to all' : 'granted one by one',
    ...(maxDuration > 0 ? [`at most ${maxDuration / 86_400} days`] : []),
    ...(callQuota > 0n ? [`at most ${callQuota} calls`] : []),
    ...(tokenQuota > 0n ? [`at most ${tokenQuota} tokens`] : []),
    ...(passThrough.length > 0 ? [`passes on ${passThrough.join(', ')}`] : []),
    ...(withdrawn ? ['withdrawn'] : []),
  ]
  return `${id} ${shortText(name, 64)} (${about.join('; ')})`
}
