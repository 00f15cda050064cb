import type { Command } from 'commander'

import { loadLicenses } from '../../artifacts/licenseLibrary.ts'
import { parseRight } from '../../core/vocabulary.ts'
import { offerTier } from '../../sdk/offerTier.ts'
import { print, type Context } from '../context.ts'
import { modelOf, termsIdOfName, timeOf } from '../names.ts'
import { openToWrite, type SendOptions } from '../open.ts'
import { withSendOptions } from '../options.ts'

type Options = SendOptions & {
  terms: string
  name: string
  passThrough?: string
  open?: boolean
  maxDuration?: string
  uri: string
}

/** `stemma tier offer`: what a publisher offers for a model. */
export function addTier(program: Command, context: Context): void {
  const tier = program.command('tier').description('offer tiers of a model')
  withSendOptions(
    tier
      .command('offer <model>')
      .description('offer terms for a model, to all or one by one')
      .requiredOption('--terms <license|id>', 'what a holder may do')
      .requiredOption('--name <name>', 'such as "Commercial Fine-Tuning"')
      .option('--pass-through <rights>', 'rights that a holder may pass on, with commas')
      .option('--open', 'anybody may obtain a credential without asking')
      .option('--max-duration <duration>', 'longest validity of a credential, such as 365d')
      .option('--uri <uri>', 'where the tier is described', ''),
  ).action(async (name: string, options: Options) => {
    const terms = termsIdOfName(await loadLicenses(), options.terms)
    const passThrough = (options.passThrough?.split(',') ?? []).map((right) => parseRight(right.trim()))
    const maxDuration = options.maxDuration ? timeOf(options.maxDuration, 0) : 0
    const ledger = await openToWrite(context, options)
    try {
      const model = await modelOf(ledger, name)
      const { uri, open = false, dryRun = false } = options
      const sent = await offerTier(ledger, {
        tier: { model, terms, passThrough, open, maxDuration, name: options.name, uri },
        dryRun,
      })
      print(context, options.json, sent, () => sent.tier)
    } finally {
      ledger.provider.destroy()
    }
  })
}
