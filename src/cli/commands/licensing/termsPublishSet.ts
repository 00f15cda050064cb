import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { termsSetIdOf } from '../../../core/termsBody.ts'
import type { TermsId } from '../../../core/hex.ts'
import { listTerms } from '../../../sdk/licensing/listTerms.ts'
import { publishTermsSet } from '../../../sdk/licensing/publishTermsSet.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import { NO_TERMS, termsIdOfName } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { weights: string; code: string; outputs: string }

/** `stemma terms publish-set`: publishes a set of terms by component. */
export function termsPublishSet(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--weights <license|id>', 'the terms of the weights', 'none')
      .option('--code <license|id>', 'the terms of the code', 'none')
      .option('--outputs <license|id>', 'the terms of what the model puts out', 'none'),
    {
      example: '$ stemma terms publish-set --weights Modified-MIT-Kimi-K2 --code MIT',
      json: `{ terms, ${SENT_JSON}, or { terms, skipped: true } when it is already published`,
    },
  ).action(async (options: Options) => {
    const licenses = await loadLicenses()
    const [weights, code, outputs] = [options.weights, options.code, options.outputs].map((name) =>
      termsIdOfName(licenses, name),
    ) as [TermsId, TermsId, TermsId]
    if ([weights, code, outputs].every((id) => id === NO_TERMS)) {
      throw new UsageError('A set needs the terms of at least one component. Use --weights, --code or --outputs.')
    }
    const set = { weights, code, outputs }
    const id = termsSetIdOf(set)
    const existing = await read(context, options, (ledger) => listTerms(ledger, { ids: [id] }))
    if (existing.length > 0) {
      note(context, 'This set is already published.')
      print(context, options.json, { terms: id, skipped: true }, () => `terms ${id}`)
      return
    }
    await send(
      context,
      options,
      (ledger, write) => publishTermsSet(ledger, { set, ...write }),
      (sent) => `terms ${sent.terms}`,
    )
  })
}
