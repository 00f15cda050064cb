import type { Command } from 'commander'

import { isBytes32, parseTermsId } from '../../core/hex.ts'
import { findModels } from '../../sdk/findModels.ts'
import { listTerms } from '../../sdk/listTerms.ts'
import { listTiers } from '../../sdk/listTiers.ts'
import { readModel } from '../../sdk/readModel.ts'
import { UnregisteredModelError } from '../../sdk/readLineage.ts'
import { shortText } from '../../core/text.ts'
import { print, toJson, type Context } from '../context.ts'
import { openToRead, type LedgerOptions } from '../open.ts'
import { withLedgerOptions } from '../options.ts'

/** `stemma show`: what an id, a digest, an uri or a name is on the ledger. */
export function addShow(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('show <id|digest|uri>')
      .description('show models by id, by digest of weights, by uri or by owner/name; or terms by id'),
  ).action(async (query: string, options: LedgerOptions) => {
    const ledger = await openToRead(context, options)
    try {
      const found = await findModels(ledger, { query })
      const models = await Promise.all(
        found.map(async ({ model }) => ({
          ...(await readModel(ledger, { model })),
          tiers: await listTiers(ledger, { model }),
        })),
      )
      const terms = isBytes32(query) ? await listTerms(ledger, { ids: [parseTermsId(query)] }) : []
      if (models.length + terms.length === 0) throw new UnregisteredModelError(`"${query}"`, ledger.deployment.name)
      print(context, options.json, { models, terms }, () =>
        [
          ...models.map(({ model, registration, status, registeredAt, tiers }) =>
            [
              `model ${model}`,
              `  uri        ${shortText(registration.uri, 200)}`,
              `  publisher  ${registration.publisher}`,
              `  weights    ${registration.weights}`,
              `  terms      ${registration.terms}`,
              `  status     ${status}, registered ${new Date(registeredAt * 1000).toISOString()}`,
              ...registration.parents.map((parent) => `  parent     ${parent.model} (${parent.relation})`),
              ...tiers.map(
                ({ id, tier, withdrawn }) =>
                  `  tier       ${id} ${shortText(tier.name, 64)}${withdrawn ? ' (withdrawn)' : ''}`,
              ),
            ].join('\n'),
          ),
          ...terms.map((entry) => `terms ${toJson(entry)}`),
        ].join('\n\n'),
      )
    } finally {
      ledger.provider.destroy()
    }
  })
}
