import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { quoted } from '../../../core/text.ts'
import { listTerms } from '../../../sdk/licensing/listTerms.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { formatTerms } from '../../formatTerms.ts'
import { termsIdOfName } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma terms show`: shows published terms, or a set of terms. */
export function termsShow(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma terms show Apache-2.0',
    json: '{ id, terms: { name, uri, text, rights, flags, family, outbound, duties, thresholds } } or\n{ id, set: { weights, code, outputs } }',
  }).action(async (name: string, options: LedgerOptions) => {
    const id = termsIdOfName(await loadLicenses(), name)
    const [found] = await read(context, options, (ledger) => listTerms(ledger, { ids: [id] }))
    if (!found) {
      throw new UsageError(
        `The terms ${quoted(name)} (${id}) are not published on this ledger. Publish a license: stemma terms publish <license>.`,
      )
    }
    print(context, options.json, found, () => formatTerms(found))
  })
}
