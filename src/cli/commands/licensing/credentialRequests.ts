import type { Command } from 'commander'

import { ZERO_DIGEST } from '../../../core/hex.ts'
import { shortText } from '../../../core/text.ts'
import { listCredentialRequests, type CredentialRequest } from '../../../sdk/licensing/listCredentialRequests.ts'
import { print, type Context } from '../../../console/context.ts'
import { fields } from '../../format.ts'
import { accountOf, checkModelName, modelOf, tierOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { wholeNumber, withLedgerOptions } from '../../../console/options.ts'

type Options = LedgerOptions & { tier?: string; holder?: string; first: string }

/** `stemma credential requests`: lists the open requests for credentials of a model. */
export function credentialRequests(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .option('--tier <tier>', 'for this tier')
      .option('--holder <address>', 'by this account')
      .option('--first <n>', 'most requests to list, newest first', '100'),
    {
      example: '$ stemma credential requests acme/base --tier "Commercial Use"',
      json: '[{ model, tier, holder, credential, details, uri, block, transaction }]',
    },
  ).action(async (name: string, options: Options) => {
    checkModelName(name)
    const holder = options.holder === undefined ? undefined : accountOf(options.holder)
    const first = wholeNumber('--first', options.first, 1, 10_000)
    const list = await read(context, options, async (ledger) => {
      const model = await modelOf(ledger, name)
      const tier = options.tier === undefined ? undefined : await tierOf(ledger, model, options.tier)
      return listCredentialRequests(ledger, { model, ...(tier && { tier }), ...(holder && { holder }), first })
    })
    print(context, options.json, list, () => list.map(formatRequest).join('\n\n') || 'No request is open.')
  })
}

function formatRequest({ holder, tier, details, uri, block }: CredentialRequest): string {
  return fields(`request by ${holder}`, [
    ['tier', tier],
    ['application', details === ZERO_DIGEST ? 'digest not stated' : `SHA-256 ${details}`],
    ['uri', shortText(uri, 200) || 'not stated'],
    ['block', String(block)],
  ])
}
