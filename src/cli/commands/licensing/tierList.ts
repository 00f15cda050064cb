import type { Command } from 'commander'

import { listTiers } from '../../../sdk/licensing/listTiers.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { print, type Context } from '../../../console/context.ts'
import { formatTier } from '../../formatTier.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma tier list`: lists every tier ever offered for a model. */
export function tierList(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma tier list acme/base',
    json: '[{ id, tier: { model, terms, passThrough, open, subCredentials, maxDuration, callQuota, tokenQuota, name, uri }, withdrawn }]',
  }).action(async (name: string, options: LedgerOptions) => {
    checkModelName(name)
    const tiers = await read(context, options, async (ledger) => {
      const { model } = await readModel(ledger, { model: await modelOf(ledger, name) })
      return listTiers(ledger, { model })
    })
    print(context, options.json, tiers, () => tiers.map(formatTier).join('\n') || 'No tiers are offered.')
  })
}
